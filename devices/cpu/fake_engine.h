// SPDX-License-Identifier: Apache-2.0
// An engine without a network, for tests: set latency, failures, hangs, shapes; outputs that tell
// which item they belong to. Registered as "fake"; "auto" never takes it; it reads no model file.
//
//   fake:latency=20,jitter=5,inputs=3x32x32,outputs=10;5x4,fail-at=3
//
// Keys, with unit, range and default:
//   latency       ms ≥ 0, real, 0     Time of every call, spent asleep.
//   item-latency  ms ≥ 0, real, 0     Added for each item of a call.
//   jitter        ms ≥ 0, real, 0     Added: evenly spread between 0 and this.
//   seed          integer ≥ 0, 1      Of the jitter; engine k of a model draws from seed + k.
//   fail-every    N ≥ 1, never        Calls N, 2N, … fail with kDeviceError.
//   fail-at       N ≥ 1, never        Call N fails.
//   hang-at       N ≥ 1, never        Call N returns after Engine::Cancel() only.
//   load-fail     0 or 1, 0           1: loading fails with kInvalidArgument.
//   inputs        tensors, 3x32x32    [NAME@]DIMxDIM[:TYPE], several separated by ';', without the
//   outputs       tensors, 10         batch dimension. Names default to in0, in1, … and out0, …;
//                                     TYPE is f32 (default), u8, i8, i16, i32, i64 or f64.
//   batch         any or fixed, any   What Model::FixedBatch() says; with fixed a call takes
//                                     item-latency for the whole batch always.
//   batch-size    N ≥ 1, 1            Most items of a call, unless ModelOptions say.
//   mode          sum, copy or zeros  sum (default): element j of every output is j + the mean of
//                                     all elements of all inputs of that item. copy: output t
//                                     repeats the elements of input t (modulo their number), cut or
//                                     repeated to length.
//
// Calls are counted from 1 over all engines of one model. Outputs are a pure function of the item's
// own inputs, whatever the batch.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "devices/base/status.h"
#include "devices/cpu/engine_registry.h"
#include "devices/tensor.h"

namespace infer_server::devices {

enum class FakeMode { kSum, kCopy, kZeros };

struct FakeSettings {
  double latency_ms = 0, item_latency_ms = 0, jitter_ms = 0;
  std::uint64_t seed = 1;
  std::int64_t fail_every = 0, fail_at = 0, hang_at = 0;  // 0 = never.
  bool load_fail = false;
  bool fixed_batch = false;
  int batch_size = 1;
  FakeMode mode = FakeMode::kSum;
  std::vector<TensorInfo> inputs, outputs;  // Leading 1 included.
};

// Fails with kInvalidArgument, naming key, value and what was expected.
Result<FakeSettings> ParseFakeSettings(const EngineSettings& settings);

}  // namespace infer_server::devices
