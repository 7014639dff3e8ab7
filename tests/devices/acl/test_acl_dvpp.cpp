// SPDX-License-Identifier: Apache-2.0
// DVPP: memory, channels, descriptions, and what misuse returns.
#include <malloc.h>

#include "acl/dvpp/hi_dvpp.h"
#include "tests/devices/acl/dvpp_test.h"

namespace acl_test {
namespace {

constexpr acldvppPixelFormat kNv12 = PIXEL_FORMAT_YUV_SEMIPLANAR_420;

TEST_F(Dvpp, MemoryIsAlignedAndItsOwnKind) {
  void* memory = nullptr;
  ASSERT_EQ(acldvppMalloc(&memory, 100), ACL_SUCCESS);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(memory) % 128, 0u);
  EXPECT_EQ(aclrtMemset(memory, 100, 1, 100), ACL_SUCCESS);
  EXPECT_EQ(aclrtFree(memory), ACL_ERROR_RT_PARAM_INVALID);
  EXPECT_EQ(acldvppFree(memory), ACL_SUCCESS);
  EXPECT_EQ(acldvppFree(memory), ACL_ERROR_RT_PARAM_INVALID);
  EXPECT_NE(Recent().find("acldvppMalloc"), std::string::npos);
  EXPECT_EQ(acldvppFree(nullptr), ACL_ERROR_INVALID_PARAM);
  EXPECT_EQ(acldvppMalloc(&memory, 0), ACL_ERROR_INVALID_PARAM);
  EXPECT_EQ(acldvppMalloc(nullptr, 1), ACL_ERROR_INVALID_PARAM);
  EXPECT_EQ(acldvppMalloc(&memory, size_t{1} << 45), ACL_ERROR_RT_MEMORY_ALLOCATION);

  ASSERT_EQ(hi_mpi_dvpp_malloc(0, &memory, 10), HI_SUCCESS);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(memory) % 128, 0u);
  EXPECT_EQ(hi_mpi_dvpp_free(memory), HI_SUCCESS);
  EXPECT_NE(hi_mpi_dvpp_free(memory), HI_SUCCESS);
  EXPECT_EQ(hi_mpi_dvpp_malloc(99, &memory, 10), ACL_ERROR_RT_INVALID_DEVICEID);
}

TEST_F(Dvpp, ChannelsOpenAndCloseOnce) {
  acldvppChannelDesc* const desc = acldvppCreateChannelDesc();
  ASSERT_NE(desc, nullptr);
  EXPECT_EQ(acldvppDestroyChannel(desc), ACL_ERROR_INVALID_PARAM);
  EXPECT_EQ(acldvppGetChannelDescChannelId(desc), 0u);
  ASSERT_EQ(acldvppCreateChannel(desc), ACL_SUCCESS);
  EXPECT_NE(acldvppGetChannelDescChannelId(desc), 0u);
  EXPECT_NE(acldvppGetChannelDescChannelId(desc), acldvppGetChannelDescChannelId(channel_));
  EXPECT_EQ(acldvppCreateChannel(desc), ACL_ERROR_INVALID_PARAM);
  EXPECT_EQ(acldvppDestroyChannelDesc(desc), ACL_ERROR_RELATIVE_RESOURCE_NOT_CLEARED);
  EXPECT_NE(Recent().find("acldvppDestroyChannel"), std::string::npos);
  EXPECT_EQ(acldvppDestroyChannel(desc), ACL_SUCCESS);
  EXPECT_EQ(acldvppDestroyChannelDesc(desc), ACL_SUCCESS);
  EXPECT_EQ(acldvppDestroyChannelDesc(desc), ACL_ERROR_RT_INVALID_HANDLE);
  EXPECT_EQ(acldvppCreateChannel(desc), ACL_ERROR_RT_INVALID_HANDLE);
  EXPECT_EQ(acldvppCreateChannel(nullptr), ACL_ERROR_INVALID_PARAM);
}

