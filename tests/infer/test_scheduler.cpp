// SPDX-License-Identifier: Apache-2.0
#include "infer/scheduler.h"

#include <algorithm>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tests/infer/support.h"

namespace infer_server {
namespace {

using test::Gate;

// Notes its name when it runs.
class Log {
 public:
  void Add(const std::string& name) {
    devices::MutexLock lock(&mutex_);
    names_.push_back(name);
    changed_.notify_all();
  }
  std::vector<std::string> Wait(std::size_t count) {
    devices::MutexLock lock(&mutex_);
    while (names_.size() < count) lock.Wait(&changed_);
    return names_;
  }

 private:
  devices::Mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> names_ INFER_GUARDED_BY(mutex_);
};

class Step final : public Task {
 public:
  Step(int priority, std::uint64_t age, std::function<Task*()> body) : body_(std::move(body)) {
    order.priority = priority;
    order.age = age;
  }
  Task* Run() override { return body_(); }

 private:
  const std::function<Task*()> body_;
};

using Names = std::vector<std::string>;

TEST(Priority, IsClampedTo0To9) {
  EXPECT_EQ(0, ClampPriority(-3));
  EXPECT_EQ(0, ClampPriority(0));
  EXPECT_EQ(9, ClampPriority(9));
  EXPECT_EQ(9, ClampPriority(1000));
}

TEST(Priority, GoesBeforeAgeAndTheOlderGoesFirst) {
  EXPECT_TRUE(RunsBefore({9, 100}, {8, 1}));
  EXPECT_TRUE(RunsBefore({3, 1}, {3, 2}));
  EXPECT_FALSE(RunsBefore({3, 2}, {3, 1}));
  EXPECT_FALSE(RunsBefore({3, 2}, {3, 2}));
}

// With one set of workers for all, and with workers for each priority that the tests use.
class OneSlot : public ::testing::TestWithParam<bool> {
 protected:
  void Announce(Scheduler* scheduler) {
    if (GetParam())
      for (const int priority : {0, 3, 9, 8, 1}) scheduler->AddUser(priority);
  }
  Step Named(int priority, std::uint64_t age, const char* name) {
    return Step(priority, age, [this, name] {
      log_.Add(name);
      return nullptr;
    });
  }
  Step Blocker(int priority, const char* name) {
    return Step(priority, 0, [this, name] {
      gate_.Pass();
      log_.Add(name);
      return nullptr;
    });
  }

