// SPDX-License-Identifier: Apache-2.0
// How many cores this process may compute on.
#pragma once

#include "devices/base/export.h"

namespace infer_server::devices {

// INFERSERVER_CPUS, clamped to 1..1024, or the cores the scheduler lets this process use (its
// affinity mask). Read once. Thread-safe.
INFER_API int CpuBudget();

}  // namespace infer_server::devices
