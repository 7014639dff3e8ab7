// SPDX-License-Identifier: Apache-2.0
#include "infer/batch_policy.h"

#include <gtest/gtest.h>

namespace infer_server {
namespace {

using devices::Duration;
using std::chrono::milliseconds;

constexpr Duration kNever = Duration::max();

struct Row {
  const char* name;
  std::size_t max_items;
  Duration max_delay;
  std::size_t queued;
  Duration age;
  bool flush;
  bool send;
  Duration wait;  // When not sent.
};

class BatchPolicy : public ::testing::TestWithParam<Row> {};

TEST_P(BatchPolicy, Decides) {
  const Row& row = GetParam();
  BatchLimits limits;
  limits.max_items = row.max_items;
  limits.max_delay = row.max_delay;
  const BatchDecision decision = DecideBatch(limits, row.queued, row.age, row.flush);
  EXPECT_EQ(row.send, decision.send);
  if (!row.send) {
    EXPECT_EQ(row.wait, decision.wait);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Table, BatchPolicy,
    ::testing::Values(
        Row{"NothingNeverSends", 4, milliseconds(5), 0, milliseconds(99), true, false, kNever},
        Row{"OneShortWaitsForTheRest", 4, milliseconds(5), 3, milliseconds(2), false, false,
            milliseconds(3)},
        Row{"FullSends", 4, milliseconds(5), 4, milliseconds(0), false, true, {}},
        Row{"MoreThanFullSends", 4, milliseconds(5), 9, milliseconds(0), false, true, {}},
        Row{"LateSends", 4, milliseconds(5), 1, milliseconds(5), false, true, {}},
        Row{"LaterSends", 4, milliseconds(5), 1, milliseconds(50), false, true, {}},
        Row{"FlushSends", 4, milliseconds(5), 1, milliseconds(0), true, true, {}},
        Row{"NoLimitWaitsForEver", 4, kNever, 3, milliseconds(1000000), false, false, kNever},
        Row{"NoLimitFlushed", 4, kNever, 3, milliseconds(0), true, true, {}},
        Row{"NoDelayDoesNotWait", 4, Duration::zero(), 1, Duration::zero(), false, true, {}},
        Row{"BatchOfOneNeverWaits", 1, kNever, 1, milliseconds(0), false, true, {}}),
    [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace infer_server
