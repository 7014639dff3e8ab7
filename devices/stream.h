// SPDX-License-Identifier: Apache-2.0
// An in-order queue of work on a device (aclrtStream, cnrtQueue).
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>

#include "devices/base/export.h"
#include "devices/base/status.h"
#include "devices/image_processor.h"
#include "devices/model.h"

namespace infer_server::devices {

enum class CopyKind { kHostToHost, kHostToDevice, kDeviceToHost, kDeviceToDevice };

// Work runs in the order it was queued; different streams run side by side. A call may return
// before its work is done, and whatever it points to must stay valid until then. After a piece of
// work failed, the pieces queued behind it are skipped and Synchronize() returns the failure once.
// One thread at a time.
class INFER_API Stream {
 public:
  // Waits for the work queued; after a Synchronize() that timed out, first cancels the engine that
  // is running (Engine::Cancel) and drops what is queued behind it.
  virtual ~Stream() = default;

  virtual Status CopyAsync(void* to, const void* from, std::size_t bytes, CopyKind kind) = 0;
  // The pointer arrays are copied; the memory they point to is not.
  virtual Status Execute(Engine* engine, const void* const* inputs, std::size_t input_count,
                         void* const* outputs, std::size_t output_count, int rows) = 0;
  // Does the tasks, as ImageProcessor::Plan() says. They are copied, the planes are not. Fails as
  // Plan() does, and then does none of them.
  virtual Status Process(ImageProcessor* processor, const ImageTask* tasks, std::size_t count) {
    static_cast<void>(processor), static_cast<void>(tasks), static_cast<void>(count);
    return Status(Code::kUnsupported, "streams of this device process no images");
  }
  // Calls `done` with the state of the work queued so far, on a thread of the stream's choice, with
  // no lock held. It must not block and must not call this stream. It is called even after a
  // failure.
  virtual Status Callback(std::function<void(Status)> done) = 0;
  // Waits until everything queued is done, `timeout` (negative = for ever) at most. Fails with
  // kTimeout, the work then still being under way, or with the first failure of the work.
  virtual Status Synchronize(std::chrono::milliseconds timeout) = 0;
  // Ends the work queued, done or not: what runs is stopped, the rest is dropped, and callbacks
  // still to come are called with a failure; none is called after this has returned. The stream can
  // then be used again. Fails with kUnsupported, nothing having changed, when the device cannot do
  // that; otherwise, when the stream is lost, as the device does.
  virtual Status Stop();
};

inline Status Stream::Stop() {
  return Status(Code::kUnsupported, "this device cannot stop its work");
}

}  // namespace infer_server::devices
