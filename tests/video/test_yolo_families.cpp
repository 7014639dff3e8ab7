// SPDX-License-Identifier: Apache-2.0
// yolov3, yolov5 and yolov8, decoded as published.
#include <gtest/gtest.h>

#include "tests/video/slow_boxes.h"

namespace infer_server::video {
namespace {

constexpr int kWidth = 96, kHeight = 64, kClasses = 3, kRow = 5 + kClasses;

// ---- Raw heads ----

struct Head {
  int stride;
  double anchors[3][2];
};
const Head kUsual[] = {{8, {{10, 13}, {16, 30}, {33, 23}}},
                       {16, {{30, 61}, {62, 45}, {59, 119}}},
                       {32, {{116, 90}, {156, 198}, {373, 326}}}};
const Head kTiny[] = {{16, {{10, 14}, {23, 27}, {37, 58}}},
                      {32, {{81, 82}, {135, 169}, {344, 319}}}};

// `last`: the numbers of a cell are the last dimension, [1,3,rows,columns,5+classes].
std::vector<Candidate> SlowHead(const Floats& tensor, const Head& head, bool v5, bool last,
                                double threshold) {
  const int columns = kWidth / head.stride, rows = kHeight / head.stride;
  std::vector<Candidate> boxes;
  for (int a = 0; a < 3; ++a)
    for (int y = 0; y < rows; ++y)
      for (int x = 0; x < columns; ++x) {
        const auto at = [&](int n) {
          const int i = last ? ((a * rows + y) * columns + x) * kRow + n
                             : ((a * kRow + n) * rows + y) * columns + x;
          return tensor[static_cast<std::size_t>(i)];
        };
        int label = 0;
        for (int c = 1; c < kClasses; ++c)
          if (at(5 + c) > at(5 + label)) label = c;
        const double score = Logistic(at(4)) * Logistic(at(5 + label));
        if (score < threshold) continue;
        const double sx = Logistic(at(0)), sy = Logistic(at(1));
        const double cx = v5 ? 2 * sx - 0.5 + x : sx + x, cy = v5 ? 2 * sy - 0.5 + y : sy + y;
        const double pw = head.anchors[a][0], ph = head.anchors[a][1];
        const double w =
            v5 ? pw * std::pow(2 * Logistic(at(2)), 2) : pw * std::exp(static_cast<double>(at(2)));
        const double h =
            v5 ? ph * std::pow(2 * Logistic(at(3)), 2) : ph * std::exp(static_cast<double>(at(3)));
        boxes.push_back(CenterBox(cx * head.stride, cy * head.stride, w, h, score, label));
      }
  return boxes;
}

template <std::size_t N>
void ExpectHeads(const char* family, const Head (&heads)[N], bool last, bool reversed) {
  std::mt19937 random(7);
  Tensors outputs;
  std::vector<Floats> tensors;
  std::vector<Candidate> expected;
  for (const Head& head : heads) {
    const int columns = kWidth / head.stride, rows = kHeight / head.stride;
    outputs.push_back(last ? Tensor("head", {1, 3, rows, columns, kRow})
                           : Tensor("head", {1, 3 * kRow, rows, columns}));
    tensors.push_back(RandomFloats(outputs.back().ItemElements(), -3, 2, &random));
    const auto boxes = SlowHead(tensors.back(), head, std::string(family) == "yolov5", last, 0.3);
    expected.insert(expected.end(), boxes.begin(), boxes.end());
  }
  if (reversed) {
    std::reverse(outputs.begin(), outputs.end());
    std::reverse(tensors.begin(), tensors.end());
  }
  auto post = BoundPost(family, KeepAll(0.3f), Picture(kWidth, kHeight), outputs);
  ExpectCandidates(expected, RunOnInput(post.get(), tensors, kWidth, kHeight), kWidth, kHeight);
}

TEST(Yolov3, RawHeadsEqualThePlainDecoder) {
  for (const bool last : {false, true})
    for (const bool reversed : {false, true}) {
      ExpectHeads("yolov3", kUsual, last, reversed);
      ExpectHeads("yolov3", kTiny, last, reversed);
    }
}

TEST(Yolov5, RawHeadsEqualThePlainDecoder) {
  for (const bool last : {false, true})
    for (const bool reversed : {false, true}) ExpectHeads("yolov5", kUsual, last, reversed);
}

// ---- Rows of boxes ----

TEST(Yolov3, ReadsRowsOfSeveralOutputs) {
  auto post = BoundPost("yolov3", {}, Picture(200, 100),
                        {Tensor("yolo_1", {1, 2, 7}), Tensor("yolo_2", {1, 1, 7})});
  const Floats first = {0.5f, 0.5f, 0.2f, 0.4f, 0.9f, 0.1f, 0.8f,  //
                        0.2f, 0.2f, 0.1f, 0.1f, 0.2f, 0.9f, 0};    // Its objectness is too low.
  const Floats second = {0.25f, 0.5f, 0.5f, 0.5f, 0.5f, 0.45f, 0};
  const ItemResult result = RunPost(post.get(), {first, second}, {0, 0, 400, 400}, 200, 100);
  ASSERT_EQ(2u, result.detections.size());
  EXPECT_FLOAT_EQ(0.8f, result.detections[0].score);  // The objectness is in it already.
  EXPECT_EQ(1, result.detections[0].label_id);
  ExpectBox({160, 120, 80, 160}, result.detections[0].box, 1e-2f);
  EXPECT_FLOAT_EQ(0.45f, result.detections[1].score);
  ExpectBox({0, 100, 200, 200}, result.detections[1].box, 1e-2f);
}

TEST(Yolov5, RowsEqualThePlainDecoder) {
  std::mt19937 random(8);
  std::uniform_real_distribution<float> value(0, 1);
  const int rows = 3 * (12 * 8 + 6 * 4 + 3 * 2);
  Floats tensor;
  std::vector<Candidate> expected;
  for (int i = 0; i < rows; ++i) {
    Floats row = {value(random) * kWidth, value(random) * kHeight, value(random) * 50,
                  value(random) * 50};
    for (int n = 0; n < 1 + kClasses; ++n) row.push_back(value(random));
    const auto best = std::max_element(row.begin() + 5, row.end());
    const double score = static_cast<double>(row[4]) * static_cast<double>(*best);
    if (score >= 0.3)
      expected.push_back(CenterBox(static_cast<double>(row[0]), static_cast<double>(row[1]),
                                   static_cast<double>(row[2]), static_cast<double>(row[3]), score,
                                   static_cast<int>(best - row.begin() - 5)));
    tensor.insert(tensor.end(), row.begin(), row.end());
  }
  auto post = BoundPost("yolov5", KeepAll(0.3f), Picture(kWidth, kHeight),
                        {Tensor("output0", {1, rows, kRow})});
  ExpectCandidates(expected, RunOnInput(post.get(), {tensor}, kWidth, kHeight), kWidth, kHeight);
}

TEST(Yolov8, BothOrdersEqualThePlainDecoder) {
  std::mt19937 random(9);
  std::uniform_real_distribution<float> value(0, 1);
  const int cells = 12 * 8 + 6 * 4 + 3 * 2, numbers = 4 + kClasses;
  Floats rows, planes(static_cast<std::size_t>(cells * numbers));
  std::vector<Candidate> expected;
  for (int i = 0; i < cells; ++i) {
    Floats row = {value(random) * kWidth, value(random) * kHeight, value(random) * 50,
                  value(random) * 50};
    for (int n = 0; n < kClasses; ++n) row.push_back(value(random));
    const auto best = std::max_element(row.begin() + 4, row.end());
    if (*best >= 0.3f)
      expected.push_back(CenterBox(static_cast<double>(row[0]), static_cast<double>(row[1]),
                                   static_cast<double>(row[2]), static_cast<double>(row[3]),
                                   static_cast<double>(*best),
                                   static_cast<int>(best - row.begin() - 4)));
    rows.insert(rows.end(), row.begin(), row.end());
    for (int n = 0; n < numbers; ++n)
      planes[static_cast<std::size_t>(n * cells + i)] = row[static_cast<std::size_t>(n)];
  }
  auto of_planes = BoundPost("yolov8", KeepAll(0.3f), Picture(kWidth, kHeight),
                             {Tensor("output0", {1, numbers, cells})});
  ExpectCandidates(expected, RunOnInput(of_planes.get(), {planes}, kWidth, kHeight), kWidth,
                   kHeight);
  auto of_rows = BoundPost("yolov8", KeepAll(0.3f), Picture(kWidth, kHeight),
                           {Tensor("output0", {1, cells, numbers})});
  ExpectCandidates(expected, RunOnInput(of_rows.get(), {rows}, kWidth, kHeight), kWidth, kHeight);
}

// ---- What is known of a family, and what does not fit ----

TEST(YoloFamilies, BringTheirInput) {
  const InputSettings v3 = MakePost("yolov3")->DefaultInput({});
  EXPECT_EQ(ColorOrder::kRGB, v3.color_order);
  EXPECT_FLOAT_EQ(1 / 255.0f, v3.scale[0]);
  EXPECT_FALSE(v3.keep_aspect_ratio);
  for (const char* family : {"yolov5", "yolov8"}) {
    const InputSettings input = MakePost(family)->DefaultInput({});
    EXPECT_EQ(ColorOrder::kRGB, input.color_order);
    EXPECT_FLOAT_EQ(1 / 255.0f, input.scale[2]);
    EXPECT_TRUE(input.keep_aspect_ratio);
    EXPECT_EQ(Align::kCenter, input.align);
    EXPECT_EQ(114, input.pad_value);
  }
}

TEST(YoloFamilies, SayWhatDoesNotFit) {
  EXPECT_EQ(
      "INVALID_ARGUMENT: post-processor 'yolov8' does not fit the network: it expects one output "
      "[1,4+classes,N] or [1,N,4+classes] with N = 8400 (strides 8 to 32) or 8500 (8 to 64) for "
      "its input of 640x640; the network has inputs image f32[1,3,640,640] and outputs output0 "
      "f32[1,25200,85]; set postprocess to the network's family",
      BindError("yolov8", {}, Picture(640, 640), {Tensor("output0", {1, 25200, 85})}));
  EXPECT_EQ(
      "INVALID_ARGUMENT: post-processor 'yolov5' does not fit the network: it expects one output "
      "[1,N,5+classes] with N = 25200 (strides 8 to 32), 25500 (8 to 64) or 6000 (16 and 32) for "
      "its input of 640x640, or raw heads [1,3*(5+classes),rows,columns] of strides 8, 16, 32; "
      "the network has inputs image f32[1,3,640,640] and outputs output0 f32[1,84,8400]; set "
      "postprocess to the network's family",
      BindError("yolov5", {}, Picture(640, 640), {Tensor("output0", {1, 84, 8400})}));
  EXPECT_EQ(
      "INVALID_ARGUMENT: post-processor 'yolov3' does not fit the network: it expects outputs "
      "[1,N,5+classes] (Darknet), or raw heads [1,3*(5+classes),rows,columns] of strides 8, 16, "
      "32, or 16 and 32; the network has inputs image f32[1,3,64,64] and outputs a "
      "f32[1,21,8,8], b f32[1,21,8,8]; set postprocess to the network's family",
      BindError("yolov3", {}, Picture(64, 64),
                {Tensor("a", {1, 21, 8, 8}), Tensor("b", {1, 21, 8, 8})}));
  PostSettings few;
  few.labels = Labels({"person"});
  EXPECT_NE(std::string::npos,
            BindError("yolov8", few, Picture(64, 64), {Tensor("a", {1, 6, 84})}).find("2 classes"));
  EXPECT_NE("OK", BindError("yolov3", {}, Picture(64, 64), {}));
  EXPECT_NE("OK", BindError("yolov5", {}, {}, {Tensor("a", {1, 252, 7})}));
  // Heads of different numbers of classes.
  EXPECT_NE("OK", BindError("yolov5", {}, Picture(64, 64),
                            {Tensor("a", {1, 21, 8, 8}), Tensor("b", {1, 24, 4, 4}),
                             Tensor("c", {1, 21, 2, 2})}));
}

}  // namespace
}  // namespace infer_server::video
