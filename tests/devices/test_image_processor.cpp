// SPDX-License-Identifier: Apache-2.0
// Images on every runtime, against the definition.
#include <gtest/gtest.h>

#include <cstring>
#include <future>
#include <random>
#include <string>
#include <vector>

#include "devices/runtime.h"
#include "tests/devices/reference_images.h"

namespace infer_server::devices {
namespace {

using std::chrono::milliseconds;

constexpr PixelFormat kFroms[] = {PixelFormat::kNV12, PixelFormat::kNV21, PixelFormat::kRGB,
                                  PixelFormat::kBGR,  PixelFormat::kRGBA, PixelFormat::kBGRA,
                                  PixelFormat::kARGB, PixelFormat::kABGR};
constexpr PixelFormat kTos[] = {PixelFormat::kNV12, PixelFormat::kNV21, PixelFormat::kRGB,
                                PixelFormat::kBGR};

// A picture on the device and what is known of it on the host, laid out alike.
struct Pair {
  DevicePicture device;
  std::vector<std::uint8_t> bytes;
  MutableImage host;
};

bool Has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

class EveryImageProcessor : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    auto device = OpenDevice({GetParam(), 0});
    ASSERT_TRUE(device.ok()) << device.status().ToString();
    device_ = device.value();
    auto processor = device_->NewImageProcessor();
    if (!processor.ok() && GetParam() != "cpu" && GetParam() != "acl") {
      ASSERT_EQ(Code::kUnsupported, processor.status().code()) << processor.status().ToString();
      GTEST_SKIP() << processor.status().message();
    }
    ASSERT_TRUE(processor.ok()) << processor.status().ToString();
    processor_ = std::move(processor).value();
    auto stream = device_->NewStream({});
    ASSERT_TRUE(stream.ok()) << stream.status().ToString();
    stream_ = std::move(stream).value();
  }

  int Random(int least, int most) {
    return std::uniform_int_distribution<int>(least, most)(random_);
  }

  // In memory of the processor's, or anywhere with rows up to 40 bytes longer than they need be.
  Pair NewPair(PixelFormat format, int width, int height, bool own) {
    Pair pair;
    if (own) {
      auto picture = processor_->NewPicture(format, width, height);
      EXPECT_TRUE(picture.ok()) << picture.status().ToString();
      pair.device = std::move(picture).value();
      pair.bytes.resize(pair.device.memory.size());
    } else {
      MutableImage& image = pair.device.image;
      image.format = format;
      image.width = width;
      image.height = height;
      std::size_t offset[kMaxPlanes] = {}, bytes = 0;
      for (int p = 0; p < PlaneCount(format); ++p) {
        const std::size_t row =
            RowBytes(format, p, width) + static_cast<std::size_t>(Random(0, 40));
        image.stride[p] = static_cast<std::ptrdiff_t>(row);
        offset[p] = bytes;
        bytes += row * static_cast<std::size_t>(PlaneRows(format, p, height));
      }
      auto memory = device_->Allocate(bytes, MemoryKind::kDevice);
      EXPECT_TRUE(memory.ok()) << memory.status().ToString();
      pair.device.memory = std::move(memory).value();
      for (int p = 0; p < PlaneCount(format); ++p)
        image.data[p] = static_cast<std::uint8_t*>(pair.device.memory.data()) + offset[p];
      pair.bytes.resize(bytes);
    }
    for (std::uint8_t& byte : pair.bytes) byte = static_cast<std::uint8_t>(random_());
    pair.host = pair.device.image;
    const auto base = reinterpret_cast<std::uintptr_t>(pair.device.memory.data());
    for (int p = 0; p < PlaneCount(format); ++p)
      pair.host.data[p] =
          pair.bytes.data() + (reinterpret_cast<std::uintptr_t>(pair.device.image.data[p]) - base);
    return pair;
  }
  void Upload(Pair* pair) {
    ASSERT_TRUE(stream_
                    ->CopyAsync(pair->device.memory.data(), pair->bytes.data(), pair->bytes.size(),
                                CopyKind::kHostToDevice)
                    .ok());
  }
  void Download(Pair* pair) {
    ASSERT_TRUE(stream_
                    ->CopyAsync(pair->bytes.data(), pair->device.memory.data(), pair->bytes.size(),
                                CopyKind::kDeviceToHost)
                    .ok());
  }
  Status Done() { return stream_->Synchronize(milliseconds(-1)); }