TEST_F(Dvpp, ChannelModeAndParameters) {
  acldvppChannelDesc* const desc = acldvppCreateChannelDesc();
  EXPECT_EQ(acldvppSetChannelDescMode(desc, 16), ACL_ERROR_INVALID_PARAM);
  EXPECT_EQ(acldvppSetChannelDescMode(desc, DVPP_CHNMODE_JPEGD), ACL_SUCCESS);
  Pic from(kNv12, 64, 64), to(kNv12, 32, 32);
  EXPECT_EQ(acldvppVpcResizeAsync(desc, from.pic, to.pic, resize_, stream_),
            ACL_ERROR_INVALID_PARAM);
  EXPECT_NE(Recent().find("acldvppCreateChannel"), std::string::npos);
  ASSERT_EQ(acldvppCreateChannel(desc), ACL_SUCCESS);
  EXPECT_EQ(acldvppVpcResizeAsync(desc, from.pic, to.pic, resize_, stream_),
            ACL_ERROR_INVALID_PARAM);
  EXPECT_NE(Recent().find("VPC (1)"), std::string::npos);
  uint32_t value = ACL_DVPP_CSC_MATRIX_BT709_NARROW;
  size_t size = 0;
  EXPECT_EQ(acldvppSetChannelDescParam(desc, ACL_DVPP_CSC_MATRIX_UINT32, 4, &value), ACL_SUCCESS);
  value = 6;
  EXPECT_EQ(acldvppSetChannelDescParam(desc, ACL_DVPP_CSC_MATRIX_UINT32, 4, &value),
            ACL_ERROR_INVALID_PARAM);
  EXPECT_EQ(acldvppSetChannelDescParam(desc, ACL_DVPP_CSC_MATRIX_UINT32, 8, &value),
            ACL_ERROR_INVALID_PARAM);
  EXPECT_EQ(acldvppGetChannelDescParam(desc, ACL_DVPP_CSC_MATRIX_UINT32, 4, &size, &value),
            ACL_SUCCESS);
  EXPECT_EQ(value, static_cast<uint32_t>(ACL_DVPP_CSC_MATRIX_BT709_NARROW));
  EXPECT_EQ(size, 4u);
  EXPECT_EQ(acldvppGetChannelDescParam(desc, ACL_DVPP_MODE_UINT32, 4, &size, &value), ACL_SUCCESS);
  EXPECT_EQ(value, static_cast<uint32_t>(DVPP_CHNMODE_JPEGD));
  uint64_t id = 0;
  EXPECT_EQ(acldvppGetChannelDescParam(desc, ACL_DVPP_CHANNEL_ID_UINT64, 8, &size, &id),
            ACL_SUCCESS);
  EXPECT_EQ(id, acldvppGetChannelDescChannelId(desc));
  EXPECT_EQ(acldvppDestroyChannel(desc), ACL_SUCCESS);
  EXPECT_EQ(acldvppDestroyChannelDesc(desc), ACL_SUCCESS);
}

TEST_F(Dvpp, PictureDescriptionsKeepWhatIsSet) {
  Pic pic(PIXEL_FORMAT_BGR_888, 50, 40, 6, 2);
  EXPECT_EQ(acldvppGetPicDescData(pic.pic), pic.bytes());
  EXPECT_EQ(acldvppGetPicDescSize(pic.pic), 56u * 3 * 42);
  EXPECT_EQ(acldvppGetPicDescFormat(pic.pic), PIXEL_FORMAT_BGR_888);
  EXPECT_EQ(acldvppGetPicDescWidth(pic.pic), 50u);
  EXPECT_EQ(acldvppGetPicDescHeight(pic.pic), 40u);
  EXPECT_EQ(acldvppGetPicDescWidthStride(pic.pic), 168u);
  EXPECT_EQ(acldvppGetPicDescHeightStride(pic.pic), 42u);
  EXPECT_EQ(acldvppGetPicDescRetCode(pic.pic), 77u);
  EXPECT_EQ(acldvppGetPicDescWidth(nullptr), 0u);
}

