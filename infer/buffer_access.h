// SPDX-License-Identifier: Apache-2.0
// What the library may do with a Buffer that its users may not.
#pragma once

#include <memory>

#include "buffer.h"
#include "devices/base/export.h"
#include "devices/device.h"

namespace infer_server {

struct INFER_API BufferAccess {
  // A Buffer over `memory`, which belongs to `device` (kept open as long as the buffer lives).
  // Memory the device lets the host read counts as host memory of device -1 only when `on_host`.
  static Buffer Wrap(devices::Memory memory, std::shared_ptr<devices::Device> device, int device_id,
                     bool on_host);
  // Nobody but `buffer` has this memory.
  static bool Unshared(const Buffer& buffer);
};

}  // namespace infer_server
