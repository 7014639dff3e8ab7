// SPDX-License-Identifier: Apache-2.0
// Between the core's Status and the public one.
#pragma once

#include "devices/base/export.h"
#include "devices/base/status.h"
#include "infer_server.h"

namespace infer_server {

INFER_API Status ToPublicStatus(devices::Code code);

}  // namespace infer_server
