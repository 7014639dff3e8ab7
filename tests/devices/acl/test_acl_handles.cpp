// SPDX-License-Identifier: Apache-2.0
// Objects that programs hold by pointer: destroyed twice, used afterwards, or given where another
// kind is expected. Each is refused; none is followed. And none of any kind leaves anything behind.
#define ENABLE_DVPP_INTERFACE
#include "acl/acl_op_compiler.h"
#include "acl/ops/acl_cblas.h"
#include "acl/ops/acl_dvpp.h"
#include "tests/devices/acl/acl_test.h"
#include "tests/devices/acl/growth.h"

namespace acl_test {
namespace {

class Handles : public Runtime {};

constexpr int64_t kShape[] = {2, 3};
constexpr aclError kStale = ACL_ERROR_RT_INVALID_HANDLE;

aclTensorDesc* Desc() { return aclCreateTensorDesc(ACL_FLOAT, 2, kShape, ACL_FORMAT_ND); }

TEST_F(Handles, DataBuffers) {
  int content = 0;
  aclDataBuffer* buffer = aclCreateDataBuffer(&content, sizeof content);
  ASSERT_EQ(aclDestroyDataBuffer(buffer), ACL_SUCCESS);
  EXPECT_EQ(aclDestroyDataBuffer(buffer), kStale);
  EXPECT_NE(Recent().find("is not a data buffer (aclCreateDataBuffer): it was destroyed"),
            std::string::npos);
  EXPECT_EQ(aclUpdateDataBuffer(buffer, nullptr, 0), kStale);
  EXPECT_EQ(aclGetDataBufferAddr(buffer), nullptr);
  EXPECT_EQ(aclGetDataBufferSizeV2(buffer), 0u);
  EXPECT_EQ(aclDestroyDataBuffer(nullptr), ACL_ERROR_INVALID_PARAM);
  EXPECT_EQ(aclDestroyDataBuffer(reinterpret_cast<aclDataBuffer*>(&content)), kStale);
}

TEST_F(Handles, Datasets) {
  aclmdlDataset* dataset = aclmdlCreateDataset();
  aclDataBuffer* buffer = aclCreateDataBuffer(nullptr, 0);
  ASSERT_EQ(aclmdlAddDatasetBuffer(dataset, buffer), ACL_SUCCESS);
  EXPECT_EQ(aclmdlGetDatasetBuffer(dataset, 0), buffer);
  EXPECT_EQ(aclmdlGetDatasetBuffer(dataset, 1), nullptr);
  EXPECT_NE(Recent().find("index is 1, the dataset has 1 buffers"), std::string::npos);
  ASSERT_EQ(aclmdlDestroyDataset(dataset), ACL_SUCCESS);
  EXPECT_EQ(aclmdlDestroyDataset(dataset), kStale);
  EXPECT_EQ(aclmdlAddDatasetBuffer(dataset, buffer), kStale);
  EXPECT_EQ(aclmdlGetDatasetNumBuffers(dataset), 0u);
  EXPECT_EQ(aclmdlGetDatasetBuffer(dataset, 0), nullptr);
  EXPECT_EQ(aclmdlExecute(1, dataset, dataset), kStale);
  EXPECT_EQ(aclmdlSetDynamicBatchSize(1, dataset, 0, 1), kStale);
  ASSERT_EQ(aclDestroyDataBuffer(buffer), ACL_SUCCESS);
  dataset = aclmdlCreateDataset();
  EXPECT_EQ(aclmdlAddDatasetBuffer(dataset, buffer), kStale);
  EXPECT_EQ(aclmdlDestroyDataset(dataset), ACL_SUCCESS);
}

TEST_F(Handles, TensorDescriptions) {
  aclTensorDesc* desc = Desc();
  aclDestroyTensorDesc(desc);
  aclGetRecentErrMsg();
  aclDestroyTensorDesc(desc);
  EXPECT_NE(Recent().find("aclDestroyTensorDesc failed: 107017"), std::string::npos);
  EXPECT_EQ(aclGetTensorDescSize(desc), 0u);
  EXPECT_EQ(aclGetTensorDescNumDims(desc), 0u);
  EXPECT_EQ(aclGetTensorDescElementCount(desc), 0u);
  EXPECT_EQ(aclGetTensorDescDim(desc, 0), -1);
  EXPECT_EQ(aclGetTensorDescType(desc), ACL_DT_UNDEFINED);
  EXPECT_EQ(aclGetTensorDescFormat(desc), ACL_FORMAT_UNDEFINED);
  EXPECT_STREQ(aclGetTensorDescName(desc), "");
  aclSetTensorDescName(desc, "x");
  EXPECT_EQ(aclGetTensorDescByIndex(desc, 0), nullptr);
  EXPECT_EQ(aclSetTensorShape(desc, 2, kShape), kStale);
  EXPECT_EQ(aclSetTensorConst(desc, nullptr, 0), kStale);
  aclTensorDesc* made = nullptr;
  EXPECT_EQ(aclTransTensorDescFormat(desc, ACL_FORMAT_NCHW, &made), kStale);
}

TEST_F(Handles, ModelDescriptionsAndConfigurations) {
  aclmdlDesc* desc = aclmdlCreateDesc();
  ASSERT_EQ(aclmdlDestroyDesc(desc), ACL_SUCCESS);
  EXPECT_EQ(aclmdlDestroyDesc(desc), kStale);
  EXPECT_EQ(aclmdlGetDesc(desc, 1), kStale);
  EXPECT_EQ(aclmdlGetNumInputs(desc), 0u);
  EXPECT_EQ(aclmdlGetOutputSizeByIndex(desc, 0), 0u);
  aclmdlIODims dims;
  EXPECT_EQ(aclmdlGetInputDims(desc, 0, &dims), kStale);
  size_t index = 0;
  EXPECT_EQ(aclmdlGetInputIndexByName(desc, "x", &index), kStale);
  aclmdlBatch batch;
  EXPECT_EQ(aclmdlGetDynamicBatch(desc, &batch), kStale);

  aclmdlConfigHandle* load = aclmdlCreateConfigHandle();
  ASSERT_EQ(aclmdlDestroyConfigHandle(load), ACL_SUCCESS);
  EXPECT_EQ(aclmdlDestroyConfigHandle(load), kStale);
  uint32_t id = 0;
  EXPECT_EQ(aclmdlLoadWithConfig(load, &id), kStale);
  EXPECT_EQ(aclmdlSetConfigOpt(load, ACL_MDL_LOAD_TYPE_SIZET, &index, sizeof index), kStale);

  aclmdlExecConfigHandle* execute = aclmdlCreateExecConfigHandle();
  ASSERT_EQ(aclmdlDestroyExecConfigHandle(execute), ACL_SUCCESS);
  EXPECT_EQ(aclmdlDestroyExecConfigHandle(execute), kStale);
  EXPECT_EQ(aclmdlExecuteV2(1, nullptr, nullptr, nullptr, execute), kStale);
  EXPECT_EQ(aclmdlExecuteAsyncV2(1, nullptr, nullptr, nullptr, execute), kStale);

  aclmdlAIPP* aipp = aclmdlCreateAIPP(1);
  ASSERT_EQ(aclmdlDestroyAIPP(aipp), ACL_SUCCESS);
  EXPECT_EQ(aclmdlDestroyAIPP(aipp), kStale);
  EXPECT_EQ(aclmdlSetAIPPSrcImageSize(aipp, 8, 8), kStale);
  EXPECT_EQ(aclmdlSetAIPPDtcPixelMean(aipp, 0, 0, 0, 0, 0), kStale);

  aclrtStreamConfigHandle* stream = aclrtCreateStreamConfigHandle();
  ASSERT_EQ(aclrtDestroyStreamConfigHandle(stream), ACL_SUCCESS);
  EXPECT_EQ(aclrtDestroyStreamConfigHandle(stream), kStale);
}

TEST_F(Handles, OperatorsAttributesAndTheirArguments) {
  aclopAttr* attr = aclopCreateAttr();
  aclopDestroyAttr(attr);
  aclGetRecentErrMsg();
  aclopDestroyAttr(attr);
  EXPECT_NE(Recent().find("aclopDestroyAttr failed: 107017"), std::string::npos);
  EXPECT_EQ(aclopSetAttrInt(attr, "n", 1), kStale);

  aclTensorDesc *desc = Desc(), *gone = Desc();
  aclDestroyTensorDesc(gone);
  void* memory = nullptr;
  ASSERT_EQ(aclrtMalloc(&memory, 24, ACL_MEM_MALLOC_HUGE_FIRST), ACL_SUCCESS);
  aclDataBuffer *buffer = aclCreateDataBuffer(memory, 24), *lost = aclCreateDataBuffer(memory, 24);
  ASSERT_EQ(aclDestroyDataBuffer(lost), ACL_SUCCESS);
  aclTensorDesc* descs[] = {desc, gone};
  aclDataBuffer *buffers[] = {buffer, lost}, *good[] = {buffer, buffer};
  EXPECT_EQ(aclopExecuteV2("Add", 2, descs, good, 1, &desc, &buffer, nullptr, nullptr), kStale);
  EXPECT_NE(Recent().find("number 1 of the input descriptions"), std::string::npos);
  descs[1] = desc;
  EXPECT_EQ(aclopExecuteV2("Add", 2, descs, buffers, 1, &desc, &buffer, nullptr, nullptr), kStale);
  EXPECT_EQ(aclopExecuteV2("Add", 2, descs, good, 1, &desc, &buffer, attr, nullptr), kStale);
  EXPECT_EQ(aclopCast(gone, buffer, desc, buffer, 0, nullptr), kStale);
  EXPECT_EQ(aclopCast(desc, buffer, gone, buffer, 0, nullptr), kStale);

  aclopHandle* handle = nullptr;
  ASSERT_EQ(aclopCreateHandle("Add", 2, descs, 1, &desc, nullptr, &handle), ACL_SUCCESS);
  EXPECT_EQ(aclopExecWithHandle(handle, 2, buffers, 1, &buffer, nullptr), kStale);
  EXPECT_EQ(aclopExecWithHandle(handle, 2, good, 1, &buffer, nullptr), ACL_SUCCESS);
  EXPECT_EQ(aclrtSynchronizeStream(nullptr), ACL_SUCCESS);
  aclopDestroyHandle(handle);
  EXPECT_EQ(aclopExecWithHandle(handle, 2, good, 1, &buffer, nullptr), kStale);
  aclopDestroyHandle(handle);
  aclDestroyTensorDesc(desc);
  EXPECT_EQ(aclDestroyDataBuffer(buffer), ACL_SUCCESS);
  EXPECT_EQ(aclrtFree(memory), ACL_SUCCESS);
}

TEST_F(Handles, TenThousandOfEachKindLeaveNothing) {
  ExpectNoGrowth("dataset and data buffer", [] {
    aclmdlDataset* dataset = aclmdlCreateDataset();
    aclDataBuffer* buffer = aclCreateDataBuffer(nullptr, 0);
    ASSERT_EQ(aclmdlAddDatasetBuffer(dataset, buffer), ACL_SUCCESS);
    ASSERT_EQ(aclDestroyDataBuffer(buffer), ACL_SUCCESS);
    ASSERT_EQ(aclmdlDestroyDataset(dataset), ACL_SUCCESS);
  });
  ExpectNoGrowth("model description and configurations", [] {
    ASSERT_EQ(aclmdlDestroyDesc(aclmdlCreateDesc()), ACL_SUCCESS);
    ASSERT_EQ(aclmdlDestroyConfigHandle(aclmdlCreateConfigHandle()), ACL_SUCCESS);
    ASSERT_EQ(aclmdlDestroyExecConfigHandle(aclmdlCreateExecConfigHandle()), ACL_SUCCESS);
    ASSERT_EQ(aclrtDestroyStreamConfigHandle(aclrtCreateStreamConfigHandle()), ACL_SUCCESS);
    ASSERT_EQ(aclmdlDestroyAIPP(aclmdlCreateAIPP(4)), ACL_SUCCESS);
  });
  ExpectNoGrowth("operator", [] {
    aclTensorDesc* desc = Desc();
    const aclTensorDesc* two[] = {desc, desc};
    aclopAttr* attr = aclopCreateAttr();
    ASSERT_EQ(aclopSetAttrString(attr, "name", "a text that is too long to lie inside"),
              ACL_SUCCESS);
    aclopHandle* handle = nullptr;
    ASSERT_EQ(aclopCreateHandle("Add", 2, two, 1, two, nullptr, &handle), ACL_SUCCESS);
    aclopDestroyHandle(handle);
    aclopDestroyAttr(attr);
    aclDestroyTensorDesc(desc);
  });
  ExpectNoGrowth("handle of a product", [] {
    aclopHandle* handle = nullptr;
    ASSERT_EQ(
        aclblasCreateHandleForGemmEx(ACL_TRANS_N, ACL_TRANS_N, ACL_TRANS_N, 2, 2, 2, ACL_FLOAT,
                                     ACL_FLOAT, ACL_FLOAT, ACL_COMPUTE_HIGH_PRECISION, &handle),
        ACL_SUCCESS);
    aclopDestroyHandle(handle);
  });
  ExpectNoGrowth("DVPP", [] {
    acldvppChannelDesc* channel = acldvppCreateChannelDesc();
    ASSERT_EQ(acldvppCreateChannel(channel), ACL_SUCCESS);
    ASSERT_EQ(acldvppDestroyChannel(channel), ACL_SUCCESS);
    ASSERT_EQ(acldvppDestroyChannelDesc(channel), ACL_SUCCESS);
    ASSERT_EQ(acldvppDestroyPicDesc(acldvppCreatePicDesc()), ACL_SUCCESS);
    ASSERT_EQ(acldvppDestroyBatchPicDesc(acldvppCreateBatchPicDesc(4)), ACL_SUCCESS);
    ASSERT_EQ(acldvppDestroyRoiConfig(acldvppCreateRoiConfig(0, 9, 0, 9)), ACL_SUCCESS);
    ASSERT_EQ(acldvppDestroyResizeConfig(acldvppCreateResizeConfig()), ACL_SUCCESS);
    ASSERT_EQ(acldvppDestroyBorderConfig(acldvppCreateBorderConfig()), ACL_SUCCESS);
    ASSERT_EQ(acldvppDestroyJpegeConfig(acldvppCreateJpegeConfig()), ACL_SUCCESS);
    void* memory = nullptr;
    ASSERT_EQ(acldvppMalloc(&memory, 100), ACL_SUCCESS);
    ASSERT_EQ(acldvppFree(memory), ACL_SUCCESS);
  });
  ExpectNoGrowth("stream without work, event, memory", [] {
    aclrtStream stream = nullptr;
    aclrtEvent event = nullptr;
    void *device = nullptr, *host = nullptr;
    ASSERT_EQ(aclrtCreateStream(&stream), ACL_SUCCESS);
    ASSERT_EQ(aclrtCreateEvent(&event), ACL_SUCCESS);
    ASSERT_EQ(aclrtMalloc(&device, 100, ACL_MEM_MALLOC_HUGE_FIRST), ACL_SUCCESS);
    ASSERT_EQ(aclrtMallocHost(&host, 100), ACL_SUCCESS);
    ASSERT_EQ(aclrtRecordEvent(event, stream), ACL_SUCCESS);
    ASSERT_EQ(aclrtFree(device), ACL_SUCCESS);
    ASSERT_EQ(aclrtFreeHost(host), ACL_SUCCESS);
    ASSERT_EQ(aclrtDestroyEvent(event), ACL_SUCCESS);
    ASSERT_EQ(aclrtDestroyStream(stream), ACL_SUCCESS);
  });
  ExpectNoGrowth("context", [] {
    aclrtContext context = nullptr, mine = nullptr;
    ASSERT_EQ(aclrtGetCurrentContext(&mine), ACL_SUCCESS);
    ASSERT_EQ(aclrtCreateContext(&context, 0), ACL_SUCCESS);
    ASSERT_EQ(aclrtDestroyContext(context), ACL_SUCCESS);
    ASSERT_EQ(aclrtSetCurrentContext(mine), ACL_SUCCESS);
  });
}

}  // namespace
}  // namespace acl_test
