// SPDX-License-Identifier: Apache-2.0
// Package::perf, GetLatency(), GetThroughout(), show_perf.
#include <algorithm>
#include <limits>
#include <random>

#include "devices/base/log.h"
#include "infer/latency_histogram.h"
#include "infer/server_core.h"
#include "infer/session.h"
#include "infer/session_stats.h"
#include "tests/infer/fake_clock.h"
#include "tests/infer/support.h"

namespace infer_server {
namespace {

using std::chrono::milliseconds;
using test::FakeModel;
using test::NumberDesc;
using test::Numbers;

#if INFER_RECORD_PERF

TEST(Perf, IsCountedPerStageAndRequest) {
  InferServer server(0);
  Session_t session = server.CreateSyncSession(NumberDesc(FakeModel("latency=2", 4)));
  auto response = std::make_shared<Package>();
  Status status;
  ASSERT_TRUE(server.RequestSync(session, Numbers({1, 2, 3, 4}, "a"), &status, response));
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

  for (const char* key : {"PreprocessorHost", "Predictor", "Postprocessor", "RequestLatency"}) {
    const LatencyStatistic& figures = latency.at(key);
    EXPECT_LE(figures.min, figures.p50) << key;
    EXPECT_LE(figures.p50, figures.p95) << key;
    EXPECT_LE(figures.p95, figures.p99) << key;
    EXPECT_LE(figures.p99, figures.max) << key;
  }
  const LatencyStatistic of_b = server.GetLatency(session, "b");
  EXPECT_EQ(1u, of_b.unit_cnt);
  EXPECT_GE(of_b.p50, 2.0f);
  EXPECT_FLOAT_EQ(of_b.max, of_b.p99);
  EXPECT_EQ(0u, server.GetLatency(session, "none").unit_cnt);

  const ThroughoutStatistic all = server.GetThroughout(session);
  EXPECT_EQ(2u, all.request_cnt);
  EXPECT_EQ(8u, all.unit_cnt);
  EXPECT_GT(all.ups, all.rps);
  EXPECT_EQ(1u, server.GetThroughout(session, "b").request_cnt);
  EXPECT_EQ(0u, server.GetThroughout(session, "none").request_cnt);
  EXPECT_TRUE(server.DestroySession(session));
  EXPECT_TRUE(server.GetLatency(session).empty());
}

// What show_perf writes, as it comes.
class Lines {
 public:
  Lines() {
    devices::SetLogLevel(devices::LogLevel::kInfo);
    devices::SetLogSink([](devices::LogLevel, const char* area, const char* message) {
      if (std::string(area) != "perf") return;
      devices::MutexLock lock(&mutex);
      lines.emplace_back(message);
      changed.notify_all();
    });
  }
  ~Lines() {
    devices::SetLogSink(nullptr);
    devices::SetLogLevel(devices::LogLevel::kWarning);
    lines.clear();
  }
  std::vector<std::string> Wait(std::size_t count) {
    devices::MutexLock lock(&mutex);
    while (lines.size() < count) lock.Wait(&changed);
    return lines;
  }

