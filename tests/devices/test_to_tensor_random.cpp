// SPDX-License-Identifier: Apache-2.0
// ToTensor() against the float64 reference over random geometries, on frames and outputs that fault
// when read or written outside.
#include <gtest/gtest.h>

#include <cstdlib>
#include <new>
#include <sstream>
#include <thread>
#include <vector>

#include "devices/image/half.h"
#include "devices/image/to_tensor.h"
#include "tests/devices/random_image.h"
#include "tests/devices/reference_to_tensor.h"

namespace infer_server::devices {
namespace {

using Random = std::mt19937;

double Uniform(Random* random, double low, double high) {
  return std::uniform_real_distribution<double>(low, high)(*random);
}

int UniformInt(Random* random, int low, int high) {
  return std::uniform_int_distribution<int>(low, high)(*random);
}

// One axis: the crop inside, across an edge, around or beside the frame, whole or fractional.
void RandomAxis(int side, Random* random, double* crop, double* crop_size, int* size, int* fill_at,
                int* fill) {
  *crop = Uniform(random, -0.3 * side, 0.8 * side);
  *crop_size = Uniform(random, 0.05, 1.5 * side + 1);
  switch (UniformInt(random, 0, 7)) {
    case 0:
      *crop = side + 5;
      break;
    case 1:
      *crop = -3 * side;
      break;
    case 2:
    case 3:
      *crop = 0;
      *crop_size = side;
      break;
    default:
      break;
  }
  *size = UniformInt(random, 1, 40);
  *fill = UniformInt(random, 1, *size);
  *fill_at = UniformInt(random, 0, *size - *fill);
  if (UniformInt(random, 0, 9) == 0) *crop_size = *fill;  // One sample a pixel.
}

ToTensorParams RandomParams(int width, int height, Random* random) {
  ToTensorParams p;
  RandomAxis(width, random, &p.crop_x, &p.crop_width, &p.width, &p.fill_x, &p.fill_width);
  RandomAxis(height, random, &p.crop_y, &p.crop_height, &p.height, &p.fill_y, &p.fill_height);
  const DataType types[] = {DataType::kUint8, DataType::kFloat16, DataType::kFloat32};
  p.type = types[UniformInt(random, 0, 2)];
  p.color_order = static_cast<ColorOrder>(UniformInt(random, 0, 2));
  p.layout = UniformInt(random, 0, 1) == 0 ? Layout::kNCHW : Layout::kNHWC;
  p.interpolation = static_cast<Interpolation>(UniformInt(random, 0, 1));
  p.pad_value = static_cast<float>(UniformInt(random, 0, 255));
  if (UniformInt(random, 0, 1) == 0) return p;
  for (std::size_t c = 0; c < 3; ++c) {
    p.scale[c] = static_cast<float>(Uniform(random, 0.2, 1.5));
    p.mean[c] = static_cast<float>(Uniform(random, -20, 150));
    p.std[c] = static_cast<float>(Uniform(random, 0.5, 80));
  }
  return p;
}

RandomImage RandomFrame(Random* random) {
  const auto format = static_cast<PixelFormat>(UniformInt(random, 0, kPixelFormatCount - 1));
  const int longest = UniformInt(random, 0, 3) == 0 ? 4 : 90;
  RandomImage image =
      MakeRandomImage(format, UniformInt(random, 1, longest), UniformInt(random, 1, longest),
                      UniformInt(random, 0, 2) == 0, random);
  image.view.matrix = static_cast<ColorMatrix>(UniformInt(random, 0, 2));
  image.view.range = static_cast<ColorRange>(UniformInt(random, 0, 1));
  image.view.site = static_cast<ChromaSite>(UniformInt(random, 0, 2));
  return image;
}

// How far element `i` of `out` is from `expected`, in units of what is allowed.
double Miss(const ToTensorParams& p, const std::uint8_t* out, std::size_t i, double expected) {
  if (p.type == DataType::kUint8) {
    const double rounded = std::floor(std::clamp(expected, 0.0, 255.0) + 0.5);
    return std::abs(out[i] - rounded) / 1.0;
  }
  // Float32 keeps 24 bits of a value of up to 255 · scale / std through some ten operations.
  double gain = 0;
  for (std::size_t c = 0; c < 3; ++c)
    gain = std::max(gain, std::abs((255.0 * p.scale[c] + std::abs(p.mean[c])) / p.std[c]));
  double tolerance = gain * 1e-6;
  double value;
  if (p.type == DataType::kFloat32) {
    float element;
    std::memcpy(&element, out + 4 * i, sizeof element);
    value = element;
  } else {
    std::uint16_t element;
    std::memcpy(&element, out + 2 * i, sizeof element);
    value = FloatFromHalf(element);
    tolerance += std::abs(expected) * 0x1p-11 + 0x1p-25;
  }
  return std::abs(value - expected) / tolerance;
}

std::string Describe(const ImageView& f, const ToTensorParams& p) {
  std::ostringstream text;
  text << NameOf(f.format) << ' ' << f.width << 'x' << f.height << " site "
       << static_cast<int>(f.site) << " crop " << p.crop_x << ',' << p.crop_y << ' ' << p.crop_width
       << 'x' << p.crop_height << " fill " << p.fill_x << ',' << p.fill_y << ' ' << p.fill_width
       << 'x' << p.fill_height << " of " << p.width << 'x' << p.height << ' ' << NameOf(p.layout)
       << ' ' << NameOf(p.type) << " order " << static_cast<int>(p.color_order) << " interpolation "
       << static_cast<int>(p.interpolation);
  return text.str();
}

// Every element of one tensor against the reference.
void Compare(const ImageView& frame, const ToTensorParams& p, bool guard_before) {
  const int channels = Channels(p.color_order);
  const std::size_t count = static_cast<std::size_t>(p.width * p.height * channels);
  const GuardedBlock out(count * SizeOf(p.type), guard_before);
  const Status status = ToTensor(frame, p, out.data());
  ASSERT_TRUE(status.ok()) << status.ToString() << " for " << Describe(frame, p);
  for (int c = 0; c < channels; ++c) {
    for (int y = 0; y < p.height; ++y) {
      for (int x = 0; x < p.width; ++x) {
        const double expected = reference::ElementAt(frame, p, c, x, y);
        ASSERT_LE(Miss(p, out.data(), reference::IndexOf(p, c, x, y), expected), 1)
            << Describe(frame, p) << " at channel " << c << " (" << x << ", " << y << "), expected "
            << expected;
      }
    }
  }
}

TEST(ToTensorRandom, EqualsTheReference) {
  Random random(20240501);
  for (int i = 0; i < 4000 && !::testing::Test::HasFailure(); ++i) {
    const RandomImage image = RandomFrame(&random);
    Compare(image.view, RandomParams(image.view.width, image.view.height, &random), i % 2 == 0);
  }
}

TEST(ToTensorRandom, EqualsTheReferenceOnLargerPictures) {
  Random random(7);
  for (int format = 0; format < kPixelFormatCount && !::testing::Test::HasFailure(); ++format) {
    RandomImage image =
        MakeRandomImage(static_cast<PixelFormat>(format), 641, 363, format % 2 == 0, &random);
    ToTensorParams p;
    p.crop_width = 641;
    p.crop_height = 363;
    p.width = p.height = 224;
    p.fill_width = 224;
    p.fill_height = 126;
    p.interpolation = format % 2 == 0 ? Interpolation::kBilinear : Interpolation::kArea;
    Compare(image.view, p, true);
  }
}

TEST(ToTensorRandom, GivesTheSameFromManyThreads) {
  Random random(3);
  const RandomImage image = MakeRandomImage(PixelFormat::kNV12, 321, 181, false, &random);
  const ImageView frame = image.view;
  std::vector<ToTensorParams> params;
  std::vector<std::vector<std::uint8_t>> alone;
  const auto bytes = [](const ToTensorParams& p) {
    return static_cast<std::size_t>(p.width * p.height * Channels(p.color_order)) * SizeOf(p.type);
  };
  for (int i = 0; i < 40; ++i) {
    params.push_back(RandomParams(321, 181, &random));
    alone.emplace_back(bytes(params.back()));
    ASSERT_TRUE(ToTensor(frame, params.back(), alone.back().data()).ok());
  }
  std::vector<int> wrong(4, 0);
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < wrong.size(); ++t) {
    threads.emplace_back([&, t] {
      for (std::size_t i = 0; i < params.size(); ++i) {
        std::vector<std::uint8_t> out(alone[i].size());
        if (!ToTensor(frame, params[i], out.data()).ok() || out != alone[i]) ++wrong[t];
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(std::vector<int>(4, 0), wrong);
}

}  // namespace
}  // namespace infer_server::devices
