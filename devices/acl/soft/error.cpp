// SPDX-License-Identifier: Apache-2.0
#include "devices/acl/soft/error.h"

#include <atomic>
#include <cstdarg>
#include <cstdio>
#include <deque>

#include "devices/base/log.h"
#include "devices/base/mutex.h"

namespace infer_server::devices::acl {
namespace {

constexpr size_t kMessagesKept = 16;

// What one thread (or the process) has not fetched yet, and the text that was fetched last.
struct Messages {
  std::deque<std::string> newest_first;
  std::string fetched;
};

Messages& OfThread() {
  thread_local Messages messages;
  return messages;
}

std::atomic<bool> g_by_process{false};
Mutex g_mutex;
Messages& OfProcess() INFER_REQUIRES(g_mutex) {
  static Messages& messages = *new Messages;
  return messages;
}

void Keep(Messages* messages, std::string text) {
  if (messages->newest_first.size() == kMessagesKept) messages->newest_first.pop_back();
  messages->newest_first.push_front(std::move(text));
}

std::string Fetch(Messages* messages) {
  std::string all;
  for (const std::string& message : messages->newest_first) {
    if (!all.empty()) all += '\n';
    all += message;
  }
  messages->newest_first.clear();
  return all;
}

}  // namespace

aclError Fail(aclError code, const char* function, const char* format, ...) {
  char text[512];
  va_list args;
  va_start(args, format);
  std::vsnprintf(text, sizeof text, format, args);
  va_end(args);
  std::string message = std::string(function) + " failed: " + std::to_string(code) + " (" +
                        ErrorName(code) + "): " + text;
  INFER_LOG(kDebug, "acl", message);
  if (g_by_process) {
    MutexLock lock(&g_mutex);
    Keep(&OfProcess(), std::move(message));
  } else {
    Keep(&OfThread(), std::move(message));
  }
  return code;
}

const char* TakeRecentMessages() {
  // The text belongs to the thread either way, so that no other thread's call can free it.
  Messages& mine = OfThread();
  if (g_by_process) {
    MutexLock lock(&g_mutex);
    mine.fetched = Fetch(&OfProcess());
  } else {
    mine.fetched = Fetch(&mine);
  }
  return mine.fetched.empty() ? nullptr : mine.fetched.c_str();
}

void ShareMessages(bool by_process) { g_by_process = by_process; }

}  // namespace infer_server::devices::acl
