// SPDX-License-Identifier: Apache-2.0
#include "video/line_writer.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace infer_server::video {
namespace {

using devices::Code;
using devices::MutexLock;
using devices::Result;
using devices::Status;

constexpr std::size_t kBatch = 64 << 10;
constexpr std::size_t kMost = 1 << 20;
constexpr std::size_t kPipeChunk = 4096;  // A pipe that is writable takes so much without waiting.
constexpr std::chrono::seconds kDelay(1), kPatience(2);

Code CodeOf(int error) {
  if (error == ENOENT || error == ENOTDIR) return Code::kNotFound;
  if (error == ENOSPC || error == EDQUOT || error == EFBIG) return Code::kOutOfMemory;
  return Code::kUnavailable;
}

Status CannotOpen(const std::string& location, int error) {
  const char* cause = error == ENXIO ? "nobody reads this pipe yet" : std::strerror(error);
  return Status(CodeOf(error), "cannot write '" + location + "': " + cause +
                                   "; name a file in a folder that exists and may be written to, "
                                   "or - for standard output");
}

}  // namespace

Result<std::unique_ptr<LineWriter>> LineWriter::Open(const std::string& location) {
  const bool owned = location != "-";
  int fd = STDOUT_FILENO;
  // Without O_NONBLOCK, opening a pipe waits for its reader.
  if (owned) {
    fd = open(location.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NONBLOCK, 0666);
    if (fd < 0) return CannotOpen(location, errno);
  }
  const int wake = eventfd(0, EFD_CLOEXEC);
  if (wake < 0) {
    const Status failed = CannotOpen(location, errno);
    if (owned) close(fd);
    return failed;
  }
  return std::unique_ptr<LineWriter>(new LineWriter(location, fd, owned, wake));
}

LineWriter::LineWriter(std::string location, int fd, bool owned, int wake)
    : location_(std::move(location)), fd_(fd), owned_(owned), wake_(wake) {
  struct stat info;
  file_ = fstat(fd_, &info) == 0 && S_ISREG(info.st_mode);
  thread_ = devices::Thread("line-writer", [this] { Run(); });
}

LineWriter::~LineWriter() {
  (void)Close();
  close(wake_);
}

Status LineWriter::Failed(int error) const {
  return Status(CodeOf(error), "cannot write to '" + location_ + "': " + std::strerror(error));
}

Status LineWriter::Write(std::string_view text) {
  MutexLock lock(&mutex_);
  while (failure_.ok() && !unblocked_ && !waiting_.empty() && waiting_.size() + text.size() > kMost)
    lock.Wait(&done_);
  if (!failure_.ok()) return failure_;
  if (stop_ || (unblocked_ && waiting_.size() + text.size() > kMost))
    return Status(Code::kCancelled, "writing to '" + location_ + "' was stopped");
  if (waiting_.empty()) due_ = devices::Clock::Steady().Now() + kDelay;
  waiting_.append(text);
  taken_ += text.size();
  if (waiting_.size() == text.size() || waiting_.size() >= kBatch) work_.notify_one();
  return {};
}

Status LineWriter::Flush() {
  MutexLock lock(&mutex_);
  const std::uint64_t target = taken_;
  wanted_ = target;
  work_.notify_one();
  while (failure_.ok() && !unblocked_ && !ended_ && written_ < target) lock.Wait(&done_);
  return failure_;
}

void LineWriter::Unblock() {
  MutexLock lock(&mutex_);
  unblocked_ = true;
  done_.notify_all();
}

Status LineWriter::Close() {
  if (!thread_.joinable()) {
    MutexLock lock(&mutex_);
    return failure_;
  }
  {
    MutexLock lock(&mutex_);
    stop_ = true;
    work_.notify_one();
    const devices::TimePoint deadline = devices::Clock::Steady().Now() + kPatience;
    while (!ended_ && lock.WaitUntil(&done_, deadline)) {
    }
  }
  const std::uint64_t one = 1;
  (void)!write(wake_, &one, sizeof one);
  thread_.Join();
  MutexLock lock(&mutex_);
  if (owned_ && close(fd_) != 0 && failure_.ok()) failure_ = Failed(errno);
  return failure_;
}

bool LineWriter::ShouldWrite() const {
  return stop_ || wanted_ > written_ || waiting_.size() >= kBatch ||
         (!waiting_.empty() && devices::Clock::Steady().Now() >= due_);
}

void LineWriter::Run() {
  // A reader that went away is an error of write(), not the end of the process.
  sigset_t pipe;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe, nullptr);

  MutexLock lock(&mutex_);
  while (true) {
    while (!ShouldWrite()) {
      if (waiting_.empty())
        lock.Wait(&work_);
      else
        lock.WaitUntil(&work_, due_);
    }
    if (waiting_.empty()) break;  // stop_: wanted_ is never more than was taken.
    writing_.swap(waiting_);
    lock.Unlock();
    const Status status = WriteAll(writing_);
    lock.Lock();
    written_ += writing_.size();
    writing_.clear();
    if (!status.ok()) failure_ = status;
    done_.notify_all();
    if (!failure_.ok()) break;
  }
  ended_ = true;
  done_.notify_all();
}

bool LineWriter::WaitWritable() {
  pollfd fds[2] = {{fd_, POLLOUT, 0}, {wake_, POLLIN, 0}};
  while (poll(fds, 2, -1) < 0)
    if (errno != EINTR) return true;  // The write itself tells what is wrong.
  return fds[0].revents != 0;
}

Status LineWriter::WriteAll(std::string_view text) {
  while (!text.empty()) {
    if (!file_ && !WaitWritable())
      return Status(Code::kTimeout, "writing to '" + location_ +
                                        "' was given up: its reader took " + "nothing for " +
                                        std::to_string(kPatience.count()) + " seconds");
    const std::size_t size = file_ ? text.size() : std::min(text.size(), kPipeChunk);
    const ssize_t done = write(fd_, text.data(), size);
    if (done < 0 && errno != EINTR && errno != EAGAIN) return Failed(errno);
    if (done > 0) text.remove_prefix(static_cast<std::size_t>(done));
  }
  return {};
}

}  // namespace infer_server::video
