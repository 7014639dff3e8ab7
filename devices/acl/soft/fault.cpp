// SPDX-License-Identifier: Apache-2.0
#include "devices/acl/soft/fault.h"

#include "devices/acl/soft/error.h"

namespace infer_server::devices::acl {
namespace {

soft::FaultOrders& Orders() {
  static soft::FaultOrders& orders = *new soft::FaultOrders("acl", {"acl", "hi_"});
  return orders;
}

}  // namespace

std::atomic<bool> Faults::armed_{true};  // The first call finds out.

void Faults::Load(const char* orders) {
  Orders().Load(orders);
  armed_.store(Orders().armed(), std::memory_order_release);
}

aclError Faults::Enter(const char* function, QueuedFault* queued) {
  static const bool loaded = (Load(nullptr), true);
  static_cast<void>(loaded);
  if (!Armed()) return 0;
  const soft::FaultOrder found = Orders().Count(function);
  if (found.code != 0) return Fail(found.code, function, "ordered by INFERSERVER_FAULT");
  if (queued != nullptr) {
    *queued = found.fault;
    return 0;
  }
  Delay(found.fault.delay_ms);
  return found.fault.hang ? Hang() : 0;
}

void Faults::Delay(int ms) { soft::FaultOrders::Delay(ms); }

aclError Faults::Hang() {
  Orders().Hang(Orders().Releases());
  return ACL_ERROR_RT_AICORE_TIMEOUT;
}

void Faults::ReleaseHangs() { Orders().ReleaseHangs(); }

}  // namespace infer_server::devices::acl
