// SPDX-License-Identifier: Apache-2.0
// The functions of AscendCL that the `acl` runtime calls, as pointers into a loaded library.
#pragma once

#define ENABLE_DVPP_INTERFACE
#include <cstddef>

#include "acl/acl.h"
#include "acl/ops/acl_dvpp.h"
#include "devices/base/call_name.h"

// Without one of these there is no device.
#define INFER_ACL_REQUIRED(X)   \
  X(aclInit)                    \
  X(aclrtGetDeviceCount)        \
  X(aclrtSetDevice)             \
  X(aclrtResetDevice)           \
  X(aclrtCreateContext)         \
  X(aclrtDestroyContext)        \
  X(aclrtSetCurrentContext)     \
  X(aclrtGetCurrentContext)     \
  X(aclrtGetRunMode)            \
  X(aclrtGetMemInfo)            \
  X(aclrtMalloc)                \
  X(aclrtFree)                  \
  X(aclrtMallocHost)            \
  X(aclrtFreeHost)              \
  X(aclrtCreateStream)          \
  X(aclrtDestroyStream)         \
  X(aclrtSynchronizeStream)     \
  X(aclrtMemcpyAsync)           \
  X(aclrtSubscribeReport)       \
  X(aclrtUnSubscribeReport)     \
  X(aclrtProcessReport)         \
  X(aclrtLaunchCallback)        \
  X(aclCreateDataBuffer)        \
  X(aclDestroyDataBuffer)       \
  X(aclUpdateDataBuffer)        \
  X(aclmdlQuerySize)            \
  X(aclmdlQuerySizeFromMem)     \
  X(aclmdlLoadFromFileWithMem)  \
  X(aclmdlLoadFromMemWithMem)   \
  X(aclmdlUnload)               \
  X(aclmdlCreateDesc)           \
  X(aclmdlDestroyDesc)          \
  X(aclmdlGetDesc)              \
  X(aclmdlGetNumInputs)         \
  X(aclmdlGetNumOutputs)        \
  X(aclmdlGetInputSizeByIndex)  \
  X(aclmdlGetOutputSizeByIndex) \
  X(aclmdlGetInputDims)         \
  X(aclmdlGetOutputDims)        \
  X(aclmdlGetInputNameByIndex)  \
  X(aclmdlGetOutputNameByIndex) \
  X(aclmdlGetInputDataType)     \
  X(aclmdlGetOutputDataType)    \
  X(aclmdlGetInputFormat)       \
  X(aclmdlGetDynamicBatch)      \
  X(aclmdlSetDynamicBatchSize)  \
  X(aclmdlCreateDataset)        \
  X(aclmdlDestroyDataset)       \
  X(aclmdlAddDatasetBuffer)     \
  X(aclmdlExecuteAsync)

// These came later, or make messages better: nullptr where the library has none.
#define INFER_ACL_OPTIONAL(X) \
  X(aclGetRecentErrMsg)       \
  X(aclrtGetSocName)          \
  X(aclrtDestroyStreamForce)  \
  X(aclrtMemcpy2dAsync)       \
  X(aclrtSynchronizeStreamWithTimeout)

// DVPP, in a library of its own: all of these, or the device has no image processor.
#define INFER_ACL_DVPP(X)           \
  X(aclrtMemsetAsync)               \
  X(acldvppMalloc)                  \
  X(acldvppFree)                    \
  X(acldvppCreateChannelDesc)       \
  X(acldvppDestroyChannelDesc)      \
  X(acldvppSetChannelDescParam)     \
  X(acldvppCreateChannel)           \
  X(acldvppDestroyChannel)          \
  X(acldvppCreateResizeConfig)      \
  X(acldvppDestroyResizeConfig)     \
  X(acldvppCreateRoiConfig)         \
  X(acldvppDestroyRoiConfig)        \
  X(acldvppCreateBatchPicDesc)      \
  X(acldvppDestroyBatchPicDesc)     \
  X(acldvppGetPicDesc)              \
  X(acldvppSetPicDescData)          \
  X(acldvppSetPicDescSize)          \
  X(acldvppSetPicDescFormat)        \
  X(acldvppSetPicDescWidth)         \
  X(acldvppSetPicDescHeight)        \
  X(acldvppSetPicDescWidthStride)   \
  X(acldvppSetPicDescHeightStride)  \
  X(acldvppGetPicDescRetCode)       \
  X(acldvppVpcBatchCropResizeAsync) \
  X(acldvppVpcBatchCropAndPasteAsync)

namespace infer_server::devices {

// One of them, or null. CallName tells of the threads that are in it.
template <typename Pointer>
class AclFunction;

template <typename R, typename... A>
class AclFunction<R (*)(A...)> {
 public:
  using Pointer = R (*)(A...);

  // `name` must live for ever.
  void Bind(const char* name, void* symbol) {
    name_ = name;
    function_ = reinterpret_cast<Pointer>(symbol);
  }
  R operator()(A... arguments) const {
    const CallName name(name_);
    return function_(arguments...);
  }
  bool operator==(std::nullptr_t) const { return function_ == nullptr; }
  bool operator!=(std::nullptr_t) const { return function_ != nullptr; }

 private:
  const char* name_ = nullptr;
  Pointer function_ = nullptr;
};

struct AclApi {
#define INFER_ACL_POINTER(name) AclFunction<decltype(&::name)> name;
  INFER_ACL_REQUIRED(INFER_ACL_POINTER)
  INFER_ACL_OPTIONAL(INFER_ACL_POINTER)
  INFER_ACL_DVPP(INFER_ACL_POINTER)
#undef INFER_ACL_POINTER
};

}  // namespace infer_server::devices
