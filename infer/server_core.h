// SPDX-License-Identifier: Apache-2.0
// What the InferServer handles of one device share.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "devices/base/clock.h"
#include "devices/base/mutex.h"
#include "devices/base/status.h"
#include "devices/device.h"
#include "devices/runtime.h"
#include "infer/engine.h"
#include "infer/scheduler.h"
#include "infer/timer.h"
#include "infer_server.h"

namespace infer_server {

class Executor;

// One device of the process: its workers, its timer, its sessions and the executors they share.
// Lives while a handle or a session does. Thread-safe.
class ServerCore : public std::enable_shared_from_this<ServerCore> {
 public:
  // The one of that device. Fails as devices::OpenDevice(), or with kUnavailable without threads.
  static devices::Result<std::shared_ptr<ServerCore>> Of(const devices::DeviceName& name);

  // Of its own, for tests: `slots` workers, time from `clock`, which must outlive it.
  ServerCore(devices::DeviceName name, std::shared_ptr<devices::Device> device, int slots,
             const devices::Clock& clock);
  ~ServerCore();

  // Null `observer`: synchronous. As InferServer::CreateSession().
  devices::Result<Session_t> CreateSession(SessionDesc desc, std::shared_ptr<Observer> observer)
      INFER_EXCLUDES(mutex_);
  bool DestroySession(Session_t session) INFER_EXCLUDES(mutex_);
  // The session, held while it is used; null when it is none of this device, or gone.
  std::shared_ptr<Session> Find(Session_t session) const INFER_EXCLUDES(mutex_);

  Timer& timer() { return timer_; }
  Scheduler& scheduler() { return scheduler_; }

 private:
  class Claim;
  // An executor, and who uses it.
  struct Shared {
    std::shared_ptr<Executor> executor;
    std::size_t engines = 0;  // Made or being made.
    int users = 0;
    bool ready = false;                 // The first session has made its engines.
    EngineChain::Processors prototype;  // Those of the first engine, once ready.
  };

  devices::Result<std::shared_ptr<Executor>> Join(const SessionDesc& desc) INFER_EXCLUDES(mutex_);
  devices::Status Make(const SessionDesc& desc, const std::shared_ptr<Executor>& executor)
      INFER_EXCLUDES(mutex_);
  devices::Result<EngineChain::Processors> MakeEngines(const SessionDesc& desc, Executor* executor);
  devices::Status Grow(Executor* executor, const EngineChain::Processors& prototype,
                       std::size_t by);
  void Leave(const std::shared_ptr<Executor>& executor) INFER_EXCLUDES(mutex_);
  Shared* FindShared(const struct Chain& chain) INFER_REQUIRES(mutex_);
  // REQUIRES: `executor` is there.
  std::vector<Shared>::iterator EntryOf(const Executor* executor) INFER_REQUIRES(mutex_);
  devices::Status CheckUnused(const struct Chain& chain) const INFER_REQUIRES(mutex_);

  const devices::DeviceName name_;
  const std::shared_ptr<devices::Device> device_;
  const devices::Clock& clock_;
  std::atomic<std::uint64_t> ages_{0};
  mutable devices::Mutex mutex_;
  // An executor is ready or could not be made, or a claim is gone.
  std::condition_variable made_;
  std::vector<Shared> shared_ INFER_GUARDED_BY(mutex_);
  std::vector<const Claim*> claims_ INFER_GUARDED_BY(mutex_);
  std::unordered_map<Session_t, std::shared_ptr<Session>> sessions_ INFER_GUARDED_BY(mutex_);
  // Sessions keep their device's core alive, so that the handle may go before them.
  std::shared_ptr<ServerCore> self_ INFER_GUARDED_BY(mutex_);
  Scheduler scheduler_;
  Timer timer_;
};

}  // namespace infer_server
