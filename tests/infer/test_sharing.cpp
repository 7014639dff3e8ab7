// SPDX-License-Identifier: Apache-2.0
// Which sessions share engines, and that results do not depend on it.
#include <array>
#include <atomic>

#include "infer/executor.h"
#include "infer/server_core.h"
#include "infer/session.h"
#include "tests/infer/support.h"

namespace infer_server {
namespace {

using test::FakeModel;
using test::NumberDesc;
using test::Numbers;

bool ReadNegative(InferData* item, const ModelIO& io, const ModelInfo&) {
  item->Set(-*static_cast<const float*>(io.buffers[0].Data()));
  return true;
}

class Sharing : public ::testing::Test {
 protected:
  std::shared_ptr<Session> Make(const SessionDesc& desc) {
    auto made = core_->CreateSession(desc, nullptr);
    EXPECT_TRUE(made.ok()) << made.status().message();
    return core_->Find(made.value());
  }
  bool Shared(const SessionDesc& a, const SessionDesc& b) {
    auto one = Make(a), two = Make(b);
    const bool shared = one->executor() == two->executor();
    EXPECT_TRUE(core_->DestroySession(one.get()));
    EXPECT_TRUE(core_->DestroySession(two.get()));
    return shared;
  }

  const ModelPtr model_ = FakeModel("", 2);
  const std::shared_ptr<ServerCore> core_ = std::make_shared<ServerCore>(
      devices::DeviceName{"cpu", 0}, devices::OpenDevice({"cpu", 0}).value(), 2,
      devices::Clock::Steady());
};

TEST_F(Sharing, EqualParametersInDifferentObjectsShare) {
  EXPECT_TRUE(Shared(NumberDesc(model_), NumberDesc(model_)));
}

TEST_F(Sharing, TheSameObjectsShareWhateverTheyHold) {
  const std::function<bool(ModelIO*, const InferData&, const ModelInfo&)> opaque =
      &test::WriteNumber;
  const SessionDesc desc = NumberDesc(model_, opaque, &test::ReadNumber);
  EXPECT_TRUE(Shared(desc, desc));
}

TEST_F(Sharing, OtherSettingsDoNot) {
  const SessionDesc desc = NumberDesc(model_);
  const auto differs = [&](void (*change)(SessionDesc*)) {
    SessionDesc other = NumberDesc(model_);
    change(&other);
    return !Shared(desc, other);
  };
  EXPECT_TRUE(differs([](SessionDesc* d) { d->strategy = BatchStrategy::STATIC; }));
  EXPECT_TRUE(differs([](SessionDesc* d) { d->priority = 3; }));
  EXPECT_TRUE(differs([](SessionDesc* d) { d->host_output_layout.order = DimOrder::NHWC; }));
  EXPECT_TRUE(differs([](SessionDesc* d) { d->preproc->SetParams("parallel", 2); }));
  EXPECT_TRUE(differs([](SessionDesc* d) { d->preproc->SetParams("extra", 2); }));
  EXPECT_TRUE(
      differs([](SessionDesc* d) { d->postproc->SetParams("process_function", &ReadNegative); }));
  EXPECT_TRUE(differs([](SessionDesc* d) { d->model = FakeModel("seed=2", 2); }));
  EXPECT_FALSE(differs([](SessionDesc* d) { d->batch_timeout = 1; }));
  EXPECT_FALSE(differs([](SessionDesc* d) { d->name = "another"; }));
}

// Lets others run while it is initialised.
class SlowToStart final : public ProcessorForkable<SlowToStart> {
 public:
  SlowToStart() : ProcessorForkable("SlowToStart") {}
  Status Init() override {
    ++started;
    for (int i = 0; i < 200; ++i) std::this_thread::yield();
    pre_.CopyParamsFrom(*this);
    pre_.SetParams("process_function", &test::WriteNumber);
    return pre_.Init();
  }
  Status Process(PackagePtr package) override { return pre_.Process(package); }
  static std::atomic<int> started;

