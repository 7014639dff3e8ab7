// SPDX-License-Identifier: Apache-2.0
// Package::perf, GetLatency(), GetThroughout().
#include "infer/session_stats.h"
#include "tests/infer/support.h"

namespace infer_server {
namespace {

using std::chrono::milliseconds;
using test::FakeModel;
using test::NumberDesc;
using test::Numbers;

TEST(Perf, IsCountedPerStageAndRequest) {
  InferServer server(0);
  Session_t session = server.CreateSyncSession(NumberDesc(FakeModel("latency=2", 4)));
  auto response = std::make_shared<Package>();
  Status status;
  ASSERT_TRUE(server.RequestSync(session, Numbers({1, 2, 3, 4}, "a"), &status, response));
  if (server.GetLatency(session).empty()) {
    EXPECT_TRUE(response->perf.empty());
    EXPECT_EQ(0u, server.GetThroughout(session).request_cnt);
    EXPECT_TRUE(server.DestroySession(session));
    GTEST_SKIP() << "built without record-perf";
  }
  ASSERT_TRUE(server.RequestSync(session, Numbers({1, 2, 3, 4}, "b"), &status, response));
  for (const char* key : {"PreprocessorHost", "Predictor", "Postprocessor", "RequestLatency"})
    EXPECT_EQ(1u, response->perf.count(key)) << key;
  EXPECT_GE(response->perf["Predictor"], 2.0f);
  EXPECT_GE(response->perf["RequestLatency"], response->perf["Predictor"]);

  const auto latency = server.GetLatency(session);
  EXPECT_EQ(8u, latency.at("Predictor").unit_cnt);
  EXPECT_EQ(2u, latency.at("RequestLatency").unit_cnt);
  EXPECT_GE(latency.at("Predictor").total, 4.0);
  EXPECT_GE(latency.at("Predictor").min, 0.5f) << "an item's share of its batch";
  EXPECT_LE(latency.at("Predictor").min, latency.at("Predictor").max);

  const ThroughoutStatistic all = server.GetThroughout(session);
  EXPECT_EQ(2u, all.request_cnt);
  EXPECT_EQ(8u, all.unit_cnt);
  EXPECT_GT(all.ups, all.rps);
  EXPECT_EQ(1u, server.GetThroughout(session, "b").request_cnt);
  EXPECT_EQ(0u, server.GetThroughout(session, "none").request_cnt);
  EXPECT_TRUE(server.DestroySession(session));
  EXPECT_TRUE(server.GetLatency(session).empty());
}

TEST(RateMeter, CountsOverTheTimeThatSomethingIsOutstanding) {
  const devices::TimePoint start{std::chrono::hours(1)};
  RateMeter meter;
  meter.Accepted(start);
  meter.Accepted(start + milliseconds(100));
  meter.Answered(start + milliseconds(300), 3);
  meter.Answered(start + milliseconds(500), 3);  // 0.5 s so far; then nothing for long.
  meter.Accepted(start + milliseconds(9000));
  meter.Answered(start + milliseconds(9500), 2);
  const ThroughoutStatistic read = meter.Read(start + milliseconds(9600));
  EXPECT_EQ(3u, read.request_cnt);
  EXPECT_EQ(8u, read.unit_cnt);
  EXPECT_FLOAT_EQ(3, read.rps);
  EXPECT_FLOAT_EQ(8, read.ups);
  EXPECT_FLOAT_EQ(0.5f, read.rps_rt);
  EXPECT_FLOAT_EQ(1, read.ups_rt);
  EXPECT_FLOAT_EQ(0, meter.Read(start + milliseconds(20000)).rps_rt);
}

TEST(RateMeter, WhatIsDroppedCountsForTimeOnly) {
  const devices::TimePoint start{std::chrono::hours(1)};
  RateMeter meter;
  meter.Accepted(start);
  meter.Dropped(start + milliseconds(1000));
  meter.Accepted(start + milliseconds(1000));
  meter.Answered(start + milliseconds(2000), 1);
  EXPECT_FLOAT_EQ(0.5f, meter.Read(start + milliseconds(5000)).rps);
}

}  // namespace
}  // namespace infer_server
