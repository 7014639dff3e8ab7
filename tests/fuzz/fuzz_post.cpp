// SPDX-License-Identifier: Apache-2.0
// Tensors of any shapes and numbers, into every registered post-processor.
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

#include "video/post/post_processor.h"

using infer_server::devices::TensorInfo;
using namespace infer_server::video;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

class Reader {
 public:
  Reader(const std::uint8_t* data, std::size_t size) : data_(data), size_(size) {}
  std::uint8_t Byte() { return at_ < size_ ? data_[at_++] : 0; }
  // Any bits, over and over.
  float Number() {
    std::uint8_t bytes[4];
    for (std::uint8_t& byte : bytes) byte = size_ > 0 ? data_[at_++ % size_] : 0;
    float value;
    std::memcpy(&value, bytes, sizeof(value));
    return value;
  }

 private:
  const std::uint8_t* data_;
  std::size_t size_, at_ = 0;
};

TensorInfo MakeTensor(const char* name, std::vector<std::int64_t> shape) {
  TensorInfo tensor;
  tensor.name = name;
  tensor.shape = std::move(shape);
  return tensor;
}

// Mostly shapes that some family takes.
std::vector<TensorInfo> MakeOutputs(Reader* reader) {
  const std::int64_t n = 1 + reader->Byte() % 64;
  switch (reader->Byte() % 16) {
    case 0:
      return {MakeTensor("out", {1, 84, 5 + n % 8})};  // yolox of 64x64.
    case 1:
      return {MakeTensor("out", {1, 5 + n % 8, n, 3})};
    case 2:
      return {MakeTensor("out", {1, 1, n, 7})};
    case 3:
      return {MakeTensor("boxes", {1, n, 4}), MakeTensor("classes", {1, n}),
              MakeTensor("scores", {1, n}), MakeTensor("count", {1})};
    case 4:
      return {MakeTensor("scores", {1, 235, 2}), MakeTensor("boxes", {1, 235, 4})};
    case 5:
      return {MakeTensor("out", {1, n})};
    case 6:
      return {MakeTensor("yolo_1", {1, n, 6}), MakeTensor("yolo_2", {1, 3, 6})};
    case 7:
      return {MakeTensor("a", {1, 15 + 3 * (n % 4), 4, 4}), MakeTensor("b", {1, 18, 2, 2})};
    case 8:
      return {MakeTensor("a", {1, 3, 8, 8, 6}), MakeTensor("b", {1, 3, 2, 2, 6}),
              MakeTensor("c", {1, 3, 4, 4, 6})};
    case 9:
      return {MakeTensor("out", {1, 252, 5 + n % 8})};  // yolov5 of 64x64.
    case 10:
      return {MakeTensor("out", {1, 4 + n % 8, 84})};
    case 11:
      return {MakeTensor("out", {1, 85, 32 + n % 8})};  // nanodet-plus of 64x64.
    case 12: {
      std::vector<TensorInfo> outputs;
      for (const std::int64_t cells : {64, 16, 4}) {
        outputs.push_back(MakeTensor("cls", {1, cells, n % 40}));
        outputs.push_back(MakeTensor("dis", {1, cells, 4 * (n % 16)}));
      }
      return outputs;
    }
    case 13: {
      std::vector<TensorInfo> outputs;
      for (const std::int64_t cells : {64, 16, 4})
        for (const std::int64_t numbers : {1, 1, 4, 10})
          outputs.push_back(MakeTensor("x", {1, cells, numbers}));
      return outputs;
    }
    case 14:
      return {n % 2 == 0 ? MakeTensor("out", {1, n % 8, n, 9}) : MakeTensor("out", {1, 9, n})};
    default: {
      std::vector<TensorInfo> outputs;
      for (int i = reader->Byte() % 5; i > 0; --i) {
        std::vector<std::int64_t> shape = {1};
        for (int d = reader->Byte() % 5; d > 0; --d) shape.push_back(reader->Byte() % 9);
        outputs.push_back(MakeTensor("x", shape));
      }
      return outputs;
    }
  }
}

void Check(const ItemResult& result, const Rect& region) {
  for (const Detection& d : result.detections) {
    const bool sane = d.score > 0 && d.score <= 1 && d.label_id >= 0 && d.box.w >= 1 &&
                      d.box.h >= 1 && d.box.x >= region.x && d.box.y >= region.y &&
                      d.box.x + d.box.w <= region.x + region.w + 0.01f &&
                      d.box.y + d.box.h <= region.y + region.h + 0.01f;
    if (!sane) std::abort();
  }
  for (const Classification& c : result.classifications)
    if (!(c.score >= 0 && c.score <= 1 && c.label_id >= 0)) std::abort();
  for (const Detection& d : result.detections)
    if (d.keypoint_begin < 0 || d.keypoint_count < 0 ||
        static_cast<std::size_t>(d.keypoint_begin + d.keypoint_count) > result.keypoints.size())
      std::abort();
  for (const Keypoint& p : result.keypoints)
    if (!(std::isfinite(p.x) && std::isfinite(p.y) && p.score >= 0 && p.score <= 1)) std::abort();
  for (const float number : result.embedding)
    if (!(number >= -1.001f && number <= 1.001f)) std::abort();
  if (result.mask.size() !=
      static_cast<std::size_t>(result.mask_width) * static_cast<std::size_t>(result.mask_height))
    std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Reader reader(data, size);
  const std::vector<TensorInfo> outputs = MakeOutputs(&reader);
  PostSettings settings;
  settings.threshold = static_cast<float>(reader.Byte()) / 255;
  settings.nms_threshold = static_cast<float>(reader.Byte()) / 255;
  settings.max_objects = reader.Byte();
  settings.label_offset = reader.Byte() % 3 - 1;
  const Rect region{static_cast<float>(reader.Byte()), 0, 640,
                    1 + static_cast<float>(reader.Byte())};
  const Placement placement = Place(region, 64, 64, reader.Byte() % 2 == 0, Align::kCenter);

  std::vector<std::unique_ptr<float[]>> tensors;  // Exact sizes, so that an overrun is seen.
  std::vector<const float*> pointers;
  for (const TensorInfo& output : outputs) {
    const std::size_t count = output.ItemElements();
    tensors.push_back(std::make_unique<float[]>(count));
    for (std::size_t i = 0; i < count; ++i) tensors.back()[i] = reader.Number();
    pointers.push_back(tensors.back().get());
  }
  for (const std::string& name : PostProcessors().Names()) {
    auto post = PostProcessors().Create(name);
    if (!post.value()->Bind(settings, {MakeTensor("in", {1, 3, 64, 64})}, outputs).ok()) continue;
    ItemResult result;
    if (!post.value()->Process(pointers.data(), placement, region, &result).ok()) std::abort();
    Check(result, region);
  }
  return 0;
}
