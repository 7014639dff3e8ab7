// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <vector>

#include "devices/runtime.h"

namespace infer_server::devices {
namespace {

using std::chrono::milliseconds;
constexpr milliseconds kForEver{-1};

std::shared_ptr<Model> Fake(const std::string& settings) {
  ModelOptions options;
  options.engine = "fake:" + settings;
  return std::move(OpenDevice({"cpu", 0}).value()->LoadModel({}, options)).value();
}

class ThrowingEngine final : public Engine {
 public:
  Status Run(const void* const*, void* const*, int) override { throw std::runtime_error("bang"); }
};

// With and without a thread of the stream's own.
class CpuStream : public testing::TestWithParam<bool> {
 protected:
  std::unique_ptr<Stream> NewStream() {
    StreamOptions options;
    options.own_thread = GetParam();
    return std::move(OpenDevice({"cpu", 0}).value()->NewStream(options)).value();
  }
  Status Run(Stream* stream, Engine* engine) {
    const void* in[] = {&in_};
    void* out[] = {&out_};
    return stream->Execute(engine, in, 1, out, 1, 1);
  }
  float in_ = 5, out_ = 0;
};

TEST_P(CpuStream, WorksInOrder) {
  const auto model = Fake("inputs=1,outputs=1");
  const auto engine = std::move(model->NewEngine()).value();
  const auto stream = NewStream();
  float staged = 0, result = 0;
  std::vector<int> order;
  for (int i = 0; i < 200; ++i) {  // More than the stream holds at once.
    const float value = static_cast<float>(i);
    const void* in[] = {&staged};
    void* out[] = {&out_};
    ASSERT_TRUE(stream->CopyAsync(&staged, &value, sizeof value, CopyKind::kHostToDevice).ok());
    ASSERT_TRUE(stream->Execute(engine.get(), in, 1, out, 1, 1).ok());
    ASSERT_TRUE(stream->CopyAsync(&result, &out_, sizeof result, CopyKind::kDeviceToHost).ok());
    ASSERT_TRUE(stream
                    ->Callback([&order, i, &result](Status status) {
                      if (status.ok() && result == static_cast<float>(i)) order.push_back(i);
                    })
                    .ok());
    ASSERT_TRUE(stream->Synchronize(kForEver).ok());
  }
  ASSERT_EQ(200u, order.size());
  for (int i = 0; i < 200; ++i) EXPECT_EQ(i, order[static_cast<std::size_t>(i)]);
}

TEST_P(CpuStream, HoldsMoreWorkThanItsQueue) {
  const auto stream = NewStream();
  std::vector<int> order;
  for (int i = 0; i < 500; ++i)
    ASSERT_TRUE(stream->Callback([&order, i](Status) { order.push_back(i); }).ok());
  ASSERT_TRUE(stream->Synchronize(kForEver).ok());
  for (int i = 0; i < 500; ++i) EXPECT_EQ(i, order[static_cast<std::size_t>(i)]);
}

TEST_P(CpuStream, SkipsWorkBehindAFailureAndReportsItOnce) {
  const auto model = Fake("inputs=1,outputs=1,fail-at=2");
  const auto engine = std::move(model->NewEngine()).value();
  const auto stream = NewStream();
  float copied = 0, one = 1;
  Status seen;
  ASSERT_TRUE(Run(stream.get(), engine.get()).ok());
  ASSERT_TRUE(Run(stream.get(), engine.get()).ok());
  ASSERT_TRUE(stream->CopyAsync(&copied, &one, sizeof one, CopyKind::kHostToHost).ok());
  ASSERT_TRUE(stream->Callback([&seen](Status status) { seen = status; }).ok());
  EXPECT_EQ("DEVICE_ERROR: fake engine: call 2 fails, as its settings say",
            stream->Synchronize(kForEver).ToString());
  EXPECT_EQ(Code::kDeviceError, seen.code());
  EXPECT_EQ(0, copied);
  EXPECT_EQ(5, out_);  // The first call ran.
  EXPECT_TRUE(stream->Synchronize(kForEver).ok());
  ASSERT_TRUE(stream->CopyAsync(&copied, &one, sizeof one, CopyKind::kHostToHost).ok());
  EXPECT_TRUE(stream->Synchronize(kForEver).ok());
  EXPECT_EQ(1, copied);
}

TEST_P(CpuStream, TurnsExceptionsIntoFailures) {
  const auto stream = NewStream();
  ThrowingEngine engine;
  ASSERT_TRUE(Run(stream.get(), &engine).ok());
  EXPECT_EQ("DEVICE_ERROR: the engine threw: bang", stream->Synchronize(kForEver).ToString());
  ASSERT_TRUE(stream->Callback([](Status) { throw 1; }).ok());
  EXPECT_EQ("DEVICE_ERROR: a stream callback threw", stream->Synchronize(kForEver).ToString());
}

TEST_P(CpuStream, RefusesBadArguments) {
  const auto stream = NewStream();
  const auto model = Fake("inputs=1,outputs=1");
  const auto engine = std::move(model->NewEngine()).value();
  const void* in[] = {nullptr};
  void* out[] = {&out_};
  EXPECT_EQ(Code::kInvalidArgument,
            stream->CopyAsync(nullptr, in, 1, CopyKind::kHostToHost).code());
  EXPECT_EQ(Code::kInvalidArgument, Run(stream.get(), nullptr).code());
  EXPECT_EQ("INVALID_ARGUMENT: stream: input 0 is null",
            stream->Execute(engine.get(), in, 1, out, 1, 1).ToString());
  EXPECT_EQ("INVALID_ARGUMENT: stream: execute 0 rows; expected at least 1",
            stream->Execute(engine.get(), in, 0, out, 1, 0).ToString());
  EXPECT_EQ(Code::kInvalidArgument, stream->Callback(nullptr).code());
  EXPECT_TRUE(stream->Synchronize(kForEver).ok());
}

INSTANTIATE_TEST_SUITE_P(Both, CpuStream, testing::Bool(),
                         [](const auto& param) { return param.param ? "OwnThread" : "Inline"; });

// The work of these only ends when somebody cancels it.
class HungStream : public testing::Test {
 protected:
  HungStream() {
    StreamOptions options;
    options.own_thread = true;
    stream_ = std::move(OpenDevice({"cpu", 0}).value()->NewStream(options)).value();
    const void* in[] = {&in_};
    void* out[] = {&out_};
    EXPECT_TRUE(stream_->Execute(engine_.get(), in, 1, out, 1, 1).ok());
  }
  float in_ = 0, out_ = 0;
  const std::shared_ptr<Model> model_ = Fake("inputs=1,outputs=1,hang-at=1");
  const std::unique_ptr<Engine> engine_ = std::move(model_->NewEngine()).value();
  std::unique_ptr<Stream> stream_;
};

TEST_F(HungStream, SynchronizeGivesUpInTime) {
  EXPECT_EQ("TIMEOUT: the work of the stream was not done after 10 ms",
            stream_->Synchronize(milliseconds(10)).ToString());
  EXPECT_EQ(Code::kTimeout, stream_->Synchronize(milliseconds(0)).code());
  engine_->Cancel();
  EXPECT_EQ("CANCELLED: fake engine: cancelled", stream_->Synchronize(kForEver).ToString());
}

TEST_F(HungStream, DestructorCancelsTheEngineAndDropsTheRest) {
  float copied = 0, one = 1;
  std::atomic<int> cancelled{0};
  ASSERT_TRUE(stream_->CopyAsync(&copied, &one, sizeof one, CopyKind::kHostToHost).ok());
  ASSERT_TRUE(stream_
                  ->Callback([&cancelled](Status status) {
                    if (status.code() == Code::kCancelled) ++cancelled;
                  })
                  .ok());
  EXPECT_EQ(Code::kTimeout, stream_->Synchronize(milliseconds(1)).code());
  stream_.reset();
  EXPECT_EQ(0, copied);
  EXPECT_EQ(1, cancelled);
}

TEST(ThreadedStream, DestructorWaitsForWorkThatIsNotOverdue) {
  const auto model = Fake("inputs=1,outputs=1,latency=20");
  const auto engine = std::move(model->NewEngine()).value();
  StreamOptions options;
  options.own_thread = true;
  auto stream = std::move(OpenDevice({"cpu", 0}).value()->NewStream(options)).value();
  float in = 3, out = 0;
  const void* ins[] = {&in};
  void* outs[] = {&out};
  ASSERT_TRUE(stream->Execute(engine.get(), ins, 1, outs, 1, 1).ok());
  stream.reset();
  EXPECT_EQ(3, out);
}

}  // namespace
}  // namespace infer_server::devices
