// SPDX-License-Identifier: Apache-2.0
// AIPP: pictures into networks; static from the model file, dynamic from the program.
#include "devices/acl/soft/model_file.h"
#include "tests/devices/acl/acl_model_test.h"

namespace acl_test {
namespace {

using infer_server::DataPath;
using infer_server::ReadFile;
using infer_server::devices::acl::AippConfig;
using infer_server::devices::acl::ModelProfiles;
using infer_server::devices::acl::WriteContainer;
using Dims = std::vector<int64_t>;

class Aipp : public Runtime {};

// mean_rgb.onnx gives the means of its three channels, so each test can say what it must be.
constexpr int kSide = 8;

AippConfig Rgb() {
  AippConfig config;
  config.params.items.resize(1);
  config.params.format = ACL_RGB888_U8;
  return config;
}

uint32_t LoadWith(const AippConfig& config) {
  ModelProfiles profiles;
  profiles.format = "NCHW";
  profiles.inputs = {{"x", {1, 3, kSide, kSide}}};
  profiles.aipp = {config};
  return LoadBytes(WriteContainer(profiles, ReadFile(DataPath("mean_rgb.onnx"))));
}

void FillRgb(uint8_t* picture, int pixels, uint8_t r, uint8_t g, uint8_t b) {
  for (int i = 0; i < pixels; ++i) {
    picture[3 * i] = r;
    picture[3 * i + 1] = g;
    picture[3 * i + 2] = b;
  }
}

void ExpectMeans(ModelIo* io, uint32_t id, float a, float b, float c) {
  ASSERT_EQ(aclmdlExecute(id, io->input, io->output), ACL_SUCCESS) << Recent();
  EXPECT_NEAR(io->out(0)[0], a, 1e-3);
  EXPECT_NEAR(io->out(0)[1], b, 1e-3);
  EXPECT_NEAR(io->out(0)[2], c, 1e-3);
}

TEST_F(Aipp, StaticNormalisesAndSwaps) {
  AippConfig config = Rgb();
  config.params.rbuv_swap = true;
  config.params.items[0].mean = {10, 20, 30, 0};
  config.params.items[0].min = {1, 0, 0, 0};
  config.params.items[0].var_reci = {0.5f, 1, 2, 1};
  const uint32_t id = LoadWith(config);
  ModelIo io(id);
  EXPECT_EQ(aclmdlGetInputDataType(io.desc, 0), ACL_UINT8);
  EXPECT_EQ(aclmdlGetInputFormat(io.desc, 0), ACL_FORMAT_NHWC);
  EXPECT_EQ(io.dims(aclmdlGetInputDims, 0), (Dims{1, kSide, kSide, 3}));
  EXPECT_EQ(aclmdlGetInputSizeByIndex(io.desc, 0), 3u * kSide * kSide);
  FillRgb(io.in<uint8_t>(0), kSide * kSide, 100, 120, 140);
  ExpectMeans(&io, id, (140 - 10 - 1) * 0.5f, 100, (100 - 30) * 2);
  aclmdlInputAippType type = ACL_DYNAMIC_AIPP_NODE;
  size_t attached = 0;
  EXPECT_EQ(aclmdlGetAippType(id, 0, &type, &attached), ACL_SUCCESS);
  EXPECT_EQ(type, ACL_DATA_WITH_STATIC_AIPP);
  EXPECT_EQ(attached, size_t{ACL_INVALID_NODE_INDEX});
  auto info = std::make_unique<aclAippInfo>();
  ASSERT_EQ(aclmdlGetFirstAippInfo(id, 0, info.get()), ACL_SUCCESS);
  EXPECT_EQ(info->inputFormat, ACL_RGB888_U8);
  EXPECT_EQ(info->rbuvSwapSwitch, 1);
  EXPECT_EQ(info->meanChn1, 20);
  EXPECT_FLOAT_EQ(info->varReciChn2, 2);
  EXPECT_EQ(info->shapeCount, 1u);
  EXPECT_EQ(info->outDims[0].srcSize, 3u * kSide * kSide);
  EXPECT_EQ(info->outDims[0].aippOutdims.dims[1], 3);
  EXPECT_EQ(aclmdlUnload(id), ACL_SUCCESS);
}

// The matrix of JPEG, in 1/256.
TEST_F(Aipp, StaticConvertsYuv) {
  AippConfig config = Rgb();
  config.params.format = ACL_YUV420SP_U8;
  config.params.csc = true;
  config.params.matrix = {256, 0, 359, 256, -88, -183, 256, 454, 0};
  config.params.input_bias = {0, 128, 128};
  const uint32_t id = LoadWith(config);
  ModelIo io(id);
  EXPECT_EQ(io.dims(aclmdlGetInputDims, 0), (Dims{1, kSide, kSide, 3}));
  EXPECT_EQ(io.dims(aclmdlGetInputDimsV2, 0), (Dims{1, kSide * 3 / 2, kSide, 1}));
  EXPECT_EQ(aclmdlGetInputSizeByIndex(io.desc, 0), size_t{kSide * kSide * 3 / 2});
  std::memset(io.in<uint8_t>(0), 100, kSide * kSide);
  for (int i = 0; i < kSide * kSide / 2; i += 2) {
    io.in<uint8_t>(0)[kSide * kSide + i] = 138;      // U
    io.in<uint8_t>(0)[kSide * kSide + i + 1] = 108;  // V
  }
  ExpectMeans(&io, id, 100 - 20 * 359 / 256.f, 100 - 10 * 88 / 256.f + 20 * 183 / 256.f,
              100 + 10 * 454 / 256.f);
  EXPECT_EQ(aclmdlUnload(id), ACL_SUCCESS);
}

// Of a picture that is bright on the left: the crop takes that part, the padding brings zeros.
TEST_F(Aipp, StaticCropsResizesAndPads) {
  AippConfig config = Rgb();
  config.params.src_width = 16;
  config.params.src_height = 10;
  auto& item = config.params.items[0];
  item.crop = item.resize = item.padding = true;
  item.crop_x = 2;
  item.crop_y = 1;
  item.crop_width = 4;
  item.crop_height = 8;
  item.resize_width = 8;
  item.resize_height = 4;
  item.pad_top = 1;
  item.pad_bottom = 3;
  item.pad_value = 8;
  item.mean = {50, 50, 50, 50};
  const uint32_t id = LoadWith(config);
  ModelIo io(id);
  EXPECT_EQ(io.dims(aclmdlGetInputDims, 0), (Dims{1, 10, 16, 3}));
  FillRgb(io.in<uint8_t>(0), 160, 0, 0, 0);
  for (int y = 0; y < 10; ++y) FillRgb(io.in<uint8_t>(0) + y * 48, 7, 250, 150, 100);
  // Half of the rows hold the picture, half the value of the padding.
  ExpectMeans(&io, id, (200 + 8) / 2.f, (100 + 8) / 2.f, (50 + 8) / 2.f);
  EXPECT_EQ(aclmdlUnload(id), ACL_SUCCESS);
}

TEST_F(Aipp, SizesThatDoNotFitAreRefusedAtTheLoad) {
  AippConfig config = Rgb();
  config.params.src_width = 16;
  config.params.src_height = 10;
  ModelProfiles profiles;
  profiles.format = "NCHW";
  profiles.inputs = {{"x", {1, 3, kSide, kSide}}};
  profiles.aipp = {config};
  const std::string bytes = WriteContainer(profiles, ReadFile(DataPath("mean_rgb.onnx")));
  uint32_t id = 0;
  EXPECT_EQ(aclmdlLoadFromMem(bytes.data(), bytes.size(), &id), ACL_ERROR_PARSE_MODEL);
  EXPECT_NE(Recent().find("give 16 x 10"), std::string::npos);
}

// Width and height are not one another.
TEST_F(Aipp, StaticPicturesNeedNotBeSquare) {
  AippConfig config = Rgb();
  config.params.format = ACL_YUV400_U8;
  config.params.src_width = 16;
  config.params.src_height = 8;
  ModelProfiles profiles;
  profiles.format = "NCHW";
  profiles.inputs = {{"x", {1, 1, 8, 16}}};
  profiles.aipp = {config};
  const std::string network = ReadFile(DataPath("open_size.onnx"));
  const uint32_t id = LoadBytes(WriteContainer(profiles, network));
  ModelIo io(id);
  ASSERT_EQ(aclmdlGetInputSizeByIndex(io.desc, 0), size_t{16 * 8});
  for (int i = 0; i < 16 * 8; ++i) io.in<uint8_t>(0)[i] = static_cast<uint8_t>(i);
  ASSERT_EQ(aclmdlExecute(id, io.input, io.output), ACL_SUCCESS) << Recent();
  for (int i = 0; i < 16 * 8; ++i) ASSERT_FLOAT_EQ(io.out(0)[i], 2.0f * i) << i;
  EXPECT_EQ(aclmdlUnload(id), ACL_SUCCESS);

  std::swap(profiles.aipp[0].params.src_width, profiles.aipp[0].params.src_height);
  const std::string turned = WriteContainer(profiles, network);
  uint32_t none = 0;
  EXPECT_EQ(aclmdlLoadFromMem(turned.data(), turned.size(), &none), ACL_ERROR_PARSE_MODEL);
}

aclmdlAIPP* RgbParams(uint64_t pictures) {
  aclmdlAIPP* aipp = aclmdlCreateAIPP(pictures);
  EXPECT_EQ(aclmdlSetAIPPInputFormat(aipp, ACL_RGB888_U8), ACL_SUCCESS);
  EXPECT_EQ(aclmdlSetAIPPSrcImageSize(aipp, kSide, kSide), ACL_SUCCESS);
  return aipp;
}

uint32_t LoadDynamic(int64_t batch) {
  AippConfig config = Rgb();
  config.dynamic = true;
  config.max_src_bytes = 3 * 32 * 32 * 4;
  ModelProfiles profiles;
  profiles.format = "NCHW";
  profiles.inputs = {{"x", {batch, 3, kSide, kSide}}};
  profiles.aipp = {config};
  return LoadBytes(WriteContainer(profiles, ReadFile(DataPath("mean_rgb.onnx"))));
}

TEST_F(Aipp, ParametersOfAnotherModelAreRefusedWhenTheyAreForFewerPictures) {
  const uint32_t two = LoadDynamic(2), four = LoadDynamic(4);
  ModelIo io(four);
  aclmdlAIPP* few = RgbParams(2);
  ASSERT_EQ(aclmdlSetInputAIPP(two, io.input, 1, few), ACL_SUCCESS) << Recent();
  EXPECT_EQ(aclmdlExecute(four, io.input, io.output), ACL_ERROR_GE_AIPP_NOT_EXIST);
  EXPECT_NE(Recent().find("for 2 pictures, and the batch is 4"), std::string::npos) << Recent();
  aclmdlAIPP* all = RgbParams(4);
  ASSERT_EQ(aclmdlSetInputAIPP(four, io.input, 1, all), ACL_SUCCESS) << Recent();
  EXPECT_EQ(aclmdlExecute(four, io.input, io.output), ACL_SUCCESS) << Recent();
  for (aclmdlAIPP* aipp : {few, all}) EXPECT_EQ(aclmdlDestroyAIPP(aipp), ACL_SUCCESS);
  for (const uint32_t id : {two, four}) EXPECT_EQ(aclmdlUnload(id), ACL_SUCCESS);
}

TEST_F(Aipp, DynamicTakesItsParametersFromTheProgram) {
  AippConfig config = Rgb();
  config.dynamic = true;
  config.max_src_bytes = 3 * 32 * 32;
  const uint32_t id = LoadWith(config);
  ModelIo io(id);
  ASSERT_EQ(aclmdlGetNumInputs(io.desc), 2u);
  size_t index = 0, bytes = 0;
  ASSERT_EQ(aclmdlGetInputIndexByName(io.desc, ACL_DYNAMIC_AIPP_NAME, &index), ACL_SUCCESS);
  EXPECT_EQ(index, 1u);
  EXPECT_EQ(aclmdlGetAippDataSize(1, &bytes), ACL_SUCCESS);
  EXPECT_EQ(aclmdlGetInputSizeByIndex(io.desc, 1), bytes);
  EXPECT_EQ(aclmdlGetInputSizeByIndex(io.desc, 0), 3u * 32 * 32);
  aclmdlInputAippType type = ACL_DATA_WITHOUT_AIPP;
  size_t attached = 0;
  EXPECT_EQ(aclmdlGetAippType(id, 0, &type, &attached), ACL_SUCCESS);
  EXPECT_EQ(type, ACL_DATA_WITH_DYNAMIC_AIPP);
  EXPECT_EQ(attached, 1u);
  EXPECT_EQ(aclmdlGetAippType(id, 1, &type, &attached), ACL_SUCCESS);
  EXPECT_EQ(type, ACL_DYNAMIC_AIPP_NODE);
  auto info = std::make_unique<aclAippInfo>();
  EXPECT_EQ(aclmdlGetFirstAippInfo(id, 0, info.get()), ACL_ERROR_GE_AIPP_NOT_EXIST);

  EXPECT_EQ(aclmdlExecute(id, io.input, io.output), ACL_ERROR_GE_AIPP_NOT_EXIST);
  aclmdlAIPP* aipp = aclmdlCreateAIPP(1);
  EXPECT_EQ(aclmdlSetInputAIPP(id, io.input, 1, aipp), ACL_ERROR_GE_PARAM_INVALID);
  EXPECT_EQ(aclmdlSetAIPPInputFormat(aipp, ACL_RGB888_U8), ACL_SUCCESS);
  EXPECT_EQ(aclmdlSetAIPPSrcImageSize(aipp, 16, 8), ACL_SUCCESS);
  EXPECT_EQ(aclmdlSetAIPPCropParams(aipp, 1, 4, 0, 8, 8, 0), ACL_SUCCESS);
  EXPECT_EQ(aclmdlSetAIPPCropParams(aipp, 1, 4, 0, 8, 8, 1), ACL_ERROR_INVALID_PARAM);
  EXPECT_EQ(aclmdlSetAIPPDtcPixelMean(aipp, 1, 2, 3, 0, 0), ACL_SUCCESS);
  EXPECT_EQ(aclmdlSetAIPPDtcPixelMin(aipp, 1, 0, 0, 0, 0), ACL_SUCCESS);
  EXPECT_EQ(aclmdlSetAIPPPixelVarReci(aipp, 1, 1, 0.5f, 0, 0), ACL_SUCCESS);
  EXPECT_EQ(aclmdlSetAIPPRbuvSwapSwitch(aipp, 0), ACL_SUCCESS);
  EXPECT_EQ(aclmdlSetAIPPRbuvSwapSwitch(aipp, 2), ACL_ERROR_INVALID_PARAM);
  EXPECT_EQ(aclmdlSetInputAIPP(id, io.input, 0, aipp), ACL_ERROR_GE_AIPP_NOT_EXIST);
  ASSERT_EQ(aclmdlSetInputAIPP(id, io.input, 1, aipp), ACL_SUCCESS) << Recent();
  FillRgb(io.in<uint8_t>(0), 16 * 8, 50, 60, 70);
  ExpectMeans(&io, id, 48, 58, 67 * 0.5f);
  // What was set stays as it was.
  EXPECT_EQ(aclmdlSetAIPPCscParams(aipp, 1, 0, 0, 256, 0, 256, 0, 256, 0, 0, 0, 0, 10, 0, 0, 0),
            ACL_SUCCESS);
  ExpectMeans(&io, id, 48, 58, 67 * 0.5f);
  ASSERT_EQ(aclmdlSetAIPPByInputIndex(id, io.input, 0, aipp), ACL_SUCCESS);
  ExpectMeans(&io, id, 68, 58, 57 * 0.5f);
  EXPECT_EQ(aclmdlSetAIPPSrcImageSize(aipp, 64, 64), ACL_SUCCESS);
  EXPECT_EQ(aclmdlSetInputAIPP(id, io.input, 1, aipp), ACL_ERROR_GE_PARAM_INVALID);
  EXPECT_EQ(aclmdlDestroyAIPP(aipp), ACL_SUCCESS);
  EXPECT_EQ(aclmdlCreateAIPP(0), nullptr);
  EXPECT_EQ(aclmdlUnload(id), ACL_SUCCESS);
}

}  // namespace
}  // namespace acl_test
