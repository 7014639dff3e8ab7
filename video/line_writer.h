// SPDX-License-Identifier: Apache-2.0
// Text to a file, a named pipe or standard output, written by a thread of its own.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <string>
#include <string_view>

#include "devices/base/clock.h"
#include "devices/base/export.h"
#include "devices/base/mutex.h"
#include "devices/base/status.h"
#include "devices/base/thread.h"

namespace infer_server::video {

// What is written reaches the file at latest a second later, or at once when 64 KB wait. The file
// is not synchronised to the disk. Thread-safe.
class INFER_API LineWriter {
 public:
  // `location`: a file, emptied first; "-" = standard output.
  // Fails with kNotFound, kUnavailable (may not be written; a pipe that nobody reads).
  static devices::Result<std::unique_ptr<LineWriter>> Open(const std::string& location);
  // As Close(), its Status lost.
  ~LineWriter();
  LineWriter(const LineWriter&) = delete;
  LineWriter& operator=(const LineWriter&) = delete;

  // Takes the text; waits while 1 MB is not written yet. Fails with what a write before failed with
  // (kOutOfMemory: disk full; kUnavailable), with kCancelled after Unblock() or Close(): the text
  // is then lost.
  devices::Status Write(std::string_view text);
  // Waits until everything taken so far is with the operating system.
  devices::Status Flush();
  // Makes Write() and Flush() return, now and later, instead of wait.
  void Unblock();
  // Writes the rest, giving a reader of a pipe two seconds more, and closes. Idempotent.
  devices::Status Close();

 private:
  LineWriter(std::string location, int fd, bool owned, int wake);
  void Run();
  bool ShouldWrite() const INFER_REQUIRES(mutex_);
  devices::Status WriteAll(std::string_view text);
  // Waits until the file takes more. False when told to give up.
  bool WaitWritable();
  devices::Status Failed(int error) const;

  const std::string location_;
  const int fd_;
  const bool owned_;   // Closed in the end: not standard output.
  const int wake_;     // An eventfd: readable once writing is given up.
  bool file_ = false;  // An ordinary file takes any amount without waiting.
  devices::Thread thread_;

  devices::Mutex mutex_;
  std::condition_variable work_, done_;
  std::string waiting_ INFER_GUARDED_BY(mutex_);
  devices::TimePoint due_ INFER_GUARDED_BY(mutex_);   // Of the oldest text in waiting_.
  std::uint64_t taken_ INFER_GUARDED_BY(mutex_) = 0;  // Bytes.
  std::uint64_t written_ INFER_GUARDED_BY(mutex_) = 0;
  std::uint64_t wanted_ INFER_GUARDED_BY(mutex_) = 0;  // To write without delay.
  devices::Status failure_ INFER_GUARDED_BY(mutex_);
  bool unblocked_ INFER_GUARDED_BY(mutex_) = false;
  bool stop_ INFER_GUARDED_BY(mutex_) = false;
  bool ended_ INFER_GUARDED_BY(mutex_) = false;
  std::string writing_;  // Of the thread.
};

}  // namespace infer_server::video
