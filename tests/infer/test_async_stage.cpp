// SPDX-License-Identifier: Apache-2.0
// Devices that call back: no worker waits for them, and nothing else changes.
#include <atomic>
#include <numeric>

#include "infer/server_core.h"
#include "infer/session.h"
#include "tests/infer/card_runtime.h"
#include "tests/infer/support.h"

namespace infer_server {
namespace {

using test::Card;
using test::Numbers;

std::atomic<int> prepared{0};

bool CountAndWrite(ModelIO* io, const InferData& item, const ModelInfo& model) {
  ++prepared;
  return test::WriteNumber(io, item, model);
}

class AsyncStages : public ::testing::Test {
 protected:
  static constexpr int kSlots = 1;

  void SetUp() override {
    test::RegisterCardRuntime();
    prepared = 0;
    core_ = std::make_shared<ServerCore>(devices::DeviceName{"card", 0},
                                         devices::OpenDevice({"card", 0}).value(), kSlots,
                                         devices::Clock::Steady());
  }
  void TearDown() override {
    Card::Release();
    Card::CallBackAtOnce(false);
    Card::FailCallbacks(0);
    if (session_ != nullptr) {
      EXPECT_TRUE(core_->DestroySession(session_.get()));
    }
    InferServer::ClearModelCache();
  }
  SessionDesc Desc(const std::string& settings = "", std::uint32_t batch = 1) {
    SessionDesc desc = test::NumberDesc(test::FakeModel(settings, batch, "card:0"), &CountAndWrite,
                                        &test::ReadNumber);
    desc.batch_timeout = 1;
    return desc;
  }
  void Make(const SessionDesc& desc) {
    auto session = core_->CreateSession(desc, answers_);
    ASSERT_TRUE(session.ok()) << session.status().message();
    session_ = core_->Find(session.value());
  }
  void Send(const std::vector<int>& numbers) {
    ASSERT_TRUE(session_->Request(Numbers(numbers), any(), -1));
  }

