// SPDX-License-Identifier: Apache-2.0
// Streams of the cpu device.
#pragma once

#include <cstddef>
#include <memory>

#include "devices/stream.h"

namespace infer_server::devices {

struct StreamOptions;

// Pieces of work that a stream with a thread of its own holds; queueing one more waits.
inline constexpr std::size_t kCpuStreamDepth = 64;

// Without `own_thread` every piece of work is done inside the call that queues it, and
// Synchronize() never waits. With it, one thread named "infer-stream" does the work. Allocates
// nothing per piece once it has seen its largest. Fails with kUnavailable when no thread can be
// had.
Result<std::unique_ptr<Stream>> NewCpuStream(const StreamOptions& options);

}  // namespace infer_server::devices
