// SPDX-License-Identifier: Apache-2.0
#include "infer/bounded_call.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <thread>

#include "devices/base/call_name.h"
#include "infer/lost_threads.h"

namespace infer_server {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds kShort(20);
constexpr seconds kLong(60);

TEST(BoundedCall, WithoutALimitItRunsHere) {
  std::thread::id ran;
  std::string inside = "before";
  EXPECT_TRUE(CallWithin(
      "bounded", milliseconds::zero(), [&] { ran = std::this_thread::get_id(); }, &inside));
  EXPECT_EQ(ran, std::this_thread::get_id());
  EXPECT_EQ(inside, "");
}

TEST(BoundedCall, WhatReturnsInTimeIsThrough) {
  const auto owned = std::make_shared<int>(0);
  std::thread::id ran;
  std::string inside;
  EXPECT_TRUE(CallWithin(
      "bounded", kLong,
      [&ran, owned] {
        ran = std::this_thread::get_id();
        ++*owned;
      },
      &inside));
  EXPECT_NE(ran, std::this_thread::get_id());
  EXPECT_EQ(*owned, 1);
  EXPECT_EQ(owned.use_count(), 1);  // And what it owned is gone.
}

TEST(BoundedCall, WhatDoesNotIsNamedLeftBehindAndJoinedWhenItComesBack) {
  const std::size_t before = LostThreads::Count();
  std::promise<void> go;
  std::promise<std::thread::id> gone;
  struct Owned {
    explicit Owned(std::promise<std::thread::id>* to) : where(to) {}
    ~Owned() { where->set_value(std::this_thread::get_id()); }
    std::promise<std::thread::id>* const where;
  };
  auto owned = std::make_shared<Owned>(&gone);
  std::string inside;
  EXPECT_FALSE(CallWithin(
      "bounded", seconds(1),
      [owned, wait = go.get_future().share()] {
        const devices::CallName name("someFunction");
        wait.wait();
      },
      &inside));
  EXPECT_EQ(inside, "someFunction");
  EXPECT_EQ(LostThreads::Count(), before + 1);
  owned.reset();
  auto where = gone.get_future();
  EXPECT_EQ(where.wait_for(kShort), std::future_status::timeout);  // It is the thread's now.
  go.set_value();
  EXPECT_NE(where.get(), std::this_thread::get_id());
  while (LostThreads::Count() > before) std::this_thread::sleep_for(milliseconds(1));
}

}  // namespace
}  // namespace infer_server
