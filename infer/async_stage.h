// SPDX-License-Identifier: Apache-2.0
// A stage whose work goes on elsewhere after the call that began it.
#pragma once

#include <cstdint>

#include "infer_server.h"

namespace infer_server {

// Who hears of its end.
class StageDone {
 public:
  virtual ~StageDone() = default;
  // From any thread, also before Begin() has returned. Does not block.
  virtual void Done() = 0;
};

// In place of Processor::Process(): no worker waits for the device. One package at a time, from
// Begin() to the return of End(); both are called by workers, and tell failures as Process() does.
class AsyncStage {
 public:
  virtual ~AsyncStage() = default;
  // Queues the work for `package`, which must be left alone until End(). SUCCESS: `done` will be
  // called once. Anything else: nothing goes on, and End() is not to be called.
  virtual Status Begin(const PackagePtr& package, StageDone* done) = 0;
  // Takes the result, after `done` was called. `late` > 0: it was not within that many ms, and the
  // work is ended here; `done` is not called once this has returned.
  virtual Status End(const PackagePtr& package, std::uint32_t late) = 0;
};

}  // namespace infer_server
