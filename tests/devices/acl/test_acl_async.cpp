// SPDX-License-Identifier: Apache-2.0
// Sessions on the acl device: no worker waits for the card.
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "infer/server_core.h"
#include "infer/session.h"
#include "tests/infer/support.h"

namespace infer_server {
namespace {

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
  AclSession(const std::string& fault, std::uint32_t timeout, std::uint32_t engines) {
    setenv("INFERSERVER_FAULT", fault.c_str(), 1);
    ModelOptions options;
    options.device = "acl:0";
    std::string error;
    SessionDesc desc;
    desc.model = InferServer::LoadModel(INFERSERVER_FAULT_MODEL, options, &error);
    if (desc.model == nullptr) return;
    desc.preproc = PreprocessorHost::Create();
    desc.preproc->SetParams("process_function", &Count);
    desc.postproc = Postprocessor::Create();
    desc.postproc->SetParams("process_function", &Accept);
    desc.engine_num = engines;
    desc.engine_timeout = timeout;
    core_ = std::make_shared<ServerCore>(devices::DeviceName{"acl", 0},
                                         devices::OpenDevice({"acl", 0}).value(), 1,
                                         devices::Clock::Steady());
    auto session = core_->CreateSession(desc, answers_);
    if (!session.ok()) return;
    session_ = core_->Find(session.value());
    for (int i = 0; i < kRequests; ++i) session_->Request(test::Numbers({i}), any(), -1);
  }
  ~AclSession() {
    if (session_ != nullptr) {
      EXPECT_TRUE(core_->DestroySession(session_.get()));
    }
  }
  bool made() const { return session_ != nullptr; }

  std::vector<test::Answer> Answers() { return answers_->Now(); }
  std::vector<test::Answer> Wait() { return answers_->Wait(kRequests); }
  std::string LastError() const { return session_->LastError(); }

