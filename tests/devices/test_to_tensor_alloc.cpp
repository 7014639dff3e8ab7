// SPDX-License-Identifier: Apache-2.0
// ToTensor() allocates nothing once a thread has made the picture before. This program counts
// every operator new.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>
#include <random>
#include <vector>

#include "devices/image/to_tensor.h"
#include "tests/devices/random_image.h"

namespace {
std::atomic<long> allocations{0};
}

// Not inlined: GCC would take the free() in one for a mismatch of the other.
[[gnu::noinline]] void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace infer_server::devices {
namespace {

TEST(ToTensorAllocations, AreNoneTheSecondTime) {
  std::mt19937 random(1);
  std::vector<float> out(3 * 64 * 64);
  for (int format = 0; format < kPixelFormatCount; ++format) {
    for (const Interpolation interpolation : {Interpolation::kBilinear, Interpolation::kArea}) {
      for (const DataType type : {DataType::kUint8, DataType::kFloat16, DataType::kFloat32}) {
        const RandomImage image =
            MakeRandomImage(static_cast<PixelFormat>(format), 203, 101, false, &random);
        ToTensorParams p;
        p.crop_width = 203;
        p.crop_height = 101;
        p.width = p.height = p.fill_width = 64;
        p.fill_height = 32;
        p.layout = type == DataType::kFloat16 ? Layout::kNHWC : Layout::kNCHW;
        p.type = type;
        p.interpolation = interpolation;
        ASSERT_TRUE(ToTensor(image.view, p, out.data()).ok());
        const long before = allocations;
        ASSERT_TRUE(ToTensor(image.view, p, out.data()).ok());
        EXPECT_EQ(before, allocations) << NameOf(image.view.format) << ' ' << NameOf(type);
        p.crop_x = 31.7;  // A smaller picture of another region.
        p.crop_width = 90;
        p.fill_width = 40;
        ASSERT_TRUE(ToTensor(image.view, p, out.data()).ok());
        EXPECT_EQ(before, allocations) << NameOf(image.view.format) << ' ' << NameOf(type);
      }
    }
  }
  EXPECT_GT(allocations, 0);
}

}  // namespace
}  // namespace infer_server::devices
