// SPDX-License-Identifier: Apache-2.0
#include "infer/server_core.h"

#include <algorithm>
#include <array>
#include <exception>
#include <map>
#include <utility>

#include "devices/base/log.h"
#include "devices/thread_budget.h"
#include "infer/chain.h"
#include "infer/executor.h"
#include "infer/loaded_model.h"
#include "infer/session.h"

namespace infer_server {

using devices::Code;
using devices::MutexLock;
using devices::Result;

namespace {

struct Cores {
  devices::Mutex mutex;
  std::map<std::string, std::weak_ptr<ServerCore>> by_name INFER_GUARDED_BY(mutex);
};

Cores& TheCores() {
  static auto* const cores = new Cores;
  return *cores;
}

// Where the host computes, a worker for each core it may use. Stages of the user's may wait for a
// card, so there are more of them than cores then: two batches for each, and one to spare.
int SlotsFor(const devices::Device& device) {
  const int cores = devices::CpuBudget();
  return device.HostReads() ? cores : 2 * cores + 1;
}

std::string NextSessionId() {
  static std::atomic<unsigned> count{0};
  return std::to_string(count.fetch_add(1));
}

devices::Status Wrong(const std::string& what) {
  return devices::Status(Code::kInvalidArgument, what);
}

// More would take memory for minutes: each has tensors, and often weights, of its own.
constexpr std::uint32_t kMaxEngines = 256;

// The stages built in do one job each.
devices::Status CheckPlaces(const SessionDesc& desc) {
  const auto misplaced = [](const char* place, const Processor& stage, const char* expected) {
    return Wrong("SessionDesc::" + std::string(place) + " is a " + stage.TypeName() +
                 "; expected " + expected + " or a Processor of your own");
  };
  const Processor* pre = desc.preproc.get();
  const Processor* post = desc.postproc.get();
  if (dynamic_cast<const Postprocessor*>(pre) != nullptr ||
      dynamic_cast<const Predictor*>(pre) != nullptr)
    return misplaced("preproc", *pre, "a PreprocessorHost");
  if (dynamic_cast<const PreprocessorHost*>(post) != nullptr ||
      dynamic_cast<const Predictor*>(post) != nullptr)
    return misplaced("postproc", *post, "null, a Postprocessor");
  return devices::Status();
}

}  // namespace

Result<std::shared_ptr<ServerCore>> ServerCore::Of(const devices::DeviceName& name) {
  const std::string key = name.ToString();
  {
    MutexLock lock(&TheCores().mutex);
    if (auto core = TheCores().by_name[key].lock()) return core;
  }
  auto device = devices::OpenDevice(name);
  if (!device.ok()) return device.status();
  std::shared_ptr<ServerCore> made;
  try {
    made = std::make_shared<ServerCore>(name, device.value(), SlotsFor(*device.value()),
                                        devices::Clock::Steady());
  } catch (const std::exception& e) {
    return devices::Status(Code::kUnavailable,
                           "cannot start the workers of " + key + ": " + e.what());
  }
  MutexLock lock(&TheCores().mutex);
  std::weak_ptr<ServerCore>& entry = TheCores().by_name[key];
  if (auto other = entry.lock()) return other;  // `made` goes after the lock.
  entry = made;
  return made;
}

ServerCore::ServerCore(devices::DeviceName name, std::shared_ptr<devices::Device> device, int slots,
                       const devices::Clock& clock)
    : name_(std::move(name)),
      device_(std::move(device)),
      clock_(clock),
      scheduler_(slots),
      timer_(clock) {}

ServerCore::~ServerCore() = default;

ServerCore::Shared* ServerCore::FindShared(const Chain& chain) {
  for (Shared& shared : shared_)
    if (SameChain(shared.executor->chain(), chain)) return &shared;
  return nullptr;
}

// A processor works for one chain only.
devices::Status ServerCore::CheckUnused(const Chain& chain) const {
  for (const Shared& shared : shared_) {
    const Chain& other = shared.executor->chain();
    for (const StageSpec* stage : {&chain.pre, &chain.post})
      if (stage->object != nullptr &&
          (stage->object == other.pre.object || stage->object == other.post.object))
        return Wrong("the " + stage->type_name +
                     " object is already at work in a session of another model or with other "
                     "settings; make a new one for this session");
  }
  return devices::Status();
}

std::vector<ServerCore::Shared>::iterator ServerCore::EntryOf(const Executor* executor) {
  return std::find_if(shared_.begin(), shared_.end(),
                      [&](const Shared& shared) { return shared.executor.get() == executor; });
}

// The processors of a description while a session is made of them: describing a chain reads their
// parameters, making it writes them.
class ServerCore::Claim {
 public:
  Claim(ServerCore* core, const SessionDesc& desc)
      : core_(core), objects_{desc.preproc.get(), desc.postproc.get()} {
    MutexLock lock(&core_->mutex_);
    while (Taken()) lock.Wait(&core_->made_);
    core_->claims_.push_back(this);
  }
  ~Claim() {
    MutexLock lock(&core_->mutex_);
    core_->claims_.erase(std::find(core_->claims_.begin(), core_->claims_.end(), this));
    core_->made_.notify_all();
  }
  Claim(const Claim&) = delete;
  Claim& operator=(const Claim&) = delete;

