// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <chrono>
#include <utility>

#include "buffer.h"
#include "devices/memory_pool.h"
#include "infer/buffer_storage.h"

namespace infer_server {

struct MluMemoryPool::Impl {
  Impl(std::size_t bytes, std::size_t count, int id)
      : device(OpenDefaultDevice(id)),
        device_id(id),
        pool(bytes, count, [dev = device](std::size_t size) {
          return dev->Allocate(size, devices::MemoryKind::kDevice);
        }) {}

  const std::shared_ptr<devices::Device> device;
  const int device_id;
  devices::MemoryPool pool;
};

MluMemoryPool::MluMemoryPool(std::size_t memory_size, std::size_t max_buffer_num, int device_id) {
  if (memory_size == 0 || max_buffer_num == 0)
    throw BufferError(BufferError::INVALID_ARG,
                      "MluMemoryPool: " + std::to_string(max_buffer_num) + " buffers of " +
                          std::to_string(memory_size) +
                          " bytes; expected at least one of at least 1 byte");
  impl_ = std::make_unique<Impl>(memory_size, max_buffer_num, device_id);
}

MluMemoryPool::~MluMemoryPool() = default;

Buffer MluMemoryPool::Request(int timeout_ms) {
  auto block = impl_->pool.Acquire(std::chrono::milliseconds(timeout_ms));
  if (!block.ok())
    throw BufferError(block.status().code() == devices::Code::kTimeout ? BufferError::TIMEOUT
                                                                       : BufferError::MEMORY,
                      "MluMemoryPool: " + block.status().message());
  Buffer buffer;
  buffer.storage_ = std::make_shared<Buffer::Storage>();
  buffer.storage_->size = impl_->pool.block_bytes();
  buffer.storage_->on_device = true;
  buffer.storage_->device_id = impl_->device_id;
  buffer.storage_->device = impl_->device;
  buffer.storage_->block = std::move(block).value();
  buffer.storage_->ready.store(buffer.storage_->block.data(), std::memory_order_release);
  return buffer;
}

std::size_t MluMemoryPool::MemorySize() const noexcept { return impl_->pool.block_bytes(); }

std::size_t MluMemoryPool::BufferNum() const noexcept {
  return static_cast<std::size_t>(impl_->pool.Stats().misses);
}

int MluMemoryPool::DeviceId() const noexcept { return impl_->device_id; }

}  // namespace infer_server
