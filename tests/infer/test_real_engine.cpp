// SPDX-License-Identifier: Apache-2.0
// Sessions over OpenCV's engine and small ONNX files: models from memory, several inputs and
// outputs, batches that are fixed in the file, and batches that the engine cannot run together.
#include <algorithm>

#include "infer/model_cache.h"
#include "tests/files.h"
#include "tests/infer/support.h"

namespace infer_server {
namespace {

using test::Numbers;

// Item n: every element of every input is n. Answers are one vector for all outputs, one behind the
// other.
bool WriteAll(ModelIO* io, const InferData& item, const ModelInfo& model) {
  for (std::size_t i = 0; i < io->buffers.size(); ++i) {
    const auto count = static_cast<std::size_t>(model.InputShape(static_cast<int>(i)).DataCount());
    std::fill_n(static_cast<float*>(io->buffers[i].MutableData()), count,
                static_cast<float>(item.Get<int>()));
  }
  return true;
}

bool ReadAll(InferData* item, const ModelIO& io, const ModelInfo& model) {
  std::vector<float> values;
  for (std::size_t i = 0; i < io.buffers.size(); ++i) {
    const auto count = static_cast<std::size_t>(model.OutputShape(static_cast<int>(i)).DataCount());
    const auto* from = static_cast<const float*>(io.buffers[i].Data());
    values.insert(values.end(), from, from + count);
  }
  item->Set(values);
  return true;
}

SessionDesc Desc(const ModelPtr& model, BatchStrategy strategy = BatchStrategy::DYNAMIC) {
  SessionDesc desc = test::NumberDesc(model, &WriteAll, &ReadAll);
  desc.host_input_layout = desc.host_output_layout = {DataType::FLOAT32, DimOrder::NCHW};
  desc.strategy = strategy;
  desc.batch_timeout = 10;
  return desc;
}

ModelPtr LoadFile(const char* name, std::uint32_t batch = 0) {
  ModelOptions options;
  options.batch_size = batch;
  std::string error;
  ModelPtr model = InferServer::LoadModel(DataPath(name), options, &error);
  EXPECT_NE(nullptr, model) << error;
  return model;
}

// The answers for `numbers` in one request.
std::vector<std::vector<float>> Answers(const SessionDesc& desc, const std::vector<int>& numbers) {
  InferServer server(0);
  std::string error;
  Session_t session = server.CreateSession(desc, nullptr, &error);
  EXPECT_NE(nullptr, session) << error;
  Status status = Status::TIMEOUT;
  auto response = std::make_shared<Package>();
  EXPECT_TRUE(server.RequestSync(session, Numbers(numbers), &status, response));
  EXPECT_EQ(Status::SUCCESS, status) << server.LastError(session);
  std::vector<std::vector<float>> answers;
  for (const InferDataPtr& item : response->data)
    answers.push_back(item == nullptr ? std::vector<float>() : item->Get<std::vector<float>>());
  EXPECT_TRUE(server.DestroySession(session));
  return answers;
}

// two_in_two_out.onnx: a + 1 (48 elements), then 2·b (2 elements).
std::vector<float> TwoOutputs(int n) {
  std::vector<float> values(48, static_cast<float>(n + 1));
  values.insert(values.end(), 2, static_cast<float>(2 * n));
  return values;
}

TEST(RealEngine, SeveralInputsAndOutputsGoThroughASession) {
  for (const std::uint32_t batch : {1u, 3u}) {
    const auto answers = Answers(Desc(LoadFile("two_in_two_out.onnx", batch)), {1, 20, -3, 4});
    ASSERT_EQ(4u, answers.size());
    EXPECT_EQ(TwoOutputs(1), answers[0]);
    EXPECT_EQ(TwoOutputs(20), answers[1]);
    EXPECT_EQ(TwoOutputs(-3), answers[2]);
    EXPECT_EQ(TwoOutputs(4), answers[3]);
  }
}

// mean_rgb.onnx takes planes; the host may write and read in any order that has a meaning.
TEST(RealEngine, TheHostSideMayBeHWCN) {
  const auto write = [](ModelIO* io, const InferData& item, const ModelInfo&) {
    if (io->shapes[0] != Shape{8, 8, 3, 1} ||
        !(io->layouts[0] == DataLayout{DataType::INT16, DimOrder::HWCN}))
      return false;
    auto* values = static_cast<std::int16_t*>(io->buffers[0].MutableData());
    for (int i = 0; i < 8 * 8 * 3; ++i)
      values[i] = static_cast<std::int16_t>(item.Get<int>() * (i % 3 + 1));
    return true;
  };
  SessionDesc desc = Desc(LoadFile("mean_rgb.onnx", 2));
  desc.host_input_layout = {DataType::INT16, DimOrder::HWCN};
  desc.preproc->SetParams("process_function", write);
  const std::vector<std::vector<float>> means = {{1, 2, 3}, {20, 40, 60}, {-5, -10, -15}};
  EXPECT_EQ(means, Answers(desc, {1, 20, -5}));
}

// A sequence of 5 steps of 4 numbers each, copied from input to output.
TEST(RealEngine, SequencesMayBeTNCAndNTC) {
  ModelOptions options;
  options.engine = "fake:inputs=5x4,outputs=5x4,mode=copy";
  options.batch_size = 2;
  const auto write = [](ModelIO* io, const InferData& item, const ModelInfo&) {
    auto* values = static_cast<float*>(io->buffers[0].MutableData());
    for (int i = 0; i < 20; ++i) values[i] = static_cast<float>(item.Get<int>() + i);
    return io->shapes[0] == Shape{5, 1, 4};
  };
  const auto read = [](InferData* item, const ModelIO& io, const ModelInfo&) {
    const auto* values = static_cast<const std::int32_t*>(io.buffers[0].Data());
    item->Set(std::vector<float>(values, values + 20));
    return io.shapes[0] == Shape{1, 5, 4};
  };
  SessionDesc desc = test::NumberDesc(InferServer::LoadModel("", options), write, read);
  desc.host_input_layout = {DataType::FLOAT32, DimOrder::TNC};
  desc.host_output_layout = {DataType::INT32, DimOrder::NTC};
  desc.batch_timeout = 1;
  const auto answers = Answers(desc, {100, 200, 300});
  ASSERT_EQ(3u, answers.size());
  for (int n = 0; n < 3; ++n)
    for (int i = 0; i < 20; ++i)
      EXPECT_EQ(static_cast<float>(100 * (n + 1) + i),
                answers[static_cast<std::size_t>(n)].at(static_cast<std::size_t>(i)));
}

TEST(RealEngine, AModelInMemoryNeedsNoSizeAndIsReadOnce) {
  InferServer::ClearModelCache();
  std::string bytes = ReadFile(DataPath("two_in_two_out.onnx"));
  const std::size_t size = bytes.size();
  bytes += std::string(64, '\xff');  // What lies behind it is no part of it.
  const ModelPtr with = InferServer::LoadModel(&bytes[0], size);
  const ModelPtr without = InferServer::LoadModel(&bytes[0]);
  ASSERT_NE(nullptr, with);
  EXPECT_EQ(with, without) << "the same content";
  EXPECT_EQ(nullptr, InferServer::LoadModel(&bytes[0], size / 2));
  EXPECT_EQ(nullptr, InferServer::LoadModel(&bytes[0], size, "subnet1"));
  bytes.assign(bytes.size(), '\0');  // The memory is the caller's again.
  EXPECT_EQ((std::vector<std::vector<float>>{TwoOutputs(7), TwoOutputs(8)}),
            Answers(Desc(without), {7, 8}));
}

TEST(RealEngine, AnotherModelAtTheSameAddressIsAnotherModel) {
  std::string bytes = ReadFile(DataPath("two_in_two_out.onnx"));
  const std::string other = ReadFile(DataPath("fixed_batch.onnx"));
  bytes.resize(std::max(bytes.size(), other.size()) + 64);
  const ModelPtr two = InferServer::LoadModel(&bytes[0]);
  std::copy(other.begin(), other.end(), bytes.begin());
  std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(other.size()), bytes.end(), '\0');
  const ModelPtr one = InferServer::LoadModel(&bytes[0]);
  ASSERT_TRUE(one != nullptr && two != nullptr);
  EXPECT_EQ(2u, two->InputNum());
  EXPECT_EQ(1u, one->InputNum());
}

// fixed_batch.onnx: four items at a time, each the sum of two channels.
TEST(RealEngine, PartOfAFixedBatchAnswersItsOwnItemsOnly) {
  const ModelPtr model = LoadFile("fixed_batch.onnx");
  ASSERT_EQ(4u, model->BatchSize());
  for (const BatchStrategy strategy : {BatchStrategy::DYNAMIC, BatchStrategy::STATIC})
    for (int count = 1; count <= 9; ++count) {
      std::vector<int> numbers;
      for (int n = 0; n < count; ++n) numbers.push_back(10 * n + 1);
      const auto answers = Answers(Desc(model, strategy), numbers);
      ASSERT_EQ(numbers.size(), answers.size());
      for (std::size_t i = 0; i < numbers.size(); ++i)
        EXPECT_EQ(std::vector<float>(9, static_cast<float>(2 * numbers[i])), answers[i])
            << "item " << i << " of " << count;
    }
}

// mixes_batch.onnx gives other numbers for items together: they are run one by one.
TEST(RealEngine, ItemsThatMustNotMixAreRunOneByOne) {
  const std::vector<int> numbers = {1, 2, 3, 4, 5, 6};
  const auto alone = Answers(Desc(LoadFile("mixes_batch.onnx", 1)), numbers);
  for (const std::uint32_t engines : {1u, 2u}) {
    SessionDesc desc = Desc(LoadFile("mixes_batch.onnx", 4));
    desc.engine_num = engines;
    EXPECT_EQ(alone, Answers(desc, numbers));
  }
  EXPECT_EQ(std::vector<float>(8, 4), alone[1]) << "2·x · softmax of one item";
}

}  // namespace
}  // namespace infer_server