TEST_F(Dvpp, ConfigurationsKeepWhatIsSet) {
  EXPECT_EQ(acldvppGetResizeConfigInterpolation(resize_), 0u);
  EXPECT_EQ(acldvppSetResizeConfigInterpolation(resize_, 2), ACL_SUCCESS);
  EXPECT_EQ(acldvppGetResizeConfigInterpolation(resize_), 2u);
  EXPECT_EQ(acldvppSetResizeConfigInterpolation(resize_, 3), ACL_ERROR_INVALID_PARAM);
  acldvppBorderConfig* const border = acldvppCreateBorderConfig();
  EXPECT_EQ(acldvppSetBorderConfigTop(border, 1), ACL_SUCCESS);
  EXPECT_EQ(acldvppSetBorderConfigBottom(border, 2), ACL_SUCCESS);
  EXPECT_EQ(acldvppSetBorderConfigLeft(border, 3), ACL_SUCCESS);
  EXPECT_EQ(acldvppSetBorderConfigRight(border, 4), ACL_SUCCESS);
  EXPECT_EQ(acldvppSetBorderConfigValue(border, 2, 1.5), ACL_SUCCESS);
  EXPECT_EQ(acldvppSetBorderConfigValue(border, 4, 1.5), ACL_ERROR_INVALID_PARAM);
  EXPECT_EQ(acldvppSetBorderConfigBorderType(border, BORDER_REFLECT), ACL_SUCCESS);
  EXPECT_EQ(acldvppGetBorderConfigTop(border), 1u);
  EXPECT_EQ(acldvppGetBorderConfigBottom(border), 2u);
  EXPECT_EQ(acldvppGetBorderConfigLeft(border), 3u);
  EXPECT_EQ(acldvppGetBorderConfigRight(border), 4u);
  EXPECT_EQ(acldvppGetBorderConfigValue(border, 2), 1.5);
  EXPECT_EQ(acldvppGetBorderConfigBorderType(border), BORDER_REFLECT);
  EXPECT_EQ(acldvppDestroyBorderConfig(border), ACL_SUCCESS);
  acldvppJpegeConfig* const jpege = acldvppCreateJpegeConfig();
  EXPECT_EQ(acldvppGetJpegeConfigLevel(jpege), 100u);
  EXPECT_EQ(acldvppSetJpegeConfigLevel(jpege, 101), ACL_ERROR_INVALID_PARAM);
  EXPECT_EQ(acldvppSetJpegeConfigLevel(jpege, 50), ACL_SUCCESS);
  EXPECT_EQ(acldvppGetJpegeConfigLevel(jpege), 50u);
  EXPECT_EQ(acldvppDestroyJpegeConfig(jpege), ACL_SUCCESS);
}

TEST_F(Dvpp, HandlesOfAnotherKindAndDestroyedOnesAreRefused) {
  Region area(0, 0, 16, 16);
  EXPECT_EQ(acldvppSetPicDescWidth(reinterpret_cast<acldvppPicDesc*>(area.roi), 1),
            ACL_ERROR_INVALID_PARAM);
  EXPECT_NE(Recent().find("is a region; a picture description is expected"), std::string::npos);
  EXPECT_EQ(acldvppSetPicDescWidth(reinterpret_cast<acldvppPicDesc*>(&area), 1),
            ACL_ERROR_RT_PARAM_INVALID);
  acldvppPicDesc* const gone = acldvppCreatePicDesc();
  EXPECT_EQ(acldvppDestroyPicDesc(gone), ACL_SUCCESS);
  EXPECT_EQ(acldvppDestroyPicDesc(gone), ACL_ERROR_RT_INVALID_HANDLE);
  EXPECT_EQ(acldvppSetPicDescWidth(gone, 1), ACL_ERROR_RT_INVALID_HANDLE);
  EXPECT_EQ(acldvppGetPicDescWidth(gone), 0u);
  EXPECT_NE(acldvppGetPicDescRetCode(gone), 0u);
  Pic to(kNv12, 32, 32);
  EXPECT_EQ(acldvppVpcResizeAsync(channel_, gone, to.pic, resize_, stream_),
            ACL_ERROR_RT_INVALID_HANDLE);
  EXPECT_NE(Recent().find("was destroyed"), std::string::npos);

  acldvppBatchPicDesc* const batch = acldvppCreateBatchPicDesc(2);
  acldvppPicDesc* const member = acldvppGetPicDesc(batch, 1);
  ASSERT_NE(member, nullptr);
  EXPECT_EQ(acldvppGetPicDesc(batch, 1), member);
  EXPECT_EQ(acldvppGetPicDesc(batch, 2), nullptr);
  EXPECT_EQ(acldvppDestroyPicDesc(member), ACL_ERROR_INVALID_PARAM);
  EXPECT_EQ(acldvppDestroyBatchPicDesc(batch), ACL_SUCCESS);
  EXPECT_EQ(acldvppSetPicDescWidth(member, 1), ACL_ERROR_RT_INVALID_HANDLE);
}

// What is queued has copies of all that it needs.
TEST_F(Dvpp, DescriptionsMayGoBeforeTheirWork) {
  Pic from(kNv12, 64, 64);
  from.FillSmooth();
  void* memory = nullptr;
  ASSERT_EQ(acldvppMalloc(&memory, 32 * 32 * 3 / 2), ACL_SUCCESS);
  for (int i = 0; i < 100; ++i) {
    acldvppPicDesc* const to = acldvppCreatePicDesc();
    acldvppSetPicDescData(to, memory);
    acldvppSetPicDescSize(to, 32 * 32 * 3 / 2);
    acldvppSetPicDescFormat(to, kNv12);
    acldvppSetPicDescWidth(to, 32);
    acldvppSetPicDescHeight(to, 32);
    acldvppSetPicDescWidthStride(to, 32);
    acldvppSetPicDescHeightStride(to, 32);
    ASSERT_EQ(acldvppVpcResizeAsync(channel_, from.pic, to, resize_, stream_), ACL_SUCCESS);
    ASSERT_EQ(acldvppDestroyPicDesc(to), ACL_SUCCESS);
  }
  EXPECT_EQ(aclrtSynchronizeStream(stream_), ACL_SUCCESS);
  EXPECT_EQ(acldvppFree(memory), ACL_SUCCESS);
}