 private:
  PreprocessorHost pre_;
};
std::atomic<int> SlowToStart::started{0};

TEST_F(Sharing, SessionsMadeAtOnceShareToo) {
  for (int round = 0; round < 20; ++round) {
    SlowToStart::started = 0;
    std::atomic<int> ready{0};
    std::array<std::shared_ptr<Session>, 4> made;
    std::vector<std::thread> threads;
    for (auto& session : made)
      threads.emplace_back([this, &session, &ready] {
        SessionDesc desc = NumberDesc(model_);
        desc.preproc = std::make_shared<SlowToStart>();
        ++ready;
        while (ready < 4) std::this_thread::yield();
        session = Make(desc);
      });
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(1, SlowToStart::started) << "one engine was asked for";
    for (const auto& session : made) {
      EXPECT_EQ(made[0]->executor(), session->executor());
      EXPECT_TRUE(core_->DestroySession(session.get()));
    }
  }
}

// Counts its objects; as many may start as `room` says.
class Counted final : public ProcessorForkable<Counted> {
 public:
  Counted() : ProcessorForkable("Counted") { ++objects; }
  ~Counted() override { --objects; }
  Status Init() override { return room-- > 0 ? Status::SUCCESS : Status::ERROR_BACKEND; }
  Status Process(PackagePtr) override { return Status::SUCCESS; }
  static std::atomic<int> objects, room;
};
std::atomic<int> Counted::objects{0}, Counted::room{0};

TEST_F(Sharing, ASessionThatFailedLeavesNoEngines) {
  SessionDesc desc = NumberDesc(model_);
  desc.preproc = std::make_shared<Counted>();
  Counted::room = 2;  // The first engine, and one of the two wanted beside it.
  const auto session = Make(desc);
  SessionDesc more = desc;
  more.engine_num = 3;
  EXPECT_FALSE(core_->CreateSession(more, nullptr).ok());
  EXPECT_EQ(1, Counted::objects);
  Counted::room = 2;
  const auto grown = Make(more);
  EXPECT_EQ(3, Counted::objects);
  EXPECT_TRUE(core_->DestroySession(grown.get()));
  EXPECT_TRUE(core_->DestroySession(session.get()));
}

TEST_F(Sharing, WhoeverWaitedForAFailedStartTriesForHimself) {
  std::atomic<int> ready{0};
  std::array<std::string, 3> errors;
  std::vector<std::thread> threads;
  for (std::string& error : errors)
    threads.emplace_back([this, &error, &ready] {
      SessionDesc desc = NumberDesc(model_);
      desc.preproc->SetParams("process_function", 7);  // Not a function.
      ++ready;
      while (ready < 3) std::this_thread::yield();
      error = core_->CreateSession(desc, nullptr).status().message();
    });
  for (std::thread& thread : threads) thread.join();
  for (const std::string& error : errors)
    EXPECT_NE(std::string::npos, error.find("process_function")) << error;
}

TEST_F(Sharing, OpaqueFunctionsDoNotShare) {
  const PreprocessorHost::ProcessFunction opaque = [](ModelIO* io, const InferData& item,
                                                      const ModelInfo& model) {
    return test::WriteNumber(io, item, model);
  };
  EXPECT_FALSE(Shared(NumberDesc(model_, opaque, &test::ReadNumber),
                      NumberDesc(model_, opaque, &test::ReadNumber)));
}

TEST_F(Sharing, AStdFunctionOfAPlainFunctionIsThatFunction) {
  const PreprocessorHost::ProcessFunction pre = &test::WriteNumber;
  const Postprocessor::ProcessFunction read = &test::ReadNumber, negative = &ReadNegative;
  EXPECT_TRUE(Shared(NumberDesc(model_, pre, read), NumberDesc(model_, pre, read)));
  EXPECT_FALSE(Shared(NumberDesc(model_, pre, read), NumberDesc(model_, pre, negative)));
  const PreprocessorHost::ProcessFunction none;
  EXPECT_FALSE(Shared(NumberDesc(model_, pre, read), NumberDesc(model_, none, read)));
}

TEST_F(Sharing, EachSessionRunsItsOwnFunction) {
  SessionDesc desc = NumberDesc(model_),
              other = NumberDesc(model_, &test::WriteNumber, &ReadNegative);
  desc.batch_timeout = other.batch_timeout = 1;
  auto plain = Make(desc), negative = Make(other);
  for (int i = 1; i < 50; ++i) {
    Status status;
    auto response = std::make_shared<Package>();
    ASSERT_TRUE(plain->RequestSync(Numbers({i}), &status, response, -1));
    EXPECT_EQ(static_cast<float>(i), response->data[0]->Get<float>());
    ASSERT_TRUE(negative->RequestSync(Numbers({i}), &status, response, -1));
    EXPECT_EQ(static_cast<float>(-i), response->data[0]->Get<float>());
  }
  EXPECT_TRUE(core_->DestroySession(plain.get()));
  EXPECT_TRUE(core_->DestroySession(negative.get()));
}

TEST_F(Sharing, TheNumberOfEnginesIsTheMostAskedFor) {
  SessionDesc three = NumberDesc(model_);
  three.engine_num = 3;
  auto one = Make(NumberDesc(model_));
  EXPECT_EQ(1u, one->executor()->engine_count());
  auto two = Make(three);
  EXPECT_EQ(3u, one->executor()->engine_count());
  auto again = Make(NumberDesc(model_));
  EXPECT_EQ(3u, one->executor()->engine_count());
  for (const auto& session : {one, two, again}) EXPECT_TRUE(core_->DestroySession(session.get()));
}

TEST_F(Sharing, AProcessorAtWorkElsewhereIsRefused) {
  const SessionDesc desc = NumberDesc(model_);
  SessionDesc other = desc;
  other.model = FakeModel("seed=3", 2);
  auto one = Make(desc);
  const auto made = core_->CreateSession(other, nullptr);
  ASSERT_FALSE(made.ok());
  EXPECT_NE(std::string::npos, made.status().message().find("already at work"))
      << made.status().message();
  EXPECT_TRUE(core_->DestroySession(one.get()));
  auto later = core_->CreateSession(other, nullptr);  // Free now.
  ASSERT_TRUE(later.ok());
  EXPECT_TRUE(core_->DestroySession(later.value()));
}

TEST_F(Sharing, ResultsAreTheSameWhateverTheBatchTheEnginesAndTheSessions) {
  for (const std::uint32_t batch : {1u, 3u, 8u})
    for (const std::uint32_t engines : {1u, 2u})
      for (const int sessions : {1, 4}) {
        SessionDesc desc = NumberDesc(FakeModel("jitter=0.1", batch));
        desc.engine_num = engines;
        desc.batch_timeout = 1;
        std::vector<std::thread> users;
        for (int user = 0; user < sessions; ++user)
          users.emplace_back([&, user] {
            auto recorder = std::make_shared<test::DirectRecorder>();
            auto made = core_->CreateSession(desc, recorder);
            ASSERT_TRUE(made.ok());
            auto session = core_->Find(made.value());
            for (int i = 0; i < 60; ++i)
              ASSERT_TRUE(session->Request(Numbers({user * 1000 + i, i}), any(), -1));
            EXPECT_TRUE(core_->DestroySession(session.get()));
            const auto answers = recorder->Now();
            ASSERT_EQ(60u, answers.size());
            for (int i = 0; i < 60; ++i)
              EXPECT_EQ(
                  (std::vector<float>{static_cast<float>(user * 1000 + i), static_cast<float>(i)}),
                  answers[static_cast<std::size_t>(i)].values);
          });
        for (auto& user : users) user.join();
      }
}

TEST(Priorities, TheHigherSessionIsServedFirst) {
  test::Gate gate;
  auto core = std::make_shared<ServerCore>(devices::DeviceName{"cpu", 0},
                                           devices::OpenDevice({"cpu", 0}).value(), 1,
                                           devices::Clock::Steady());
  devices::Mutex mutex;
  std::vector<int> order;
  const auto note = [&](ModelIO* io, const InferData& item, const ModelInfo& info) {
    const int number = item.Get<int>();
    if (number < 0) gate.Pass();
    {
      devices::MutexLock lock(&mutex);
      if (number >= 0) order.push_back(number);
    }
    return test::WriteNumber(io, item, info);
  };
  const auto make = [&](int priority) {
    SessionDesc desc = NumberDesc(FakeModel(), note, &test::ReadNumber);
    desc.priority = priority;
    desc.engine_num = 4;
    return core->Find(core->CreateSession(desc, std::make_shared<test::ThreadRecorder>()).value());
  };
  auto top = make(99), low = make(-5), young = make(0), high = make(7);
  ASSERT_TRUE(top->Request(Numbers({-1}), any(), -1));
  gate.WaitFor(1);  // The one slot is held, by the highest priority.
  // Sent by turns; what is of one priority must keep the order in which it was sent.
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(low->Request(Numbers({10 + 2 * i}), any(), -1));
    ASSERT_TRUE(young->Request(Numbers({11 + 2 * i}), any(), -1));
    ASSERT_TRUE(high->Request(Numbers({100 + i}), any(), -1));
  }
  gate.Open();
  for (const auto& session : {top, low, young, high})
    EXPECT_TRUE(core->DestroySession(session.get()));
  EXPECT_EQ((std::vector<int>{100, 101, 102, 10, 11, 12, 13, 14, 15}), order);
}

}  // namespace
}  // namespace infer_server
