// SPDX-License-Identifier: Apache-2.0
#include "buffer.h"

#include <atomic>
#include <cstring>
#include <utility>

#include "devices/base/mutex.h"
#include "infer/buffer_access.h"
#include "infer/buffer_storage.h"
#include "infer/default_runtime.h"
#include "infer/recycle.h"

namespace infer_server {

using devices::CopyKind;
using devices::MutexLock;

namespace {

void RequireSize(std::size_t have, std::size_t want, const char* what) {
  if (want > have)
    throw BufferError(BufferError::INVALID_ARG, std::string("Buffer: cannot copy ") +
                                                    std::to_string(want) + " bytes: " + what +
                                                    " has " + std::to_string(have));
}

// The device whose copy engine does it: that of the side on a device the host cannot reach.
void Copy(void* to, const std::shared_ptr<devices::Device>& to_device, const void* from,
          const std::shared_ptr<devices::Device>& from_device, std::size_t bytes) {
  const bool to_far = to_device != nullptr && !to_device->HostReads();
  const bool from_far = from_device != nullptr && !from_device->HostReads();
  if (!to_far && !from_far) {
    std::memmove(to, from, bytes);
    return;
  }
  if (to_far && from_far && to_device != from_device) {  // Across devices: through the host.
    const auto host = std::make_unique<unsigned char[]>(bytes);
    Copy(host.get(), nullptr, from, from_device, bytes);
    Copy(to, to_device, host.get(), nullptr, bytes);
    return;
  }
  const CopyKind kind = !from_far ? CopyKind::kHostToDevice
                        : to_far  ? CopyKind::kDeviceToDevice
                                  : CopyKind::kDeviceToHost;
  devices::Status status;
  auto stream = (to_far ? to_device : from_device)->NewStream({});
  if (!stream.ok()) {
    status = stream.status();
  } else {
    status = stream.value()->CopyAsync(to, from, bytes, kind);
    if (status.ok()) status = stream.value()->Synchronize(std::chrono::milliseconds(-1));
  }
  if (!status.ok())
    throw BufferError(BufferError::MEMORY, "Buffer: copy failed: " + status.ToString());
}

template <typename Dealloc>
std::function<void(void*)> OnlyPointer(Dealloc dealloc, int device_id) {
  if (!dealloc) return nullptr;
  return [dealloc = std::move(dealloc), device_id](void* data) { dealloc(data, device_id); };
}

void RequireMemory(const void* data, std::size_t size) {
  if (data == nullptr || size == 0)
    throw BufferError(BufferError::INVALID_ARG, "Buffer: cannot wrap a null pointer or 0 bytes");
}

}  // namespace

std::shared_ptr<devices::Device> OpenDefaultDevice(int device_id) {
  auto device = devices::OpenDevice({DefaultRuntime(), device_id});
  if (!device.ok())
    throw BufferError(BufferError::INVALID_ARG, "Buffer: " + device.status().message());
  return std::move(device).value();
}

void* Buffer::Storage::Allocate() {
  if (void* data = ready.load(std::memory_order_acquire)) return data;
  MutexLock lock(&mutex);
  if (memory) return memory.data();
  devices::Result<devices::Memory> made =
      device != nullptr
          ? device->Allocate(size, devices::MemoryKind::kDevice)
          : devices::OpenDevice({"cpu", 0}).value()->Allocate(size, devices::MemoryKind::kHost);
  if (!made.ok()) throw BufferError(BufferError::MEMORY, "Buffer: " + made.status().message());
  memory = std::move(made).value();
  ready.store(memory.data(), std::memory_order_release);
  return memory.data();
}

Buffer::Buffer(std::size_t memory_size) {
  if (memory_size == 0)
    throw BufferError(BufferError::INVALID_ARG, "Buffer: the size must be at least 1 byte");
  storage_ = std::make_shared<Storage>();
  storage_->size = memory_size;
}

Buffer::Buffer(std::size_t memory_size, int device_id) : Buffer(memory_size) {
  storage_->device = OpenDefaultDevice(device_id);
  storage_->device_id = device_id;
  storage_->on_device = true;
}

Buffer::Buffer(void* mlu_memory, std::size_t memory_size, MluMemoryDeallocator dealloc,
               int device_id) {
  RequireMemory(mlu_memory, memory_size);
  storage_ = std::make_shared<Storage>();
  storage_->device = OpenDefaultDevice(device_id);
  storage_->device_id = device_id;
  storage_->on_device = true;
  storage_->Adopt(devices::Memory(mlu_memory, memory_size, devices::MemoryKind::kDevice,
                                  OnlyPointer(std::move(dealloc), device_id)));
}

Buffer::Buffer(void* cpu_memory, std::size_t memory_size, CpuMemoryDeallocator dealloc) {
  RequireMemory(cpu_memory, memory_size);
  storage_ = std::make_shared<Storage>();
  storage_->Adopt(
      devices::Memory(cpu_memory, memory_size, devices::MemoryKind::kHost, std::move(dealloc)));
}

Buffer::Buffer(void* cpu_memory, std::size_t memory_size, MemoryDeallocator dealloc)
    : Buffer(cpu_memory, memory_size, CpuMemoryDeallocator(OnlyPointer(std::move(dealloc), -1))) {}

Buffer::Buffer(void* cpu_memory, std::size_t memory_size, std::nullptr_t)
    : Buffer(cpu_memory, memory_size, CpuMemoryDeallocator()) {}

Buffer Buffer::operator()(std::size_t offset) const {
  if (offset > MemorySize())
    throw BufferError(BufferError::INVALID_ARG, "Buffer: offset " + std::to_string(offset) +
                                                    " is beyond the end at " +
                                                    std::to_string(MemorySize()) + " bytes");
  Buffer view = *this;
  view.offset_ += offset;
  return view;
}

void* Buffer::MutableData() {
  if (storage_ == nullptr) throw BufferError(BufferError::MEMORY, "Buffer: it has no size yet");
  return static_cast<unsigned char*>(storage_->Allocate()) + offset_;
}

const void* Buffer::Data() const {
  const void* data =
      storage_ == nullptr ? nullptr : storage_->ready.load(std::memory_order_acquire);
  if (data == nullptr) throw BufferError(BufferError::MEMORY, "Buffer: nothing was written yet");
  return static_cast<const unsigned char*>(data) + offset_;
}

std::size_t Buffer::MemorySize() const noexcept {
  return storage_ == nullptr ? 0 : storage_->size - offset_;
}

int Buffer::DeviceId() const noexcept { return storage_ == nullptr ? -1 : storage_->device_id; }

MemoryType Buffer::Type() const noexcept {
  return storage_ != nullptr && storage_->on_device ? MemoryType::MLU : MemoryType::CPU;
}

bool Buffer::OwnMemory() const noexcept {
  return storage_ != nullptr && storage_->ready.load(std::memory_order_acquire) != nullptr;
}

void Buffer::CopyFrom(const void* cpu_src, std::size_t copy_size) {
  RequireSize(MemorySize(), copy_size, "the destination");
  if (copy_size == 0) return;
  if (cpu_src == nullptr)
    throw BufferError(BufferError::INVALID_ARG, "Buffer: cannot copy from a null pointer");
  Copy(MutableData(), storage_->device, cpu_src, nullptr, copy_size);
}

void Buffer::CopyFrom(const Buffer& src, std::size_t copy_size) {
  RequireSize(MemorySize(), copy_size, "the destination");
  RequireSize(src.MemorySize(), copy_size, "the source");
  if (copy_size == 0) return;
  Copy(MutableData(), storage_->device, src.Data(), src.storage_->device, copy_size);
}

void Buffer::CopyTo(void* cpu_dst, std::size_t copy_size) const {
  RequireSize(MemorySize(), copy_size, "the source");
  if (copy_size == 0) return;
  if (cpu_dst == nullptr)
    throw BufferError(BufferError::INVALID_ARG, "Buffer: cannot copy to a null pointer");
  Copy(cpu_dst, nullptr, Data(), storage_->device, copy_size);
}

void Buffer::CopyTo(Buffer* dst, std::size_t copy_size) const {
  if (dst == nullptr)
    throw BufferError(BufferError::INVALID_ARG, "Buffer: cannot copy to a null buffer");
  dst->CopyFrom(*this, copy_size);
}

Buffer BufferAccess::Wrap(devices::Memory memory, std::shared_ptr<devices::Device> device,
                          int device_id, bool on_host) {
  Buffer buffer;
  buffer.storage_ = std::make_shared<Buffer::Storage>();
  if (!on_host) {
    buffer.storage_->device = std::move(device);
    buffer.storage_->device_id = device_id;
    buffer.storage_->on_device = true;
  }
  buffer.storage_->Adopt(std::move(memory));
  return buffer;
}

bool BufferAccess::Unshared(const Buffer& buffer) {
  return infer_server::Unshared(buffer.storage_);
}

}  // namespace infer_server
