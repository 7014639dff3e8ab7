// SPDX-License-Identifier: Apache-2.0
// Small files that are read whole.
#pragma once

#include <cstddef>
#include <string>

#include "devices/base/export.h"
#include "devices/base/status.h"

namespace infer_server::video {

// Fails with kNotFound when `path` is no regular file, with kInvalidArgument when it cannot be read
// or holds more than `most_bytes`.
INFER_API devices::Result<std::string> ReadTextFile(const std::string& path,
                                                    std::size_t most_bytes);

// True for a file that is there and is no folder, device or socket.
INFER_API bool IsRegularFile(const std::string& path);

}  // namespace infer_server::video
