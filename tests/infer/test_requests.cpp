// SPDX-License-Identifier: Apache-2.0
// Timeouts, discards, waiting, back-pressure, destruction with work in flight.
#include <atomic>
#include <functional>

#include "infer/server_core.h"
#include "infer/session.h"
#include "tests/infer/support.h"

namespace infer_server {
namespace {

using test::FakeModel;
using test::Gate;
using test::NumberDesc;
using test::Numbers;

// Numbers of which `held` waits at a gate before the network.
SessionDesc GatedDesc(const ModelPtr& model, Gate* gate, int held) {
  const auto pre = [gate, held](ModelIO* io, const InferData& item, const ModelInfo& info) {
    if (item.Get<int>() == held) gate->Pass();
    return test::WriteNumber(io, item, info);
  };
  return NumberDesc(model, pre, &test::ReadNumber);
}

// Calls a function with each answer.
template <typename Base>
class Caller final : public Base {
 public:
  explicit Caller(std::function<void(Status, const PackagePtr&)> f) : f_(std::move(f)) {}
  void Response(Status status, PackagePtr output, any) override { f_(status, output); }

 private:
  const std::function<void(Status, const PackagePtr&)> f_;
};

TEST(Requests, ASynchronousTimeoutLeavesTheCallersObjectsAlone) {
  Gate gate;
  InferServer server(0);
  Session_t session = server.CreateSyncSession(GatedDesc(FakeModel(), &gate, 1));
  auto response = Package::Create(1, "mine");
  Status status = Status::SUCCESS;
  EXPECT_TRUE(server.RequestSync(session, Numbers({1}, "x"), &status, response, 1));
  EXPECT_EQ(Status::TIMEOUT, status);
  status = Status::NOT_IMPLEMENTED;
  gate.Open();
  server.WaitTaskDone(session, "x");  // The late items are done by now.
  EXPECT_EQ(Status::NOT_IMPLEMENTED, status);
  EXPECT_EQ("mine", response->tag);
  ASSERT_EQ(1u, response->data.size());
  EXPECT_FALSE(response->data[0]->HasValue());
  EXPECT_TRUE(server.RequestSync(session, Numbers({2}), &status, response));
  EXPECT_EQ(Status::SUCCESS, status);
  EXPECT_TRUE(server.DestroySession(session));
}

TEST(Requests, SynchronousCallsRefuseWhatTheHeaderSays) {
  InferServer server(0);
  Session_t session = server.CreateSyncSession(NumberDesc(FakeModel()));
  auto response = std::make_shared<Package>();
  Status status = Status::SUCCESS;
  EXPECT_FALSE(server.RequestSync(session, Package::Create(0), &status, response));
  EXPECT_EQ(Status::INVALID_PARAM, status);
  EXPECT_FALSE(server.RequestSync(session, Numbers({1}), nullptr, response));
  EXPECT_FALSE(server.RequestSync(session, Numbers({1}), &status, nullptr));
  EXPECT_FALSE(server.Request(session, Numbers({1}), 0)) << "synchronous session";
  EXPECT_TRUE(server.DestroySession(session));
  EXPECT_FALSE(server.RequestSync(session, Numbers({1}), &status, response)) << "gone";
  EXPECT_FALSE(server.DestroySession(session)) << "gone";
}

TEST(Requests, ASynchronousRequestThatFindsNoRoomWasNotSent) {
  Gate gate;
  InferServer server(0);
  Session_t session = server.CreateSyncSession(GatedDesc(FakeModel(), &gate, 1));
  std::thread first([&] {
    Status status = Status::SUCCESS;
    EXPECT_TRUE(server.RequestSync(session, Numbers(std::vector<int>(1000, 1)), &status,
                                   std::make_shared<Package>()));
    EXPECT_EQ(Status::SUCCESS, status);
  });
  gate.WaitFor(1);
  auto input = Numbers({2});
  Status status = Status::SUCCESS;
  EXPECT_FALSE(server.RequestSync(session, input, &status, std::make_shared<Package>(), 5));
  EXPECT_EQ(Status::TIMEOUT, status);
  EXPECT_EQ(2, input->data[0]->Get<int>()) << "not taken";
  gate.Open();
  first.join();
  EXPECT_TRUE(server.DestroySession(session));
}

TEST(Requests, TheBoundHolds) {
  Gate gate;
  auto core = std::make_shared<ServerCore>(devices::DeviceName{"cpu", 0},
                                           devices::OpenDevice({"cpu", 0}).value(), 2,
                                           devices::Clock::Steady());
  auto recorder = std::make_shared<test::ThreadRecorder>();
  auto made = core->CreateSession(GatedDesc(FakeModel(), &gate, 1), recorder);
  auto session = core->Find(made.value());
  const std::size_t bound = session->bound();
  ASSERT_EQ(12u, bound);
  EXPECT_TRUE(session->Request(Numbers({1}), any(), 1));
  for (std::size_t i = 1; i + 1 < bound; ++i)
    EXPECT_TRUE(
        session->Request(Numbers(i % 2 == 0 ? std::vector<int>{2} : std::vector<int>{}), any(), 1));
  EXPECT_FALSE(session->Request(Numbers({2, 3}), any(), 1)) << "one too many";
  EXPECT_TRUE(session->Request(Numbers({2}), any(), 1)) << "just fits";
  EXPECT_FALSE(session->Request(Numbers({}), any(), 1)) << "full";
  std::atomic<bool> accepted{false};
  std::thread large([&] {  // Larger than all the room: let in alone, when all else is gone.
    EXPECT_TRUE(session->Request(Numbers(std::vector<int>(100, 5)), any(), -1));
    accepted = true;
  });
  EXPECT_FALSE(accepted);
  gate.Open();
  large.join();
  EXPECT_EQ(100u, recorder->Wait(bound + 1).back().values.size());
  EXPECT_TRUE(core->DestroySession(session.get()));
}

TEST(Requests, DiscardedOnesAreNotAnsweredAndTheOthersStayInOrder) {
  Gate gate;
  InferServer server(0);
  auto recorder = std::make_shared<test::DirectRecorder>();
  Session_t session = server.CreateSession(GatedDesc(FakeModel(), &gate, 1), recorder);
  ASSERT_TRUE(server.Request(session, Numbers({1}, "gone"), 1));
  ASSERT_TRUE(server.Request(session, Numbers({2}, "kept"), 2));
  ASSERT_TRUE(server.Request(session, Numbers({3}, "gone"), 3));
  ASSERT_TRUE(server.Request(session, Numbers({}, "kept"), 4));
  gate.WaitFor(1);
  server.DiscardTask(session, "gone");  // One is running, and holds up nobody.
  gate.Open();
  server.WaitTaskDone(session, "gone");
  EXPECT_TRUE(server.DestroySession(session));
  const auto answers = recorder->Now();
  ASSERT_EQ(2u, answers.size());
  EXPECT_EQ(2, answers[0].user_data);
  EXPECT_EQ(4, answers[1].user_data);
}

TEST(Requests, DiscardingTheFirstLetsTheNextBeAnsweredAtOnce) {
  Gate gate;
  InferServer server(0);
  auto recorder = std::make_shared<test::DirectRecorder>();
  SessionDesc desc = GatedDesc(FakeModel(), &gate, 1);
  desc.engine_num = 2;
  Session_t session = server.CreateSession(desc, recorder);
  ASSERT_TRUE(server.Request(session, Numbers({1}, "stuck"), 1));
  gate.WaitFor(1);
  ASSERT_TRUE(server.Request(session, Numbers({}, "ready"), 2));
  EXPECT_TRUE(recorder->Now().empty());
  server.DiscardTask(session, "stuck");
  EXPECT_EQ(2, recorder->Wait(1)[0].user_data);  // While the first is still at the gate.
  EXPECT_EQ(1, gate.arrived());
  gate.Open();
  EXPECT_TRUE(server.DestroySession(session));
  EXPECT_EQ(1u, recorder->Now().size());
}

TEST(Requests, WaitTaskDoneWaitsForTheResponseToReturn) {
  Gate gate;
  std::atomic<bool> returned{false};
  InferServer server(0);
  auto observer = std::make_shared<Caller<Observer>>([&](Status, const PackagePtr&) {
    gate.Pass();
    returned = true;
  });
  Session_t session = server.CreateSession(NumberDesc(FakeModel()), observer);
  ASSERT_TRUE(server.Request(session, Numbers({1}, "a"), 0));
  gate.WaitFor(1);
  std::vector<std::thread> waiters;
  for (int i = 0; i < 4; ++i)
    waiters.emplace_back([&] {
      server.WaitTaskDone(session, "a");
      EXPECT_TRUE(returned);
    });
  server.WaitTaskDone(session, "another tag");  // Does not wait for "a".
  EXPECT_FALSE(returned);
  gate.Open();
  for (auto& waiter : waiters) waiter.join();
  EXPECT_TRUE(server.DestroySession(session));
}

template <typename Base>
void CallFromWithinResponse() {
  InferServer server(0);
  Session_t session = nullptr;
  std::atomic<int> answered{0}, sent{0};
  auto observer = std::make_shared<Caller<Base>>([&](Status, const PackagePtr& output) {
    server.WaitTaskDone(session, output->tag);
    EXPECT_FALSE(server.DestroySession(session));
    if (answered < 100 && server.Request(session, Numbers({1}, "again"), 0)) ++sent;
    ++answered;
  });
  session = server.CreateSession(NumberDesc(FakeModel()), observer);
  for (int i = 0; i < 8; ++i) {
    if (server.Request(session, Numbers({1}, "first"), 0)) ++sent;
  }
  while (answered < 100) server.WaitTaskDone(session, "again");
  EXPECT_TRUE(server.DestroySession(session));
  EXPECT_EQ(sent, answered);
}
TEST(Requests, CallsFromWithinResponseNeitherHangNorLoseAnything) {
  CallFromWithinResponse<Observer>();
  CallFromWithinResponse<DirectObserver>();
}

TEST(Requests, DestroySessionWaitsForWhatIsInFlight) {
  InferServer server(0);
  for (int round = 0; round < 20; ++round) {
    SessionDesc desc = NumberDesc(FakeModel("latency=1", 4));
    desc.batch_timeout = 0;  // Nothing but the destruction runs the last batch.
    auto recorder = std::make_shared<test::ThreadRecorder>();
    Session_t session = server.CreateSession(desc, recorder);
    for (int i = 0; i < 7; ++i) ASSERT_TRUE(server.Request(session, Numbers({i}), i));
    EXPECT_TRUE(server.DestroySession(session));
    EXPECT_EQ(7u, recorder->Now().size());
    EXPECT_FALSE(server.Request(session, Numbers({1}), 0));
  }
}

TEST(Requests, ASlowObserverDelaysItsOwnSessionOnly) {
  Gate gate;
  InferServer server(0);
  const SessionDesc desc = NumberDesc(FakeModel("", 2));  // Shared engines.
  auto slow = std::make_shared<Caller<Observer>>([&](Status, const PackagePtr&) { gate.Pass(); });
  auto quick = std::make_shared<test::ThreadRecorder>();
  Session_t first = server.CreateSession(desc, slow);
  Session_t second = server.CreateSession(desc, quick);
  int sent = 0;
  while (server.Request(first, Numbers({sent}), 0, 1)) ++sent;  // Until its bound.
  EXPECT_EQ(24, sent);
  gate.WaitFor(1);  // It is being told of its first.
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(server.Request(second, Numbers({i, i}), i));
  quick->Wait(100);
  EXPECT_EQ(1, gate.arrived()) << "the slow one has not answered its first";
  gate.Open();
  EXPECT_TRUE(server.DestroySession(first));
  EXPECT_TRUE(server.DestroySession(second));
}

TEST(Requests, BuffersOfAnAnswerOutliveTheSession) {
  std::vector<ModelIO> kept;
  {
    InferServer server(0);
    SessionDesc desc = NumberDesc(FakeModel("", 2));
    desc.postproc = nullptr;  // Each item becomes its ModelIO.
    Session_t session = server.CreateSyncSession(desc);
    for (int i = 0; i < 20; ++i) {
      Status status;
      auto response = std::make_shared<Package>();
      ASSERT_TRUE(server.RequestSync(session, Numbers({i, 100 + i}), &status, response));
      for (const auto& item : response->data) kept.push_back(item->Get<ModelIO>());
    }
    EXPECT_TRUE(server.DestroySession(session));
  }
  for (int i = 0; i < 20; ++i) {
    const auto at = static_cast<std::size_t>(2 * i);
    EXPECT_EQ(static_cast<float>(i), *static_cast<const float*>(kept[at].buffers[0].Data()));
    EXPECT_EQ(static_cast<float>(100 + i),
              *static_cast<const float*>(kept[at + 1].buffers[0].Data()));
    EXPECT_EQ((Shape{1, 1}), kept[at].shapes[0]);
  }
}

TEST(Requests, OfSeveralDestructionsOneWinsAndNoneReturnsBeforeTheAnswers) {
  Gate gate;
  InferServer server(0);
  auto recorder = std::make_shared<test::ThreadRecorder>();
  Session_t session = server.CreateSession(GatedDesc(FakeModel(), &gate, 1), recorder);
  ASSERT_TRUE(server.Request(session, Numbers({1}, "a"), 0));
  gate.WaitFor(1);
  std::atomic<int> destroyed{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      if (!server.DestroySession(session)) return;
      EXPECT_EQ(1u, recorder->Now().size());
      ++destroyed;
    });
  threads.emplace_back([&] { server.WaitTaskDone(session, "a"); });
  gate.Open();
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(1, destroyed);
}

TEST(Requests, ARequestThatWaitsForRoomIsRefusedWhenTheSessionGoes) {
  Gate gate;
  InferServer server(0);
  auto recorder = std::make_shared<test::ThreadRecorder>();
  Session_t session = server.CreateSession(GatedDesc(FakeModel(), &gate, 1), recorder);
  std::size_t sent = 0;
  while (server.Request(session, Numbers({1}), 0, 1)) ++sent;
  auto late = Numbers({7});
  std::thread waiting([&] {
    if (server.Request(session, late, 0)) return;  // There was room before the session went.
    EXPECT_EQ(7, late->data[0]->Get<int>()) << "not taken";
  });
  std::thread destroying([&] { EXPECT_TRUE(server.DestroySession(session)); });
  while (server.Request(session, Package::Create(0), 0, 1)) ++sent;  // Refused one way or another.
  gate.Open();
  waiting.join();
  destroying.join();
  const std::size_t taken = late->data[0] == nullptr ? 1 : 0;
  EXPECT_EQ(sent + taken, recorder->Now().size());
}

TEST(Requests, ADiscardedSynchronousRequestReturns) {
  Gate gate;
  InferServer server(0);
  Session_t session = server.CreateSyncSession(GatedDesc(FakeModel(), &gate, 1));
  std::thread caller([&] {
    Status status = Status::STATUS_COUNT;
    auto response = Package::Create(1, "mine");
    EXPECT_TRUE(server.RequestSync(session, Numbers({1}, "gone"), &status, response)) << "sent";
    EXPECT_EQ(Status::TIMEOUT, status) << "as nothing was answered";
    EXPECT_EQ("mine", response->tag);
  });
  gate.WaitFor(1);
  server.DiscardTask(session, "gone");
  caller.join();  // While the item is still at the gate.
  gate.Open();
  EXPECT_TRUE(server.DestroySession(session));
}

// A post-processing function that keeps the very buffers it is shown.
TEST(Requests, BuffersKeptByAFunctionAreNotWrittenAgain) {
  InferServer server(0);
  const auto keep = [](InferData* item, const ModelIO& io, const ModelInfo&) {
    item->Set(io);
    return true;
  };
  Session_t session =
      server.CreateSyncSession(NumberDesc(FakeModel("", 4), &test::WriteNumber, keep));
  std::vector<ModelIO> kept;
  for (int i = 0; i < 20; ++i) {
    Status status;
    auto response = std::make_shared<Package>();
    ASSERT_TRUE(server.RequestSync(session, Numbers({i, i, i, i}), &status, response));
    kept.push_back(response->data[3]->Get<ModelIO>());
  }
  EXPECT_TRUE(server.DestroySession(session));
  for (std::size_t i = 0; i < kept.size(); ++i)
    EXPECT_EQ(static_cast<float>(i), *static_cast<const float*>(kept[i].buffers[0].Data()));
}

TEST(Requests, ContiguousInputSkipsPreprocessing) {
  InferServer server(0);
  SessionDesc desc = NumberDesc(FakeModel("", 4));
  desc.preproc = PreprocessorHost::Create();
  desc.strategy = BatchStrategy::STATIC;
  Session_t session = server.CreateSyncSession(desc);
  ASSERT_NE(nullptr, session);
  ModelIO io;
  io.buffers.emplace_back(3 * sizeof(float));
  io.shapes.push_back(Shape{3, 1});
  const float values[] = {7, 8, 9};
  io.buffers[0].CopyFrom(values, sizeof values);
  auto input = Package::Create(3);
  input->predict_io = std::make_shared<InferData>();
  input->predict_io->Set(io);
  Status status;
  auto response = std::make_shared<Package>();
  ASSERT_TRUE(server.RequestSync(session, input, &status, response));
  EXPECT_EQ(Status::SUCCESS, status);
  EXPECT_EQ(9, response->data[2]->Get<float>());
  auto five = Package::Create(5);
  five->predict_io = std::make_shared<InferData>();
  EXPECT_FALSE(server.RequestSync(session, five, &status, response)) << "more than a batch";
  EXPECT_TRUE(server.DestroySession(session));
}

TEST(Requests, TheSamePackageCanBeFilledAndSentAgain) {
  InferServer server(0);
  auto recorder = std::make_shared<test::ThreadRecorder>();
  Session_t session = server.CreateSession(NumberDesc(FakeModel()), recorder);
  auto package = Package::Create(1, "same");
  for (int i = 0; i < 50; ++i) {
    package->data[0] = std::make_shared<InferData>();
    package->data[0]->Set(i);
    ASSERT_TRUE(server.Request(session, package, i));
  }
  EXPECT_TRUE(server.DestroySession(session));
  const auto answers = recorder->Now();
  for (int i = 0; i < 50; ++i)
    EXPECT_EQ(static_cast<float>(i), answers[static_cast<std::size_t>(i)].values[0]);
}

}  // namespace
}  // namespace infer_server
