// SPDX-License-Identifier: Apache-2.0
// One request on its way through a session.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string>

#include "devices/base/clock.h"
#include "infer/intrusive_list.h"
#include "infer_server.h"

namespace infer_server {

inline constexpr std::size_t kStages = 3;  // Preprocess, predict, post-process.
inline constexpr std::size_t kPredict = 1;

class SyncCall;
struct TagMeter;

// Belongs to a session, which uses it again and again. Who may touch what:
//   * output->data[i]: taken by the batch that has item i, given back by it before `remaining`
//     falls; all of `output` by the session once remaining is 0;
//   * what is marked "executor" under the lock of the session's executor;
//   * what is marked "session" under the session's lock;
//   * the rest is written before the request is handed to the executor.
class Request {
 public:
  explicit Request(Session* owner) : session(owner) {}

  // Keeps the first failure.
  void Fail(Status why) {
    Status expected = Status::SUCCESS;
    status.compare_exchange_strong(expected, why, std::memory_order_relaxed);
  }
  // `count` items are finished. True for the call that finishes the last.
  bool FinishItems(std::uint32_t count) {
    return remaining.fetch_sub(count, std::memory_order_acq_rel) == count;
  }

  Session* const session;
  PackagePtr output;  // The items, and in the end the answer.
  std::string tag;
  any user_data;
  devices::TimePoint accepted;
  std::int64_t latency_ns = 0;  // From accepting it to answering it.
  std::uint64_t age = 0;        // Place in the device's order of requests.
  std::uint32_t items = 0;      // May be 0.
  devices::TimePoint arrival;
  devices::Duration max_delay{};  // In the batcher; Duration::max() = no limit.

  std::atomic<std::uint32_t> remaining{0};  // Items not finished.
  std::atomic<Status> status{Status::SUCCESS};
  std::atomic<bool> discarded{false};
  // Sum over the items of each one's share of its batch's time.
  std::array<std::atomic<std::int64_t>, kStages> stage_ns{};

  std::uint32_t taken = 0;  // Executor: items that batches have.
  Request* queue_prev = nullptr;
  Request* queue_next = nullptr;

  TagMeter* tag_meter = nullptr;  // Session.
  bool done = false;              // Session.
  SyncCall* caller = nullptr;     // Session: who waits for the answer, of a synchronous session.
  Request* list_prev = nullptr;
  Request* list_next = nullptr;
};

// The items waiting for a batch.
using RequestQueue = IntrusiveList<Request, &Request::queue_prev, &Request::queue_next>;
// A session's requests of one state.
using RequestList = IntrusiveList<Request, &Request::list_prev, &Request::list_next>;

}  // namespace infer_server
