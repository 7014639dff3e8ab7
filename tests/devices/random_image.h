// SPDX-License-Identifier: Apache-2.0
// Frames of random content, size and stride whose planes end where memory that faults begins.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <random>
#include <vector>

#include "devices/image/image.h"

namespace infer_server::devices {

// A block of exactly `size` bytes with a page that cannot be touched behind it (or before it).
class GuardedBlock {
 public:
  GuardedBlock(std::size_t size, bool guard_before) {
    const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    const std::size_t inner = (size + page - 1) / page * page;
    mapped_ = inner + 2 * page;
    void* memory =
        mmap(nullptr, mapped_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) std::abort();
    base_ = static_cast<std::uint8_t*>(memory);
    mprotect(base_, page, PROT_NONE);
    mprotect(base_ + page + inner, page, PROT_NONE);
    data_ = guard_before ? base_ + page : base_ + page + inner - size;
  }
  GuardedBlock(const GuardedBlock&) = delete;
  GuardedBlock& operator=(const GuardedBlock&) = delete;
  ~GuardedBlock() { munmap(base_, mapped_); }

  std::uint8_t* data() const { return data_; }

 private:
  std::uint8_t* base_ = nullptr;
  std::uint8_t* data_ = nullptr;
  std::size_t mapped_ = 0;
};

struct RandomImage {
  MutableImage view;
  std::vector<std::unique_ptr<GuardedBlock>> blocks;
};

// Strides are the row, or up to 40 bytes more; with `flipped` they are negative. The last row has
// no bytes behind it.
template <typename Random>
RandomImage MakeRandomImage(PixelFormat format, int width, int height, bool flipped,
                            Random* random) {
  RandomImage image;
  image.view.format = format;
  image.view.width = width;
  image.view.height = height;
  for (int p = 0; p < PlaneCount(format); ++p) {
    const std::size_t row = RowBytes(format, p, width);
    const auto rows = static_cast<std::size_t>(PlaneRows(format, p, height));
    const std::size_t stride = row + ((*random)() % 2 == 0 ? 0 : (*random)() % 41);
    const std::size_t size = stride * (rows - 1) + row;
    image.blocks.push_back(std::make_unique<GuardedBlock>(size, (*random)() % 2 == 0));
    std::uint8_t* data = image.blocks.back()->data();
    // Smooth in one picture of two, so that clamping is not all that is tested.
    const bool smooth = (*random)() % 2 == 0;
    for (std::size_t i = 0; i < size; ++i)
      data[i] = static_cast<std::uint8_t>(smooth ? 60 + i * 7 % 130 : (*random)());
    image.view.data[p] = flipped ? data + stride * (rows - 1) : data;
    image.view.stride[p] = static_cast<std::ptrdiff_t>(stride) * (flipped ? -1 : 1);
  }
  return image;
}

}  // namespace infer_server::devices
