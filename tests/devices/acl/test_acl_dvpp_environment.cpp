// SPDX-License-Identifier: Apache-2.0
// DVPP under another chip, and with faults on order.
#include <cstdlib>
#include <string>

#include "tests/devices/acl/dvpp_test.h"
#include "tests/devices/acl/jpeg_files.h"

namespace acl_test {
namespace {

constexpr acldvppPixelFormat kNv12 = PIXEL_FORMAT_YUV_SEMIPLANAR_420;

// aclInit reads the environment again.
class DvppEnvironment : public testing::Test {
 protected:
  void Start(const char* variable, const char* value) {
    variable_ = variable;
    setenv(variable, value, 1);
    ASSERT_EQ(aclInit(nullptr), ACL_SUCCESS);
    ASSERT_EQ(aclrtSetDevice(0), ACL_SUCCESS);
    Recent();
    ASSERT_EQ(aclrtCreateStream(&stream_), ACL_SUCCESS);
    channel_ = acldvppCreateChannelDesc();
    ASSERT_EQ(acldvppCreateChannel(channel_), ACL_SUCCESS);
    resize_ = acldvppCreateResizeConfig();
  }
  void TearDown() override {
    unsetenv(variable_.c_str());
    EXPECT_EQ(acldvppDestroyResizeConfig(resize_), ACL_SUCCESS);
    EXPECT_EQ(acldvppDestroyChannel(channel_), ACL_SUCCESS);
    EXPECT_EQ(acldvppDestroyChannelDesc(channel_), ACL_SUCCESS);
    EXPECT_EQ(aclrtDestroyStream(stream_), ACL_SUCCESS);
    aclrtResetDevice(0);
    EXPECT_EQ(aclFinalize(), ACL_SUCCESS);
    ASSERT_EQ(aclInit(nullptr), ACL_SUCCESS);
    ASSERT_EQ(aclFinalize(), ACL_SUCCESS);
  }
  aclError Resize(const Pic& from, const Pic& to) {
    return acldvppVpcResizeAsync(channel_, from.pic, to.pic, resize_, stream_);
  }

  std::string variable_;
  aclrtStream stream_ = nullptr;
  acldvppChannelDesc* channel_ = nullptr;
  acldvppResizeConfig* resize_ = nullptr;
};

TEST_F(DvppEnvironment, AnAscend310NeedsPaddedRows) {
  Start("INFERSERVER_ACL_SOC", "Ascend310");
  Pic from(kNv12, 64, 64), tight(kNv12, 40, 32), padded(kNv12, 40, 32, 8);
  EXPECT_EQ(Resize(from, tight), ACL_ERROR_INVALID_PARAM);
  EXPECT_NE(Recent().find("padded to 16 pixels"), std::string::npos);
  EXPECT_EQ(Resize(from, padded), ACL_SUCCESS);
  Pic crooked(kNv12, 40, 32, 10);
  EXPECT_EQ(Resize(from, crooked), ACL_ERROR_INVALID_PARAM);
  EXPECT_NE(Recent().find("multiple of 16 on Ascend310"), std::string::npos);
  Pic tall(kNv12, 64, 96);
  acldvppSetPicDescHeight(tall.pic, 4098);
  EXPECT_EQ(Resize(from, tall), ACL_ERROR_INVALID_PARAM);
  EXPECT_NE(Recent().find("4096 x 4096"), std::string::npos);
  Region all(0, 0, 64, 64), at_8(8, 0, 16, 16), at_16(16, 0, 16, 16);
  EXPECT_EQ(acldvppVpcCropAndPasteAsync(channel_, from.pic, padded.pic, all.roi, at_8.roi, stream_),
            ACL_ERROR_INVALID_PARAM);
  EXPECT_EQ(
      acldvppVpcCropAndPasteAsync(channel_, from.pic, padded.pic, all.roi, at_16.roi, stream_),
      ACL_SUCCESS);
  EXPECT_EQ(aclrtSynchronizeStream(stream_), ACL_SUCCESS);
  const std::vector<uint8_t> file = MakeJpeg(65, 30, {});
  uint32_t size = 0;
  ASSERT_EQ(
      acldvppJpegPredictDecSize(file.data(), static_cast<uint32_t>(file.size()), kNv12, &size),
      ACL_SUCCESS);
  EXPECT_EQ(size, 128u * 32 * 3 / 2);
}

TEST_F(DvppEnvironment, LaterChipsTakeAnyRows) {
  Start("INFERSERVER_ACL_SOC", "Ascend310P3");
  Pic from(kNv12, 64, 64), tight(kNv12, 40, 32);
  EXPECT_EQ(Resize(from, tight), ACL_SUCCESS);
  EXPECT_EQ(aclrtSynchronizeStream(stream_), ACL_SUCCESS);
}

TEST_F(DvppEnvironment, TheNthCallFails) {
  Start("INFERSERVER_FAULT",
        "acldvppVpcResizeAsync:2=507018;acldvppMalloc:5=207001;acldvppCreatePicDesc:5=1");
  Pic from(kNv12, 64, 64), to(kNv12, 32, 32), third(kNv12, 32, 32), fourth(kNv12, 32, 32);
  EXPECT_EQ(Resize(from, to), ACL_SUCCESS);
  EXPECT_EQ(Resize(from, third), 507018);
  EXPECT_EQ(Resize(from, fourth), ACL_SUCCESS);
  void* memory = nullptr;
  EXPECT_EQ(acldvppMalloc(&memory, 1), ACL_ERROR_RT_MEMORY_ALLOCATION);
  EXPECT_EQ(acldvppCreatePicDesc(), nullptr);
  EXPECT_EQ(aclrtSynchronizeStream(stream_), ACL_SUCCESS);
  EXPECT_EQ(to.ret_code(), 0u);
  EXPECT_EQ(third.ret_code(), 77u);
}

// Hung work ends with its stream; nothing of it was done.
TEST_F(DvppEnvironment, HungWorkEndsWithItsStream) {
  Start("INFERSERVER_FAULT", "acldvppVpcResizeAsync:1=hang");
  Pic from(kNv12, 64, 64), to(kNv12, 32, 32);
  EXPECT_EQ(Resize(from, to), ACL_SUCCESS);
  EXPECT_EQ(aclrtSynchronizeStreamWithTimeout(stream_, 5), ACL_ERROR_RT_STREAM_SYNC_TIMEOUT);
  EXPECT_EQ(to.ret_code(), 77u);
  EXPECT_EQ(aclrtStreamAbort(stream_), ACL_SUCCESS);
  aclrtSynchronizeStream(stream_);
  EXPECT_EQ(to.ret_code(), 77u);
}

}  // namespace
}  // namespace acl_test