  // Colours that change slowly, each its own way.
  static void FillSmooth(Pair* pair) {
    for (int c = 0; c < 3; ++c) {
      const int half = SpotOf(pair->host.format, c).half;
      const int columns = (pair->host.width + half) >> half;
      const int rows = (pair->host.height + half) >> half;
      for (int y = 0; y < rows; ++y)
        for (int x = 0; x < columns; ++x)
          SampleAt(pair->host, c, x, y) =
              static_cast<std::uint8_t>(60 + 30 * c + 50 * x / columns + 40 * y / rows);
    }
  }
  static void FillFlat(Pair* pair, std::uint8_t a, std::uint8_t b, std::uint8_t d) {
    const std::uint8_t values[3] = {a, b, d};
    for (int c = 0; c < 3; ++c) {
      const int half = SpotOf(pair->host.format, c).half;
      for (int y = 0; y < (pair->host.height + half) >> half; ++y)
        for (int x = 0; x < (pair->host.width + half) >> half; ++x)
          SampleAt(pair->host, c, x, y) = values[c];
    }
  }

  ImageRect RandomPart(int width, int height) {
    ImageRect part;
    part.width = Random(12, width);
    part.height = Random(8, height);
    part.x = Random(0, width - part.width);
    part.y = Random(0, height - part.height);
    return part;
  }
  // Of those that every device does.
  ImageTask RandomTask(const Pair& from, const Pair& to) {
    ImageTask task;
    task.from = from.device.image;
    task.from.matrix = static_cast<ColorMatrix>(Random(0, 2));
    task.from.range = static_cast<ColorRange>(Random(0, 1));
    task.crop = RandomPart(from.host.width, from.host.height);
    task.to = to.device.image;
    task.fill = {0, 0, to.host.width, to.host.height};
    if (Random(0, 1) == 0 && to.host.width >= 32)
      task.fill = RandomPart(to.host.width, to.host.height);
    const auto grey = static_cast<std::uint8_t>(Random(0, 255));
    task.pad = {grey, grey, grey};
    if (IsYuv(to.host.format)) task.pad[0] = static_cast<std::uint8_t>(Random(0, 255));
    return task;
  }
  // The planned task as the reference reads and checks it.
  static ImageTask OnHost(ImageTask planned, const Pair& from) {
    for (int p = 0; p < kMaxPlanes; ++p) planned.from.data[p] = from.host.data[p];
    return planned;
  }

  std::mt19937 random_{20240611};
  std::shared_ptr<Device> device_;
  std::unique_ptr<ImageProcessor> processor_;
  std::unique_ptr<Stream> stream_;
};

TEST_P(EveryImageProcessor, DoesManyRegionsOfAFrameByTheDefinition) {
  int compared = 0;
  for (int round = 0; round < 40; ++round) {
    const PixelFormat format = kFroms[round % 8];
    Pair from = NewPair(format, Random(16, 150), Random(12, 120), round % 3 == 0);
    Upload(&from);
    const auto count = static_cast<std::size_t>(round % 4 == 0 ? 32 : Random(1, 6));
    std::vector<Pair> pictures;
    std::vector<ImageTask> tasks, planned;
    while (tasks.size() < count) {
      PixelFormat to_format = kTos[Random(0, 3)];
      if (!processor_->Converts(format, to_format)) to_format = PixelFormat::kBGR;
      const int even = IsYuv(to_format) ? 2 : 1;
      Pair to = NewPair(to_format, Random(12, 90) / even * even, Random(8, 70) / even * even,
                        Random(0, 1) == 0);
      const ImageTask task = RandomTask(from, to);
      const Result<ImageTask> plan = processor_->Plan(task);
      if (!plan.ok()) {  // Too small once it is at its steps.
        ASSERT_EQ(Code::kUnsupported, plan.status().code()) << plan.status().ToString();
        continue;
      }
      Upload(&to);
      tasks.push_back(task);
      planned.push_back(plan.value());
      pictures.push_back(std::move(to));
    }
    const Status queued = stream_->Process(processor_.get(), tasks.data(), tasks.size());
    ASSERT_TRUE(queued.ok()) << queued.ToString();
    const std::vector<std::uint8_t> before = pictures[0].bytes;
    for (Pair& picture : pictures) Download(&picture);
    const Status done = Done();
    ASSERT_TRUE(done.ok()) << done.ToString();
    for (std::size_t i = 0; i < count; ++i) {
      const ImageTask& p = planned[i];
      ASSERT_LE(WorstDifference(OnHost(p, from), pictures[i].host), 1.01)
          << "round " << round << " task " << i << ": " << NameOf(format) << " " << p.from.width
          << " x " << p.from.height << " crop " << p.crop.x << "," << p.crop.y << " "
          << p.crop.width << " x " << p.crop.height << " to " << NameOf(p.to.format) << " "
          << p.to.width << " x " << p.to.height << " fill " << p.fill.x << "," << p.fill.y << " "
          << p.fill.width << " x " << p.fill.height;
      ++compared;
    }
  }
  EXPECT_GT(compared, 400);
}