  std::shared_ptr<ServerCore> core_;
  std::shared_ptr<test::ThreadRecorder> answers_ = std::make_shared<test::ThreadRecorder>();
  std::shared_ptr<Session> session_;
};

TEST_F(AsyncStages, OneWorkerKeepsFourEnginesBusyAndHasTimeForMore) {
  SessionDesc desc = Desc();
  desc.engine_num = 4;
  Make(desc);
  Card::Hold();
  for (int i = 0; i < 8; ++i) Send({i});
  Card::WaitHeld(4);
  while (prepared < 8) std::this_thread::yield();  // The worker goes on to preprocess the next.
  EXPECT_TRUE(answers_->Now().empty());
  Card::Release();
  const auto answers = answers_->Wait(8);
  for (std::size_t i = 0; i < 8; ++i)
    EXPECT_EQ(std::vector<float>{static_cast<float>(i)}, answers[i].values);
}

TEST_F(AsyncStages, BatchesOfAllSizesComeBackInOrder) {
  SessionDesc desc = Desc("jitter=1", 4);
  desc.engine_num = 3;
  Make(desc);
  std::vector<std::vector<float>> expected;
  for (int i = 0; i < 300; ++i) {
    std::vector<int> numbers(static_cast<std::size_t>(1 + i % 6));
    std::iota(numbers.begin(), numbers.end(), i);
    expected.emplace_back(numbers.begin(), numbers.end());
    Send(numbers);
  }
  session_->WaitTaskDone("");
  const auto answers = answers_->Wait(300);
  for (std::size_t i = 0; i < 300; ++i) EXPECT_EQ(expected[i], answers[i].values);
}

TEST_F(AsyncStages, ACallbackBeforeTheCallReturnsIsNotLost) {
  Card::CallBackAtOnce(true);
  Make(Desc("", 2));
  for (int i = 0; i < 100; ++i) Send({i, i + 1});
  const auto answers = answers_->Wait(100);
  for (std::size_t i = 0; i < 100; ++i) EXPECT_EQ(Status::SUCCESS, answers[i].status);
}

TEST_F(AsyncStages, AFailedBatchIsRunAgainItemByItem) {
  Make(Desc("fail-at=1", 4));
  Send({5, 6, 7, 8});
  const auto answers = answers_->Wait(1);
  EXPECT_EQ(Status::SUCCESS, answers[0].status);
  EXPECT_EQ((std::vector<float>{5, 6, 7, 8}), answers[0].values);
}

TEST_F(AsyncStages, AFailureIsToldInWordsAndCostsItsRequestOnly) {
  Make(Desc("fail-at=2"));
  for (int i = 0; i < 4; ++i) Send({i});
  const auto answers = answers_->Wait(4);
  int failed = 0;
  for (const auto& answer : answers) failed += answer.status == Status::SUCCESS ? 0 : 1;
  EXPECT_EQ(1, failed);
  EXPECT_EQ(0u, session_->LastError().find("Predictor: ")) << session_->LastError();
}

TEST_F(AsyncStages, WithoutACallbackTheCallFails) {
  Make(Desc());
  Card::FailCallbacks(1);
  Send({1});
  Send({2});
  const auto answers = answers_->Wait(2);
  EXPECT_EQ(Status::ERROR_BACKEND, answers[0].status);
  EXPECT_EQ(Status::SUCCESS, answers[1].status);
  EXPECT_EQ("Predictor: no callbacks today", session_->LastError());
}

TEST_F(AsyncStages, WhatTakesTooLongIsStoppedAndTheNextWorks) {
  SessionDesc desc = Desc();
  desc.engine_timeout = 500;
  Make(desc);
  Card::Hold();
  const int before = Card::Stopped();
  Send({1});
  Card::WaitHeld(1);
  EXPECT_TRUE(answers_->Now().empty());
  EXPECT_EQ(Status::TIMEOUT, answers_->Wait(1)[0].status);
  EXPECT_EQ(before + 1, Card::Stopped());
  EXPECT_EQ("Predictor: the device did not finish within 500 ms; what it was doing was stopped",
            session_->LastError());
  Card::Release();
  Send({2});
  EXPECT_EQ(std::vector<float>{2}, answers_->Wait(2)[1].values);
}

TEST_F(AsyncStages, EachItemOfALateBatchHasAnotherTry) {
  SessionDesc desc = Desc("", 3);
  desc.engine_timeout = 500;
  Make(desc);
  Card::Hold();
  Send({1, 2, 3});
  Card::WaitHeld(1);
  const int before = Card::Stopped();
  while (Card::Stopped() == before) std::this_thread::yield();
  Card::Release();
  const auto answers = answers_->Wait(1);
  EXPECT_EQ(Status::SUCCESS, answers[0].status);
  EXPECT_EQ((std::vector<float>{1, 2, 3}), answers[0].values);
}

TEST_F(AsyncStages, DestroyWaitsForWhatIsWithTheDevice) {
  SessionDesc desc = Desc();
  desc.engine_num = 2;
  Make(desc);
  Card::Hold();
  for (int i = 0; i < 6; ++i) Send({i});
  Card::WaitHeld(2);
  std::thread destroyer([&] { EXPECT_TRUE(core_->DestroySession(session_.get())); });
  Card::Release();
  destroyer.join();
  session_.reset();
  EXPECT_EQ(6u, answers_->Now().size());
}

TEST_F(AsyncStages, WhatIsDiscardedMeanwhileIsNotAnswered) {
  Make(Desc());
  Card::Hold();
  ASSERT_TRUE(session_->Request(Numbers({1}, "a"), any(), -1));
  Card::WaitHeld(1);
  ASSERT_TRUE(session_->Request(Numbers({2}, "b"), any(), -1));
  session_->DiscardTask("a");
  Card::Release();
  EXPECT_EQ("b", answers_->Wait(1)[0].tag);
  session_->WaitTaskDone("a");
  EXPECT_EQ(1u, answers_->Now().size());
}

TEST_F(AsyncStages, TheStagesTimeIsThatOfTheDevice) {
  Make(Desc("latency=5"));
  for (int i = 0; i < 3; ++i) Send({i});
  answers_->Wait(3);
  session_->WaitTaskDone("");
  const auto latency = session_->Latency();
  if (latency.empty()) GTEST_SKIP() << "built without record-perf";
  EXPECT_EQ(3u, latency.at("Predictor").unit_cnt);
  EXPECT_GE(latency.at("Predictor").min, 5);
}

}  // namespace
}  // namespace infer_server
