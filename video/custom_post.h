// SPDX-License-Identifier: Apache-2.0
// Post-processors from shared objects that the user names
// (video/include/inferserver_postprocess.h).
#pragma once

#include <memory>
#include <string>

#include "devices/base/export.h"
#include "devices/base/status.h"
#include "video/post/post_processor.h"

namespace infer_server::video {

// Loads `path` (with or without folder: never searched for) and makes a post-processor of it.
// Thread-safe. Fails with kNotFound when there is no such file, with kInvalidArgument when it is
// not a shared object that can be loaded, lacks the entry function, was built for another version
// or has a table that cannot be. All messages name the file.
//
// The result's Process() fails with kDeviceError when the shared object says so, throws, or gives
// what it may not; the item then has no results.
INFER_API devices::Result<std::unique_ptr<PostProcessor>> LoadCustomPost(const std::string& path);

}  // namespace infer_server::video