TEST_P(EveryImageProcessor, PlansAreTheTaskAtItsStepsAndStayAsTheyAre) {
  const ImageLimits& limits = processor_->Limits();
  Pair from = NewPair(PixelFormat::kNV12, 333, 221, false);
  Pair to = NewPair(PixelFormat::kNV12, 160, 90, false);
  for (int i = 0; i < 500; ++i) {
    const ImageTask task = RandomTask(from, to);
    const Result<ImageTask> plan = processor_->Plan(task);
    if (!plan.ok()) continue;
    const ImageTask& p = plan.value();
    EXPECT_EQ(0, (p.crop.x | p.crop.y | p.crop.width | p.crop.height) % 2);
    EXPECT_LE(p.crop.x, task.crop.x);
    EXPECT_LE(p.crop.y, task.crop.y);
    EXPECT_GE(p.crop.x + p.crop.width, std::min(task.crop.x + task.crop.width, 332));
    EXPECT_GE(p.crop.y + p.crop.height, std::min(task.crop.y + task.crop.height, 220));
    EXPECT_LE(p.crop.width, task.crop.width + 2);
    EXPECT_EQ(0, (p.fill.x | p.fill.y | p.fill.width | p.fill.height) % 2);
    EXPECT_LE(p.fill.width, task.fill.width);
    EXPECT_LE(p.fill.height, task.fill.height);
    EXPECT_LT(task.fill.x - p.fill.x, std::max(2, limits.fill_left_step));
    const Result<ImageTask> again = processor_->Plan(p);
    ASSERT_TRUE(again.ok()) << again.status().ToString();
    EXPECT_EQ(0, std::memcmp(&again.value().crop, &p.crop, sizeof p.crop));
    EXPECT_EQ(0, std::memcmp(&again.value().fill, &p.fill, sizeof p.fill));
  }
}

TEST_P(EveryImageProcessor, LetterboxesKeepColoursAndPadExactly) {
  for (const PixelFormat to_format : {PixelFormat::kNV12, PixelFormat::kBGR}) {
    Pair from = NewPair(PixelFormat::kNV21, 320, 180, true);
    FillFlat(&from, 126, 128, 128);  // Grey.
    Upload(&from);
    Pair to = NewPair(to_format, 416, 416, false);
    ImageTask task;
    task.from = from.device.image;
    task.crop = {0, 0, 320, 180};
    task.to = to.device.image;
    task.fill = {0, 92, 416, 234};
    task.pad = {114, 114, 114};
    ASSERT_TRUE(stream_->Process(processor_.get(), &task, 1).ok());
    Download(&to);
    ASSERT_TRUE(Done().ok());
    const int grey = to_format == PixelFormat::kNV12 ? 126 : 128;
    for (int y : {0, 91, 92, 200, 325, 326, 415})
      for (int x : {0, 15, 16, 415})
        EXPECT_EQ(y < 92 || y >= 326 ? 114 : grey, SampleAt(to.host, 0, x, y)) << x << "," << y;
  }
}

TEST_P(EveryImageProcessor, ThatIsAskedForTheSameCopies) {
  for (const PixelFormat format : kTos) {
    Pair from = NewPair(format, 70, 46, false), to = NewPair(format, 70, 46, true);
    Upload(&from);
    ImageTask task;
    task.from = from.device.image;
    task.to = to.device.image;
    task.crop = task.fill = {0, 0, 70, 46};
    ASSERT_TRUE(stream_->Process(processor_.get(), &task, 1).ok());
    Download(&to);
    ASSERT_TRUE(Done().ok());
    for (int p = 0; p < PlaneCount(format); ++p)
      for (int y = 0; y < PlaneRows(format, p, 46); ++y)
        EXPECT_EQ(0, std::memcmp(from.host.data[p] + y * from.host.stride[p],
                                 to.host.data[p] + y * to.host.stride[p], RowBytes(format, p, 70)));
  }
}

