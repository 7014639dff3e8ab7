// SPDX-License-Identifier: Apache-2.0
// What the copies of a Buffer share.
#pragma once

#include <atomic>
#include <memory>
#include <utility>

#include "buffer.h"
#include "devices/base/mutex.h"
#include "devices/device.h"
#include "devices/memory_pool.h"

namespace infer_server {

// Thread-safe but for what is set before it is shared.
struct Buffer::Storage {
  // Takes over memory that is there already. Before sharing only.
  void Adopt(devices::Memory adopted) {
    devices::MutexLock lock(&mutex);
    memory = std::move(adopted);
    size = memory.size();
    ready.store(memory.data(), std::memory_order_release);
  }
  // The memory, allocated now unless it is there. Throws BufferError.
  void* Allocate() INFER_EXCLUDES(mutex);

  std::size_t size = 0;
  bool on_device = false;
  int device_id = -1;
  std::shared_ptr<devices::Device> device;  // Null for host memory.
  std::atomic<void*> ready{nullptr};        // memory.data(), or the pool block's.
  devices::MemoryPool::Block block;         // Of a MluMemoryPool.

  devices::Mutex mutex;
  devices::Memory memory INFER_GUARDED_BY(mutex);  // Declared last: freed before its device.
};

// Device `device_id` of the default runtime. Throws BufferError.
std::shared_ptr<devices::Device> OpenDefaultDevice(int device_id);

}  // namespace infer_server
