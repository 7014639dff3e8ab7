// SPDX-License-Identifier: Apache-2.0
// Post-processors and the JSON writer allocate nothing once they have done the same work before.
// This program counts every operator new.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>
#include <random>

#include "tests/video/post_support.h"
#include "video/json_lines.h"

namespace {
std::atomic<long> allocations{0};
}

void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace infer_server::video {
namespace {

struct Family {
  const char* name;
  Tensors inputs, outputs;
};

const Family kFamilies[] = {
    {"yolox", Picture(128, 128), {Tensor("a", {1, 336, 9})}},
    {"fastestdet", Picture(128, 128), {Tensor("a", {1, 9, 8, 8})}},
    {"ssd", Picture(128, 128), {Tensor("a", {1, 1, 100, 7})}},
    {"ssd",
     Picture(128, 128),
     {Tensor("a", {1, 100, 4}), Tensor("b", {1, 100}), Tensor("c", {1, 100}), Tensor("d", {1})}},
    {"ultraface", Picture(128, 128), {Tensor("a", {1, 99, 2}), Tensor("b", {1, 99, 4})}},
    {"classification", Picture(128, 128), {Tensor("a", {1, 1000})}},
    {"yolov3", Picture(128, 128), {Tensor("a", {1, 300, 9}), Tensor("b", {1, 75, 9})}},
    {"yolov3", Picture(128, 128), {Tensor("a", {1, 27, 8, 8}), Tensor("b", {1, 27, 4, 4})}},
    {"yolov5", Picture(128, 128), {Tensor("a", {1, 1008, 9})}},
    {"yolov5",
     Picture(128, 128),
     {Tensor("a", {1, 3, 16, 16, 9}), Tensor("b", {1, 3, 8, 8, 9}), Tensor("c", {1, 3, 4, 4, 9})}},
    {"yolov8", Picture(128, 128), {Tensor("a", {1, 8, 336})}},
    {"nanodet", Picture(128, 128), {Tensor("a", {1, 340, 36})}},
    {"nanodet",
     Picture(128, 128),
     {Tensor("a", {1, 256, 4}), Tensor("b", {1, 64, 4}), Tensor("c", {1, 16, 4}),
      Tensor("d", {1, 256, 32}), Tensor("e", {1, 64, 32}), Tensor("f", {1, 16, 32})}},
    {"yunet",
     Picture(128, 128),
     {Tensor("a", {1, 256, 1}), Tensor("b", {1, 64, 1}), Tensor("c", {1, 16, 1}),
      Tensor("d", {1, 256, 1}), Tensor("e", {1, 64, 1}), Tensor("f", {1, 16, 1}),
      Tensor("g", {1, 256, 4}), Tensor("h", {1, 64, 4}), Tensor("i", {1, 16, 4}),
      Tensor("j", {1, 256, 10}), Tensor("k", {1, 64, 10}), Tensor("l", {1, 16, 10})}},
    {"embedding", Picture(128, 128), {Tensor("a", {1, 256})}},
    {"segmentation", Picture(128, 128), {Tensor("a", {1, 4, 32, 32})}},
    {"segmentation", Picture(128, 128), {Tensor("a", {1, 32, 32, 4})}},
    {"segmentation", Picture(128, 128), {Tensor("a", {1, 32, 32})}},
    {"raw", Picture(128, 128), {Tensor("a", {1, 10})}},
};

TEST(PostAllocations, AreNoneInSteadyState) {
  std::mt19937 random(4);
  std::uniform_real_distribution<float> value(0, 1);
  for (const Family& family : kFamilies) {
    auto post = BoundPost(family.name, {}, family.inputs, family.outputs);
    std::vector<std::vector<float>> tensors;
    std::vector<const float*> pointers;
    for (const devices::TensorInfo& output : family.outputs) {
      tensors.emplace_back(output.ItemElements());
      for (float& each : tensors.back()) each = value(random);
    }
    for (const std::vector<float>& tensor : tensors) pointers.push_back(tensor.data());
    const Rect region{0, 0, 640, 480};
    const Placement placement = Place(region, 128, 128, true, Align::kTopLeft);
    ItemResult result;
    ASSERT_TRUE(post->Process(pointers.data(), placement, region, &result).ok());
    const long before = allocations;
    for (int i = 0; i < 10; ++i) {
      result.Clear();
      ASSERT_TRUE(post->Process(pointers.data(), placement, region, &result).ok());
    }
    EXPECT_EQ(before, allocations) << family.name;
  }
  EXPECT_GT(allocations, 0);
}

TEST(JsonLineAllocations, AreNoneInSteadyState) {
  FrameResult frame;
  frame.source = "camera";
  frame.inference.push_back({"yolox", InferenceStatus::kRan, 0});
  Object object;
  object.label = "traffic light";
  object.attributes.push_back({"color", "red", 1, 0.5f, "colors"});
  object.keypoints.resize(5);
  object.embedding.resize(256, 0.123f);
  auto mask = std::make_shared<ClassMask>();
  mask->width = mask->height = 16;
  for (int i = 0; i < 256; ++i) mask->cells.push_back(static_cast<std::uint8_t>(i / 3));
  object.mask = mask;
  frame.objects.assign(20, object);
  std::string line;
  AppendJsonLine(frame, &line);
  const long before = allocations;
  for (int i = 0; i < 10; ++i) {
    line.clear();
    AppendJsonLine(frame, &line);
  }
  EXPECT_EQ(before, allocations);
}

}  // namespace
}  // namespace infer_server::video
