// SPDX-License-Identifier: Apache-2.0
// Models with batches, picture sizes or dimensions to choose from; the container they come in.
#include <numeric>

#include "devices/acl/soft/model_file.h"
#include "devices/acl/soft/model_json.h"
#include "tests/devices/acl/acl_model_test.h"

namespace acl_test {
namespace {

using infer_server::DataPath;
using infer_server::ReadFile;
using infer_server::devices::acl::Dynamic;
using infer_server::devices::acl::MeasureModel;
using infer_server::devices::acl::ModelProfiles;
using infer_server::devices::acl::ProfilesFromJson;
using infer_server::devices::acl::ReadModelFile;
using infer_server::devices::acl::WriteContainer;
using Dims = std::vector<int64_t>;

class Profiles : public Runtime {};

size_t ShapeInput(const ModelIo& io) {
  size_t index = 99;
  EXPECT_EQ(aclmdlGetInputIndexByName(io.desc, ACL_DYNAMIC_TENSOR_NAME, &index), ACL_SUCCESS);
  return index;
}

std::string Detector(const std::vector<int64_t>& batches) {
  ModelProfiles profiles;
  profiles.inputs = {{"images", {-1, 3, 64, 64}}};
  profiles.dynamic = Dynamic::kBatch;
  for (const int64_t batch : batches) profiles.profiles.push_back({batch});
  return WriteContainer(profiles, ReadFile(DataPath("dynamic_detector.onnx")));
}

TEST_F(Profiles, Batches) {
  const uint32_t id = LoadBytes(Detector({1, 2, 4}));
  const uint32_t plain = LoadData("dynamic_detector.onnx");
  ModelIo io(id), one(plain);
  ASSERT_EQ(aclmdlGetNumInputs(io.desc), 2u);
  EXPECT_EQ(io.dims(aclmdlGetInputDims, 0), (Dims{-1, 3, 64, 64}));
  EXPECT_EQ(aclmdlGetInputSizeByIndex(io.desc, 0), 4u * 3 * 64 * 64 * sizeof(float));
  EXPECT_EQ(io.dims(aclmdlGetCurOutputDims, 0)[0], 4);
  aclmdlBatch batch;
  ASSERT_EQ(aclmdlGetDynamicBatch(io.desc, &batch), ACL_SUCCESS);
  ASSERT_EQ(batch.batchCount, 3u);
  EXPECT_EQ(batch.batch[1], 2u);
  aclmdlIODimsRange range;
  ASSERT_EQ(aclmdlGetInputDimsRange(io.desc, 0, &range), ACL_SUCCESS);
  EXPECT_EQ(range.rangeCount, 4u);
  EXPECT_EQ(range.range[0][0], 1);
  EXPECT_EQ(range.range[0][1], 4);

  const size_t shape = ShapeInput(io), item = 3 * 64 * 64;
  EXPECT_EQ(shape, 1u);
  EXPECT_EQ(aclmdlExecute(id, io.input, io.output), ACL_ERROR_GE_DYNAMIC_BATCH_SIZE_INVALID);
  EXPECT_NE(Recent().find("call aclmdlSetDynamicBatchSize"), std::string::npos);
  for (size_t i = 0; i < 4 * item; ++i) io.in(0)[i] = static_cast<float>(i * 7919 % 256);
  for (const size_t rows : {2u, 4u, 1u}) {
    ASSERT_EQ(aclmdlSetDynamicBatchSize(id, io.input, shape, rows), ACL_SUCCESS) << Recent();
    const Dims dims = io.dims(aclmdlGetCurOutputDims, 0);
    EXPECT_EQ(dims[0], static_cast<int64_t>(rows));
    ASSERT_EQ(aclmdlExecute(id, io.input, io.output), ACL_SUCCESS) << Recent();
    const size_t out = aclmdlGetOutputSizeByIndex(one.desc, 0) / sizeof(float);
    for (size_t row = 0; row < rows; ++row) {
      std::memcpy(one.in(0), io.in(0) + row * item, item * sizeof(float));
      ASSERT_EQ(aclmdlExecute(plain, one.input, one.output), ACL_SUCCESS);
      for (size_t i = 0; i < out; ++i)
        ASSERT_NEAR(io.out(0)[row * out + i], one.out(0)[i], 1e-4) << rows << " " << row;
    }
  }
  EXPECT_EQ(aclmdlSetDynamicBatchSize(id, io.input, shape, 3),
            ACL_ERROR_GE_DYNAMIC_BATCH_SIZE_INVALID);
  EXPECT_NE(Recent().find("3 is none of the profiles of model"), std::string::npos);
  EXPECT_EQ(aclmdlSetDynamicBatchSize(id, io.input, 0, 2), ACL_ERROR_INVALID_PARAM);
  EXPECT_EQ(aclmdlSetDynamicBatchSize(plain, one.input, 0, 1), ACL_ERROR_MODEL_NOT_DYNAMIC);
  EXPECT_EQ(aclmdlSetDynamicHWSize(id, io.input, shape, 64, 64), ACL_ERROR_MODEL_NOT_DYNAMIC);
  aclDataBuffer* buffer = aclmdlGetDatasetBuffer(io.input, shape);
  void* memory = aclGetDataBufferAddr(buffer);
  aclUpdateDataBuffer(buffer, nullptr, 8);
  EXPECT_EQ(aclmdlSetDynamicBatchSize(id, io.input, shape, 2),
            ACL_ERROR_GE_DYNAMIC_INPUT_ADDR_INVALID);
  aclUpdateDataBuffer(buffer, memory, 4);
  EXPECT_EQ(aclmdlSetDynamicBatchSize(id, io.input, shape, 2),
            ACL_ERROR_GE_DYNAMIC_INPUT_LENGTH_INVALID);
  EXPECT_EQ(aclmdlUnload(id), ACL_SUCCESS);
  EXPECT_EQ(aclmdlUnload(plain), ACL_SUCCESS);
}

// A static batch above 1, of a network that leaves it open.
TEST_F(Profiles, AStaticBatch) {
  ModelProfiles profiles;
  profiles.inputs = {{"images", {2, 3, 64, 64}}};
  const uint32_t id =
      LoadBytes(WriteContainer(profiles, ReadFile(DataPath("dynamic_detector.onnx"))));
  ModelIo io(id);
  EXPECT_EQ(aclmdlGetNumInputs(io.desc), 1u);
  EXPECT_EQ(io.dims(aclmdlGetInputDims, 0), (Dims{2, 3, 64, 64}));
  EXPECT_EQ(io.dims(aclmdlGetOutputDims, 0)[0], 2);
  EXPECT_EQ(aclmdlExecute(id, io.input, io.output), ACL_SUCCESS);
  EXPECT_EQ(aclmdlUnload(id), ACL_SUCCESS);
}

TEST_F(Profiles, PictureSizes) {
  ModelProfiles profiles;
  profiles.inputs = {{"x", {1, 1, -1, -1}}};
  profiles.dynamic = Dynamic::kImageSize;
  profiles.profiles = {{8, 8}, {16, 24}, {4, 6}};
  const uint32_t id = LoadBytes(WriteContainer(profiles, ReadFile(DataPath("open_size.onnx"))));
  ModelIo io(id);
  EXPECT_EQ(io.dims(aclmdlGetInputDims, 0), (Dims{1, 1, -1, -1}));
  EXPECT_EQ(aclmdlGetInputSizeByIndex(io.desc, 0), 16u * 24 * sizeof(float));
  aclmdlHW hw;
  ASSERT_EQ(aclmdlGetDynamicHW(io.desc, 0, &hw), ACL_SUCCESS);
  ASSERT_EQ(hw.hwCount, 3u);
  EXPECT_EQ(hw.hw[1][0], 16u);
  EXPECT_EQ(hw.hw[1][1], 24u);
  EXPECT_EQ(aclmdlGetDynamicHW(io.desc, static_cast<size_t>(-1), &hw), ACL_SUCCESS);
  EXPECT_EQ(hw.hwCount, 3u);
  const size_t shape = ShapeInput(io);
  for (const uint64_t height : {4u, 16u, 8u}) {
    const uint64_t width = height == 8 ? 8 : height * 3 / 2;
    ASSERT_EQ(aclmdlSetDynamicHWSize(id, io.input, shape, height, width), ACL_SUCCESS) << Recent();
    const Dims dims = io.dims(aclmdlGetCurOutputDims, 0);
    EXPECT_EQ(aclmdlExecute(id, io.input, io.output), ACL_SUCCESS) << Recent();
    EXPECT_EQ(dims[2], static_cast<int64_t>(height));
  }
  EXPECT_EQ(aclmdlSetDynamicHWSize(id, io.input, shape, 8, 24),
            ACL_ERROR_GE_DYNAMIC_BATCH_SIZE_INVALID);
  EXPECT_EQ(aclmdlUnload(id), ACL_SUCCESS);
}

TEST_F(Profiles, Dimensions) {
  ModelProfiles profiles;
  profiles.inputs = {{"x", {1, 1, -1, -1}}};
  profiles.dynamic = Dynamic::kDims;
  profiles.profiles = {{8, 4}, {2, 6}};
  const uint32_t id = LoadBytes(WriteContainer(profiles, ReadFile(DataPath("open_size.onnx"))));
  ModelIo io(id);
  size_t count = 0;
  ASSERT_EQ(aclmdlGetInputDynamicGearCount(io.desc, static_cast<size_t>(-1), &count), ACL_SUCCESS);
  ASSERT_EQ(count, 2u);
  aclmdlIODims dims[2];
  EXPECT_EQ(aclmdlGetInputDynamicDims(io.desc, static_cast<size_t>(-1), dims, 1),
            ACL_ERROR_INVALID_PARAM);
  ASSERT_EQ(aclmdlGetInputDynamicDims(io.desc, static_cast<size_t>(-1), dims, 2), ACL_SUCCESS);
  EXPECT_EQ(Dims(dims[1].dims, dims[1].dims + dims[1].dimCount), (Dims{1, 1, 2, 6}));
  ASSERT_EQ(aclmdlSetInputDynamicDims(id, io.input, ShapeInput(io), &dims[1]), ACL_SUCCESS);
  EXPECT_EQ(aclmdlExecute(id, io.input, io.output), ACL_SUCCESS) << Recent();
  dims[1].dims[3] = 7;
  EXPECT_EQ(aclmdlSetInputDynamicDims(id, io.input, ShapeInput(io), &dims[1]),
            ACL_ERROR_GE_DYNAMIC_BATCH_SIZE_INVALID);
  EXPECT_EQ(aclmdlUnload(id), ACL_SUCCESS);
}

// Under any name, and with a length of its own.
TEST_F(Profiles, ContainersSayHowLongTheyAre) {
  std::string bytes = Detector({1, 8});
  const size_t length = bytes.size();
  bytes += "and more";
  ASSERT_TRUE(MeasureModel(bytes).ok());
  EXPECT_EQ(MeasureModel(bytes).value(), length);
  const std::string onnx = ReadFile(DataPath("dynamic_detector.onnx"));
  ASSERT_TRUE(MeasureModel(onnx + std::string(3, '\0')).ok());
  EXPECT_EQ(MeasureModel(onnx + std::string(3, '\0')).value(), onnx.size());
  EXPECT_FALSE(MeasureModel("\x08").ok());
  EXPECT_FALSE(MeasureModel(bytes.substr(0, length - 1)).ok());
  EXPECT_EQ(ReadModelFile(bytes).value().onnx, onnx);
}

TEST_F(Profiles, DamagedContainersAreRefused) {
  const std::string good = Detector({1, 8});
  uint32_t id = 0;
  for (const size_t length : {size_t{8}, size_t{23}, size_t{30}, good.size() - 1})
    EXPECT_EQ(aclmdlLoadFromMem(good.data(), length, &id), ACL_ERROR_PARSE_MODEL) << length;
  EXPECT_NE(Recent().find("truncated"), std::string::npos);
  for (size_t byte = 8; byte < 120; ++byte) {
    std::string bad = good;
    bad[byte] = static_cast<char>(bad[byte] ^ 0x55);
    const auto read = ReadModelFile(bad);
    EXPECT_FALSE(read.ok() && byte > 8 && byte < 24) << byte;
  }
  const std::string deep = std::string(200000, '[') + std::string(200000, ']');
  EXPECT_FALSE(ProfilesFromJson("{\"version\":" + deep + "}").ok());
  ModelProfiles profiles;
  profiles.inputs = {{"nobody", {-1, 3, 64, 64}}};
  profiles.dynamic = Dynamic::kBatch;
  profiles.profiles = {{1}};
  const std::string named = WriteContainer(profiles, ReadFile(DataPath("dynamic_detector.onnx")));
  EXPECT_EQ(aclmdlLoadFromMem(named.data(), named.size(), &id), ACL_ERROR_PARSE_MODEL);
  EXPECT_NE(Recent().find("which are: images"), std::string::npos);
  profiles.profiles = {};
  const std::string none = WriteContainer(profiles, "");
  EXPECT_EQ(aclmdlLoadFromMem(none.data(), none.size(), &id), ACL_ERROR_PARSE_MODEL);
  profiles.profiles = {{2}, {2}};
  EXPECT_FALSE(ReadModelFile(WriteContainer(profiles, "")).ok());
  EXPECT_EQ(id, 0u);
}

}  // namespace
}  // namespace acl_test
