// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <numeric>
#include <thread>
#include <vector>

#include "devices/runtime.h"

namespace infer_server::devices {
namespace {

Result<std::shared_ptr<Model>> Load(const std::string& engine, int batch_size = 0,
                                    const ModelSource& source = {}) {
  ModelOptions options;
  options.engine = engine;
  options.batch_size = batch_size;
  return OpenDevice({"cpu", 0}).value()->LoadModel(source, options);
}

std::unique_ptr<Engine> NewEngine(const std::string& engine, int batch_size = 0) {
  const auto model = Load(engine, batch_size);
  EXPECT_TRUE(model.ok()) << model.status().ToString();
  return std::move(model.value()->NewEngine()).value();
}

TEST(FakeEngine, HasTheTensorsItIsGiven) {
  const auto model =
      Load("fake:inputs=images@3x4x5:u8;7,outputs=2;3x1:i64,batch=fixed,batch-size=4").value();
  EXPECT_EQ("fake", model->EngineName());
  EXPECT_EQ("images u8[1,3,4,5], in1 f32[1,7]", ToString(model->Inputs()));
  EXPECT_EQ("out0 f32[1,2], out1 i64[1,3,1]", ToString(model->Outputs()));
  EXPECT_EQ(Layout::kNCHW, model->Inputs()[0].layout);
  EXPECT_EQ(4, model->BatchSize());
  EXPECT_TRUE(model->FixedBatch());
}

TEST(FakeEngine, NeedsNoModelFile) {
  EXPECT_TRUE(Load("fake").ok());
  ModelSource source;
  source.path = "/nowhere/at-all.onnx";
  const auto model = Load("fake", 0, source);
  ASSERT_TRUE(model.ok());
  EXPECT_EQ("in0 f32[1,3,32,32]", ToString(model.value()->Inputs()));
  EXPECT_EQ("out0 f32[1,10]", ToString(model.value()->Outputs()));
  EXPECT_EQ(1, model.value()->BatchSize());
  EXPECT_FALSE(model.value()->FixedBatch());
  EXPECT_EQ(8, Load("fake:batch-size=4", 8).value()->BatchSize());
}

TEST(FakeEngine, SumTellsItemsApartWhateverTheBatch) {
  const auto engine = NewEngine("fake:inputs=4:u8;2,outputs=3;2:u8", 3);
  const std::vector<std::uint8_t> bytes = {1, 1, 1, 1, 2, 2, 2, 2, 250, 250, 250, 250};
  const std::vector<float> floats = {1, 1, 2, 2, 280, 280};
  std::vector<float> sums(9);
  std::vector<std::uint8_t> narrow(6);
  const void* in[] = {bytes.data(), floats.data()};
  void* out[] = {sums.data(), narrow.data()};
  ASSERT_TRUE(engine->Run(in, out, 3).ok());
  EXPECT_EQ((std::vector<float>{1, 2, 3, 2, 3, 4, 260, 261, 262}), sums);
  EXPECT_EQ((std::vector<std::uint8_t>{1, 2, 2, 3, 255, 255}), narrow);

  // One row alone gives the same.
  std::vector<float> one(3);
  const void* in1[] = {bytes.data() + 4, floats.data() + 2};
  void* out1[] = {one.data(), narrow.data()};
  ASSERT_TRUE(engine->Run(in1, out1, 1).ok());
  EXPECT_EQ((std::vector<float>{2, 3, 4}), one);
}

TEST(FakeEngine, CopyRepeatsTheInput) {
  const auto engine = NewEngine("fake:inputs=3,outputs=2;5;7:i32,mode=copy", 2);
  const std::vector<float> input = {1, 2, 3, 4, 5, 6.5f};
  std::vector<float> a(4), b(10);
  std::vector<std::int32_t> c(14);
  const void* in[] = {input.data()};
  void* out[] = {a.data(), b.data(), c.data()};
  ASSERT_TRUE(engine->Run(in, out, 2).ok());
  EXPECT_EQ((std::vector<float>{1, 2, 4, 5}), a);
  EXPECT_EQ((std::vector<float>{1, 2, 3, 1, 2, 4, 5, 6.5f, 4, 5}), b);
  EXPECT_EQ((std::vector<std::int32_t>{1, 2, 3, 1, 2, 3, 1, 4, 5, 6, 4, 5, 6, 4}), c);
}

TEST(FakeEngine, ZerosAreZeros) {
  const auto engine = NewEngine("fake:inputs=1,outputs=2,mode=zeros");
  float input = 1;
  std::vector<float> output = {1, 2};
  const void* in[] = {&input};
  void* out[] = {output.data()};
  ASSERT_TRUE(engine->Run(in, out, 1).ok());
  EXPECT_EQ((std::vector<float>{0, 0}), output);
}

TEST(FakeEngine, FailsTheCallsItIsToldTo) {
  const auto model = Load("fake:inputs=1,outputs=1,fail-at=2,fail-every=5").value();
  const auto a = std::move(model->NewEngine()).value(), b = std::move(model->NewEngine()).value();
  float input = 1, output = 0;
  const void* in[] = {&input};
  void* out[] = {&output};
  std::vector<int> failed;
  for (int call = 1; call <= 11; ++call)  // Counted over both engines.
    if (!(call % 2 == 0 ? a : b)->Run(in, out, 1).ok()) failed.push_back(call);
  EXPECT_EQ((std::vector<int>{2, 5, 10}), failed);
}

TEST(FakeEngine, CancelEndsAHangForGood) {
  const auto engine = NewEngine("fake:inputs=1,outputs=1,hang-at=1");
  float input = 1, output = 0;
  const void* in[] = {&input};
  void* out[] = {&output};
  std::thread canceller([&engine] { engine->Cancel(); });
  EXPECT_EQ(Code::kCancelled, engine->Run(in, out, 1).code());
  canceller.join();
  EXPECT_EQ(Code::kCancelled, engine->Run(in, out, 1).code());
}

TEST(FakeEngine, SleepsAtLeastItsLatency) {
  const auto engine = NewEngine("fake:inputs=1,outputs=1,latency=2.5,item-latency=1,jitter=0.5", 2);
  float input[2] = {1, 2}, output[2];
  const void* in[] = {input};
  void* out[] = {output};
  const auto start = std::chrono::steady_clock::now();
  ASSERT_TRUE(engine->Run(in, out, 2).ok());
  EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::microseconds(4500));
}

TEST(FakeEngine, ChecksRows) {
  const auto engine = NewEngine("fake:inputs=1,outputs=1", 2);
  const void* in[] = {nullptr};
  void* out[] = {nullptr};
  EXPECT_EQ("INVALID_ARGUMENT: fake engine: 3 rows; expected 1 to 2",
            engine->Run(in, out, 3).ToString());
  EXPECT_EQ(Code::kInvalidArgument, engine->Run(in, out, 0).code());
}

TEST(EngineChoice, BadStringsSayWhatIsWrong) {
  const struct {
    const char* engine;
    const char* message;
  } kTable[] = {
      {"", "engine '': has no name; expected NAME or NAME:key=value,key=value"},
      {"fake:", "engine 'fake:': '' is not key=value; expected NAME or NAME:key=value,key=value"},
      {"fake:latency",
       "engine 'fake:latency': 'latency' is not key=value; expected NAME or "
       "NAME:key=value,key=value"},
      {"fake:seed=1,seed=2",
       "engine 'fake:seed=1,seed=2': 'seed' is given twice; expected NAME or "
       "NAME:key=value,key=value"},
      {"fake:speed=1",
       "engine 'fake': no setting 'speed'; there are: latency, item-latency, jitter, seed, "
       "fail-every, fail-at, hang-at, load-fail, inputs, outputs, batch, batch-size, mode"},
      {"fake:latency=-1",
       "engine 'fake': latency='-1'; expected milliseconds between 0 and 1000000"},
      {"fake:latency=nan",
       "engine 'fake': latency='nan'; expected milliseconds between 0 and 1000000"},
      {"fake:fail-at=0", "engine 'fake': fail-at='0'; expected an integer of at least 1"},
      {"fake:mode=hash", "engine 'fake': mode='hash'; expected one of: copy, sum, zeros"},
      {"fake:inputs=3x-1",
       "engine 'fake': inputs='3x-1'; expected [NAME@]DIMxDIM[:TYPE] (u8, i8, i16, i32, i64, f32, "
       "f64), several separated by ';', such as 3x32x32:u8;4"},
      {"fake:load-fail=1", "engine 'fake': loading fails, as load-fail=1 says"},
  };
  for (const auto& row : kTable) {
    const auto model = Load(row.engine);
    EXPECT_EQ(Code::kInvalidArgument, model.status().code()) << row.engine;
    EXPECT_EQ(row.message, model.status().message());
  }
  for (const char* engine : {"fake:inputs=", "fake:inputs=3x", "fake:outputs=4:f16",
                             "fake:outputs=99999x99999x99999", "fake:inputs=@3", "fake:batch=2",
                             "fake:batch-size=4000000000", "auto:latency=1", "tensorrt"})
    EXPECT_EQ(Code::kInvalidArgument, Load(engine).status().code()) << engine;
}

}  // namespace
}  // namespace infer_server::devices
