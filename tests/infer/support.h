// SPDX-License-Identifier: Apache-2.0
// Sessions over the fake engine for the tests of infer/: an item is an int n, the network passes
// numbers on, and the result of n is the float n.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "devices/base/mutex.h"
#include "infer/direct_observer.h"
#include "infer_server.h"

namespace infer_server::test {

inline ModelPtr FakeModel(const std::string& settings = "", std::uint32_t batch = 1,
                          const std::string& device = "") {
  ModelOptions options;
  options.engine = "fake:inputs=1,outputs=1" + (settings.empty() ? "" : "," + settings);
  options.batch_size = batch;
  options.device = device;
  std::string error;
  ModelPtr model = InferServer::LoadModel("made-up", options, &error);
  EXPECT_NE(nullptr, model) << error;
  return model;
}

inline bool WriteNumber(ModelIO* io, const InferData& item, const ModelInfo&) {
  *static_cast<float*>(io->buffers[0].MutableData()) = static_cast<float>(item.Get<int>());
  return true;
}

inline bool ReadNumber(InferData* item, const ModelIO& io, const ModelInfo&) {
  item->Set(*static_cast<const float*>(io.buffers[0].Data()));
  return true;
}

// A session of that; `pre` and `post` are the process_functions.
template <typename Pre, typename Post>
SessionDesc NumberDesc(const ModelPtr& model, Pre pre, Post post) {
  SessionDesc desc;
  desc.name = ::testing::UnitTest::GetInstance()->current_test_info()->name();
  desc.model = model;
  desc.host_input_layout = {DataType::FLOAT32, DimOrder::NONE};
  desc.host_output_layout = {DataType::FLOAT32, DimOrder::NONE};
  desc.preproc = PreprocessorHost::Create();
  desc.preproc->SetParams("process_function", pre, "parallel", 1);
  desc.postproc = Postprocessor::Create();
  desc.postproc->SetParams("process_function", post, "parallel", 1);
  return desc;
}
inline SessionDesc NumberDesc(const ModelPtr& model) {
  return NumberDesc(model, &WriteNumber, &ReadNumber);
}

inline PackagePtr Numbers(const std::vector<int>& numbers, const std::string& tag = "") {
  auto package = Package::Create(static_cast<std::uint32_t>(numbers.size()), tag);
  for (std::size_t i = 0; i < numbers.size(); ++i) package->data[i]->Set(numbers[i]);
  return package;
}

// One answer, as an observer got it.
struct Answer {
  Status status;
  std::string tag;
  std::vector<float> values;  // -1 for a failed item.
  int user_data;              // -1 when there was none.
};

// Keeps the answers. Base is Observer or DirectObserver. Thread-safe.
template <typename Base>
class Recorder final : public Base {
 public:
  void Response(Status status, PackagePtr output, any user_data) override {
    Answer answer{status, output->tag, {}, -1};
    for (const InferDataPtr& item : output->data)
      answer.values.push_back(item == nullptr ? -1 : item->Get<float>());
    if (const int* number = any_cast<int>(&user_data)) answer.user_data = *number;
    devices::MutexLock lock(&mutex_);
    answers_.push_back(std::move(answer));
    changed_.notify_all();
  }

  // Waits until there are `count` answers; returns all.
  std::vector<Answer> Wait(std::size_t count) {
    devices::MutexLock lock(&mutex_);
    while (answers_.size() < count) lock.Wait(&changed_);
    return answers_;
  }
  std::vector<Answer> Now() { return Wait(0); }

 private:
  devices::Mutex mutex_;
  std::condition_variable changed_;
  std::vector<Answer> answers_ INFER_GUARDED_BY(mutex_);
};
using ThreadRecorder = Recorder<Observer>;
using DirectRecorder = Recorder<DirectObserver>;

// A door that user code of a test stops at until it is opened.
class Gate {
 public:
  void Open() {
    devices::MutexLock lock(&mutex_);
    open_ = true;
    changed_.notify_all();
  }
  void Pass() {
    devices::MutexLock lock(&mutex_);
    ++arrived_;
    changed_.notify_all();
    while (!open_) lock.Wait(&changed_);
  }
  // Until `count` have come to the door.
  void WaitFor(int count) {
    devices::MutexLock lock(&mutex_);
    while (arrived_ < count) lock.Wait(&changed_);
  }
  int arrived() {
    devices::MutexLock lock(&mutex_);
    return arrived_;
  }

 private:
  devices::Mutex mutex_;
  std::condition_variable changed_;
  bool open_ INFER_GUARDED_BY(mutex_) = false;
  int arrived_ INFER_GUARDED_BY(mutex_) = 0;
};

}  // namespace infer_server::test