TEST_P(EveryImageProcessor, WritesNothingBesideAPartOfALargerPicture) {
  Pair from = NewPair(PixelFormat::kNV12, 64, 64, true),
       atlas = NewPair(PixelFormat::kRGB, 96, 64, true);
  Upload(&from);
  Upload(&atlas);
  const std::vector<std::uint8_t> before = atlas.bytes;
  ImageTask task;
  task.from = from.device.image;
  task.crop = {0, 0, 64, 64};
  task.to = atlas.device.image;
  task.to.data[0] += 16 * task.to.stride[0] + 3 * 32;
  task.to.width = 32;
  task.to.height = 32;
  task.fill = {0, 8, 32, 16};
  ASSERT_TRUE(stream_->Process(processor_.get(), &task, 1).ok());
  Download(&atlas);
  ASSERT_TRUE(Done().ok());
  for (int y = 0; y < 64; ++y)
    for (int x = 0; x < 96; ++x) {
      const auto at = static_cast<std::size_t>(y * atlas.host.stride[0] + 3 * x);
      if (x < 32 || x >= 64 || y < 16 || y >= 48) {
        ASSERT_EQ(0, std::memcmp(&before[at], &atlas.bytes[at], 3)) << x << "," << y;
      } else if (y < 24 || y >= 40) {
        ASSERT_EQ(0, atlas.bytes[at]) << x << "," << y;
      }
    }
}

// More than the 16 times or 1/32 that hardware does at once.
TEST_P(EveryImageProcessor, EnlargesAndReducesFar) {
  struct Case {
    int from_width, from_height, to_width, to_height;
  };
  for (const Case& c : {Case{24, 16, 600, 20}, Case{1400, 900, 20, 12}, Case{600, 12, 12, 300}})
    for (const PixelFormat format : {PixelFormat::kNV12, PixelFormat::kBGR}) {
      Pair from = NewPair(PixelFormat::kNV12, c.from_width, c.from_height, false);
      FillSmooth(&from);
      Upload(&from);
      Pair to = NewPair(format, c.to_width, c.to_height, false);
      ImageTask task;
      task.from = from.device.image;
      task.crop = {0, 0, c.from_width, c.from_height};
      task.to = to.device.image;
      task.fill = {0, 0, c.to_width, c.to_height};
      const Result<ImageTask> plan = processor_->Plan(task);
      ASSERT_TRUE(plan.ok()) << plan.status().ToString();
      ASSERT_TRUE(stream_->Process(processor_.get(), &task, 1).ok());
      Download(&to);
      ASSERT_TRUE(Done().ok());
      // What is rounded twice, and where the samples of two steps lie on a slope.
      EXPECT_LE(WorstDifference(OnHost(plan.value(), from), to.host), 8)
          << c.from_width << " to " << c.to_width << " " << NameOf(format);
    }
}

