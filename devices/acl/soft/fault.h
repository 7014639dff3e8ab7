// SPDX-License-Identifier: Apache-2.0
// Faults on order:
// INFERSERVER_FAULT=aclrtMalloc:3=207001;aclrtMemcpyAsync:2=delay:50;aclmdlExecuteAsync:7=hang
//
// The nth call of a function (from 1, counted over the process; 0 = every call) returns a code, is
// delayed by milliseconds, or hangs: until aclFinalize or aclrtResetDeviceForce. A function that
// queues work returns the code at once; a delay or a hang happens to the queued work, and the hang
// of queued work ends with its stream, too (aclrtStreamAbort, aclrtDestroyStreamForce,
// aclrtDeviceTaskAbort). The variable is read at the first call and at every aclInit.
#pragma once

#include <atomic>

#include "acl/acl_base.h"
#include "devices/soft/fault_orders.h"

namespace infer_server::devices::acl {

using soft::QueuedFault;

class Faults {
 public:
  // Whether there are any: what a call without faults costs.
  static bool Armed() { return armed_.load(std::memory_order_acquire); }
  // Counts a call; returns the code, sleeps or hangs as ordered. With `queued`, only the code
  // happens here.
  static aclError Enter(const char* function, QueuedFault* queued);
  static void Delay(int ms);
  // Waits for the next ReleaseHangs(): 507014.
  static aclError Hang();
  // Ends all hangs of calls now under way.
  static void ReleaseHangs();
  // Replaces the orders; counting starts again. nullptr: INFERSERVER_FAULT. A part that cannot be
  // read is logged and ignored.
  static void Load(const char* orders);

 private:
  static std::atomic<bool> armed_;
};

}  // namespace infer_server::devices::acl

// The first line of every API function that returns aclError: ACL_ENTRY();
#define ACL_ENTRY() ACL_ENTRY_QUEUED(nullptr)

// The first line of an API function that queues work; hand *queued to Stream::Push:
//   QueuedFault fault;
//   ACL_ENTRY_QUEUED(&fault);
#define ACL_ENTRY_QUEUED(queued)                                             \
  do {                                                                       \
    if (::infer_server::devices::acl::Faults::Armed()) {                     \
      if (const aclError acl_fault_ =                                        \
              ::infer_server::devices::acl::Faults::Enter(__func__, queued); \
          acl_fault_ != 0)                                                   \
        return acl_fault_;                                                   \
    }                                                                        \
  } while (false)

// The first line of an API function that returns something else: `value` when a fault says so.
#define ACL_ENTRY_OR(value)                                                  \
  do {                                                                       \
    if (::infer_server::devices::acl::Faults::Armed() &&                     \
        ::infer_server::devices::acl::Faults::Enter(__func__, nullptr) != 0) \
      return value;                                                          \
  } while (false)
