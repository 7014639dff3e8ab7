// SPDX-License-Identifier: Apache-2.0
// A program of AscendCL's user: a synchronous inference, whose result single operators turn into
// the index of the largest class, on the device.
//   classify MODEL OP_MODELS
// MODEL gives the mean of each of three channels, so each picture's class is its strongest one.
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "acl/acl.h"

#define CHECK(call)                                                                        \
  do {                                                                                     \
    const aclError code = (call);                                                          \
    if (code != ACL_SUCCESS) {                                                             \
      const char* why = aclGetRecentErrMsg();                                              \
      std::fprintf(stderr, #call ": %d: %s\n", code, why == nullptr ? "no message" : why); \
      std::exit(1);                                                                        \
    }                                                                                      \
  } while (false)

namespace {

constexpr int64_t kClasses = 3;

aclDataBuffer* NewBuffer(size_t size) {
  void* memory = nullptr;
  CHECK(aclrtMalloc(&memory, size, ACL_MEM_MALLOC_HUGE_FIRST));
  return aclCreateDataBuffer(memory, size);
}

void Destroy(aclDataBuffer* buffer) {
  CHECK(aclrtFree(aclGetDataBufferAddr(buffer)));
  CHECK(aclDestroyDataBuffer(buffer));
}

void Destroy(aclmdlDataset* dataset) {
  for (size_t i = 0; i < aclmdlGetDatasetNumBuffers(dataset); ++i)
    Destroy(aclmdlGetDatasetBuffer(dataset, i));
  CHECK(aclmdlDestroyDataset(dataset));
}

// The operators that follow the network.
class Postprocess {
 public:
  Postprocess() {
    CHECK(aclrtCreateStream(&stream_));
    const int64_t dims[] = {1, kClasses}, one[] = {1};
    scores_ = aclCreateTensorDesc(ACL_FLOAT, 2, dims, ACL_FORMAT_ND);
    half_ = aclCreateTensorDesc(ACL_FLOAT16, 2, dims, ACL_FORMAT_ND);
    index_ = aclCreateTensorDesc(ACL_INT32, 1, one, ACL_FORMAT_ND);
    cast_ = NewBuffer(aclGetTensorDescSize(half_));
    arg_max_ = NewBuffer(aclGetTensorDescSize(index_));
  }
  ~Postprocess() {
    Destroy(cast_);
    Destroy(arg_max_);
    for (const aclTensorDesc* desc : {scores_, half_, index_}) aclDestroyTensorDesc(desc);
    CHECK(aclrtDestroyStream(stream_));
  }

  int32_t LabelOf(aclDataBuffer* scores) {
    CHECK(aclopCast(scores_, scores, half_, cast_, 0, stream_));
    aclopAttr* attr = aclopCreateAttr();
    CHECK(aclopSetAttrInt(attr, "dimension", 1));
    CHECK(aclopExecuteV2("ArgMaxD", 1, &half_, &cast_, 1, &index_, &arg_max_, attr, stream_));
    aclopDestroyAttr(attr);
    CHECK(aclrtSynchronizeStream(stream_));
    void* host = nullptr;
    const size_t size = aclGetTensorDescSize(index_);
    CHECK(aclrtMallocHost(&host, size));
    CHECK(aclrtMemcpy(host, size, aclGetDataBufferAddr(arg_max_), size, ACL_MEMCPY_DEVICE_TO_HOST));
    const int32_t label = *static_cast<int32_t*>(host);
    CHECK(aclrtFreeHost(host));
    return label;
  }

 private:
  aclrtStream stream_ = nullptr;
  aclTensorDesc *scores_ = nullptr, *half_ = nullptr, *index_ = nullptr;
  aclDataBuffer *cast_ = nullptr, *arg_max_ = nullptr;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  CHECK(aclInit(nullptr));
  CHECK(aclrtSetDevice(0));
  CHECK(aclopSetModelDir(argv[2]));
  uint32_t model = 0;
  CHECK(aclmdlLoadFromFile(argv[1], &model));
  aclmdlDesc* desc = aclmdlCreateDesc();
  CHECK(aclmdlGetDesc(desc, model));
  aclmdlDataset *input = aclmdlCreateDataset(), *output = aclmdlCreateDataset();
  for (size_t i = 0; i < aclmdlGetNumInputs(desc); ++i)
    CHECK(aclmdlAddDatasetBuffer(input, NewBuffer(aclmdlGetInputSizeByIndex(desc, i))));
  for (size_t i = 0; i < aclmdlGetNumOutputs(desc); ++i)
    CHECK(aclmdlAddDatasetBuffer(output, NewBuffer(aclmdlGetOutputSizeByIndex(desc, i))));
  {
    Postprocess post;
    aclDataBuffer* image = aclmdlGetDatasetBuffer(input, 0);
    const size_t size = aclGetDataBufferSizeV2(image), plane = size / sizeof(float) / kClasses;
    for (int32_t strongest = 0; strongest < kClasses; ++strongest) {
      std::vector<float> picture(size / sizeof(float), 1.f);
      for (size_t i = 0; i < plane; ++i) picture[static_cast<size_t>(strongest) * plane + i] = 2.f;
      CHECK(aclrtMemcpy(aclGetDataBufferAddr(image), size, picture.data(), size,
                        ACL_MEMCPY_HOST_TO_DEVICE));
      CHECK(aclmdlExecute(model, input, output));
      const int32_t label = post.LabelOf(aclmdlGetDatasetBuffer(output, 0));
      std::printf("label of classification result is: %d\n", label);
      if (label != strongest) return 1;
    }
  }
  Destroy(input);
  Destroy(output);
  CHECK(aclmdlDestroyDesc(desc));
  CHECK(aclmdlUnload(model));
  CHECK(aclrtResetDevice(0));
  CHECK(aclFinalize());
  return 0;
}
