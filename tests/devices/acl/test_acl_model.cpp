// SPDX-License-Identifier: Apache-2.0
// Models: what descriptions say, the ways to load, execution, codes.
#include <fstream>

#include "tests/devices/acl/acl_model_test.h"

namespace acl_test {
namespace {

using infer_server::DataPath;
using infer_server::ReadFile;
using Dims = std::vector<int64_t>;

class Model : public Runtime {};

// mean_rgb.onnx: the means of three channels of a picture.
void FillChannels(float* picture, size_t pixels, float first) {
  for (size_t c = 0; c < 3; ++c)
    for (size_t i = 0; i < pixels; ++i) picture[c * pixels + i] = first + static_cast<float>(c);
}

TEST_F(Model, IsDescribed) {
  const uint32_t id = LoadData("two_in_two_out.onnx");
  ASSERT_GE(id, 1u);
  ModelIo io(id);
  ASSERT_EQ(aclmdlGetNumInputs(io.desc), 2u);
  ASSERT_EQ(aclmdlGetNumOutputs(io.desc), 2u);
  for (size_t i = 0; i < 2; ++i) {
    const char* name = aclmdlGetInputNameByIndex(io.desc, i);
    size_t index = 9;
    EXPECT_EQ(aclmdlGetInputIndexByName(io.desc, name, &index), ACL_SUCCESS);
    EXPECT_EQ(index, i);
    EXPECT_STREQ(aclmdlGetTensorRealName(io.desc, name), name);
    aclmdlIODims dims;
    ASSERT_EQ(aclmdlGetInputDims(io.desc, i, &dims), ACL_SUCCESS);
    EXPECT_STREQ(dims.name, name);
    size_t bytes = sizeof(float);
    for (size_t d = 0; d < dims.dimCount; ++d) bytes *= static_cast<size_t>(dims.dims[d]);
    EXPECT_EQ(aclmdlGetInputSizeByIndex(io.desc, i), bytes);
    EXPECT_EQ(aclmdlGetInputDataType(io.desc, i), ACL_FLOAT);
    EXPECT_EQ(io.dims(aclmdlGetInputDimsV2, i), Dims(dims.dims, dims.dims + dims.dimCount));
    EXPECT_EQ(io.dims(aclmdlGetCurOutputDims, i), io.dims(aclmdlGetOutputDims, i));
    EXPECT_EQ(aclmdlGetOutputDataType(io.desc, i), ACL_FLOAT);
    index = 9;
    EXPECT_EQ(aclmdlGetOutputIndexByName(io.desc, aclmdlGetOutputNameByIndex(io.desc, i), &index),
              ACL_SUCCESS);
    EXPECT_EQ(index, i);
  }
  aclmdlBatch batch;
  EXPECT_EQ(aclmdlGetDynamicBatch(io.desc, &batch), ACL_SUCCESS);
  EXPECT_EQ(batch.batchCount, 0u);
  EXPECT_EQ(aclmdlUnload(id), ACL_SUCCESS);
}

TEST_F(Model, DescriptionsRefuseWhatIsNotThere) {
  const uint32_t id = LoadData("mean_rgb.onnx");
  ModelIo io(id);
  EXPECT_EQ(aclmdlGetInputSizeByIndex(io.desc, 1), 0u);
  EXPECT_NE(Recent().find("index is 1, and the model has 1 inputs"), std::string::npos);
  EXPECT_EQ(aclmdlGetOutputDataType(io.desc, 7), ACL_DT_UNDEFINED);
  EXPECT_EQ(aclmdlGetInputFormat(nullptr, 0), ACL_FORMAT_UNDEFINED);
  size_t index = 0;
  EXPECT_EQ(aclmdlGetInputIndexByName(io.desc, "nobody", &index), ACL_ERROR_INVALID_PARAM);
  EXPECT_NE(Recent().find("there is no 'nobody'; there are: "), std::string::npos);
  EXPECT_EQ(aclmdlGetNumInputs(nullptr), 0u);
  EXPECT_EQ(aclmdlGetDesc(io.desc, 9999), ACL_ERROR_GE_EXEC_MODEL_ID_INVALID);
  aclmdlDesc* empty = aclmdlCreateDesc();
  aclmdlIODims dims;
  EXPECT_EQ(aclmdlGetInputDims(empty, 0, &dims), ACL_ERROR_INVALID_PARAM);
  EXPECT_EQ(aclmdlGetDescFromFile(empty, DataPath("mean_rgb.onnx").c_str()), ACL_SUCCESS);
  EXPECT_EQ(aclmdlGetNumInputs(empty), 1u);
  const std::string bytes = ReadFile(DataPath("two_in_two_out.onnx"));
  EXPECT_EQ(aclmdlGetDescFromMem(empty, bytes.data(), bytes.size()), ACL_SUCCESS);
  EXPECT_EQ(aclmdlGetNumInputs(empty), 2u);
  EXPECT_EQ(aclmdlDestroyDesc(empty), ACL_SUCCESS);
  EXPECT_EQ(aclmdlUnload(id), ACL_SUCCESS);
}

TEST_F(Model, DatasetsOwnNothing) {
  aclmdlDataset* dataset = aclmdlCreateDataset();
  aclDataBuffer* buffer = aclCreateDataBuffer(nullptr, 0);
  EXPECT_EQ(aclmdlAddDatasetBuffer(dataset, buffer), ACL_SUCCESS);
  EXPECT_EQ(aclmdlAddDatasetBuffer(dataset, nullptr), ACL_ERROR_INVALID_PARAM);
  EXPECT_EQ(aclmdlGetDatasetNumBuffers(dataset), 1u);
  EXPECT_EQ(aclmdlGetDatasetNumBuffers(nullptr), 0u);
  EXPECT_EQ(aclmdlGetDatasetBuffer(dataset, 0), buffer);
  EXPECT_EQ(aclmdlGetDatasetBuffer(dataset, 1), nullptr);
  EXPECT_EQ(aclmdlDestroyDataset(dataset), ACL_SUCCESS);
  EXPECT_EQ(aclDestroyDataBuffer(buffer), ACL_SUCCESS);
}

TEST_F(Model, ExecutesInTheThreadAndOnStreams) {
  const uint32_t id = LoadData("mean_rgb.onnx");
  ModelIo io(id);
  const size_t pixels = aclmdlGetInputSizeByIndex(io.desc, 0) / sizeof(float) / 3;
  FillChannels(io.in(0), pixels, 5);
  ASSERT_EQ(aclmdlExecute(id, io.input, io.output), ACL_SUCCESS) << Recent();
  for (size_t c = 0; c < 3; ++c) EXPECT_FLOAT_EQ(io.out(0)[c], 5 + static_cast<float>(c));

  aclrtStream stream = nullptr;
  ASSERT_EQ(aclrtCreateStream(&stream), ACL_SUCCESS);
  FillChannels(io.in(0), pixels, 20);
  ASSERT_EQ(aclmdlExecuteAsync(id, io.input, io.output, stream), ACL_SUCCESS);
  ASSERT_EQ(aclrtSynchronizeStream(stream), ACL_SUCCESS);
  EXPECT_FLOAT_EQ(io.out(0)[0], 20);

  aclmdlExecConfigHandle* config = aclmdlCreateExecConfigHandle();
  const int32_t timeout = 10000;
  EXPECT_EQ(aclmdlSetExecConfigOpt(config, ACL_MDL_STREAM_SYNC_TIMEOUT, &timeout, sizeof(timeout)),
            ACL_SUCCESS);
  EXPECT_EQ(aclmdlSetExecConfigOpt(config, ACL_MDL_STREAM_SYNC_TIMEOUT, &timeout, 8),
            ACL_ERROR_INVALID_PARAM);
  FillChannels(io.in(0), pixels, 30);
  ASSERT_EQ(aclmdlExecuteV2(id, io.input, io.output, stream, config), ACL_SUCCESS);
  EXPECT_FLOAT_EQ(io.out(0)[2], 32);
  FillChannels(io.in(0), pixels, 40);
  ASSERT_EQ(aclmdlExecuteAsyncV2(id, io.input, io.output, nullptr, config), ACL_SUCCESS);
  ASSERT_EQ(aclrtSynchronizeStream(nullptr), ACL_SUCCESS);
  EXPECT_FLOAT_EQ(io.out(0)[1], 41);
  EXPECT_EQ(aclmdlDestroyExecConfigHandle(config), ACL_SUCCESS);
  EXPECT_EQ(aclrtDestroyStream(stream), ACL_SUCCESS);
  EXPECT_EQ(aclmdlUnload(id), ACL_SUCCESS);
}

// One block of device memory cut into pieces at interior addresses.
TEST_F(Model, TakesPiecesOfOneBlock) {
  const uint32_t id = LoadData("mean_rgb.onnx");
  ModelIo io(id);
  const size_t bytes = aclmdlGetInputSizeByIndex(io.desc, 0);
  const size_t piece = ((bytes + 31) / 32 * 32 + 32 + 63) / 64 * 64;
  void* block = nullptr;
  ASSERT_EQ(aclrtMalloc(&block, 2 * piece, ACL_MEM_MALLOC_HUGE_FIRST), ACL_SUCCESS);
  aclDataBuffer* buffer = aclCreateDataBuffer(static_cast<char*>(block) + piece, bytes);
  aclmdlDataset* input = aclmdlCreateDataset();
  aclmdlAddDatasetBuffer(input, buffer);
  std::memset(aclGetDataBufferAddr(buffer), 0, bytes);
  EXPECT_EQ(aclmdlExecute(id, input, io.output), ACL_SUCCESS) << Recent();
  // The second piece ends with the block, so it cannot be longer.
  EXPECT_EQ(aclUpdateDataBuffer(buffer, static_cast<char*>(block) + 2 * piece - 64, bytes),
            ACL_SUCCESS);
  EXPECT_EQ(aclmdlExecute(id, input, io.output), ACL_ERROR_RT_PARAM_INVALID);
  std::vector<float> plain(bytes / sizeof(float));
  EXPECT_EQ(aclUpdateDataBuffer(buffer, plain.data(), bytes), ACL_SUCCESS);
  EXPECT_EQ(aclmdlExecute(id, input, io.output), ACL_ERROR_RT_PARAM_INVALID);
  EXPECT_NE(Recent().find("aclmdlExecute failed: 107000"), std::string::npos);
  EXPECT_EQ(aclmdlDestroyDataset(input), ACL_SUCCESS);
  EXPECT_EQ(aclDestroyDataBuffer(buffer), ACL_SUCCESS);
  EXPECT_EQ(aclrtFree(block), ACL_SUCCESS);
  EXPECT_EQ(aclmdlUnload(id), ACL_SUCCESS);
}

TEST_F(Model, ExecutionRefusesWhatDoesNotFit) {
  const uint32_t id = LoadData("mean_rgb.onnx");
  ModelIo io(id);
  aclmdlDataset* none = aclmdlCreateDataset();
  EXPECT_EQ(aclmdlExecute(id, none, io.output), ACL_ERROR_MODEL_INPUT_NOT_MATCH);
  EXPECT_EQ(aclmdlExecute(id, io.input, none), ACL_ERROR_MODEL_OUTPUT_NOT_MATCH);
  EXPECT_EQ(aclmdlExecute(id, nullptr, io.output), ACL_ERROR_INVALID_PARAM);
  EXPECT_EQ(aclmdlDestroyDataset(none), ACL_SUCCESS);
  aclDataBuffer* buffer = aclmdlGetDatasetBuffer(io.input, 0);
  void* memory = aclGetDataBufferAddr(buffer);
  const size_t bytes = aclGetDataBufferSizeV2(buffer);
  aclUpdateDataBuffer(buffer, memory, bytes - 4);
  EXPECT_EQ(aclmdlExecuteAsync(id, io.input, io.output, nullptr), ACL_ERROR_MODEL_INPUT_NOT_MATCH);
  EXPECT_NE(Recent().find(" bytes, must be "), std::string::npos);
  aclUpdateDataBuffer(buffer, memory, bytes);
  EXPECT_EQ(aclmdlUnload(id), ACL_SUCCESS);
  EXPECT_EQ(aclmdlExecute(id, io.input, io.output), ACL_ERROR_GE_EXEC_MODEL_ID_INVALID);
  EXPECT_EQ(aclmdlUnload(id), ACL_ERROR_GE_EXEC_MODEL_ID_INVALID);
  aclError code = ACL_SUCCESS;
  std::thread([&] { code = aclmdlExecute(id, io.input, io.output); }).join();
  EXPECT_EQ(code, ACL_ERROR_RT_CONTEXT_NULL);
}

TEST_F(Model, LoadsInEveryWay) {
  const std::string path = DataPath("mean_rgb.onnx"), bytes = ReadFile(path);
  size_t work = 0, weight = 0, work_too = 0, weight_too = 0;
  ASSERT_EQ(aclmdlQuerySize(path.c_str(), &work, &weight), ACL_SUCCESS);
  EXPECT_GT(work, 0u);
  EXPECT_GT(weight, 0u);
  EXPECT_EQ(aclmdlQuerySizeFromMem(bytes.data(), bytes.size(), &work_too, &weight_too),
            ACL_SUCCESS);
  EXPECT_EQ(work_too, work);
  EXPECT_EQ(weight_too, weight);
  void *work_memory = nullptr, *weight_memory = nullptr;
  ASSERT_EQ(aclrtMalloc(&work_memory, work, ACL_MEM_MALLOC_HUGE_FIRST), ACL_SUCCESS);
  ASSERT_EQ(aclrtMalloc(&weight_memory, weight, ACL_MEM_MALLOC_HUGE_FIRST), ACL_SUCCESS);
  uint32_t with_memory = 0, from_memory = 0;
  EXPECT_EQ(aclmdlLoadFromFileWithMem(path.c_str(), &with_memory, work_memory, work, weight_memory,
                                      weight),
            ACL_SUCCESS);
  EXPECT_EQ(aclmdlLoadFromMemWithMem(bytes.data(), bytes.size(), &from_memory, nullptr, 0,
                                     weight_memory, weight),
            ACL_SUCCESS);
  EXPECT_NE(with_memory, from_memory);
  uint32_t none = 0;
  EXPECT_EQ(
      aclmdlLoadFromFileWithMem(path.c_str(), &none, work_memory, work - 1, weight_memory, weight),
      ACL_ERROR_GE_EXEC_MODEL_DATA_SIZE_INVALID);
  EXPECT_EQ(aclmdlLoadFromFileWithMem(path.c_str(), &none, &none, work, nullptr, 0),
            ACL_ERROR_RT_PARAM_INVALID);
  EXPECT_EQ(none, 0u);
  EXPECT_EQ(aclmdlUnload(with_memory), ACL_SUCCESS);
  EXPECT_EQ(aclmdlUnload(from_memory), ACL_SUCCESS);
  EXPECT_EQ(aclrtFree(work_memory), ACL_SUCCESS);
  EXPECT_EQ(aclrtFree(weight_memory), ACL_SUCCESS);
}

TEST_F(Model, LoadsWithAConfiguration) {
  std::string bytes = ReadFile(DataPath("mean_rgb.onnx"));
  bytes += std::string("\0more", 5);  // What follows it in memory is not its.
  aclmdlConfigHandle* config = aclmdlCreateConfigHandle();
  uint32_t id = 0;
  EXPECT_EQ(aclmdlLoadWithConfig(config, &id), ACL_ERROR_INVALID_PARAM);
  size_t type = ACL_MDL_LOAD_FROM_MEM;
  EXPECT_EQ(aclmdlSetConfigOpt(config, ACL_MDL_LOAD_TYPE_SIZET, &type, 4), ACL_ERROR_INVALID_PARAM);
  EXPECT_EQ(aclmdlSetConfigOpt(config, ACL_MDL_LOAD_TYPE_SIZET, &type, sizeof(type)), ACL_SUCCESS);
  EXPECT_EQ(aclmdlLoadWithConfig(config, &id), ACL_ERROR_INVALID_PARAM);
  EXPECT_NE(Recent().find("ACL_MDL_MEM_ADDR_PTR"), std::string::npos);
  const void* address = bytes.data();
  EXPECT_EQ(aclmdlSetConfigOpt(config, ACL_MDL_MEM_ADDR_PTR, &address, sizeof(address)),
            ACL_SUCCESS);
  // No length: the file's own fields say where it ends.
  ASSERT_EQ(aclmdlLoadWithConfig(config, &id), ACL_SUCCESS) << Recent();
  EXPECT_EQ(aclmdlUnload(id), ACL_SUCCESS);
  type = ACL_MDL_LOAD_FROM_FILE;
  EXPECT_EQ(aclmdlSetConfigOpt(config, ACL_MDL_LOAD_TYPE_SIZET, &type, sizeof(type)), ACL_SUCCESS);
  const std::string path = DataPath("mean_rgb.onnx");
  const char* text = path.c_str();
  EXPECT_EQ(aclmdlSetConfigOpt(config, ACL_MDL_PATH_PTR, &text, sizeof(text)), ACL_SUCCESS);
  ASSERT_EQ(aclmdlLoadWithConfig(config, &id), ACL_SUCCESS) << Recent();
  EXPECT_EQ(aclmdlUnload(id), ACL_SUCCESS);
  type = ACL_MDL_LOAD_FROM_FILE_WITH_Q;
  EXPECT_EQ(aclmdlSetConfigOpt(config, ACL_MDL_LOAD_TYPE_SIZET, &type, sizeof(type)), ACL_SUCCESS);
  EXPECT_EQ(aclmdlLoadWithConfig(config, &id), ACL_ERROR_FEATURE_UNSUPPORTED);
  EXPECT_EQ(aclmdlDestroyConfigHandle(config), ACL_SUCCESS);
}

TEST_F(Model, FilesThatAreNoModelsAreRefused) {
  uint32_t id = 0;
  EXPECT_EQ(aclmdlLoadFromFile("/nowhere/a.om", &id), ACL_ERROR_GE_EXEC_MODEL_PATH_INVALID);
  EXPECT_NE(Recent().find("'/nowhere/a.om'"), std::string::npos);
  EXPECT_EQ(aclmdlLoadFromFile("/tmp", &id), ACL_ERROR_GE_EXEC_MODEL_PATH_INVALID);
  const std::string om = std::string("IMOD") + std::string(300, '\0');
  EXPECT_EQ(aclmdlLoadFromMem(om.data(), om.size(), &id), ACL_ERROR_PARSE_MODEL);
  EXPECT_NE(Recent().find("this is an OM file"), std::string::npos);
  EXPECT_EQ(aclmdlLoadFromMem("hello", 5, &id), ACL_ERROR_PARSE_MODEL);
  const std::string bytes = ReadFile(DataPath("mean_rgb.onnx"));
  EXPECT_EQ(aclmdlLoadFromMem(bytes.data(), bytes.size() - 9, &id), ACL_ERROR_PARSE_MODEL);
  EXPECT_EQ(aclmdlLoadFromMem(bytes.data(), 0, &id), ACL_ERROR_PARSE_MODEL);
  EXPECT_EQ(aclmdlLoadFromFile(DataPath("unknown_op.onnx").c_str(), &id), ACL_ERROR_PARSE_MODEL);
  EXPECT_EQ(id, 0u);
}

TEST_F(Model, AFixedBatchIsTheModels) {
  const uint32_t id = LoadData("fixed_batch.onnx");
  ModelIo io(id);
  EXPECT_EQ(io.dims(aclmdlGetInputDims, 0)[0], 4);
  EXPECT_EQ(io.dims(aclmdlGetOutputDims, 0)[0], 4);
  EXPECT_EQ(aclmdlExecute(id, io.input, io.output), ACL_SUCCESS);
  EXPECT_EQ(aclmdlUnload(id), ACL_SUCCESS);
}

// Work that is queued keeps its model.
TEST_F(Model, UnloadingLeavesWhatIsQueued) {
  const uint32_t id = LoadData("mean_rgb.onnx");
  ModelIo io(id);
  ReportThread thread;
  aclrtStream stream = nullptr;
  ASSERT_EQ(aclrtCreateStream(&stream), ACL_SUCCESS);
  ASSERT_EQ(aclrtSubscribeReport(thread.id(), stream), ACL_SUCCESS);
  Gate gate;
  ASSERT_EQ(aclrtLaunchCallback([](void* user) { static_cast<Gate*>(user)->Pass(); }, &gate,
                                ACL_CALLBACK_BLOCK, stream),
            ACL_SUCCESS);
  FillChannels(io.in(0), aclmdlGetInputSizeByIndex(io.desc, 0) / 12, 3);
  ASSERT_EQ(aclmdlExecuteAsync(id, io.input, io.output, stream), ACL_SUCCESS);
  EXPECT_EQ(aclmdlUnload(id), ACL_SUCCESS);
  gate.Open();
  EXPECT_EQ(aclrtSynchronizeStream(stream), ACL_SUCCESS);
  EXPECT_FLOAT_EQ(io.out(0)[0], 3);
  EXPECT_EQ(aclrtUnSubscribeReport(thread.id(), stream), ACL_SUCCESS);
  EXPECT_EQ(aclrtDestroyStream(stream), ACL_SUCCESS);
}

}  // namespace
}  // namespace acl_test
