// SPDX-License-Identifier: Apache-2.0
#include "devices/mlu/soft/runtime.h"

#include <atomic>

#include "devices/base/mutex.h"
#include "devices/mlu/soft/memory.h"
#include "devices/mlu/soft/objects.h"
#include "devices/mlu/soft/queue.h"

namespace infer_server::devices::mlu {
namespace {

struct State {
  Mutex mutex;
  Config config INFER_GUARDED_BY(mutex);
  // Counts cnrtInit(); 0 while CNRT is not initialised.
  std::atomic<uint64_t> epoch{0};
  uint64_t epochs INFER_GUARDED_BY(mutex) = 0;
};

State& Get() {
  static State& state = *new State;
  return state;
}

soft::FaultOrders& Faults() {
  static soft::FaultOrders& faults = *new soft::FaultOrders("mlu", {"cnrt", "cncodec"});
  return faults;
}

struct Current {
  uint64_t epoch = 0;  // Of the cnrtInit() under which the device was set.
  int ordinal = -1;
};
thread_local Current t_current;

// `releases` was read before CNRT was found initialised, so that a cnrtDestroy() in between ends
// the hang, too.
cnrtRet_t DoOrders(const char* function, uint64_t releases, QueuedFault* queued) {
  const soft::FaultOrder order = Faults().Count(function);
  if (order.code != 0)
    return Fail(static_cast<cnrtRet_t>(order.code), function, "ordered by INFERSERVER_FAULT");
  if (queued != nullptr) {
    *queued = order.fault;
    return CNRT_RET_SUCCESS;
  }
  soft::FaultOrders::Delay(order.fault.delay_ms);
  if (!order.fault.hang) return CNRT_RET_SUCCESS;
  Faults().Hang(releases);
  return Fail(CNRT_RET_ERR_TIMEOUT, function, "hung, as ordered by INFERSERVER_FAULT");
}

}  // namespace

Config GetConfig() {
  State& state = Get();
  MutexLock lock(&state.mutex);
  return state.config;
}

cnrtRet_t CheckOrdinal(int ordinal, const char* function) {
  const int devices = GetConfig().devices;
  if (ordinal >= 0 && ordinal < devices) return CNRT_RET_SUCCESS;
  return Fail(CNRT_RET_ERR_NODEV, function,
              "device %d does not exist; there are %d, counted from 0 (INFERSERVER_MLU_DEVICES)",
              ordinal, devices);
}

cnrtRet_t CurrentDevice(int* ordinal, const char* function) {
  if (t_current.epoch == 0 || t_current.epoch != Get().epoch.load(std::memory_order_acquire))
    return Fail(CNRT_RET_ERR_NODEV, function,
                "this thread has no device; call cnrtSetCurrentDevice in it first");
  *ordinal = t_current.ordinal;
  return CNRT_RET_SUCCESS;
}

void SetCurrentDevice(int ordinal) {
  t_current = {Get().epoch.load(std::memory_order_acquire), ordinal};
}

cnrtRet_t Enter(const char* function, QueuedFault* queued) {
  const bool armed = Faults().armed();
  const uint64_t releases = armed ? Faults().Releases() : 0;
  if (Get().epoch.load(std::memory_order_acquire) == 0)
    return Fail(CNRT_RET_ERR_INIT, function, "CNRT is not initialised; call cnrtInit(0) first");
  return armed ? DoOrders(function, releases, queued) : CNRT_RET_SUCCESS;
}

cnrtRet_t EnterAlways(const char* function) {
  return Faults().armed() ? DoOrders(function, Faults().Releases(), nullptr) : CNRT_RET_SUCCESS;
}

}  // namespace infer_server::devices::mlu

using namespace infer_server::devices::mlu;
using infer_server::devices::MutexLock;

cnrtRet_t cnrtInit(unsigned int flags) {
  if (flags != 0)
    return MLU_FAIL(CNRT_RET_ERR_UNSUPPORTED,
                    "flags is %u, must be 0: there are no fake devices here", flags);
  State& state = Get();
  if (state.epoch.load(std::memory_order_acquire) != 0) return CNRT_RET_SUCCESS;
  Faults().Load(nullptr);
  MLU_ENTRY_HOST();
  const Config config = ReadConfig();
  MutexLock lock(&state.mutex);
  if (state.epoch.load(std::memory_order_acquire) != 0) return CNRT_RET_SUCCESS;
  state.config = config;
  state.epoch.store(++state.epochs, std::memory_order_release);
  return CNRT_RET_SUCCESS;
}

void cnrtDestroy() {
  int devices = 0;
  {
    State& state = Get();
    MutexLock lock(&state.mutex);
    if (state.epoch.exchange(0) == 0) return;
    devices = state.config.devices;
  }
  Faults().ReleaseHangs();
  EndAllQueues();
  ForgetAllObjects();
  for (int device = 0; device < devices; ++device) Memory().FreeDevice(device);
}
