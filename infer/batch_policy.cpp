// SPDX-License-Identifier: Apache-2.0
#include "infer/batch_policy.h"

namespace infer_server {

using devices::Duration;

BatchDecision DecideBatch(const BatchLimits& limits, std::size_t queued, Duration age, bool flush) {
  if (queued == 0) return {false, Duration::max()};
  if (flush || queued >= limits.max_items) return {true, Duration::zero()};
  if (limits.max_delay == Duration::max()) return {false, Duration::max()};
  if (age >= limits.max_delay) return {true, Duration::zero()};
  return {false, limits.max_delay - age};
}

}  // namespace infer_server
