// SPDX-License-Identifier: Apache-2.0
// Calls of stages that do not return: each request is answered once, and the session goes on.
#include <atomic>

#include "infer/lost_threads.h"
#include "infer/server_core.h"
#include "infer/session.h"
#include "tests/infer/card_runtime.h"
#include "tests/infer/support.h"

namespace infer_server {
namespace {

using test::Card;
using test::Gate;
using test::Numbers;

constexpr int kHangs = 13;
constexpr std::uint32_t kTimeout = 500;  // ms; what does not hang is done long before.

std::atomic<int> prepared{0};
std::atomic<Gate*> gate{nullptr};

bool HangAndWrite(ModelIO* io, const InferData& item, const ModelInfo& model) {
  ++prepared;
  if (item.Get<int>() == kHangs) gate.load()->Pass();
  return test::WriteNumber(io, item, model);
}

// A preprocessor whose forks are made by a function.
class Forked final : public Processor {
 public:
  using MakeFork = std::shared_ptr<Processor> (*)();
  explicit Forked(MakeFork fork)
      : Processor("Forked"), inner_(PreprocessorHost::Create()), fork_(fork) {}
  Status Init() override {
    inner_->CopyParamsFrom(*this);
    inner_->SetParams("process_function", &HangAndWrite, "parallel", 1);
    return inner_->Init();
  }
  Status Process(PackagePtr package) override { return inner_->Process(package); }
  std::shared_ptr<Processor> Fork() override { return fork_(); }

