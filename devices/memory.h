// SPDX-License-Identifier: Apache-2.0
// Memory of a device, or of the host, with one owner.
#pragma once

#include <cstddef>
#include <functional>
#include <utility>

#include "devices/base/export.h"

namespace infer_server::devices {

enum class MemoryKind {
  kHost,    // Ordinary memory of the process.
  kPinned,  // Host memory that the device can copy from and to asynchronously.
  kDevice,  // Memory of the device; the host may read it only where Device::HostReads() says so.
};

// Move-only owner of one block. Not thread-safe.
class INFER_API Memory {
 public:
  using Deleter = std::function<void(void*)>;

  Memory() = default;
  // Takes over `data`; `deleter` is called once with it, on whichever thread drops the block.
  Memory(void* data, std::size_t size, MemoryKind kind, Deleter deleter)
      : data_(data), size_(size), kind_(kind), deleter_(std::move(deleter)) {}
  Memory(Memory&& other) noexcept { *this = std::move(other); }
  Memory& operator=(Memory&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(kind_, other.kind_);
    std::swap(deleter_, other.deleter_);
    return *this;
  }
  ~Memory() {
    if (data_ != nullptr && deleter_) deleter_(data_);
  }

  void* data() const { return data_; }
  std::size_t size() const { return size_; }  // Bytes.
  MemoryKind kind() const { return kind_; }
  explicit operator bool() const { return data_ != nullptr; }

 private:
  void* data_ = nullptr;
  std::size_t size_ = 0;
  MemoryKind kind_ = MemoryKind::kHost;
  Deleter deleter_;
};

}  // namespace infer_server::devices