 private:
  std::shared_ptr<ServerCore> core_;
  std::shared_ptr<test::ThreadRecorder> answers_ = std::make_shared<test::ThreadRecorder>();
  std::shared_ptr<Session> session_;
};

// Each in a process of its own, since the orders are read once: it says by its exit code how the
// session fared, and in words why.
enum Fared { kWrong = 1, kNoSession = 10, kAllWell, kOneFailed, kMoreFailed };

[[noreturn]] void Try(const std::string& fault, std::uint32_t timeout, std::uint32_t engines) {
  int fared = kNoSession;
  {
    AclSession session(fault, timeout, engines);
    if (session.made()) {
      // All engines are with the card, and the one worker has prepared what is behind them.
      while (engines > 1 && prepared < kRequests) std::this_thread::yield();
      int failed = 0;
      for (const test::Answer& answer : session.Wait())
        failed += answer.status == Status::SUCCESS ? 0 : 1;
      fared = failed == 0 ? kAllWell : failed == 1 ? kOneFailed : kMoreFailed;
      fprintf(stderr, "%d FAILED: %s\n", failed, session.LastError().c_str());
    }
  }
  _exit(testing::Test::HasFailure() ? kWrong : fared);
}

struct Outcome {
  int fared = 0;
  std::string text;
};

Outcome RunFault(const std::string& fault, std::uint32_t timeout, std::uint32_t engines) {
  int ends[2];
  Outcome outcome;
  if (pipe(ends) != 0) return outcome;
  const pid_t child = fork();  // This process has one thread.
  if (child == 0) {
    dup2(ends[1], 2);
    Try(fault, timeout, engines);
  }
  close(ends[1]);
  char part[512];
  for (ssize_t got = 0; (got = read(ends[0], part, sizeof part)) > 0;)
    outcome.text.append(part, static_cast<std::size_t>(got));
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  outcome.fared = WIFEXITED(status) ? WEXITSTATUS(status) : kWrong;
  return outcome;
}

TEST(AclAsync, OneWorkerKeepsFourEnginesBusyAndEachRunIsStoppedInTime) {
  const Outcome outcome = RunFault("aclmdlExecuteAsync:0=hang", 500, 4);
  EXPECT_EQ(kMoreFailed, outcome.fared) << outcome.text;
  EXPECT_NE(
      std::string::npos,
      outcome.text.find("8 FAILED: Predictor: the device did not finish within 500 ms; what it "
                        "was doing was stopped"))
      << outcome.text;
}

TEST(AclAsync, WhatIsLateIsWaitedFor) {
  const Outcome outcome =
      RunFault("aclmdlExecuteAsync:1=delay:50;aclrtMemcpyAsync:2=delay:20", 0, 4);
  EXPECT_EQ(kAllWell, outcome.fared) << outcome.text;
}

// The first call of a function that a batch makes; those before make the session.
int FirstOfABatch(const std::string& function) {
  for (int nth = 1; nth < 100; ++nth) {
    const Outcome outcome = RunFault(function + ":" + std::to_string(nth) + "=207001", 500, 1);
    if (outcome.fared == kNoSession) continue;
    EXPECT_EQ(kOneFailed, outcome.fared) << outcome.text;
    EXPECT_NE(std::string::npos, outcome.text.find(function + " failed: 207001 (out of memory)"))
        << outcome.text;
    return nth;
  }
  return 0;
}

// The functions that a batch calls. One that hangs itself is named, as the timeout of its stage; of
// one that queues work, the work hangs.
class PerBatch : public testing::TestWithParam<const char*> {
 protected:
  void Expect(const char* what, const std::string& words) {
    const std::string function = GetParam();
    const int nth = FirstOfABatch(function);
    ASSERT_NE(0, nth);
    const Outcome outcome = RunFault(function + ":" + std::to_string(nth) + "=" + what, 500, 1);
    const bool late = std::string(what) != "hang";
    EXPECT_EQ(late ? kAllWell : kOneFailed, outcome.fared) << outcome.text;
    EXPECT_NE(std::string::npos, outcome.text.find(words)) << outcome.text;
  }
};

TEST_P(PerBatch, MayFailOrBeLateOnce) { Expect("delay:20", "0 FAILED"); }

class Calls : public PerBatch {};

TEST_P(Calls, ThatHangAreNamedAndCostOneRequest) {
  Expect("hang", std::string(GetParam()) + " did not return within 500 ms");
}

class Queued : public PerBatch {};

TEST_P(Queued, ThatHangsCostsOneRequest) {
  Expect("hang", "the device did not finish within 500 ms");
}

std::string Name(const testing::TestParamInfo<const char*>& test) { return test.param; }

const auto kCalls = testing::Values("aclrtMalloc", "aclrtMallocHost", "aclUpdateDataBuffer");
const auto kQueued =
    testing::Values("aclrtMemcpyAsync", "aclmdlExecuteAsync", "aclrtLaunchCallback");
INSTANTIATE_TEST_SUITE_P(Call, PerBatch, kCalls, &Name);
INSTANTIATE_TEST_SUITE_P(Queue, PerBatch, kQueued, &Name);
INSTANTIATE_TEST_SUITE_P(Of, Calls, kCalls, &Name);
INSTANTIATE_TEST_SUITE_P(Of, Queued, kQueued, &Name);

// The engine whose stream could not be made anew after a run that hung goes on later.
TEST(AclAsync, AStreamThatIsNotMadeAnewAtOnceIsMadeLater) {
  for (int nth = 1; nth < 100; ++nth) {
    const Outcome outcome = RunFault(
        "aclmdlExecuteAsync:3=hang;aclrtCreateStream:" + std::to_string(nth) + "=207008", 500, 1);
    if (outcome.fared == kNoSession) continue;
    EXPECT_EQ(kOneFailed, outcome.fared) << outcome.text;
    EXPECT_NE(std::string::npos, outcome.text.find("aclrtCreateStream failed: 207008"))
        << outcome.text;
    return;
  }
  FAIL() << "no stream is made after the session";
}

// Without the thread of the callbacks nothing ends in time, and yet all is answered.
class OfTheReportThread : public testing::TestWithParam<const char*> {};

TEST_P(OfTheReportThread, ACallThatHangsLeavesNothingUnanswered) {
  const Outcome outcome = RunFault(std::string(GetParam()) + ":3=hang", 500, 1);
  // One, where a worker was first to ask for the stream's state.
  EXPECT_TRUE(outcome.fared == kOneFailed || outcome.fared == kMoreFailed) << outcome.text;
}

INSTANTIATE_TEST_SUITE_P(Of, OfTheReportThread,
                         testing::Values("aclrtSynchronizeStreamWithTimeout", "aclrtProcessReport"),
                         &Name);

}  // namespace
}  // namespace infer_server
