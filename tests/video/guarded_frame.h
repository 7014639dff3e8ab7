// SPDX-License-Identifier: Apache-2.0
// A frame whose planes lie between pages that fault, with bytes between the rows that must not
// change.
#pragma once

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <random>
#include <vector>

#include "video/frame.h"

namespace infer_server::video {

constexpr std::uint8_t kBetweenRows = 0xA5;

class GuardedFrame {
 public:
  // `at_end`: the last byte of a plane is the one before the page that faults; else the first byte
  // is the one after it. Filled with `value`.
  GuardedFrame(PixelFormat format, int width, int height, bool at_end = true, int padding = 5,
               int value = 0) {
    frame.format = format;
    frame.width = width;
    frame.height = height;
    const std::size_t page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    for (int p = 0; p < devices::PlaneCount(format); ++p) {
      const std::size_t row = devices::RowBytes(format, p, width);
      const std::size_t rows = static_cast<std::size_t>(devices::PlaneRows(format, p, height));
      const std::size_t stride = row + static_cast<std::size_t>(padding);
      const std::size_t size = stride * (rows - 1) + row;  // No padding after the last row.
      const std::size_t pages = (size + page - 1) / page * page;
      Mapping m;
      m.size = pages + 2 * page;
      m.base = static_cast<std::uint8_t*>(
          mmap(nullptr, m.size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
      EXPECT_NE(MAP_FAILED, static_cast<void*>(m.base));
      mprotect(m.base, page, PROT_NONE);
      mprotect(m.base + page + pages, page, PROT_NONE);
      std::uint8_t* const data = m.base + page + (at_end ? pages - size : 0);
      std::memset(data, kBetweenRows, size);
      frame.data[p] = data;
      frame.stride[p] = static_cast<std::ptrdiff_t>(stride);
      for (std::size_t y = 0; y < rows; ++y) std::memset(data + y * stride, value, row);
      mappings_.push_back(m);
    }
  }
  ~GuardedFrame() {
    for (const Mapping& m : mappings_) munmap(m.base, m.size);
  }
  GuardedFrame(const GuardedFrame&) = delete;
  GuardedFrame& operator=(const GuardedFrame&) = delete;

  void Randomize(unsigned seed) {
    std::mt19937 random(seed);
    for (int p = 0; p < devices::PlaneCount(frame.format); ++p)
      for (int y = 0; y < Rows(p); ++y)
        for (std::size_t x = 0; x < RowBytes(p); ++x)
          frame.data[p][y * frame.stride[p] + static_cast<std::ptrdiff_t>(x)] =
              static_cast<std::uint8_t>(random());
  }

  bool PaddingIsUntouched() const {
    for (int p = 0; p < devices::PlaneCount(frame.format); ++p)
      for (int y = 0; y + 1 < Rows(p); ++y)
        for (std::ptrdiff_t x = static_cast<std::ptrdiff_t>(RowBytes(p)); x < frame.stride[p]; ++x)
          if (frame.data[p][y * frame.stride[p] + x] != kBetweenRows) return false;
    return true;
  }

  // The planes' bytes, row after row, without what is between rows.
  std::vector<std::uint8_t> Bytes() const {
    std::vector<std::uint8_t> bytes;
    for (int p = 0; p < devices::PlaneCount(frame.format); ++p)
      for (int y = 0; y < Rows(p); ++y) {
        const std::uint8_t* row = frame.data[p] + y * frame.stride[p];
        bytes.insert(bytes.end(), row, row + RowBytes(p));
      }
    return bytes;
  }

  int Rows(int plane) const { return devices::PlaneRows(frame.format, plane, frame.height); }
  std::size_t RowBytes(int plane) const {
    return devices::RowBytes(frame.format, plane, frame.width);
  }

  MutableFrame frame;

 private:
  struct Mapping {
    std::uint8_t* base = nullptr;
    std::size_t size = 0;
  };
  std::vector<Mapping> mappings_;
};

inline constexpr PixelFormat kDrawnFormats[] = {
    PixelFormat::kNV12, PixelFormat::kNV21, PixelFormat::kI420, PixelFormat::kRGB,
    PixelFormat::kBGR,  PixelFormat::kRGBA, PixelFormat::kBGRA, PixelFormat::kGray8};

}  // namespace infer_server::video
