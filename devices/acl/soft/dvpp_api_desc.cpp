// SPDX-License-Identifier: Apache-2.0
// DVPP: picture descriptions, alone and in batches.
#include "devices/acl/soft/dvpp_desc.h"
#include "devices/acl/soft/fault.h"

namespace infer_server::devices::acl {
namespace {

constexpr uint32_t kMaxBatch = 256;

template <typename F>
aclError ChangePicture(const acldvppPicDesc* desc, const char* function, F change) {
  aclError code = ACL_SUCCESS;
  const auto found = FindDvpp<PicDesc>(desc, function, "picDesc", &code);
  if (found != nullptr) found->picture.Change(change);
  return code;
}

Picture PictureOf(const acldvppPicDesc* desc, const char* function) {
  aclError code = ACL_SUCCESS;
  const auto found = FindDvpp<PicDesc>(desc, function, "picDesc", &code);
  return found == nullptr ? Picture() : found->picture.Get();
}

}  // namespace
}  // namespace infer_server::devices::acl

using namespace infer_server::devices::acl;

// The accessors of one field of a picture.
#define PICTURE_FIELD(name, type, field)                                                \
  aclError acldvppSetPicDesc##name(acldvppPicDesc* picDesc, type value) {               \
    ACL_ENTRY();                                                                        \
    return ChangePicture(picDesc, __func__, [=](Picture* pic) { pic->field = value; }); \
  }                                                                                     \
  type acldvppGetPicDesc##name(const acldvppPicDesc* picDesc) {                         \
    return PictureOf(picDesc, __func__).field;                                          \
  }

PICTURE_FIELD(Data, void*, data)
PICTURE_FIELD(Size, uint32_t, size)
PICTURE_FIELD(Format, acldvppPixelFormat, format)
PICTURE_FIELD(Width, uint32_t, width)
PICTURE_FIELD(Height, uint32_t, height)
PICTURE_FIELD(WidthStride, uint32_t, width_stride)
PICTURE_FIELD(HeightStride, uint32_t, height_stride)

acldvppPicDesc* acldvppCreatePicDesc() {
  ACL_ENTRY_OR(nullptr);
  return CreateDvpp<PicDesc, acldvppPicDesc>(__func__);
}

aclError acldvppDestroyPicDesc(acldvppPicDesc* picDesc) {
  ACL_ENTRY();
  aclError code = ACL_SUCCESS;
  const auto found = FindDvpp<PicDesc>(picDesc, __func__, "picDesc", &code);
  if (found == nullptr) return code;
  if (found->of_batch)
    return ACL_FAIL(ACL_ERROR_INVALID_PARAM,
                    "picDesc belongs to a batch; call acldvppDestroyBatchPicDesc");
  return DestroyDvpp<PicDesc>(picDesc, __func__, "picDesc");
}

aclError acldvppSetPicDescRetCode(acldvppPicDesc* picDesc, uint32_t retCode) {
  ACL_ENTRY();
  aclError code = ACL_SUCCESS;
  const auto found = FindDvpp<PicDesc>(picDesc, __func__, "picDesc", &code);
  if (found != nullptr) found->ret_code = retCode;
  return code;
}

// Of no description: a code that is not 0.
uint32_t acldvppGetPicDescRetCode(const acldvppPicDesc* picDesc) {
  aclError code = ACL_SUCCESS;
  const auto found = FindDvpp<PicDesc>(picDesc, __func__, "picDesc", &code);
  return found == nullptr ? static_cast<uint32_t>(code) : found->ret_code.load();
}

acldvppBatchPicDesc* acldvppCreateBatchPicDesc(uint32_t batchSize) {
  ACL_ENTRY_OR(nullptr);
  if (batchSize == 0 || batchSize > kMaxBatch) {
    ACL_FAIL(ACL_ERROR_INVALID_PARAM, "batchSize is %u, must be 1 to %u", batchSize, kMaxBatch);
    return nullptr;
  }
  try {
    auto batch = std::make_shared<BatchPicDesc>();
    for (uint32_t i = 0; i < batchSize; ++i) {
      auto picture = std::make_shared<PicDesc>();
      picture->of_batch = true;
      batch->pictures.push_back(picture);
    }
    batch->handles.reserve(batchSize);
    for (const auto& picture : batch->pictures)
      batch->handles.push_back(DvppObjects().Add(picture));
    return static_cast<acldvppBatchPicDesc*>(DvppObjects().Add(batch));
  } catch (const std::bad_alloc&) {
    ACL_FAIL(ACL_ERROR_BAD_ALLOC, "out of memory");
    return nullptr;
  }
}

acldvppPicDesc* acldvppGetPicDesc(acldvppBatchPicDesc* batchPicDesc, uint32_t index) {
  ACL_ENTRY_OR(nullptr);
  aclError code = ACL_SUCCESS;
  const auto batch = FindDvpp<BatchPicDesc>(batchPicDesc, __func__, "batchPicDesc", &code);
  if (batch == nullptr) return nullptr;
  if (index >= batch->handles.size()) {
    ACL_FAIL(ACL_ERROR_INVALID_PARAM, "index is %u, the batch has %zu pictures", index,
             batch->handles.size());
    return nullptr;
  }
  return static_cast<acldvppPicDesc*>(batch->handles[index]);
}

aclError acldvppDestroyBatchPicDesc(acldvppBatchPicDesc* batchPicDesc) {
  ACL_ENTRY();
  aclError code = ACL_SUCCESS;
  const auto batch = FindDvpp<BatchPicDesc>(batchPicDesc, __func__, "batchPicDesc", &code);
  if (batch == nullptr) return code;
  for (void* handle : batch->handles) DvppObjects().Take(handle);
  return DestroyDvpp<BatchPicDesc>(batchPicDesc, __func__, "batchPicDesc");
}
