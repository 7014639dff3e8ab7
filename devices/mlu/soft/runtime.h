// SPDX-License-Identifier: Apache-2.0
// Whether CNRT is initialised, its devices, and which of them a thread works with.
#pragma once

#include "cnrt.h"
#include "devices/mlu/soft/config.h"
#include "devices/mlu/soft/error.h"
#include "devices/soft/fault_orders.h"

namespace infer_server::devices::mlu {

using soft::QueuedFault;

// All thread-safe.

// As cnrtInit() read it.
Config GetConfig();

// CNRT_RET_ERR_NODEV, reported: there is no such device.
cnrtRet_t CheckOrdinal(int ordinal, const char* function);
// The device of the calling thread. CNRT_RET_ERR_NODEV, reported: it has set none since cnrtInit().
cnrtRet_t CurrentDevice(int* ordinal, const char* function);
void SetCurrentDevice(int ordinal);

// What begins an API call: refuses it before cnrtInit() (CNRT_RET_ERR_INIT), and does what
// INFERSERVER_FAULT orders. With `queued`, a delay or a hang is left to the work that is queued.
cnrtRet_t Enter(const char* function, QueuedFault* queued);
// The same for what works without cnrtInit().
cnrtRet_t EnterAlways(const char* function);

}  // namespace infer_server::devices::mlu

// The first line of an API function.
#define MLU_ENTRY() MLU_RETURN_IF_ERROR(::infer_server::devices::mlu::Enter(__func__, nullptr))
// Of one that queues work; hand *queued to WorkQueue::Push().
#define MLU_ENTRY_QUEUED(queued) \
  MLU_RETURN_IF_ERROR(::infer_server::devices::mlu::Enter(__func__, queued))
// Of one that works on the host alone.
#define MLU_ENTRY_HOST() MLU_RETURN_IF_ERROR(::infer_server::devices::mlu::EnterAlways(__func__))
