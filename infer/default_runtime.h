// SPDX-License-Identifier: Apache-2.0
// The runtime meant where the API names none.
#pragma once

#include <string>

#include "devices/base/status.h"
#include "devices/runtime.h"

namespace infer_server {

// Set by SetDefaultRuntime(), else INFERSERVER_RUNTIME, else "cpu". Thread-safe.
std::string DefaultRuntime();
// Fails with kNotFound, listing what there is, when there is no runtime of that name.
devices::Status SetDefaultRuntime(const std::string& name);

// "acl:0" as it is; empty = device 0 of the default runtime.
devices::Result<devices::DeviceName> ResolveDevice(const std::string& device);

}  // namespace infer_server
