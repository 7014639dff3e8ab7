// SPDX-License-Identifier: Apache-2.0
// One card: memory, streams and models on it.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

#include "devices/base/export.h"
#include "devices/base/status.h"
#include "devices/image_processor.h"
#include "devices/memory.h"
#include "devices/model.h"
#include "devices/stream.h"

namespace infer_server::devices {

struct MemoryUsage {
  std::size_t free_bytes = 0;
  std::size_t total_bytes = 0;
};

struct StreamOptions {
  // Runs the work on a thread of the stream's own, so that Synchronize() can give up waiting for an
  // engine that hangs. Otherwise a stream may do the work inside the call that queues it.
  bool own_thread = false;
  // Where the device can stop its work (acl): longest time that Synchronize() waits, whatever it is
  // given. Then what is queued is stopped and dropped, Synchronize() fails with kTimeout, and the
  // stream can be used again. 0 = no limit. Ignored by cpu.
  std::chrono::milliseconds limit{0};
};

// Thread-safe. What it makes may outlive it.
class INFER_API Device {
 public:
  virtual ~Device() = default;

  virtual const std::string& Name() const = 0;  // "cpu:0"
  // True when the host may read and write kDevice memory in place: then nothing needs copying.
  virtual bool HostReads() const = 0;
  // True when its streams only queue: their calls return at once, and Callback() tells of the end
  // of work that is done elsewhere. False: a stream may do the work inside the call that queues it.
  virtual bool Queues() const { return false; }

  // At least 64-byte aligned. Fails with kInvalidArgument for 0 bytes, kOutOfMemory.
  virtual Result<Memory> Allocate(std::size_t bytes, MemoryKind kind) = 0;
  virtual Result<std::unique_ptr<Stream>> NewStream(const StreamOptions& options) = 0;
  // Fails with kNotFound (no such file), kInvalidArgument (empty, truncated or not a model),
  // kUnsupported (no engine here can run it; the message gives each engine's reason).
  virtual Result<std::shared_ptr<Model>> LoadModel(const ModelSource& source,
                                                   const ModelOptions& options) = 0;
  virtual Result<MemoryUsage> Usage() = 0;
  // What crops, resizes and converts pictures on the device. Fails with kUnsupported where it, or
  // its library, has no such thing.
  virtual Result<std::unique_ptr<ImageProcessor>> NewImageProcessor() {
    return Status(Code::kUnsupported, "device " + Name() + " has no image processor");
  }
};

}  // namespace infer_server::devices