 private:
  const std::shared_ptr<PreprocessorHost> inner_;
  const MakeFork fork_;
};

class Watchdog : public ::testing::Test {
 protected:
  void SetUp() override {
    test::RegisterCardRuntime();
    prepared = 0;
    gate = &gate_;
  }
  void TearDown() override {
    Destroy();
    Release();
    Card::Queue(true);
    while (LostThreads::Count() > 0) std::this_thread::yield();  // All come back and are joined.
    core_.reset();
    InferServer::ClearModelCache();
  }
  void Release() {
    gate_.Open();
    Card::Release();
    Card::ReleaseCalls();
  }
  void Destroy() {
    if (session_ != nullptr) {
      EXPECT_TRUE(core_->DestroySession(session_.get()));
    }
    session_.reset();
  }
  void Make(const std::string& device, int slots, std::uint32_t batch = 1,
            std::shared_ptr<Processor> pre = nullptr) {
    core_ = std::make_shared<ServerCore>(devices::DeviceName{device, 0},
                                         devices::OpenDevice({device, 0}).value(), slots,
                                         devices::Clock::Steady());
    SessionDesc desc = test::NumberDesc(test::FakeModel("", batch, device + ":0"), &HangAndWrite,
                                        &test::ReadNumber);
    if (pre != nullptr) desc.preproc = pre;
    desc.engine_timeout = kTimeout;
    auto session = core_->CreateSession(desc, answers_);
    ASSERT_TRUE(session.ok()) << session.status().message();
    session_ = core_->Find(session.value());
  }
  void Send(const std::vector<int>& numbers) {
    ASSERT_TRUE(session_->Request(Numbers(numbers), any(), -1));
  }
  Gate gate_;
  std::shared_ptr<ServerCore> core_;
  std::shared_ptr<test::ThreadRecorder> answers_ = std::make_shared<test::ThreadRecorder>();
  std::shared_ptr<Session> session_;
};

TEST_F(Watchdog, AStageThatHangsCostsItsBatchAndTheSessionGoesOn) {
  Make("cpu", 1);
  Send({kHangs});
  Send({1});
  gate_.WaitFor(1);
  EXPECT_TRUE(answers_->Now().empty());
  answers_->Wait(2);
  Send({2});
  const auto answers = answers_->Wait(3);
  EXPECT_EQ(Status::TIMEOUT, answers[0].status);
  EXPECT_EQ(std::vector<float>{1}, answers[1].values);
  EXPECT_EQ(std::vector<float>{2}, answers[2].values);
  EXPECT_EQ(
      "PreprocessorHost: it did not return within 500 ms; its engine is out of service, and a new "
      "one "
      "takes its place",
      session_->LastError());
  EXPECT_EQ(1u, LostThreads::Count());
  Destroy();  // Does not wait for it.
  EXPECT_EQ(1u, LostThreads::Count());
}

TEST_F(Watchdog, ItMayReturnWhileTheSessionGoesOn) {
  Make("cpu", 1);
  Send({kHangs});
  gate_.WaitFor(1);
  answers_->Wait(1);
  gate_.Open();
  while (LostThreads::Count() > 0) std::this_thread::yield();
  for (int i = 0; i < 10; ++i) Send({i});
  EXPECT_EQ(11u, answers_->Wait(11).size());
  session_->WaitTaskDone("");
  EXPECT_EQ(11u, answers_->Now().size());
}

TEST_F(Watchdog, AllItemsOfTheBatchAreAnsweredOnce) {
  Make("cpu", 2, 4);
  Send({1, 2});
  Send({kHangs, 3});
  gate_.WaitFor(1);
  const auto answers = answers_->Wait(2);
  for (const auto& answer : answers) {
    EXPECT_EQ(Status::TIMEOUT, answer.status);
    EXPECT_EQ((std::vector<float>{-1, -1}), answer.values);
  }
  gate_.Open();
  Send({4, 5, 6, 7});
  EXPECT_EQ((std::vector<float>{4, 5, 6, 7}), answers_->Wait(3)[2].values);
}

TEST_F(Watchdog, WhatWaitsBehindAHangingNetworkGoesToTheNewEngine) {
  Card::Queue(false);
  Make("card", 2);
  Card::Hold();
  Send({1});
  Card::WaitHeld(1);
  Send({2});
  Send({3});
  while (prepared < 2) std::this_thread::yield();
  answers_->Wait(1);
  Card::Release();
  const auto answers = answers_->Wait(3);
  EXPECT_EQ(Status::TIMEOUT, answers[0].status);
  EXPECT_EQ(0u, session_->LastError().find("Predictor: it did not return within 500 ms"))
      << session_->LastError();
}

TEST_F(Watchdog, ACallThatHangsWhileItBeginsARunIsLeftToItsThread) {
  Make("card", 1);
  Card::HoldCall();
  Send({1});
  Card::WaitCallHeld();
  answers_->Wait(1);
  Send({2});
  const auto answers = answers_->Wait(2);
  EXPECT_EQ(Status::TIMEOUT, answers[0].status);
  EXPECT_EQ(std::vector<float>{2}, answers[1].values);
  Card::ReleaseCalls();  // Its callback is made now, to nobody.
  while (LostThreads::Count() > 0) std::this_thread::yield();
}

TEST_F(Watchdog, WithoutANewEngineAllIsAnswered) {
  Make("cpu", 1, 1,
       std::make_shared<Forked>(+[]() -> std::shared_ptr<Processor> { return nullptr; }));
  Send({kHangs});
  Send({1});
  gate_.WaitFor(1);
  answers_->Wait(2);
  Send({2});  // Tries again, in vain.
  const auto answers = answers_->Wait(3);
  EXPECT_EQ(Status::TIMEOUT, answers[0].status);
  EXPECT_EQ(Status::ERROR_BACKEND, answers[1].status);
  EXPECT_EQ(Status::ERROR_BACKEND, answers[2].status);
  EXPECT_EQ(0u, session_->LastError().find(
                    "no new engine in place of one that hangs: Fork() of Forked failed"))
      << session_->LastError();
}

TEST_F(Watchdog, ANewEngineThatHangsToo) {
  Make("cpu", 1, 1, std::make_shared<Forked>(+[]() -> std::shared_ptr<Processor> {
         gate.load()->Pass();
         return nullptr;
       }));
  Send({kHangs});
  Send({1});
  gate_.WaitFor(1);
  answers_->Wait(1);
  gate_.WaitFor(2);
  answers_->Wait(2);
  Send({2});
  const auto answers = answers_->Wait(3);
  for (const auto& answer : answers) EXPECT_EQ(Status::TIMEOUT, answer.status);
  EXPECT_EQ(2u, LostThreads::Count());
}

}  // namespace
}  // namespace infer_server
