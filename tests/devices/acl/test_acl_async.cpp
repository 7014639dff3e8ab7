// SPDX-License-Identifier: Apache-2.0
// Sessions on the acl device: no worker waits for the card.
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "infer/server_core.h"
#include "infer/session.h"
#include "tests/infer/fake_clock.h"
#include "tests/infer/support.h"

namespace infer_server {
namespace {

constexpr std::uint32_t kEngines = 4;
constexpr int kRequests = 8;

std::atomic<int> prepared{0};

bool Count(ModelIO* io, const InferData&, const ModelInfo&) {
  std::memset(io->buffers[0].MutableData(), 0, io->buffers[0].MemorySize());
  ++prepared;
  return true;
}

bool Accept(InferData* item, const ModelIO& io, const ModelInfo&) {
  item->Set(static_cast<float>(io.buffers.size()));
  return true;
}

class AclSession {
 public:
  AclSession(const char* fault, std::uint32_t timeout) {
    setenv("INFERSERVER_FAULT", fault, 1);
    ModelOptions options;
    options.device = "acl:0";
    std::string error;
    SessionDesc desc;
    desc.model = InferServer::LoadModel(INFERSERVER_FAULT_MODEL, options, &error);
    EXPECT_NE(nullptr, desc.model) << error;
    desc.preproc = PreprocessorHost::Create();
    desc.preproc->SetParams("process_function", &Count);
    desc.postproc = Postprocessor::Create();
    desc.postproc->SetParams("process_function", &Accept);
    desc.engine_num = kEngines;
    desc.engine_timeout = timeout;
    core_ = std::make_shared<ServerCore>(devices::DeviceName{"acl", 0},
                                         devices::OpenDevice({"acl", 0}).value(), 1, clock_);
    auto session = core_->CreateSession(desc, answers_);
    EXPECT_TRUE(session.ok()) << session.status().message();
    session_ = core_->Find(session.value());
    for (int i = 0; i < kRequests; ++i) session_->Request(test::Numbers({i}), any(), -1);
  }
  ~AclSession() { EXPECT_TRUE(core_->DestroySession(session_.get())); }

  void Pass(devices::Duration time) {
    clock_.Move(time);
    core_->timer().Wake();
  }
  std::vector<test::Answer> Answers() { return answers_->Now(); }
  std::vector<test::Answer> Wait() { return answers_->Wait(kRequests); }
  std::string LastError() const { return session_->LastError(); }

 private:
  test::FakeClock clock_;
  std::shared_ptr<ServerCore> core_;
  std::shared_ptr<test::ThreadRecorder> answers_ = std::make_shared<test::ThreadRecorder>();
  std::shared_ptr<Session> session_;
};

// Each in a process of its own, since the orders are read once: it says by its exit code whether
// all was right.
[[noreturn]] void Hang() {
  {
    AclSession session("aclmdlExecuteAsync:0=hang", 100);
    // Four are with the card, and the one worker has prepared the four behind them.
    while (prepared < kRequests) std::this_thread::yield();
    EXPECT_TRUE(session.Answers().empty());
    while (session.Answers().size() < kRequests) {
      session.Pass(std::chrono::milliseconds(100));
      std::this_thread::yield();
    }
    for (const test::Answer& answer : session.Answers()) EXPECT_EQ(Status::TIMEOUT, answer.status);
    EXPECT_EQ("Predictor: the device did not finish within 100 ms; what it was doing was stopped",
              session.LastError());
  }
  _exit(testing::Test::HasFailure() ? 1 : 0);
}

[[noreturn]] void BeLate() {
  {
    AclSession session("aclmdlExecuteAsync:1=delay:50;aclrtMemcpyAsync:2=delay:20", 0);
    for (const test::Answer& answer : session.Wait()) EXPECT_EQ(Status::SUCCESS, answer.status);
  }
  _exit(testing::Test::HasFailure() ? 1 : 0);
}

[[noreturn]] void Fail() {
  {
    AclSession session("aclmdlExecuteAsync:3=507011", 0);
    int failed = 0;
    for (const test::Answer& answer : session.Wait())
      failed += answer.status == Status::SUCCESS ? 0 : 1;
    EXPECT_EQ(1, failed);
    EXPECT_EQ(0u, session.LastError().find("Predictor: aclmdlExecuteAsync failed: 507011"))
        << session.LastError();
  }
  _exit(testing::Test::HasFailure() ? 1 : 0);
}

class AclAsync : public testing::Test {
 protected:
  void SetUp() override { testing::FLAGS_gtest_death_test_style = "threadsafe"; }
};

TEST_F(AclAsync, OneWorkerKeepsFourEnginesBusyAndEachRunIsStoppedInTime) {
  EXPECT_EXIT(Hang(), testing::ExitedWithCode(0), "");
}
TEST_F(AclAsync, WhatIsLateIsWaitedFor) { EXPECT_EXIT(BeLate(), testing::ExitedWithCode(0), ""); }
TEST_F(AclAsync, AFailureIsThatOfItsRequestInWords) {
  EXPECT_EXIT(Fail(), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace infer_server
