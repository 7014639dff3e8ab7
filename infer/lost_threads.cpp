// SPDX-License-Identifier: Apache-2.0
#include "infer/lost_threads.h"

#include <utility>
#include <vector>

#include "devices/base/mutex.h"

namespace infer_server {

using devices::MutexLock;

namespace {

struct Lost {
  devices::Thread thread;
  std::shared_ptr<const std::atomic<bool>> over;
};

struct List {
  devices::Mutex mutex;
  std::vector<Lost> lost INFER_GUARDED_BY(mutex);
};

// Never destroyed: its threads may be away when the process ends.
List& TheList() {
  static auto* const list = new List;
  return *list;
}

// Joins those that have come back, without the lock. None of them waits for another any more: each
// called this before it was over.
void Join() {
  List& list = TheList();
  std::vector<Lost> over;
  MutexLock lock(&list.mutex);
  for (std::size_t i = 0; i < list.lost.size();) {
    Lost& one = list.lost[i];
    if (!one.over->load()) {
      ++i;
      continue;
    }
    over.push_back(std::move(one));
    if (i + 1 < list.lost.size()) one = std::move(list.lost.back());
    list.lost.pop_back();
  }
  lock.Unlock();
}

}  // namespace

void LostThreads::Keep(devices::Thread thread, std::shared_ptr<const std::atomic<bool>> over) {
  Join();
  List& list = TheList();
  MutexLock lock(&list.mutex);
  list.lost.push_back({std::move(thread), std::move(over)});
}

std::size_t LostThreads::Count() {
  Join();
  List& list = TheList();
  MutexLock lock(&list.mutex);
  return list.lost.size();
}

}  // namespace infer_server
