// SPDX-License-Identifier: Apache-2.0
// Models and their buffers, for tests of the software CNRT.
#pragma once

#include <memory>

#include "devices/runtime.h"
#include "tests/devices/mlu/mlu_test.h"
#include "tests/files.h"

namespace mlu_test {

// A model of tests/data/ with its function, and device memory for each input and output.
class Loaded {
 public:
  explicit Loaded(const std::string& path) {
    EXPECT_EQ(cnrtLoadModel(&model, path.c_str()), CNRT_RET_SUCCESS) << Messages::Take();
    Extract();
  }
  struct Bytes {
    std::string text;
  };
  explicit Loaded(Bytes bytes) {
    EXPECT_EQ(cnrtLoadModelFromMem(&model, bytes.text.data()), CNRT_RET_SUCCESS)
        << Messages::Take();
    Extract();
  }
  Loaded(const Loaded&) = delete;
  Loaded& operator=(const Loaded&) = delete;
  ~Loaded() {
    EXPECT_EQ(cnrtDestroyFunction(function), CNRT_RET_SUCCESS);
    EXPECT_EQ(cnrtUnloadModel(model), CNRT_RET_SUCCESS);
  }

  std::vector<int> InputShape(int index) const { return Shape(cnrtGetInputDataShape, index); }
  std::vector<int> OutputShape(int index) const { return Shape(cnrtGetOutputDataShape, index); }
  // Memory of the inputs, then of the outputs, on the thread's device.
  std::vector<std::unique_ptr<DeviceBytes>> Allocate() const {
    std::vector<std::unique_ptr<DeviceBytes>> all;
    int64_t* sizes = nullptr;
    int count = 0;
    EXPECT_EQ(cnrtGetInputDataSize(&sizes, &count, function), CNRT_RET_SUCCESS);
    for (int i = 0; i < count; ++i)
      all.push_back(std::make_unique<DeviceBytes>(static_cast<size_t>(sizes[i])));
    EXPECT_EQ(cnrtGetOutputDataSize(&sizes, &count, function), CNRT_RET_SUCCESS);
    for (int i = 0; i < count; ++i)
      all.push_back(std::make_unique<DeviceBytes>(static_cast<size_t>(sizes[i])));
    return all;
  }
  // An initialised context on the device.
  cnrtRuntimeContext_t NewContext(int device = 0) const {
    cnrtRuntimeContext_t context = nullptr;
    EXPECT_EQ(cnrtCreateRuntimeContext(&context, function, nullptr), CNRT_RET_SUCCESS);
    EXPECT_EQ(cnrtSetRuntimeContextChannel(context, CNRT_CHANNEL_TYPE_NONE), CNRT_RET_SUCCESS);
    EXPECT_EQ(cnrtSetRuntimeContextDeviceId(context, device), CNRT_RET_SUCCESS);
    EXPECT_EQ(cnrtInitRuntimeContext(context, nullptr), CNRT_RET_SUCCESS);
    return context;
  }

  cnrtModel_t model = nullptr;
  cnrtFunction_t function = nullptr;

 private:
  void Extract() {
    EXPECT_EQ(cnrtCreateFunction(&function), CNRT_RET_SUCCESS);
    EXPECT_EQ(cnrtExtractFunction(&function, model, "subnet0"), CNRT_RET_SUCCESS);
  }
  std::vector<int> Shape(cnrtRet_t (*get)(int**, int*, int, cnrtFunction_t), int index) const {
    int* dims = nullptr;
    int count = 0;
    EXPECT_EQ(get(&dims, &count, index, function), CNRT_RET_SUCCESS);
    const std::vector<int> shape(dims, dims + count);
    std::free(dims);
    return shape;
  }
};

inline std::vector<void*> Addresses(const std::vector<std::unique_ptr<DeviceBytes>>& memory) {
  std::vector<void*> all;
  for (const auto& one : memory) all.push_back(one->at());
  return all;
}

// items × rows × columns as items × columns × rows.
inline std::vector<float> Swapped(const std::vector<float>& from, size_t items, size_t rows,
                                  size_t columns) {
  std::vector<float> to(from.size());
  for (size_t n = 0; n < items; ++n)
    for (size_t r = 0; r < rows; ++r)
      for (size_t c = 0; c < columns; ++c)
        to[(n * columns + c) * rows + r] = from[(n * rows + r) * columns + c];
  return to;
}

// What the runtime `cpu` makes of one input for one output.
inline std::vector<float> RunOnCpu(const std::string& path, const std::vector<float>& input,
                                   size_t output_elements, int rows) {
  using namespace infer_server::devices;
  Result<std::shared_ptr<Device>> device = OpenDevice({"cpu", 0});
  EXPECT_TRUE(device.ok());
  ModelSource source;
  source.path = path;
  ModelOptions options;
  options.batch_size = rows;
  Result<std::shared_ptr<Model>> model = device.value()->LoadModel(source, options);
  EXPECT_TRUE(model.ok()) << model.status().message();
  Result<std::unique_ptr<Engine>> engine = model.value()->NewEngine();
  EXPECT_TRUE(engine.ok());
  std::vector<float> output(output_elements);
  const void* from = input.data();
  void* to = output.data();
  EXPECT_TRUE(engine.value()->Run(&from, &to, rows).ok());
  return output;
}

}  // namespace mlu_test
