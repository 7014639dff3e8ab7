// SPDX-License-Identifier: Apache-2.0
// When to close a batch. Pure: no threads, no clock, no locks.
#pragma once

#include <cstddef>

#include "devices/base/clock.h"

namespace infer_server {

struct BatchLimits {
  std::size_t max_items = 1;  // At least 1.
  // How long the item in question may wait for others; Duration::max() = as long as it takes.
  devices::Duration max_delay = devices::Duration::max();
};

struct BatchDecision {
  bool send = false;
  // When !send: how long until the answer changes by time alone; Duration::max() = never.
  devices::Duration wait = devices::Duration::max();
};

// Decides what to do with `queued` items, of which the one that is late first has waited `age`.
// Sends as soon as the batch is full, that item has waited max_delay, or `flush` is asked for. An
// empty queue never sends.
BatchDecision DecideBatch(const BatchLimits& limits, std::size_t queued, devices::Duration age,
                          bool flush);

}  // namespace infer_server