 private:
  bool Taken() const INFER_REQUIRES(core_->mutex_) {
    for (const Claim* claim : core_->claims_)
      for (const Processor* mine : objects_)
        for (const Processor* theirs : claim->objects_)
          if (mine != nullptr && mine == theirs) return true;
    return false;
  }

  ServerCore* const core_;
  const std::array<const Processor*, 2> objects_;
};

// Sessions of equal chains that are made at once wait for the first of them: they share what it
// makes, or, when it fails, try for themselves.
Result<std::shared_ptr<Executor>> ServerCore::Join(const SessionDesc& desc) {
  const Claim claim(this, desc);
  Chain chain = DescribeChain(desc, LoadedModel::From(desc.model));
  std::shared_ptr<Executor> executor;
  EngineChain::Processors prototype;
  std::size_t missing = 0;
  bool first = false;
  {
    MutexLock lock(&mutex_);
    Shared* shared = FindShared(chain);
    while (shared != nullptr && !shared->ready) {
      lock.Wait(&made_);
      shared = FindShared(chain);
    }
    if (shared == nullptr) {
      INFER_RETURN_IF_ERROR(CheckUnused(chain));
      first = true;
      executor = std::make_shared<Executor>(std::move(chain), &scheduler_, &timer_, &clock_);
      shared_.push_back({executor, desc.engine_num, 1, false, {}});
    } else {
      ++shared->users;
      executor = shared->executor;
      prototype = shared->prototype;
      missing = desc.engine_num - std::min<std::size_t>(shared->engines, desc.engine_num);
      shared->engines += missing;
    }
  }
  devices::Status status = first ? Make(desc, executor) : Grow(executor.get(), prototype, missing);
  if (status.ok()) return executor;
  if (first) return status;
  {
    MutexLock lock(&mutex_);
    EntryOf(executor.get())->engines -= missing;
  }
  Leave(executor);
  return status;
}

// Makes the engines of an executor that has none yet. When that fails, the executor is forgotten.
devices::Status ServerCore::Make(const SessionDesc& desc,
                                 const std::shared_ptr<Executor>& executor) {
  Result<EngineChain::Processors> prototype = MakeEngines(desc, executor.get());
  if (prototype.ok()) timer_.Add(executor);
  MutexLock lock(&mutex_);
  const auto entry = EntryOf(executor.get());
  entry->ready = prototype.ok();
  if (prototype.ok())
    entry->prototype = prototype.value();
  else
    shared_.erase(entry);
  made_.notify_all();
  return prototype.status();
}

Result<EngineChain::Processors> ServerCore::MakeEngines(const SessionDesc& desc,
                                                        Executor* executor) {
  try {
    auto processors = InitProcessors(desc, executor->chain());
    if (!processors.ok()) return processors;
    executor->AddEngine(std::make_unique<EngineChain>(processors.value()));
    INFER_RETURN_IF_ERROR(Grow(executor, processors.value(), desc.engine_num - 1));
    return processors;
  } catch (const std::exception& e) {  // Others may be waiting for the outcome.
    return devices::Status(Code::kOutOfMemory, std::string("cannot make an engine: ") + e.what());
  }
}

// All or none, so that the count of engines stays true.
devices::Status ServerCore::Grow(Executor* executor, const EngineChain::Processors& prototype,
                                 std::size_t by) {
  std::vector<std::unique_ptr<EngineChain>> engines;
  for (std::size_t i = 0; i < by; ++i) {
    auto processors = ForkProcessors(prototype);
    if (!processors.ok()) return processors.status();
    engines.push_back(std::make_unique<EngineChain>(std::move(processors).value()));
  }
  for (auto& engine : engines) executor->AddEngine(std::move(engine));
  return devices::Status();
}

void ServerCore::Leave(const std::shared_ptr<Executor>& executor) {
  EngineChain::Processors prototype;  // Destroyed without the lock.
  {
    MutexLock lock(&mutex_);
    const auto it = EntryOf(executor.get());
    if (--it->users > 0) return;
    prototype = std::move(it->prototype);
    shared_.erase(it);
  }
  timer_.Remove(executor.get());
  executor->Close();
}

Result<Session_t> ServerCore::CreateSession(SessionDesc desc, std::shared_ptr<Observer> observer) {
  const auto model = LoadedModel::From(desc.model);
  if (desc.model == nullptr) return Wrong("SessionDesc::model is null; load one with LoadModel()");
  if (model == nullptr)
    return Wrong("SessionDesc::model was not made by LoadModel(); only such models can be run");
  if (model->device_name().ToString() != name_.ToString())
    return Wrong("SessionDesc::model was loaded for device " + model->device_name().ToString() +
                 " and this InferServer is of " + name_.ToString() +
                 "; load it with LoadModel(uri, func_name, \"" + name_.ToString() + "\")");
  if (desc.preproc == nullptr)
    return Wrong(
        "SessionDesc::preproc is null; expected a Processor, such as "
        "PreprocessorHost::Create()");
  if (desc.preproc == desc.postproc)
    return Wrong("SessionDesc::preproc and postproc are one object; expected two");
  if (desc.strategy != BatchStrategy::DYNAMIC && desc.strategy != BatchStrategy::STATIC)
    return Wrong("SessionDesc::strategy is " + ToString(desc.strategy) +
                 "; expected DYNAMIC or STATIC");
  if (desc.engine_num == 0 || desc.engine_num > kMaxEngines)
    return Wrong("SessionDesc::engine_num is " + std::to_string(desc.engine_num) +
                 "; expected 1 to " + std::to_string(kMaxEngines));
  INFER_RETURN_IF_ERROR(CheckPlaces(desc));
  auto executor = Join(desc);
  if (!executor.ok()) return executor.status();
  Session::Config config;
  config.desc = std::move(desc);
  config.observer = std::move(observer);
  config.executor = executor.value();
  config.scheduler = &scheduler_;
  config.ages = &ages_;
  config.id = NextSessionId();
  const int priority = ClampPriority(config.desc.priority);
  std::shared_ptr<Session> session;
  try {
    scheduler_.AddUser(priority);
  } catch (const std::exception& e) {
    Leave(executor.value());
    return devices::Status(Code::kUnavailable, std::string("cannot start workers: ") + e.what());
  }
  try {
    session = std::make_shared<Session>(std::move(config));
    if (session->desc().show_perf) session->StartReport(&timer_, &clock_);
  } catch (const std::exception& e) {
    scheduler_.RemoveUser(priority);
    Leave(executor.value());
    return devices::Status(Code::kUnavailable, std::string("cannot start a thread: ") + e.what());
  }
  MutexLock lock(&mutex_);
  sessions_[session.get()] = session;
  self_ = shared_from_this();
  return session.get();
}

bool ServerCore::DestroySession(Session_t session) {
  const std::shared_ptr<Session> held = Find(session);
  if (held == nullptr) return false;
  if (!held->Close()) {
    INFER_LOG(kError, "server",
              "DestroySession: session '" + held->desc().name +
                  "' is being destroyed already, or this is its own Response(): destroy it from "
                  "another thread");
    return false;
  }
  Leave(held->executor());
  scheduler_.RemoveUser(ClampPriority(held->desc().priority));
  std::shared_ptr<ServerCore> self;  // Let go of without the lock.
  MutexLock lock(&mutex_);
  sessions_.erase(session);
  if (sessions_.empty()) self = std::move(self_);
  lock.Unlock();
  return true;
}

std::shared_ptr<Session> ServerCore::Find(Session_t session) const {
  MutexLock lock(&mutex_);
  const auto it = sessions_.find(session);
  return it == sessions_.end() ? nullptr : it->second;
}

}  // namespace infer_server
