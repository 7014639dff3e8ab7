// SPDX-License-Identifier: Apache-2.0
// Downloads by several threads and processes, and by those that meet with an accident.
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <thread>
#include <vector>

#include "infer/temp_file.h"
#include "tests/infer/downloads.h"
#include "tests/infer/support.h"

namespace infer_server::test {
namespace {

using devices::Result;
class SharedDownloads : public Downloads {};

TEST_F(SharedDownloads, ThreadsThatWantOneFileDownloadItOnce) {
  constexpr int kThreads = 8;
  Gate gate;
  DownloadOptions options;
  options.progress = [&](const DownloadProgress&) {
    gate.Pass();
    return true;
  };
  std::vector<std::thread> threads;
  std::atomic<int> got{0};
  for (int i = 0; i < kThreads; ++i)
    threads.emplace_back(
        [&] { got += FetchModel(server_->Http("good/a.onnx"), options).ok() ? 1 : 0; });
  gate.WaitFor(kThreads);  // All are in it.
  gate.Open();
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(kThreads, got);
  EXPECT_EQ("/good/a.onnx\n", Requests());
  EXPECT_TRUE(Content() == ReadFile(InDir("a.onnx")));
  EXPECT_EQ(std::set<std::string>{"a.onnx"}, Dir());
}

// `first` is under way until `second` waits for it; then it goes on with what `go_on` says.
Result<FetchedModel> Follow(const std::string& first, bool go_on, const std::string& second,
                            bool second_goes_on, Result<FetchedModel>* first_result) {
  Gate begun, waited_for;
  DownloadOptions leading, following;
  leading.progress = [&](const DownloadProgress&) {
    begun.Pass();
    waited_for.Pass();
    return go_on;
  };
  following.progress = [&](const DownloadProgress&) {
    waited_for.Open();
    return second_goes_on;
  };
  std::thread leader([&] { *first_result = FetchModel(first, leading); });
  begun.WaitFor(1);
  begun.Open();
  auto result = FetchModel(second, following);
  leader.join();
  return result;
}

TEST_F(SharedDownloads, WhoWaitsForAnotherMayGiveUpAndMayTakeOver) {
  const std::string good = server_->Http("good/a.onnx"), bad = server_->Http("status/a.onnx?404");
  Result<FetchedModel> first = devices::Status(Code::kUnavailable, "");
  EXPECT_EQ(Code::kCancelled, Follow(good, true, good, false, &first).status().code());
  EXPECT_TRUE(first.ok());
  fs::remove(InDir("a.onnx"));
  EXPECT_TRUE(Follow(good, false, good, true, &first).ok()) << "another's cancelling is not ours";
  EXPECT_EQ(Code::kCancelled, first.status().code());
  fs::remove(InDir("a.onnx"));
  EXPECT_TRUE(Follow(bad, true, good, true, &first).ok()) << "another URL may be better";
  EXPECT_EQ(Code::kNotFound, first.status().code());
  fs::remove(InDir("a.onnx"));
  const std::size_t before = Requests().size();
  EXPECT_EQ(Code::kNotFound, Follow(bad, true, bad, true, &first).status().code());
  EXPECT_EQ("/status/a.onnx?404\n", Requests().substr(before)) << "asked once for both";
}

// Runs `f` in a process of its own.
template <typename F>
pid_t Process(F f) {
  const pid_t pid = fork();
  if (pid != 0) return pid;
  try {
    _exit(f());
  } catch (...) {
    _exit(99);
  }
}
// -1 when it was killed.
int ExitOf(pid_t pid) {
  int status = 0;
  waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST_F(SharedDownloads, ProcessesThatWantOneFileDoNotDisturbEachOther) {
  const std::string uri = server_->Http("good/a.onnx#sha256=") + Digest(Content());
  for (int round = 0; round < 5; ++round) {
    WriteFile(InDir("a.onnx"), "old");
    std::vector<pid_t> processes;
    for (int i = 0; i < 4; ++i)
      processes.push_back(Process([&] {
        const auto fetched = FetchModel(uri, {});
        return fetched.ok() && ReadFile(fetched.value().path) == Content() ? 0 : 1;
      }));
    // Whoever reads meanwhile gets the one or the other, never a piece.
    std::string bytes;
    for (int i = 0; i < 100 && bytes != Content(); ++i) {
      bytes = ReadFile(InDir("a.onnx"));
      EXPECT_TRUE(bytes == "old" || bytes == Content()) << bytes.size();
    }
    for (const pid_t process : processes) EXPECT_EQ(0, ExitOf(process));
    EXPECT_EQ(std::set<std::string>{"a.onnx"}, Dir());
  }
}

TEST_F(SharedDownloads, AKilledProcessLeavesNothing) {
  if (TempFile::Create(InDir(".")).value()->kind() != TempFile::Kind::kNameless)
    GTEST_SKIP() << "this file system has no files without a name";
  int half[2];
  ASSERT_EQ(0, pipe(half));
  const pid_t process = Process([&] {
    DownloadOptions options;
    options.progress = [&](const DownloadProgress& progress) {
      return progress.received == 0 || write(half[1], "x", 1) == 1;
    };
    return FetchModel(server_->Http("slow/a.onnx"), options).ok() ? 0 : 1;
  });
  char byte = 0;
  ASSERT_EQ(1, read(half[0], &byte, 1));
  kill(process, SIGKILL);
  EXPECT_EQ(-1, ExitOf(process));
  close(half[0]);
  close(half[1]);
  EXPECT_EQ(std::set<std::string>(), Dir());
}

TEST_F(SharedDownloads, AFullDiskIsToldAndLeavesNothing) {
  const pid_t process = Process([&] {
    signal(SIGXFSZ, SIG_IGN);
    const rlimit little{100'000, 100'000};
    setrlimit(RLIMIT_FSIZE, &little);
    const auto fetched = FetchModel(server_->Http("good/a.onnx"), {});
    return !fetched.ok() && fetched.status().message().find(InDir("")) != std::string::npos ? 0 : 1;
  });
  EXPECT_EQ(0, ExitOf(process));
  EXPECT_EQ(std::set<std::string>(), Dir());
  ASSERT_TRUE(InferServer::SetModelDir("/proc"));
  ExpectRefused(server_->Http("good/a.onnx"), Code::kUnavailable, "SetModelDir() one that can");
}

}  // namespace
}  // namespace infer_server::test
