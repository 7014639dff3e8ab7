// SPDX-License-Identifier: Apache-2.0
#include "infer/worker_class.h"

#include <sys/resource.h>

#include <algorithm>

namespace infer_server {

namespace {

constexpr int kNicest = 19;
thread_local bool on_low_worker = false;

}  // namespace

// On Linux PRIO_PROCESS with 0 is the calling thread, not its process.
int NiceOfThisThread() { return getpriority(PRIO_PROCESS, 0); }

void BecomeWorkerOfStep(std::size_t step, int base) {
  on_low_worker = step > 0;
  const int wanted = std::min(kNicest, base + kNiceSteps[step]);
  if (wanted > NiceOfThisThread()) setpriority(PRIO_PROCESS, 0, wanted);
}

bool OnLowWorker() { return on_low_worker; }

}  // namespace infer_server
