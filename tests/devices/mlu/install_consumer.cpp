// SPDX-License-Identifier: Apache-2.0
// A program of another project, built with what pkg-config gives: loads a model, runs it once, in
// the order that CNRT programs use.
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "cnrt.h"

namespace {

void Check(const char* what, cnrtRet_t code) {
  if (code == CNRT_RET_SUCCESS) return;
  std::printf("%s: %d %s\n", what, static_cast<int>(code), cnrtGetErrorStr(code));
  std::exit(1);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  cnrtDev_t device;
  cnrtModel_t model;
  cnrtFunction_t function;
  cnrtRuntimeContext_t context;
  cnrtQueue_t queue;
  Check("cnrtInit", cnrtInit(0));
  Check("cnrtGetDeviceHandle", cnrtGetDeviceHandle(&device, 0));
  Check("cnrtSetCurrentDevice", cnrtSetCurrentDevice(device));
  Check("cnrtLoadModel", cnrtLoadModel(&model, argv[1]));
  Check("cnrtCreateFunction", cnrtCreateFunction(&function));
  Check("cnrtExtractFunction", cnrtExtractFunction(&function, model, "subnet0"));
  int64_t *input_sizes = nullptr, *output_sizes = nullptr;
  int inputs = 0, outputs = 0;
  Check("cnrtGetInputDataSize", cnrtGetInputDataSize(&input_sizes, &inputs, function));
  Check("cnrtGetOutputDataSize", cnrtGetOutputDataSize(&output_sizes, &outputs, function));
  Check("cnrtCreateRuntimeContext", cnrtCreateRuntimeContext(&context, function, nullptr));
  Check("cnrtSetRuntimeContextDeviceId", cnrtSetRuntimeContextDeviceId(context, 0));
  Check("cnrtInitRuntimeContext", cnrtInitRuntimeContext(context, nullptr));
  Check("cnrtRuntimeContextCreateQueue", cnrtRuntimeContextCreateQueue(context, &queue));

  std::vector<float> picture(static_cast<size_t>(input_sizes[0]) / sizeof(float));
  for (size_t i = 0; i < picture.size(); ++i) picture[i] = static_cast<float>(i % 3 + 1);
  std::vector<float> means(static_cast<size_t>(output_sizes[0]) / sizeof(float));
  void* params[2];
  Check("cnrtMalloc", cnrtMalloc(&params[0], static_cast<size_t>(input_sizes[0])));
  Check("cnrtMalloc", cnrtMalloc(&params[1], static_cast<size_t>(output_sizes[0])));
  Check("cnrtMemcpy", cnrtMemcpy(params[0], picture.data(), static_cast<size_t>(input_sizes[0]),
                                 CNRT_MEM_TRANS_DIR_HOST2DEV));
  Check("cnrtInvokeRuntimeContext", cnrtInvokeRuntimeContext(context, params, queue, nullptr));
  Check("cnrtSyncQueue", cnrtSyncQueue(queue));
  Check("cnrtMemcpy", cnrtMemcpy(means.data(), params[1], static_cast<size_t>(output_sizes[0]),
                                 CNRT_MEM_TRANS_DIR_DEV2HOST));
  std::printf("means %g %g %g\n", static_cast<double>(means[0]), static_cast<double>(means[1]),
              static_cast<double>(means[2]));
  Check("cnrtFree", cnrtFree(params[0]));
  Check("cnrtFree", cnrtFree(params[1]));
  Check("cnrtDestroyQueue", cnrtDestroyQueue(queue));
  Check("cnrtDestroyRuntimeContext", cnrtDestroyRuntimeContext(context));
  Check("cnrtDestroyFunction", cnrtDestroyFunction(function));
  Check("cnrtUnloadModel", cnrtUnloadModel(model));
  cnrtDestroy();
  return 0;
}