TEST_F(Dvpp, MemoryFreedBeforeTheWorkIsFoundOut) {
  Pic from(kNv12, 64, 64), to(kNv12, 32, 32);
  void* memory = nullptr;
  ASSERT_EQ(acldvppMalloc(&memory, to.size), ACL_SUCCESS);
  acldvppSetPicDescData(to.pic, memory);
  aclrtEvent event = nullptr;  // Recorded later: the stream waits.
  aclrtStream other = nullptr;
  ASSERT_EQ(aclrtCreateStream(&other), ACL_SUCCESS);
  ASSERT_EQ(aclrtCreateEvent(&event), ACL_SUCCESS);
  static Gate gate;
  ReportThread thread;
  ASSERT_EQ(aclrtSubscribeReport(thread.id(), other), ACL_SUCCESS);
  ASSERT_EQ(aclrtLaunchCallback([](void*) { gate.Pass(); }, nullptr, ACL_CALLBACK_BLOCK, other),
            ACL_SUCCESS);
  ASSERT_EQ(aclrtRecordEvent(event, other), ACL_SUCCESS);
  ASSERT_EQ(aclrtStreamWaitEvent(stream_, event), ACL_SUCCESS);
  ASSERT_EQ(acldvppVpcResizeAsync(channel_, from.pic, to.pic, resize_, stream_), ACL_SUCCESS);
  EXPECT_EQ(to.ret_code(), 77u);
  EXPECT_EQ(acldvppFree(memory), ACL_SUCCESS);
  gate.Open();
  EXPECT_EQ(aclrtSynchronizeStream(stream_), ACL_ERROR_RT_PARAM_INVALID);
  EXPECT_NE(Recent().find("freed or never allocated"), std::string::npos);
  EXPECT_EQ(to.ret_code(), static_cast<uint32_t>(ACL_ERROR_RT_PARAM_INVALID));
  EXPECT_EQ(aclrtUnSubscribeReport(thread.id(), other), ACL_SUCCESS);
  EXPECT_EQ(aclrtDestroyEvent(event), ACL_SUCCESS);
  EXPECT_EQ(aclrtDestroyStream(other), ACL_SUCCESS);
}

// One fault at a time in an otherwise good call, and words that name it.
TEST_F(Dvpp, PicturesThatAreRefused) {
  Pic from(kNv12, 64, 64, 0, 0), to(kNv12, 32, 32);
  const auto refuses = [&](const char* words, aclError code = ACL_ERROR_INVALID_PARAM) {
    EXPECT_EQ(acldvppVpcResizeAsync(channel_, from.pic, to.pic, resize_, stream_), code);
    const std::string text = Recent();
    EXPECT_NE(text.find(words), std::string::npos) << text;
    from.Describe();
    to.Describe();
  };
  acldvppSetPicDescFormat(from.pic, PIXEL_FORMAT_UNKNOWN);
  refuses("format 10000");
  acldvppSetPicDescFormat(to.pic, PIXEL_FORMAT_YUV_PACKED_444);
  refuses("output has format 11");
  acldvppSetPicDescWidth(from.pic, 63);
  refuses("multiple of 2");
  acldvppSetPicDescHeight(to.pic, 31);
  refuses("multiple of 2");
  acldvppSetPicDescWidth(from.pic, 8);
  refuses("10 x 6");
  acldvppSetPicDescWidth(from.pic, 8194);
  refuses("8192 x 8192");
  acldvppSetPicDescWidth(to.pic, 4098);
  refuses("to 4096 x 8192");
  acldvppSetPicDescWidthStride(from.pic, 62);
  refuses("width stride is 62");
  acldvppSetPicDescHeightStride(from.pic, 62);
  refuses("height stride is 62");
  acldvppSetPicDescHeightStride(to.pic, 33);
  refuses("height stride is 33");
  acldvppSetPicDescSize(to.pic, to.size - 1);
  refuses("needs 1536 bytes");
  acldvppSetPicDescData(to.pic, nullptr);
  refuses("NULL");
  acldvppSetPicDescData(to.pic, &from);
  refuses("acldvppMalloc", ACL_ERROR_RT_PARAM_INVALID);
  acldvppSetPicDescData(from.pic, from.bytes() + 16);
  refuses("6128", ACL_ERROR_RT_PARAM_INVALID);
  acldvppSetPicDescData(from.pic, from.bytes() + 8);
  acldvppSetPicDescHeight(from.pic, 32);
  acldvppSetPicDescHeightStride(from.pic, 32);
  refuses("multiple of 16", ACL_ERROR_MEMORY_ADDRESS_UNALIGNED);
  EXPECT_EQ(acldvppVpcResizeAsync(channel_, from.pic, to.pic, nullptr, stream_),
            ACL_ERROR_INVALID_PARAM);
  EXPECT_EQ(acldvppVpcResizeAsync(nullptr, from.pic, to.pic, resize_, stream_),
            ACL_ERROR_INVALID_PARAM);
  EXPECT_EQ(acldvppVpcResizeAsync(channel_, from.pic, to.pic, resize_, from.pic),
            ACL_ERROR_RT_PARAM_INVALID);
}

