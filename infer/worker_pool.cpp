// SPDX-License-Identifier: Apache-2.0
#include "infer/worker_pool.h"

#include <string>

#include "devices/thread_budget.h"

namespace infer_server {

using devices::Mutex;
using devices::MutexLock;

std::shared_ptr<WorkerPool> WorkerPool::Shared() {
  static auto* const mutex = new Mutex;
  static auto* const shared = new std::weak_ptr<WorkerPool>;
  MutexLock lock(mutex);
  std::shared_ptr<WorkerPool> pool = shared->lock();
  if (pool == nullptr) {
    pool = std::make_shared<WorkerPool>(devices::CpuBudget());
    *shared = pool;
  }
  return pool;
}

WorkerPool::WorkerPool(int threads) {
  threads_.reserve(static_cast<std::size_t>(threads));
  for (int i = 0; i < threads; ++i)
    threads_.emplace_back("is-host-" + std::to_string(i), [this] { Work(); });
}

WorkerPool::~WorkerPool() {
  {
    MutexLock lock(&mutex_);
    stop_ = true;
    work_.notify_all();
  }
  threads_.clear();
}

void WorkerPool::DoItems(Job* job) {
  for (std::size_t i; (i = job->next.fetch_add(1, std::memory_order_relaxed)) < job->count;)
    job->call(job->context, i);
}

void WorkerPool::Run(Job* job) {
  if (job->count == 0) return;
  const bool alone = job->room == 0;
  if (!alone) {
    MutexLock lock(&mutex_);
    jobs_.PushBack(job);
    for (std::size_t i = 0; i < job->room; ++i) work_.notify_one();
  }
  DoItems(job);
  if (alone) return;
  MutexLock lock(&mutex_);
  if (job->room > 0) jobs_.Remove(job);
  job->room = 0;
  while (job->helpers > 0) lock.Wait(&job->left);
}

void WorkerPool::Work() {
  MutexLock lock(&mutex_);
  while (true) {
    while (jobs_.empty() && !stop_) lock.Wait(&work_);
    Job* job = jobs_.front();
    if (job == nullptr) return;
    ++job->helpers;
    if (--job->room == 0) jobs_.Remove(job);
    lock.Unlock();
    DoItems(job);
    lock.Lock();
    if (--job->helpers == 0) job->left.notify_one();
  }
}

}  // namespace infer_server
