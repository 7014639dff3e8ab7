// SPDX-License-Identifier: Apache-2.0
// A real network through AscendCL: squeezenet knows a goldfish, from floats, and from bytes by
// AIPP.
#include <algorithm>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "devices/acl/soft/model_file.h"
#include "tests/assets.h"
#include "tests/devices/acl/acl_model_test.h"

namespace acl_test {
namespace {

using infer_server::AssetPath;
using infer_server::ReadFile;
using infer_server::devices::acl::AippConfig;
using infer_server::devices::acl::Dynamic;
using infer_server::devices::acl::ModelProfiles;
using infer_server::devices::acl::WriteContainer;

constexpr int kSide = 224;
constexpr int kGoldfish = 1;
constexpr float kMean[] = {0.485f, 0.456f, 0.406f}, kStd[] = {0.229f, 0.224f, 0.225f};

class Goldfish : public Runtime {
 protected:
  void SetUp() override {
    INFER_SKIP_WITHOUT_ASSETS();
    Runtime::SetUp();
    onnx_ = ReadFile(AssetPath("models/squeezenet1.1_224.onnx"));
    const cv::Mat picture = cv::imread(AssetPath("images/goldfish.jpg"));
    ASSERT_FALSE(picture.empty());
    cv::resize(picture, bgr_, {kSide, kSide});
  }
  void TearDown() override {
    if (!IsSkipped()) Runtime::TearDown();
  }
  void FillFloats(float* out) const {
    for (int c = 0; c < 3; ++c)
      for (int i = 0; i < kSide * kSide; ++i)
        *out++ = (static_cast<float>(bgr_.data[3 * i + 2 - c]) / 255 - kMean[c]) / kStd[c];
  }
  static void ExpectGoldfish(const float* scores) {
    EXPECT_EQ(std::max_element(scores, scores + 1000) - scores, kGoldfish);
    EXPECT_GE(scores[kGoldfish], 0.98f);
  }

  std::string onnx_;
  cv::Mat bgr_;
};

TEST_F(Goldfish, FromFloats) {
  const uint32_t id = LoadBytes(onnx_);
  ModelIo io(id);
  FillFloats(io.in(0));
  ASSERT_EQ(aclmdlExecuteAsync(id, io.input, io.output, nullptr), ACL_SUCCESS);
  ASSERT_EQ(aclrtSynchronizeStream(nullptr), ACL_SUCCESS);
  ExpectGoldfish(io.out(0));
  EXPECT_EQ(aclmdlUnload(id), ACL_SUCCESS);
}

// Both rows of a batch of two, and one of a batch of one; the file has a batch of one.
TEST_F(Goldfish, InBatches) {
  ModelProfiles profiles;
  profiles.inputs = {{"input", {-1, 3, kSide, kSide}}};
  profiles.dynamic = Dynamic::kBatch;
  profiles.profiles = {{1}, {2}};
  const uint32_t id = LoadBytes(WriteContainer(profiles, onnx_));
  ModelIo io(id);
  FillFloats(io.in(0));
  FillFloats(io.in(0) + 3 * kSide * kSide);
  for (const uint64_t rows : {2u, 1u}) {
    std::memset(io.out(0), 0, 2000 * sizeof(float));
    ASSERT_EQ(aclmdlSetDynamicBatchSize(id, io.input, 1, rows), ACL_SUCCESS);
    ASSERT_EQ(aclmdlExecute(id, io.input, io.output), ACL_SUCCESS) << Recent();
    ExpectGoldfish(io.out(0));
    if (rows == 2) ExpectGoldfish(io.out(0) + 1000);
  }
  EXPECT_EQ(aclmdlUnload(id), ACL_SUCCESS);
}

// The picture's bytes, which are BGR; the mean's fraction goes into min.
TEST_F(Goldfish, FromBytesByAipp) {
  AippConfig config;
  config.params.items.resize(1);
  config.params.format = ACL_RGB888_U8;
  config.params.rbuv_swap = true;
  for (size_t c = 0; c < 3; ++c) {
    const float mean = 255 * kMean[c];
    config.params.items[0].mean[c] = static_cast<int>(mean);
    config.params.items[0].min[c] = mean - static_cast<float>(static_cast<int>(mean));
    config.params.items[0].var_reci[c] = 1 / (255 * kStd[c]);
  }
  ModelProfiles profiles;
  profiles.aipp = {config};
  const uint32_t id = LoadBytes(WriteContainer(profiles, onnx_));
  ModelIo io(id);
  ASSERT_EQ(aclmdlGetInputSizeByIndex(io.desc, 0), size_t{3 * kSide * kSide});
  std::memcpy(io.in(0), bgr_.data, 3 * kSide * kSide);
  ASSERT_EQ(aclmdlExecute(id, io.input, io.output), ACL_SUCCESS) << Recent();
  ExpectGoldfish(io.out(0));
  EXPECT_EQ(aclmdlUnload(id), ACL_SUCCESS);
}

}  // namespace
}  // namespace acl_test