TEST_F(Dvpp, RatiosAndRegionsThatAreRefused) {
  Pic tall(kNv12, 10, 512), wide(kNv12, 162, 16), from(kNv12, 64, 64), to(kNv12, 32, 32);
  EXPECT_EQ(acldvppVpcResizeAsync(channel_, tall.pic, wide.pic, resize_, stream_),
            ACL_ERROR_INVALID_PARAM);
  EXPECT_NE(Recent().find("16 times"), std::string::npos);
  Pic small(kNv12, 10, 14);
  EXPECT_EQ(acldvppVpcResizeAsync(channel_, tall.pic, small.pic, resize_, stream_),
            ACL_ERROR_INVALID_PARAM);
  const auto refuses = [&](uint32_t left, uint32_t right, uint32_t top, uint32_t bottom,
                           const char* words) {
    acldvppRoiConfig* const roi = acldvppCreateRoiConfig(left, right, top, bottom);
    EXPECT_EQ(acldvppVpcCropAsync(channel_, from.pic, to.pic, roi, stream_),
              ACL_ERROR_INVALID_PARAM);
    std::string text = Recent();
    EXPECT_NE(text.find(words), std::string::npos) << text;
    EXPECT_EQ(acldvppDestroyRoiConfig(roi), ACL_SUCCESS);
  };
  refuses(1, 31, 0, 31, "must be even");
  refuses(0, 30, 0, 31, "must be even");
  refuses(0, 31, 1, 31, "must be even");
  refuses(0, 31, 0, 30, "must be even");
  refuses(32, 31, 0, 31, "inside a picture of 64 x 64");
  refuses(0, 65, 0, 31, "inside a picture of 64 x 64");
  refuses(0, 4294967295u, 0, 31, "inside a picture of 64 x 64");
  refuses(0, 7, 0, 31, "at least 10 x 6");
  EXPECT_EQ(acldvppVpcCropAsync(channel_, from.pic, to.pic, nullptr, stream_),
            ACL_ERROR_INVALID_PARAM);
  Region area(0, 0, 16, 16), outside(18, 18, 16, 16);
  EXPECT_EQ(acldvppVpcCropAndPasteAsync(channel_, from.pic, to.pic, area.roi, outside.roi, stream_),
            ACL_ERROR_INVALID_PARAM);
  EXPECT_NE(Recent().find("pasteArea"), std::string::npos);
}

TEST_F(Dvpp, TenThousandOfEachDescriptionLeaveNothing) {
  const size_t before = mallinfo2().uordblks;
  for (int i = 0; i < 10000; ++i) {
    acldvppPicDesc* const pic = acldvppCreatePicDesc();
    acldvppRoiConfig* const roi = acldvppCreateRoiConfig(0, 1, 0, 1);
    acldvppBatchPicDesc* const batch = acldvppCreateBatchPicDesc(2);
    acldvppChannelDesc* const channel = acldvppCreateChannelDesc();
    ASSERT_EQ(acldvppCreateChannel(channel), ACL_SUCCESS);
    ASSERT_EQ(acldvppDestroyPicDesc(pic), ACL_SUCCESS);
    ASSERT_EQ(acldvppDestroyRoiConfig(roi), ACL_SUCCESS);
    ASSERT_EQ(acldvppDestroyBatchPicDesc(batch), ACL_SUCCESS);
    ASSERT_EQ(acldvppDestroyChannel(channel), ACL_SUCCESS);
    ASSERT_EQ(acldvppDestroyChannelDesc(channel), ACL_SUCCESS);
  }
  // Tables of handles keep some room.
  EXPECT_LT(mallinfo2().uordblks, before + 20000);
}

}  // namespace
}  // namespace acl_test
