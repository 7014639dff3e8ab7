// SPDX-License-Identifier: Apache-2.0
// In steady state a request costs no operator new, whoever's.
#include <algorithm>

#include "tests/alloc_counter.h"
#include "tests/infer/idle_stages.h"
#include "tests/infer/support.h"

namespace infer_server {
namespace {

// Notifies only, as elements do.
class Counter final : public DirectObserver {
 public:
  void Response(Status status, PackagePtr output, any) override {
    devices::MutexLock lock(&mutex_);
    if (status == Status::SUCCESS && !output->data.empty()) ++answered_;
    changed_.notify_all();
  }
  void Wait(int count) {
    devices::MutexLock lock(&mutex_);
    while (answered_ < count) lock.Wait(&changed_);
  }

 private:
  devices::Mutex mutex_;
  std::condition_variable changed_;
  int answered_ INFER_GUARDED_BY(mutex_) = 0;
};

void ExpectNoAllocations(std::uint32_t batch, std::size_t items, std::uint32_t engines) {
  InferServer server(0);
  SessionDesc desc;
  desc.name = "steady";
  desc.model = test::FakeModel("", batch);
  desc.preproc = std::make_shared<test::IdlePreprocessor>();
  desc.postproc = std::make_shared<test::IdlePostprocessor>();
  desc.engine_num = engines;
  desc.batch_timeout = 1;
  auto counter = std::make_shared<Counter>();
  Session_t session = server.CreateSession(desc, counter);
  ASSERT_NE(nullptr, session);
  // As a video element does: its own items, sent again and again in packages of its own.
  const PackagePtr package = Package::Create(0, "source");
  std::vector<InferDataPtr> own(items);
  for (auto& item : own) item = std::make_shared<InferData>();
  int sent = 0;
  const auto run = [&](int requests) {
    for (int i = 0; i < requests; ++i) {
      package->data.assign(own.begin(), own.end());
      for (auto& item : package->data) item->Set(&server);
      ASSERT_TRUE(server.Request(session, package, &server));
      if (++sent % 16 == 0) counter->Wait(sent - 8);
    }
    counter->Wait(sent);
  };
  // What is made once per batch under way at once is made when that happens first: rounds that meet
  // nothing new must come, and cost nothing.
  long least = test::Allocations();
  for (int round = 0; round < 50 && least > 0; ++round) {
    const long before = test::Allocations();
    run(1000);
    least = std::min(least, test::Allocations() - before);
  }
  EXPECT_EQ(0, least);
  EXPECT_TRUE(server.DestroySession(session));
}

TEST(Allocations, AreNoneForSingleItems) { ExpectNoAllocations(1, 1, 1); }
TEST(Allocations, AreNoneForBatchesAcrossRequests) { ExpectNoAllocations(8, 1, 1); }
TEST(Allocations, AreNoneForSeveralItemsAndEngines) { ExpectNoAllocations(4, 6, 2); }

}  // namespace
}  // namespace infer_server