TEST_P(EveryImageProcessor, RefusesInWords) {
  Pair from = NewPair(PixelFormat::kNV12, 64, 48, false),
       to = NewPair(PixelFormat::kBGR, 64, 48, false);
  ImageTask good;
  good.from = from.device.image;
  good.to = to.device.image;
  good.crop = good.fill = {0, 0, 64, 48};
  const auto refusal = [&](const ImageTask& task) {
    const Status status = stream_->Process(processor_.get(), &task, 1);
    EXPECT_FALSE(status.ok());
    return status;
  };
  ImageTask task = good;
  task.crop = {60, 0, 10, 20};
  EXPECT_EQ(Code::kInvalidArgument, refusal(task).code());
  EXPECT_TRUE(Has(refusal(task).message(),
                  "the crop, 10 x 20 at (60, 0), must not be empty and "
                  "lie inside its picture of 64 x 48"))
      << refusal(task).message();
  task = good;
  task.fill = {0, 0, 64, 0};
  EXPECT_TRUE(Has(refusal(task).message(), "the filled part, 64 x 0"));
  task = good;
  task.from.data[1] = nullptr;
  EXPECT_TRUE(Has(refusal(task).message(), "plane 1 of the frame (NV12) is missing"));
  task = good;
  task.to.stride[0] = 100;
  EXPECT_TRUE(Has(refusal(task).message(), "a stride of 100 bytes; a row of 64 pixels needs 192"));
  task = good;
  task.to.format = PixelFormat::kGray8;
  EXPECT_TRUE(Has(refusal(task).message(), "NV12 cannot become GRAY8")) << refusal(task).message();
  EXPECT_EQ(Code::kUnsupported, refusal(task).code());
  Pair odd = NewPair(PixelFormat::kNV12, 33, 21, false);
  task = good;
  task.to = odd.device.image;
  task.fill = {0, 0, 33, 21};
  EXPECT_TRUE(Has(refusal(task).message(), "33 x 21 cannot be made; its sides must be even"));
  task = good;
  task.crop = {0, 0, 1 + processor_->Limits().min_width / 2, 4};
  const bool small = processor_->Limits().min_width > 1;
  EXPECT_EQ(small, !processor_->Plan(task).ok());
  if (small) {
    EXPECT_TRUE(Has(refusal(task).message(), "this device does 10 x 6 to"));
    task = good;
    task.fill = {0, 0, 32, 48};
    task.pad = {1, 2, 3};
    EXPECT_TRUE(Has(refusal(task).message(), "a pad of 1, 2, 3; this device needs R = G = B"));
    Pair wide = NewPair(PixelFormat::kBGR, 4000, 8, false);
    task = good;
    task.crop.width = 12;
    task.to = wide.device.image;
    task.fill = {0, 0, 4000, 8};
    EXPECT_TRUE(Has(refusal(task).message(), "a width of 12 pixels cannot become 4000"));
  }
  EXPECT_TRUE(Has(stream_->Process(nullptr, &good, 1).message(), "without an image processor"));
  EXPECT_FALSE(stream_->Process(processor_.get(), nullptr, 1).ok());
  EXPECT_TRUE(stream_->Process(processor_.get(), nullptr, 0).ok());
  EXPECT_FALSE(processor_->NewPicture(PixelFormat::kNV12, 0, 10).ok());
  // Nothing of that is a failure of the stream's work.
  EXPECT_TRUE(stream_->Process(processor_.get(), &good, 1).ok());
  EXPECT_TRUE(Done().ok());
}

TEST_P(EveryImageProcessor, WorksInOrderAndMayGoBeforeItsWork) {
  for (const bool own_thread : {false, true}) {
    stream_ = std::move(device_->NewStream({own_thread})).value();
    auto processor = std::move(device_->NewImageProcessor()).value();
    Pair from = NewPair(PixelFormat::kNV12, 128, 96, false),
         to = NewPair(PixelFormat::kRGB, 64, 48, false);
    FillFlat(&from, 235, 128, 128);
    Upload(&from);
    ImageTask task;
    task.from = from.device.image;
    task.crop = {1, 1, 100, 80};
    task.to = to.device.image;
    task.fill = {0, 0, 64, 48};
    for (int i = 0; i < 100; ++i) ASSERT_TRUE(stream_->Process(processor.get(), &task, 1).ok());
    processor.reset();
    Download(&to);
    std::promise<int> seen;
    ASSERT_TRUE(stream_
                    ->Callback([&](Status status) {
                      seen.set_value(status.ok() ? SampleAt(to.host, 0, 10, 10) : -1);
                    })
                    .ok());
    EXPECT_EQ(255, seen.get_future().get());
    EXPECT_TRUE(Done().ok());
  }
}

TEST_P(EveryImageProcessor, GivesBackWhatItTook) {
  if (device_->HostReads()) GTEST_SKIP() << "the host's memory is not this test's alone";
  const auto before = device_->Usage();
  {
    Pair from = NewPair(PixelFormat::kNV12, 200, 100, false),
         to = NewPair(PixelFormat::kRGB, 50, 40, false);
    ImageTask task;
    task.from = from.device.image;
    task.crop = {0, 0, 200, 100};
    task.to = to.device.image;
    task.fill = {0, 0, 50, 40};
    auto processor = std::move(device_->NewImageProcessor()).value();
    for (int i = 0; i < 50; ++i) {
      ASSERT_TRUE(stream_->Process(processor.get(), &task, 1).ok());
      ASSERT_TRUE(Done().ok());
    }
  }
  stream_.reset();
  EXPECT_EQ(before.value().free_bytes, device_->Usage().value().free_bytes);
}

INSTANTIATE_TEST_SUITE_P(Runtimes, EveryImageProcessor, testing::ValuesIn(Runtimes().Names()),
                         [](const auto& test) { return test.param; });

}  // namespace
}  // namespace infer_server::devices