  Log log_;
  Gate gate_;
};

TEST_P(OneSlot, RunsByPriorityThenAge) {
  Step blocker = Blocker(9, "blocker"), low = Named(0, 1, "low 1"), old = Named(5, 2, "mid 2"),
       young = Named(5, 3, "mid 3"), high = Named(8, 4, "high 4");
  Scheduler scheduler(1);
  Announce(&scheduler);
  scheduler.Push(&blocker);
  gate_.WaitFor(1);  // Priority 9 holds the slot: nothing here may pass it.
  for (Step* step : {&low, &young, &old, &high}) scheduler.Push(step);
  gate_.Open();
  EXPECT_EQ((Names{"blocker", "high 4", "mid 2", "mid 3", "low 1"}), log_.Wait(5));
}

TEST_P(OneSlot, AHigherPriorityRunsBesideBusySlotsButOnlyOne) {
  Gate second;
  Step blocker = Blocker(0, "blocker"), high = Step(1, 1, [&] {
                                          second.Pass();
                                          log_.Add("high");
                                          return nullptr;
                                        });
  Step higher = Named(2, 2, "higher");
  Scheduler scheduler(1);
  Announce(&scheduler);
  scheduler.Push(&blocker);
  gate_.WaitFor(1);
  scheduler.Push(&high);
  second.WaitFor(1);  // Runs although the only slot is taken.
  scheduler.Push(&higher);
  EXPECT_TRUE(log_.Wait(0).empty());  // No third thread.
  second.Open();
  EXPECT_EQ((Names{"high", "higher"}), log_.Wait(2));
  gate_.Open();
  log_.Wait(3);
}

TEST_P(OneSlot, AnEqualPriorityDoesNotRunBesideABusySlot) {
  Step blocker = Blocker(3, "blocker"), equal = Named(3, 1, "equal"), high = Named(4, 2, "high");
  Scheduler scheduler(1);
  Announce(&scheduler);
  scheduler.Push(&blocker);
  gate_.WaitFor(1);
  scheduler.Push(&equal);
  scheduler.Push(&high);
  EXPECT_EQ(Names{"high"}, log_.Wait(1));
  gate_.Open();
  EXPECT_EQ((Names{"high", "blocker", "equal"}), log_.Wait(3));
}

TEST_P(OneSlot, AWorkerGoesOnWithItsBatchUnlessSomethingMoreImportantWaits) {
  Step blocker = Blocker(9, "blocker");
  Step equal = Named(3, 0, "older, equal"), high = Named(4, 9, "high");
  Step last = Named(3, 1, "stage 3");
  Step middle = Step(3, 1, [&]() -> Task* {
    log_.Add("stage 2");
    return &last;
  });
  Scheduler scheduler(1);
  Announce(&scheduler);
  Step first = Step(3, 1, [&]() -> Task* {
    log_.Add("stage 1");
    scheduler.Push(&equal);
    return &middle;
  });
  scheduler.Push(&first);
  EXPECT_EQ((Names{"stage 1", "stage 2", "stage 3", "older, equal"}), log_.Wait(4));

  Step again = Step(3, 1, [&]() -> Task* {
    gate_.Pass();
    log_.Add("stage 1");
    return &middle;
  });
  Gate held;
  Step nine = Step(9, 0, [&] {
    held.Pass();
    return nullptr;
  });
  scheduler.Push(&again);
  gate_.WaitFor(1);
  scheduler.Push(&nine);  // Takes the extra place, so that `high` must wait.
  held.WaitFor(1);
  scheduler.Push(&high);
  gate_.Open();
  log_.Wait(5);
  held.Open();
  const Names names = log_.Wait(8);
  EXPECT_EQ((Names{"stage 1", "high", "stage 2", "stage 3"}),
            Names(names.begin() + 4, names.end()));
}

INSTANTIATE_TEST_SUITE_P(OneSlot, OneSlot, ::testing::Bool(), [](const auto& way) {
  return std::string(way.param ? "WorkersByPriority" : "WorkersForAll");
});

// The nice value that a task of `priority` runs with.
int NiceOf(Scheduler* scheduler, int priority) {
  Gate gate;
  int nice = -100;
  Step step(priority, 0, [&] {
    nice = NiceOfThisThread();
    gate.Open();
    return nullptr;
  });
  scheduler->Push(&step);
  gate.Pass();
  return nice;
}

TEST(Scheduler, LowerPrioritiesInUseRunAtLowerOnesOfTheSystem) {
  const int own = NiceOfThisThread();
  const auto nicer = [&](int by) { return std::min(own + by, 19); };
  Scheduler scheduler(2);
  EXPECT_EQ(own, NiceOf(&scheduler, 0));
  scheduler.AddUser(0);
  EXPECT_EQ(own, NiceOf(&scheduler, 0));  // Alone.
  scheduler.AddUser(5);
  scheduler.AddUser(5);
  EXPECT_EQ(nicer(10), NiceOf(&scheduler, 0));
  EXPECT_EQ(own, NiceOf(&scheduler, 5));
  scheduler.AddUser(9);
  EXPECT_EQ(nicer(15), NiceOf(&scheduler, 0));
  EXPECT_EQ(nicer(10), NiceOf(&scheduler, 5));
  EXPECT_EQ(own, NiceOf(&scheduler, 9));
  scheduler.AddUser(3);
  scheduler.AddUser(1);
  EXPECT_EQ(nicer(19), NiceOf(&scheduler, 1));
  EXPECT_EQ(nicer(19), NiceOf(&scheduler, 0));  // The last step takes the rest.
  for (const int gone : {9, 5, 3, 1}) scheduler.RemoveUser(gone);
  EXPECT_EQ(own, NiceOf(&scheduler, 5));
  EXPECT_EQ(nicer(10), NiceOf(&scheduler, 0));
  scheduler.RemoveUser(5);
  EXPECT_EQ(own, NiceOf(&scheduler, 0));
}

// A task goes on with workers of its class's new step.
TEST(Scheduler, ABatchUnderWayFollowsItsPriority) {
  const int own = NiceOfThisThread();
  Scheduler scheduler(1);
  scheduler.AddUser(2);
  Gate inside, change, done;
  int first = 0, second = 0;
  Step last(2, 0, [&] {
    second = NiceOfThisThread();
    done.Open();
    return nullptr;
  });
  Step step(2, 0, [&]() -> Task* {
    first = NiceOfThisThread();
    inside.Open();
    change.Pass();
    return &last;
  });
  scheduler.Push(&step);
  inside.Pass();
  scheduler.AddUser(7);
  change.Open();
  done.Pass();
  EXPECT_EQ(own, first);
  EXPECT_EQ(std::min(own + 10, 19), second);
}

// Priorities come and go while there is work of all of them: nothing is lost, nothing hangs.
TEST(Scheduler, WorkersChangeUnderLoad) {
  std::atomic<int> ran{0};
  std::vector<std::unique_ptr<Step>> steps;
  for (int i = 0; i < 20000; ++i)
    steps.push_back(std::make_unique<Step>(i % 10, static_cast<std::uint64_t>(i), [&] {
      ++ran;
      return nullptr;
    }));
  Scheduler scheduler(2);
  std::thread changes([&] {
    for (int round = 0; round < 500; ++round) {
      scheduler.AddUser(round % 10);
      if (round % 3 == 0) std::this_thread::yield();
      scheduler.RemoveUser(round % 10);
    }
  });
  scheduler.AddUser(4);
  for (auto& step : steps) scheduler.Push(step.get());
  while (ran < 20000) std::this_thread::yield();
  changes.join();
}

// A worker on its way is the only one that is woken, and wakes the next: none may be left out.
TEST(Scheduler, TasksQueuedTogetherRunSideBySide) {
  constexpr int kSlots = 4;
  std::deque<Gate> gates(200);
  std::vector<std::unique_ptr<Step>> steps;
  Scheduler scheduler(kSlots);
  for (Gate& gate : gates) {
    TaskList tasks;
    for (int i = 0; i < kSlots; ++i) {
      steps.push_back(std::make_unique<Step>(5, steps.size(), [&gate] {
        gate.Pass();
        return nullptr;
      }));
      tasks.PushBack(steps.back().get());
    }
    scheduler.Push(&tasks);
    gate.WaitFor(kSlots);
    gate.Open();
  }
}

TEST(Scheduler, RunsEverythingBeforeItGoes) {
  std::atomic<int> ran{0};
  std::vector<std::unique_ptr<Step>> steps;
  {
    Scheduler scheduler(3);
    for (int i = 0; i < 1000; ++i) {
      steps.push_back(std::make_unique<Step>(i % 10, static_cast<std::uint64_t>(i), [&] {
        ++ran;
        return nullptr;
      }));
      scheduler.Push(steps.back().get());
    }
  }
  EXPECT_EQ(1000, ran.load());
}

}  // namespace
}  // namespace infer_server
