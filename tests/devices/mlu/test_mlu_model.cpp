// SPDX-License-Identifier: Apache-2.0
// Models, functions, runtime contexts: what they say, execution against the cpu's, forks, misuse.
#include <unistd.h>

#include <atomic>
#include <random>
#include <thread>

#include "devices/acl/soft/model_file.h"
#include "tests/devices/mlu/mlu_model_test.h"

namespace mlu_test {
namespace {

using infer_server::DataPath;
using infer_server::ReadFile;
using infer_server::WriteFile;
using infer_server::devices::acl::Dynamic;
using infer_server::devices::acl::ModelProfiles;
using infer_server::devices::acl::WriteContainer;
using Dims = std::vector<int>;

class Model : public Runtime {
 protected:
  Model() : Runtime({{"INFERSERVER_MLU_DEVICES", "2"}}) {}
};

std::vector<float> RandomFloats(size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<float> values(count);
  for (float& value : values) value = static_cast<float>(random() % 256);
  return values;
}

std::string Detector(std::vector<std::vector<int64_t>> batches, std::vector<int64_t> shape) {
  ModelProfiles profiles;
  profiles.inputs = {{"images", std::move(shape)}};
  profiles.dynamic = batches.empty() ? Dynamic::kNone : Dynamic::kBatch;
  profiles.profiles = std::move(batches);
  return WriteContainer(profiles, ReadFile(DataPath("dynamic_detector.onnx")));
}

TEST_F(Model, IsDescribed) {
  Loaded loaded(DataPath("two_in_two_out.onnx"));
  int64_t* sizes = nullptr;
  cnrtDataType_t* types = nullptr;
  int count = 0;
  ASSERT_EQ(cnrtGetInputDataSize(&sizes, &count, loaded.function), CNRT_RET_SUCCESS);
  ASSERT_EQ(count, 2);
  EXPECT_EQ(sizes[0], 3 * 16 * 4);
  EXPECT_EQ(sizes[1], 2 * 4);
  ASSERT_EQ(cnrtGetOutputDataType(&types, &count, loaded.function), CNRT_RET_SUCCESS);
  ASSERT_EQ(count, 2);
  EXPECT_EQ(types[1], CNRT_FLOAT32);
  // Pictures are NHWC, whatever the network has.
  EXPECT_EQ(loaded.InputShape(0), (Dims{1, 4, 4, 3}));
  EXPECT_EQ(loaded.InputShape(1), (Dims{1, 2}));
  int parallelism = 0, functions = 0, bytes = 0;
  uint64_t stack = 9;
  cnrtCoreVersion_t core = CNRT_MLU100;
  EXPECT_EQ(cnrtQueryModelParallelism(loaded.model, &parallelism), CNRT_RET_SUCCESS);
  EXPECT_EQ(parallelism, 1);
  EXPECT_EQ(cnrtQueryModelStackSize(loaded.model, &stack), CNRT_RET_SUCCESS);
  EXPECT_EQ(stack, 0u);
  EXPECT_EQ(cnrtQueryCoreVersion(loaded.model, &core), CNRT_RET_SUCCESS);
  EXPECT_EQ(core, CNRT_MLU270);
  EXPECT_EQ(cnrtGetFunctionNumber(loaded.model, &functions), CNRT_RET_SUCCESS);
  EXPECT_EQ(functions, 1);
  const std::string path = DataPath("two_in_two_out.onnx");
  EXPECT_EQ(cnrtGetModelSize(path.c_str(), &bytes), CNRT_RET_SUCCESS);
  EXPECT_EQ(static_cast<size_t>(bytes), ReadFile(path).size());
  Loaded types_of(DataPath("u8_input.onnx"));
  ASSERT_EQ(cnrtGetInputDataType(&types, &count, types_of.function), CNRT_RET_SUCCESS);
  EXPECT_EQ(types[0], CNRT_UINT8);
  ASSERT_EQ(cnrtGetOutputDataType(&types, &count, types_of.function), CNRT_RET_SUCCESS);
  EXPECT_EQ(types[0], CNRT_INT64);
}

TEST_F(Model, ChannelsLieLast) {
  Loaded loaded(DataPath("mean_rgb.onnx"));
  const Dims shape = loaded.InputShape(0);
  ASSERT_EQ(shape.size(), 4u);
  ASSERT_EQ(shape[3], 3);
  const size_t pixels = static_cast<size_t>(shape[1] * shape[2]);
  auto memory = loaded.Allocate();
  std::vector<float> picture(pixels * 3);
  for (size_t i = 0; i < picture.size(); ++i) picture[i] = 10.0f * static_cast<float>(i % 3 + 1);
  memory[0]->Put(picture);
  const cnrtRuntimeContext_t context = loaded.NewContext();
  cnrtQueue_t queue = nullptr;
  ASSERT_EQ(cnrtRuntimeContextCreateQueue(context, &queue), CNRT_RET_SUCCESS);
  ASSERT_EQ(cnrtInvokeRuntimeContext(context, Addresses(memory).data(), queue, nullptr),
            CNRT_RET_SUCCESS);
  ASSERT_EQ(cnrtSyncQueue(queue), CNRT_RET_SUCCESS);
  const std::vector<float> mean = memory[1]->Get<float>(3);
  for (size_t c = 0; c < 3; ++c) EXPECT_FLOAT_EQ(mean[c], 10.0f * static_cast<float>(c + 1));
  EXPECT_EQ(cnrtDestroyQueue(queue), CNRT_RET_SUCCESS);
  EXPECT_EQ(cnrtDestroyRuntimeContext(context), CNRT_RET_SUCCESS);
}

TEST_F(Model, GivesWhatTheCpuGives) {
  Loaded loaded(DataPath("dynamic_detector.onnx"));
  auto memory = loaded.Allocate();
  const std::vector<float> nchw = RandomFloats(3 * 64 * 64, 3);
  memory[0]->Put(Swapped(nchw, 1, 3, 64 * 64));
  const cnrtRuntimeContext_t context = loaded.NewContext();
  TestQueue queue;
  ASSERT_EQ(cnrtInvokeRuntimeContext_V2(context, nullptr, Addresses(memory).data(), queue, nullptr),
            CNRT_RET_SUCCESS);
  ASSERT_EQ(cnrtSyncQueue(queue), CNRT_RET_SUCCESS);
  EXPECT_EQ(loaded.OutputShape(0), (Dims{1, 84, 7}));
  EXPECT_EQ(memory[1]->Get<float>(84 * 7),
            RunOnCpu(DataPath("dynamic_detector.onnx"), nchw, 84 * 7, 1));
  EXPECT_EQ(cnrtDestroyRuntimeContext(context), CNRT_RET_SUCCESS);
}

// A fixed batch, pictures in and out. Its two channels are none by their looks, so that it is said.
TEST_F(Model, RunsBatchesOfTheFile) {
  ModelProfiles profiles;
  profiles.format = "NCHW";
  profiles.inputs = {{"x", {4, 2, 3, 3}}};
  Loaded loaded(Loaded::Bytes{WriteContainer(profiles, ReadFile(DataPath("fixed_batch.onnx")))});
  EXPECT_EQ(loaded.InputShape(0), (Dims{4, 3, 3, 2}));
  EXPECT_EQ(loaded.OutputShape(0), (Dims{4, 3, 3, 1}));
  int parallelism = 0;
  EXPECT_EQ(cnrtQueryModelParallelism(loaded.model, &parallelism), CNRT_RET_SUCCESS);
  EXPECT_EQ(parallelism, 4);
  auto memory = loaded.Allocate();
  const std::vector<float> nchw = RandomFloats(4 * 2 * 9, 8);
  memory[0]->Put(Swapped(nchw, 4, 2, 9));
  const cnrtRuntimeContext_t context = loaded.NewContext();
  TestQueue queue;
  ASSERT_EQ(cnrtInvokeRuntimeContext(context, Addresses(memory).data(), queue, nullptr),
            CNRT_RET_SUCCESS);
  ASSERT_EQ(cnrtSyncQueue(queue), CNRT_RET_SUCCESS);
  const std::vector<float> sums = memory[1]->Get<float>(4 * 9);
  for (size_t n = 0; n < 4; ++n)
    for (size_t i = 0; i < 9; ++i)
      EXPECT_FLOAT_EQ(sums[n * 9 + i], nchw[n * 18 + i] + nchw[n * 18 + 9 + i]);
  EXPECT_EQ(cnrtDestroyRuntimeContext(context), CNRT_RET_SUCCESS);
}

// Containers with batches, from memory without a length, and fewer items than the batch.
TEST_F(Model, RunsFewerItemsThanTheBatch) {
  Loaded loaded(Loaded::Bytes{Detector({{1}, {4}, {2}}, {-1, 3, 64, 64}) + "what is behind it"});
  ASSERT_EQ(loaded.InputShape(0), (Dims{4, 64, 64, 3}));
  auto memory = loaded.Allocate();
  const std::vector<float> nchw = RandomFloats(4 * 3 * 64 * 64, 4);
  memory[0]->Put(Swapped(nchw, 4, 3, 64 * 64));
  EXPECT_EQ(cnrtMemset(memory[1]->at(), 0, memory[1]->size()), CNRT_RET_SUCCESS);
  cnrtParamDesc_t descs[2];
  for (cnrtParamDesc_t& desc : descs) ASSERT_EQ(cnrtCreateParamDesc(&desc), CNRT_RET_SUCCESS);
  int shape[] = {3, 64, 64, 3};
  ASSERT_EQ(cnrtSetShapeToParamDesc(descs[0], shape, 4), CNRT_RET_SUCCESS);
  ASSERT_EQ(cnrtInferFunctionOutputShape(loaded.function, 1, descs, 1, descs + 1),
            CNRT_RET_SUCCESS);
  int* dims = nullptr;
  int count = 0;
  ASSERT_EQ(cnrtGetShapeFromParamDesc(descs[1], &dims, &count), CNRT_RET_SUCCESS);
  EXPECT_EQ(Dims(dims, dims + count), (Dims{3, 84, 7}));
  std::free(dims);
  const cnrtRuntimeContext_t context = loaded.NewContext();
  TestQueue queue;
  ASSERT_EQ(cnrtInvokeRuntimeContext_V2(context, descs, Addresses(memory).data(), queue, nullptr),
            CNRT_RET_SUCCESS);
  ASSERT_EQ(cnrtSyncQueue(queue), CNRT_RET_SUCCESS);
  std::vector<float> expected = RunOnCpu(DataPath("dynamic_detector.onnx"), nchw, 3 * 84 * 7, 3);
  expected.resize(4 * 84 * 7);  // The fourth is not written.
  EXPECT_EQ(memory[1]->Get<float>(4 * 84 * 7), expected);
  for (const Dims& wrong : {Dims{5, 64, 64, 3}, Dims{0, 64, 64, 3}, Dims{1, 3, 64, 64}, Dims{1}}) {
    Dims copy = wrong;
    ASSERT_EQ(cnrtSetShapeToParamDesc(descs[0], copy.data(), static_cast<int>(copy.size())),
              CNRT_RET_SUCCESS);
    EXPECT_EQ(cnrtInvokeRuntimeContext_V2(context, descs, Addresses(memory).data(), queue, nullptr),
              CNRT_RET_ERR_RESHAPE);
  }
  for (const cnrtParamDesc_t desc : descs) EXPECT_EQ(cnrtDestroyParamDesc(desc), CNRT_RET_SUCCESS);
  EXPECT_EQ(cnrtDestroyParamDesc(descs[0]), CNRT_RET_ERR_INVALID);
  EXPECT_EQ(cnrtDestroyRuntimeContext(context), CNRT_RET_SUCCESS);
}

TEST_F(Model, FunctionsAreInvokedToo) {
  Loaded loaded(DataPath("two_in_two_out.onnx"));
  cnrtFunction_t copy = nullptr;
  ASSERT_EQ(cnrtCopyFunction(&copy, loaded.function), CNRT_RET_SUCCESS);
  auto memory = loaded.Allocate();
  memory[0]->Put(std::vector<float>(48, 4));
  memory[1]->Put(std::vector<float>{5, 6});
  TestQueue queue;
  std::vector<void*> params = Addresses(memory);
  const cnrtDim3_t dim = {1, 1, 1};
  EXPECT_EQ(cnrtInvokeFunction(copy, dim, params.data(), CNRT_FUNC_TYPE_BLOCK, queue, nullptr),
            CNRT_RET_ERR_INIT);
  ASSERT_EQ(cnrtInitFunctionMemory(copy, CNRT_FUNC_TYPE_BLOCK), CNRT_RET_SUCCESS);
  EXPECT_EQ(cnrtInitFunctionMemory(copy, CNRT_FUNC_TYPE_BLOCK), CNRT_RET_ERR_EXIST);
  ASSERT_EQ(cnrtInvokeFunction(copy, dim, params.data(), CNRT_FUNC_TYPE_BLOCK, queue, nullptr),
            CNRT_RET_SUCCESS);
  // What is queued is done, though all of it is gone.
  EXPECT_EQ(cnrtDestroyFunction(copy), CNRT_RET_SUCCESS);
  ASSERT_EQ(cnrtSyncQueue(queue), CNRT_RET_SUCCESS);
  const bool first_is_large = loaded.OutputShape(0).size() == 4;
  EXPECT_EQ(memory[first_is_large ? 2 : 3]->Get<float>(48), std::vector<float>(48, 5));
  EXPECT_EQ(memory[first_is_large ? 3 : 2]->Get<float>(2), (std::vector<float>{10, 12}));
}

TEST_F(Model, LoadsByContentUnderAnyName) {
  const std::string folder = testing::TempDir() + "mlu_model_" + std::to_string(getpid());
  const std::string path = folder + ".cambricon";
  WriteFile(path, ReadFile(DataPath("mean_rgb.onnx")));
  { Loaded loaded(path); }
  WriteFile(path, Detector({}, {2, 3, 64, 64}));
  {
    Loaded loaded(path);
    EXPECT_EQ(loaded.InputShape(0)[0], 2);
  }
  { Loaded loaded(Loaded::Bytes{ReadFile(DataPath("mean_rgb.onnx"))}); }
  // What the vendor's tools make is none of the two.
  cnrtModel_t model = nullptr;
  for (const std::string& bytes :
       {std::string("\x7f"
                    "CAMBRICON offline model",
                    24),
        std::string(5000, '\x01'), std::string("\x0a\x08", 2), std::string()}) {
    WriteFile(path, bytes);
    Messages::Take();
    EXPECT_EQ(cnrtLoadModel(&model, path.c_str()), CNRT_RET_ERR_UNSUPPORTED);
    const std::string said = Messages::Take();
    EXPECT_TRUE(Contains(said, "vendor's tools")) << said;
    EXPECT_TRUE(Contains(said, "inferserver-atc")) << said;
    std::string copy = bytes;
    EXPECT_EQ(cnrtLoadModelFromMem(&model, copy.data()), CNRT_RET_ERR_UNSUPPORTED);
  }
  std::remove(path.c_str());
  EXPECT_EQ(model, nullptr);
}

TEST_F(Model, LoadsThatFail) {
  cnrtModel_t model = nullptr;
  int bytes = 0;
  EXPECT_EQ(cnrtLoadModel(&model, "/no/such/file.cambricon"), CNRT_RET_ERR_NO_EXIST);
  EXPECT_EQ(cnrtLoadModel(&model, "/tmp"), CNRT_RET_ERR_IO);
  EXPECT_EQ(cnrtGetModelSize("/no/such/file", &bytes), CNRT_RET_ERR_NO_EXIST);
  EXPECT_EQ(cnrtLoadModel(nullptr, "a"), CNRT_RET_ERR_INVALID);
  EXPECT_EQ(cnrtLoadModel(&model, nullptr), CNRT_RET_ERR_INVALID);
  EXPECT_EQ(cnrtLoadModelFromMem(&model, nullptr), CNRT_RET_ERR_INVALID);
  Messages::Take();
  EXPECT_EQ(cnrtLoadModel(&model, DataPath("unknown_op.onnx").c_str()), CNRT_RET_ERR_UNSUPPORTED);
  const std::string said = Messages::Take();
  EXPECT_TRUE(Contains(said, "SpectralGate")) << said;
  EXPECT_FALSE(Contains(said, "vendor's tools")) << said;
  // What AscendCL's containers may have and CNRT's models not.
  ModelProfiles sizes;
  sizes.inputs = {{"x", {1, 1, -1, -1}}};
  sizes.dynamic = Dynamic::kImageSize;
  sizes.profiles = {{8, 8}, {16, 24}};
  std::string container = WriteContainer(sizes, ReadFile(DataPath("open_size.onnx")));
  EXPECT_EQ(cnrtLoadModelFromMem(&model, container.data()), CNRT_RET_ERR_UNSUPPORTED);
  EXPECT_TRUE(Contains(Messages::Take(), "other than the batch"));
  // Models are in host memory.
  DeviceBytes device(64);
  EXPECT_EQ(cnrtLoadModelFromMem(&model, static_cast<char*>(device.at())),
            CNRT_RET_ERR_INVALID_POINTER);
}

TEST_F(Model, FunctionsAndContextsRefuseMisuse) {
  Loaded loaded(DataPath("mean_rgb.onnx"));
  cnrtFunction_t empty = nullptr;
  cnrtRuntimeContext_t context = nullptr, fork = nullptr;
  cnrtQueue_t queue = nullptr;
  int64_t* sizes = nullptr;
  int* dims = nullptr;
  int count = 0;
  ASSERT_EQ(cnrtCreateFunction(&empty), CNRT_RET_SUCCESS);
  EXPECT_EQ(cnrtGetInputDataSize(&sizes, &count, empty), CNRT_RET_ERR_INVALID);
  EXPECT_EQ(cnrtCreateRuntimeContext(&context, empty, nullptr), CNRT_RET_ERR_INVALID);
  EXPECT_EQ(cnrtExtractFunction(&empty, loaded.model, "subnet1"), CNRT_RET_ERR_NO_EXIST);
  EXPECT_TRUE(Contains(Messages::Take(), "it has: subnet0"));
  EXPECT_EQ(cnrtExtractFunction(&loaded.function, loaded.model, "subnet0"), CNRT_RET_ERR_EXIST);
  EXPECT_EQ(cnrtGetInputDataShape(&dims, &count, 1, loaded.function), CNRT_RET_ERR_OUT_RANGE);
  EXPECT_EQ(cnrtGetOutputDataShape(&dims, &count, -1, loaded.function), CNRT_RET_ERR_OUT_RANGE);
  EXPECT_EQ(cnrtDestroyFunction(empty), CNRT_RET_SUCCESS);
  EXPECT_EQ(cnrtDestroyFunction(empty), CNRT_RET_ERR_INVALID);
  EXPECT_EQ(cnrtUnloadModel(reinterpret_cast<cnrtModel_t>(loaded.function)), CNRT_RET_ERR_INVALID);

  ASSERT_EQ(cnrtCreateRuntimeContext(&context, loaded.function, nullptr), CNRT_RET_SUCCESS);
  EXPECT_EQ(cnrtSetRuntimeContextDeviceId(context, 2), CNRT_RET_ERR_NODEV);
  EXPECT_EQ(cnrtSetCurrentContextDevice(context), CNRT_RET_ERR_INIT);
  EXPECT_EQ(cnrtForkRuntimeContext(&fork, context, nullptr), CNRT_RET_ERR_INIT);
  EXPECT_EQ(cnrtRuntimeContextCreateQueue(context, &queue), CNRT_RET_ERR_INIT);
  auto memory = loaded.Allocate();
  std::vector<void*> params = Addresses(memory);
  TestQueue good;
  EXPECT_EQ(cnrtInvokeRuntimeContext(context, params.data(), good, nullptr), CNRT_RET_ERR_INIT);
  ASSERT_EQ(cnrtInitRuntimeContext(context, nullptr), CNRT_RET_SUCCESS);
  EXPECT_EQ(cnrtInitRuntimeContext(context, nullptr), CNRT_RET_ERR_INVALID);
  EXPECT_EQ(cnrtSetRuntimeContextDeviceId(context, 1), CNRT_RET_ERR_INVALID);
  EXPECT_EQ(cnrtInvokeRuntimeContext(context, nullptr, good, nullptr), CNRT_RET_ERR_INVALID);
  EXPECT_EQ(cnrtInvokeRuntimeContext(context, params.data(), nullptr, nullptr), CNRT_RET_ERR_QUEUE);

  // Addresses: nobody's, the host's, too small, off the element's alignment, of the other device.
  std::vector<float> host(memory[0]->size() / sizeof(float));
  const auto invoke = [&](void* input) {
    std::vector<void*> changed = {input, params[1]};
    return cnrtInvokeRuntimeContext(context, changed.data(), good, nullptr);
  };
  EXPECT_EQ(invoke(nullptr), CNRT_RET_ERR_INVALID);
  EXPECT_EQ(invoke(host.data()), CNRT_RET_ERR_INVALID_POINTER);
  EXPECT_EQ(invoke(memory[0]->at(4)), CNRT_RET_ERR_OUT_RANGE);
  DeviceBytes larger(memory[0]->size() + 64);
  EXPECT_EQ(invoke(larger.at(2)), CNRT_RET_ERR_INVALID_POINTER);
  EXPECT_EQ(invoke(larger.at(4)), CNRT_RET_SUCCESS);
  ASSERT_EQ(SetDevice(1), CNRT_RET_SUCCESS);
  DeviceBytes elsewhere(memory[0]->size());
  EXPECT_EQ(invoke(elsewhere.at()), CNRT_RET_ERR_INVALID_POINTER);
  {
    TestQueue of_other;
    EXPECT_EQ(cnrtInvokeRuntimeContext(context, params.data(), of_other, nullptr),
              CNRT_RET_ERR_QUEUE);
  }
  ASSERT_EQ(cnrtSetCurrentContextDevice(context), CNRT_RET_SUCCESS);
  TestQueue of_first;
  EXPECT_EQ(cnrtInvokeRuntimeContext(context, params.data(), of_first, nullptr), CNRT_RET_SUCCESS);
  EXPECT_EQ(cnrtSyncQueue(of_first), CNRT_RET_SUCCESS);
  EXPECT_EQ(cnrtSyncQueue(good), CNRT_RET_SUCCESS);
  EXPECT_EQ(cnrtDestroyRuntimeContext(context), CNRT_RET_SUCCESS);
  EXPECT_EQ(cnrtDestroyRuntimeContext(context), CNRT_RET_ERR_INVALID);
  EXPECT_EQ(cnrtInvokeRuntimeContext(context, params.data(), good, nullptr), CNRT_RET_ERR_INVALID);
}

// Forks of one context on queues of their own, and the context itself, from as many threads; on two
// devices. The model and the function are gone by then.
TEST_F(Model, ForksRunSideBySide) {
  constexpr int kForks = 4, kRounds = 15;
  std::vector<cnrtRuntimeContext_t> contexts;
  {
    Loaded loaded(DataPath("dynamic_detector.onnx"));
    for (const int device : {0, 1}) {
      contexts.push_back(loaded.NewContext(device));
      for (int i = 1; i < kForks; ++i) {
        cnrtRuntimeContext_t fork = nullptr;
        // Of a fork as of the first.
        ASSERT_EQ(cnrtForkRuntimeContext(&fork, contexts.back(), nullptr), CNRT_RET_SUCCESS);
        contexts.push_back(fork);
      }
    }
  }
  std::vector<std::vector<float>> inputs, expected;
  for (unsigned i = 0; i < 3; ++i) {
    inputs.push_back(RandomFloats(3 * 64 * 64, i));
    expected.push_back(RunOnCpu(DataPath("dynamic_detector.onnx"), inputs.back(), 84 * 7, 1));
    inputs.back() = Swapped(inputs.back(), 1, 3, 64 * 64);
  }
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (size_t t = 0; t < contexts.size(); ++t) {
    threads.emplace_back([&, t] {
      const cnrtRuntimeContext_t context = contexts[t];
      wrong += cnrtSetCurrentContextDevice(context) != CNRT_RET_SUCCESS;
      cnrtQueue_t queue = nullptr;
      wrong += cnrtRuntimeContextCreateQueue(context, &queue) != CNRT_RET_SUCCESS;
      DeviceBytes in(3 * 64 * 64 * 4), out(84 * 7 * 4);
      void* params[] = {in.at(), out.at()};
      for (size_t round = 0; round < kRounds; ++round) {
        std::vector<float>& input = inputs[(t + round) % 3];
        std::vector<float> result(84 * 7);
        wrong += cnrtMemcpyAsync(in.at(), input.data(), in.size(), queue,
                                 CNRT_MEM_TRANS_DIR_HOST2DEV) != CNRT_RET_SUCCESS;
        wrong += cnrtInvokeRuntimeContext(context, params, queue, nullptr) != CNRT_RET_SUCCESS;
        wrong += cnrtMemcpyAsync(result.data(), out.at(), out.size(), queue,
                                 CNRT_MEM_TRANS_DIR_DEV2HOST) != CNRT_RET_SUCCESS;
        wrong += cnrtSyncQueue(queue) != CNRT_RET_SUCCESS;
        wrong += result != expected[(t + round) % 3];
      }
      wrong += cnrtDestroyRuntimeContext(context) != CNRT_RET_SUCCESS;
      wrong += cnrtDestroyQueue(queue) != CNRT_RET_SUCCESS;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

// One context from several threads: its executions wait for each other.
TEST_F(Model, OneContextOnManyQueues) {
  Loaded loaded(DataPath("u8_input.onnx"));
  const cnrtRuntimeContext_t context = loaded.NewContext();
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (uint8_t t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      wrong += SetDevice(0) != CNRT_RET_SUCCESS;
      TestQueue queue;
      DeviceBytes in(4), out(4 * 8);
      for (uint8_t round = 0; round < 50; ++round) {
        const auto value = static_cast<uint8_t>(t * 50 + round);
        in.Put(std::vector<uint8_t>(4, value));
        void* params[] = {in.at(), out.at()};
        wrong += cnrtInvokeRuntimeContext(context, params, queue, nullptr) != CNRT_RET_SUCCESS;
        wrong += cnrtSyncQueue(queue) != CNRT_RET_SUCCESS;
        wrong += out.Get<int64_t>(4) != std::vector<int64_t>(4, 3 * value);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(cnrtDestroyRuntimeContext(context), CNRT_RET_SUCCESS);
}

TEST_F(Model, TenThousandHandles) {
  Loaded loaded(DataPath("u8_input.onnx"));
  for (int i = 0; i < 10000; ++i) {
    cnrtFunction_t function = nullptr;
    cnrtRuntimeContext_t context = nullptr;
    cnrtParamDesc_t desc = nullptr;
    ASSERT_EQ(cnrtCopyFunction(&function, loaded.function), CNRT_RET_SUCCESS);
    ASSERT_EQ(cnrtCreateRuntimeContext(&context, function, nullptr), CNRT_RET_SUCCESS);
    ASSERT_EQ(cnrtCreateParamDesc(&desc), CNRT_RET_SUCCESS);
    ASSERT_EQ(cnrtDestroyParamDesc(desc), CNRT_RET_SUCCESS);
    ASSERT_EQ(cnrtDestroyRuntimeContext(context), CNRT_RET_SUCCESS);
    ASSERT_EQ(cnrtDestroyFunction(function), CNRT_RET_SUCCESS);
  }
}

TEST_F(Model, FaultsOfInvocations) {
  Stop();
  Start({{"INFERSERVER_FAULT",
          "cnrtInvokeRuntimeContext:1=632032;cnrtInvokeRuntimeContext:2=delay:30;"
          "cnrtForkRuntimeContext:1=632008"}});
  Loaded loaded(DataPath("u8_input.onnx"));
  const cnrtRuntimeContext_t context = loaded.NewContext();
  auto memory = loaded.Allocate();
  memory[0]->Put(std::vector<uint8_t>{1, 2, 3, 4});
  std::vector<void*> params = Addresses(memory);
  TestQueue queue;
  EXPECT_EQ(cnrtInvokeRuntimeContext(context, params.data(), queue, nullptr), CNRT_RET_ERR_MLU);
  EXPECT_EQ(cnrtInvokeRuntimeContext(context, params.data(), queue, nullptr), CNRT_RET_SUCCESS);
  EXPECT_EQ(cnrtQueryQueue(queue), CNRT_RET_ERR_NOT_READY);
  EXPECT_EQ(cnrtSyncQueue(queue), CNRT_RET_SUCCESS);
  EXPECT_EQ(memory[1]->Get<int64_t>(4), (std::vector<int64_t>{3, 6, 9, 12}));
  cnrtRuntimeContext_t fork = nullptr;
  EXPECT_EQ(cnrtForkRuntimeContext(&fork, context, nullptr), CNRT_RET_ERR_NOMEM);
  EXPECT_EQ(cnrtDestroyRuntimeContext(context), CNRT_RET_SUCCESS);
}

}  // namespace
}  // namespace mlu_test
