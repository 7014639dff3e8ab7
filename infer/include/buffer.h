// SPDX-License-Identifier: Apache-2.0
// A piece of host or device memory with shared ownership, and a pool of such pieces.
// (Seed 004 "ModelIO"; the CNIS 0.7 class of the same name.)
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>

#include "devices/base/export.h"

namespace infer_server {

enum class MemoryType {
  CPU = 0,
  MLU = 1,  // Memory of the device, whichever runtime it belongs to.
};

// What Buffer and MluMemoryPool throw.
class INFER_API BufferError : public std::runtime_error {
 public:
  enum Code { INVALID_ARG, MEMORY, TIMEOUT };
  BufferError(Code code, const std::string& what) : std::runtime_error(what), code_(code) {}
  Code code() const noexcept { return code_; }

 private:
  Code code_;
};

// Cheap to copy: copies share the memory. Sharing is thread-safe, the bytes are not.
class INFER_API Buffer {
 public:
  using MemoryDeallocator = std::function<void(void* memory, int device_id)>;
  using MluMemoryDeallocator = MemoryDeallocator;
  using CpuMemoryDeallocator = std::function<void(void* memory)>;

  // Unusable until assigned to.
  Buffer() = default;
  // Host memory, allocated when first written. Throws INVALID_ARG for 0 bytes.
  explicit Buffer(std::size_t memory_size);
  // Memory of device `device_id` of the default runtime, allocated when first written. Throws
  // INVALID_ARG for 0 bytes or a device that is not there.
  Buffer(std::size_t memory_size, int device_id);
  // Wraps memory of device `device_id`; `dealloc` is called with it when the last copy goes, or
  // never when it is null. Throws INVALID_ARG for a null pointer or 0 bytes.
  Buffer(void* mlu_memory, std::size_t memory_size, MluMemoryDeallocator dealloc, int device_id);
  // Wraps host memory, likewise; a deallocator with a device id, as 1.0 has it, is given -1.
  Buffer(void* cpu_memory, std::size_t memory_size, CpuMemoryDeallocator dealloc);
  Buffer(void* cpu_memory, std::size_t memory_size, MemoryDeallocator dealloc);
  Buffer(void* cpu_memory, std::size_t memory_size, std::nullptr_t);

  // The same memory from `offset` bytes on. Throws INVALID_ARG beyond the end.
  Buffer operator()(std::size_t offset) const;

  // Allocates if nothing is allocated yet. Throws MEMORY when that fails.
  void* MutableData();
  // Throws MEMORY when nothing has been allocated.
  const void* Data() const;
  std::size_t MemorySize() const noexcept;  // Bytes from the offset to the end.
  int DeviceId() const noexcept;            // -1 for host memory.
  MemoryType Type() const noexcept;
  bool OnMlu() const noexcept { return Type() == MemoryType::MLU; }
  bool OwnMemory() const noexcept;  // Something is allocated or wrapped.

  // Copies `copy_size` bytes, between any two kinds of memory. Throw INVALID_ARG when either side
  // is smaller, MEMORY when the runtime refuses.
  void CopyFrom(const void* cpu_src, std::size_t copy_size);
  void CopyFrom(const Buffer& src, std::size_t copy_size);
  void CopyTo(void* cpu_dst, std::size_t copy_size) const;
  void CopyTo(Buffer* dst, std::size_t copy_size) const;

 private:
  friend class MluMemoryPool;
  friend struct BufferAccess;
  struct Storage;

  std::shared_ptr<Storage> storage_;
  std::size_t offset_ = 0;
};

// A bounded pool of device buffers of one size. Thread-safe. May be destroyed while buffers are
// out: they stay valid and are freed when their last copy goes.
class INFER_API MluMemoryPool {
 public:
  // Throws INVALID_ARG for a zero size or count or a device that is not there.
  MluMemoryPool(std::size_t memory_size, std::size_t max_buffer_num, int device_id = 0);
  ~MluMemoryPool();
  MluMemoryPool(const MluMemoryPool&) = delete;
  MluMemoryPool& operator=(const MluMemoryPool&) = delete;

  // A buffer that goes back to the pool with its last copy. Waits for `timeout_ms` at most
  // (negative = for ever). Throws TIMEOUT, or MEMORY.
  Buffer Request(int timeout_ms = -1);
  std::size_t MemorySize() const noexcept;
  std::size_t BufferNum() const noexcept;  // Allocated so far.
  int DeviceId() const noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace infer_server
