// SPDX-License-Identifier: Apache-2.0
// Which items go through the network together, and when. The clock stands still unless moved.
#include <algorithm>
#include <atomic>
#include <random>

#include "infer/server_core.h"
#include "infer/session.h"
#include "tests/infer/fake_clock.h"
#include "tests/infer/support.h"

namespace infer_server {
namespace {

using std::chrono::milliseconds;
using test::FakeClock;
using test::FakeModel;
using test::NumberDesc;
using test::Numbers;

// Notes how many items it was given.
class BatchSizes final : public ProcessorForkable<BatchSizes> {
 public:
  struct Log {
    devices::Mutex mutex;
    std::vector<std::size_t> sizes INFER_GUARDED_BY(mutex);
    std::vector<std::size_t> Sorted() {
      devices::MutexLock lock(&mutex);
      std::vector<std::size_t> sorted = sizes;
      std::sort(sorted.begin(), sorted.end());
      return sorted;
    }
  };

  BatchSizes() : ProcessorForkable("BatchSizes") {}
  Status Init() override {
    log_ = GetParam<std::shared_ptr<Log>>("log");
    post_ = Postprocessor::Create();
    post_->CopyParamsFrom(*this);
    post_->SetParams("process_function", &test::ReadNumber, "parallel", 1);
    return post_->Init();
  }
  Status Process(PackagePtr package) override {
    {
      devices::MutexLock lock(&log_->mutex);
      log_->sizes.push_back(package->data.size());
    }
    return post_->Process(package);
  }

 private:
  std::shared_ptr<Log> log_;
  std::shared_ptr<Postprocessor> post_;
};

class Batching : public ::testing::Test {
 protected:
  Batching()
      : core_(std::make_shared<ServerCore>(devices::DeviceName{"cpu", 0},
                                           devices::OpenDevice({"cpu", 0}).value(), 2, clock_)) {}

  SessionDesc Desc(std::uint32_t batch, std::uint32_t timeout,
                   BatchStrategy strategy = BatchStrategy::DYNAMIC) {
    if (model_ == nullptr) model_ = FakeModel("", batch);
    SessionDesc desc = NumberDesc(model_);
    desc.postproc = std::make_shared<BatchSizes>();
    desc.postproc->SetParams("log", log_);
    desc.batch_timeout = timeout;
    desc.strategy = strategy;
    return desc;
  }
  std::shared_ptr<Session> Make(const SessionDesc& desc, const std::shared_ptr<Observer>& to) {
    auto session = core_->CreateSession(desc, to);
    EXPECT_TRUE(session.ok()) << session.status().message();
    return core_->Find(session.value());
  }
  void Pass(devices::Duration time) {
    clock_.Move(time);
    core_->timer().Wake();
  }