 private:
  inline static devices::Mutex mutex;
  inline static std::condition_variable changed;
  inline static std::vector<std::string> lines;
};

TEST(ShowPerf, WritesALineEveryTwoSecondsThatAnswersAndOneInTheEnd) {
  Lines lines;
  test::FakeClock clock;
  auto core = std::make_shared<ServerCore>(devices::DeviceName{"cpu", 0},
                                           devices::OpenDevice({"cpu", 0}).value(), 2, clock);
  SessionDesc desc = NumberDesc(FakeModel());
  desc.name = "cam";
  Session_t session = core->CreateSession(desc, nullptr).value();
  desc.name = "quiet";
  desc.show_perf = false;
  Session_t quiet = core->CreateSession(desc, nullptr).value();
  desc.name = "idle";
  desc.show_perf = true;
  Session_t idle = core->CreateSession(desc, nullptr).value();
  const auto request = [](Session_t to) {
    Status status = Status::TIMEOUT;
    EXPECT_TRUE(to->RequestSync(Numbers({1}), &status, std::make_shared<Package>(), -1));
  };
  const auto move = [&](milliseconds by) {
    clock.Move(by);
    core->timer().Wake();
  };
  request(session);
  request(quiet);
  move(milliseconds(1999));
  request(session);
  move(milliseconds(1));
  EXPECT_EQ(0u, lines.Wait(1)[0].find("session 'cam': 2 requests, ")) << lines.Wait(1)[0];
  EXPECT_NE(std::string::npos, lines.Wait(1)[0].find(" RequestLatency ")) << lines.Wait(1)[0];
  move(milliseconds(10000));  // Nothing answered: nothing to tell.
  request(session);
  move(milliseconds(1999));
  EXPECT_EQ(1u, lines.Wait(0).size());
  move(milliseconds(1));
  EXPECT_EQ(0u, lines.Wait(2)[1].find("session 'cam': 3 requests, ")) << lines.Wait(2)[1];
  EXPECT_TRUE(core->DestroySession(quiet));
  EXPECT_TRUE(core->DestroySession(idle));
  EXPECT_EQ(2u, lines.Wait(0).size());
  EXPECT_TRUE(core->DestroySession(session));
  EXPECT_EQ(3u, lines.Wait(0).size());
}

#else

TEST(Perf, IsEmptyWithoutRecordPerf) {
  InferServer server(0);
  SessionDesc desc = NumberDesc(FakeModel("", 4));
  desc.show_perf = true;
  Session_t session = server.CreateSyncSession(desc);
  auto response = std::make_shared<Package>();
  Status status = Status::TIMEOUT;
  ASSERT_TRUE(server.RequestSync(session, Numbers({1, 2, 3, 4}, "a"), &status, response));
  EXPECT_EQ(Status::SUCCESS, status);
  EXPECT_TRUE(response->perf.empty());
  EXPECT_TRUE(server.GetLatency(session).empty());
  EXPECT_EQ(0u, server.GetLatency(session, "a").unit_cnt);
  EXPECT_EQ(0u, server.GetThroughout(session).request_cnt);
  EXPECT_EQ(0u, server.GetThroughout(session, "a").unit_cnt);
  EXPECT_TRUE(server.DestroySession(session));
}

#endif

TEST(LatencyHistogram, QuantilesAreWithinOnePartIn32) {
  std::mt19937 random(5);
  for (const float scale : {0.01f, 1.0f, 50.0f, 20000.0f}) {
    LatencyHistogram histogram;
    std::vector<float> times;
    std::lognormal_distribution<float> spread(0, 1);
    for (int i = 0; i < 5000; ++i) times.push_back(scale * spread(random));
    for (const float ms : times) histogram.Add(ms, 1);
    std::sort(times.begin(), times.end());
    for (const double q : {0.01, 0.5, 0.95, 0.99, 1.0}) {
      const float exact = times[static_cast<std::size_t>(q * 5000) - 1];
      EXPECT_NEAR(exact, histogram.Quantile(q), exact / 32 + 0.0001f) << scale << " " << q;
    }
  }
}

TEST(LatencyHistogram, CountsUnitsNotCalls) {
  LatencyHistogram histogram;
  EXPECT_EQ(0, histogram.Quantile(0.5));
  histogram.Add(1, 99);
  histogram.Add(100, 1);
  EXPECT_NEAR(1, histogram.Quantile(0.99), 1.0 / 32);
  EXPECT_NEAR(100, histogram.Quantile(0.995), 100.0 / 32);
  LatencyHistogram other;
  other.Add(100, 100);
  histogram.Merge(other);
  EXPECT_NEAR(100, histogram.Quantile(0.6), 100.0 / 32);
}

TEST(LatencyHistogram, TakesWhateverAClockMaySay) {
  LatencyHistogram histogram;
  for (const float ms : {-1.0f, 0.0f, 1e-9f, 1e30f, std::numeric_limits<float>::infinity(),
                         std::numeric_limits<float>::quiet_NaN()})
    histogram.Add(ms, 1);
  EXPECT_LT(histogram.Quantile(0.5), 0.001f);
  EXPECT_GT(histogram.Quantile(1), 1e6f);
}

TEST(LatencyHistogram, NeverOverflowsAndKeepsItsShape) {
  LatencyHistogram histogram, other;
  for (int i = 0; i < 10; ++i) {
    histogram.Add(1, 3000000000u);
    histogram.Add(8, 1000000000u);
  }
  EXPECT_NEAR(1, histogram.Quantile(0.5), 1.0 / 32);
  EXPECT_NEAR(8, histogram.Quantile(0.9), 8.0 / 32);
  other.Merge(histogram);
  other.Merge(histogram);
  EXPECT_NEAR(1, other.Quantile(0.5), 1.0 / 32);
  EXPECT_NEAR(8, other.Quantile(0.9), 8.0 / 32);
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