  FakeClock clock_;
  std::shared_ptr<BatchSizes::Log> log_ = std::make_shared<BatchSizes::Log>();
  ModelPtr model_;
  std::shared_ptr<ServerCore> core_;
  std::shared_ptr<test::ThreadRecorder> answers_ = std::make_shared<test::ThreadRecorder>();
};
using Sizes = std::vector<std::size_t>;

TEST_F(Batching, DynamicFillsABatchAcrossRequests) {
  auto session = Make(Desc(4, 1000), answers_);
  for (int i = 0; i < 4; ++i) session->Request(Numbers({i}, "t" + std::to_string(i)), any(), -1);
  answers_->Wait(4);
  EXPECT_EQ(Sizes{4}, log_->Sorted());
  EXPECT_TRUE(core_->DestroySession(session.get()));
}

TEST_F(Batching, DynamicFillsABatchAcrossSessionsOfEqualChains) {
  const SessionDesc desc = Desc(4, 1000);
  auto one = Make(desc, answers_), two = Make(desc, answers_);
  one->Request(Numbers({1, 2, 3}), any(), -1);
  two->Request(Numbers({4}), any(), -1);
  answers_->Wait(2);
  EXPECT_EQ(Sizes{4}, log_->Sorted());
  EXPECT_TRUE(core_->DestroySession(one.get()));
  EXPECT_TRUE(core_->DestroySession(two.get()));
}

TEST_F(Batching, APartialBatchRunsAsOneWhenItsOldestItemWouldBeLate) {
  auto session = Make(Desc(4, 100), answers_);
  session->Request(Numbers({1}), any(), -1);
  Pass(milliseconds(60));
  session->Request(Numbers({2, 3}), any(), -1);
  Pass(milliseconds(39));
  EXPECT_TRUE(answers_->Now().empty());
  Pass(milliseconds(1));
  answers_->Wait(2);
  EXPECT_EQ(Sizes{3}, log_->Sorted());
  EXPECT_TRUE(core_->DestroySession(session.get()));
}

TEST_F(Batching, EachItemHasTheDeadlineOfItsOwnSession) {
  const SessionDesc slow = Desc(4, 1000);
  SessionDesc fast = slow;
  fast.batch_timeout = 20;
  auto one = Make(slow, answers_), two = Make(fast, answers_);
  EXPECT_EQ(one->executor(), two->executor());
  one->Request(Numbers({1}), any(), -1);
  two->Request(Numbers({2}), any(), -1);
  Pass(milliseconds(20));
  answers_->Wait(2);
  EXPECT_EQ(Sizes{2}, log_->Sorted());
  one->Request(Numbers({3}), any(), -1);
  Pass(milliseconds(999));
  EXPECT_EQ(2u, answers_->Now().size());
  Pass(milliseconds(1));
  answers_->Wait(3);
  EXPECT_TRUE(core_->DestroySession(one.get()));
  EXPECT_TRUE(core_->DestroySession(two.get()));
}

TEST_F(Batching, WithoutTimeLimitWaitTaskDoneAndDestroySessionFlush) {
  auto session = Make(Desc(4, 0), answers_);
  session->Request(Numbers({1}, "a"), any(), -1);
  Pass(std::chrono::hours(1));
  EXPECT_TRUE(answers_->Now().empty());
  session->WaitTaskDone("a");
  EXPECT_EQ(1u, answers_->Now().size());
  session->Request(Numbers({2, 3}, "a"), any(), -1);
  session->Flush();
  answers_->Wait(2);
  session->Request(Numbers({4, 5, 6}, "a"), any(), -1);
  EXPECT_TRUE(core_->DestroySession(session.get()));
  EXPECT_EQ(3u, answers_->Now().size());
  EXPECT_EQ((Sizes{1, 2, 3}), log_->Sorted());
}

TEST_F(Batching, StaticCutsEachRequestAndNeverMerges) {
  auto session = Make(Desc(4, 1000, BatchStrategy::STATIC), answers_);
  session->Request(Numbers({1, 2, 3, 4, 5, 6}), any(), -1);
  session->Request(Numbers({7}), any(), -1);
  session->Request(Numbers({8}), any(), -1);
  const auto answers = answers_->Wait(3);
  EXPECT_EQ((Sizes{1, 1, 2, 4}), log_->Sorted());
  EXPECT_EQ((std::vector<float>{1, 2, 3, 4, 5, 6}), answers[0].values);
  EXPECT_TRUE(core_->DestroySession(session.get()));
}

TEST_F(Batching, ARequestOfManyItemsSpansBatches) {
  auto session = Make(Desc(4, 50), answers_);
  session->Request(Numbers({1, 2, 3, 4, 5, 6, 7, 8, 9}), any(), -1);
  Pass(milliseconds(50));
  EXPECT_EQ((std::vector<float>{1, 2, 3, 4, 5, 6, 7, 8, 9}), answers_->Wait(1)[0].values);
  EXPECT_EQ((Sizes{1, 4, 4}), log_->Sorted());
  EXPECT_TRUE(core_->DestroySession(session.get()));
}

TEST_F(Batching, DiscardedItemsLeaveTheQueue) {
  auto session = Make(Desc(4, 0), answers_);
  session->Request(Numbers({1, 2}, "gone"), any(), -1);
  session->Request(Numbers({3}, "kept"), any(), -1);
  session->DiscardTask("gone");
  session->WaitTaskDone("gone");
  session->WaitTaskDone("kept");
  EXPECT_EQ(Sizes{1}, log_->Sorted());
  ASSERT_EQ(1u, answers_->Now().size());
  EXPECT_EQ("kept", answers_->Now()[0].tag);
  EXPECT_TRUE(core_->DestroySession(session.get()));
}

// Sources that send an item each at given moments, to a batch of 8 with 40 ms: what batches they
// make, and how long items wait. Time goes from one thing that happens to the next.
class Sources : public Batching {
 protected:
  void Run(std::vector<devices::Duration> moments) {
    std::sort(moments.begin(), moments.end());
    const devices::TimePoint start = clock_.Now();
    const auto write = [&](ModelIO* io, const InferData& item, const ModelInfo& model) {
      waits_.push_back(clock_.Now() - start - moments[static_cast<std::size_t>(item.Get<int>())]);
      return test::WriteNumber(io, item, model);
    };
    SessionDesc desc = Desc(8, 40);
    desc.preproc->SetParams("process_function", PreprocessorHost::ProcessFunction(write));
    auto session = Make(desc, answers_);
    const auto advance = [&](devices::Duration to) { Pass(to - (clock_.Now() - start)); };
    std::size_t sent = 0, ran = 0;
    const auto expect_batch = [&] {
      expected_.push_back(sent - ran);
      ran = sent;
      answers_->Wait(ran);
    };
    for (const devices::Duration moment : moments) {
      if (sent > ran && moments[ran] + milliseconds(40) <= moment) {
        advance(moments[ran] + milliseconds(40));
        expect_batch();
      }
      advance(moment);
      session->Request(Numbers({static_cast<int>(sent++)}), any(), -1);
      if (sent - ran == 8) expect_batch();
    }
    EXPECT_TRUE(core_->DestroySession(session.get()));
    if (sent > ran) expected_.push_back(sent - ran);
    std::sort(expected_.begin(), expected_.end());
    EXPECT_EQ(expected_, log_->Sorted());
    std::sort(waits_.begin(), waits_.end());
  }

  Sizes expected_;
  std::vector<devices::Duration> waits_;
};

TEST_F(Sources, EightOfThirtyASecondFillBatchesOfEight) {
  std::mt19937 random(3);
  std::uniform_int_distribution<int> phase(0, 33333), jitter(0, 16000);
  std::vector<devices::Duration> moments;
  for (int source = 0; source < 8; ++source) {
    const int first = phase(random);
    for (int i = 0; i < 90; ++i)
      moments.push_back(std::chrono::microseconds(first + i * 33333 + jitter(random)));
  }
  Run(moments);
  EXPECT_EQ(720u, waits_.size());
  EXPECT_GE(720.0 / static_cast<double>(log_->Sorted().size()), 7.0);
  EXPECT_LE(waits_.back(), milliseconds(45));
}

TEST_F(Sources, OneOfFiveASecondWaitsNoLongerThanItMay) {
  std::vector<devices::Duration> moments;
  for (int i = 0; i < 50; ++i) moments.push_back(milliseconds(200 * i));
  Run(moments);
  EXPECT_EQ(Sizes(50, 1), log_->Sorted());
  EXPECT_LE(waits_[49 * 99 / 100], milliseconds(45));
}

}  // namespace
}  // namespace infer_server
