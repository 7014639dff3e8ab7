// SPDX-License-Identifier: Apache-2.0
// The one line in which an infer element's frames, serialized events and serialized queries leave
// in the order they came.
#pragma once

#include <gst/gst.h>

#include <condition_variable>
#include <cstddef>
#include <memory>
#include <vector>

#include "devices/base/mutex.h"
#include "gst/in_flight.h"

namespace infer_gst {

// Thread-safe; the lock is a leaf: no call of GStreamer or of the session is made with it held.
// Three sides use it: the upstream side (chain() and serialized events and queries, one at a time
// by the sink pad's stream lock), the engine's workers, and the source pad's task.
//
// Frames are bounded by the store, other entries by kMaxOthers; who finds no room waits, until
// there is or Stop() is called. Preallocated: using it allocates nothing.
class OutputQueue {
 public:
  static constexpr std::size_t kMaxOthers = 64;

  struct Entry {
    enum class Kind { kFrame, kEvent, kQuery, kReclaim, kRelinked };
    Kind kind = Kind::kEvent;
    InFlight* frame = nullptr;  // kFrame, kReclaim.
    GstEvent* event = nullptr;  // kEvent: a reference.
    GstQuery* query = nullptr;  // kQuery: borrowed, until AnswerQuery().
  };

  // Starts stopped, with a store of `frames` (at least 1).
  explicit OutputQueue(std::size_t frames);

  // Makes the store larger when it holds fewer than `frames`. On the upstream side only.
  void Grow(std::size_t frames) INFER_EXCLUDES(mutex_);
  // Items that may be with the engine at once; more of one frame are let in alone.
  void SetItemBound(std::size_t items) INFER_EXCLUDES(mutex_);

  // ---- Upstream side. All return FLUSHING once stopped. ----

  // A frame of the store, to be Release()d first. Waits while all are in use. Returns the source
  // pad's last flow return when that was not OK.
  GstFlowReturn Take(InFlight** frame) INFER_EXCLUDES(mutex_);
  // Waits until the engine has room for frame->count items (0 = the frame does not wait for it).
  // On OK the frame waits for Answer().
  GstFlowReturn Reserve(InFlight* frame) INFER_EXCLUDES(mutex_);
  GstFlowReturn Push(InFlight* frame) INFER_EXCLUDES(mutex_);
  // Takes `event` over on OK only. STREAM_START and SEGMENT make chain() work again after EOS or an
  // error downstream; what is not sticky, and EOS after an error, is refused with that flow return.
  GstFlowReturn PushEvent(GstEvent* event) INFER_EXCLUDES(mutex_);
  // Waits until the task has answered. Returns the answer; false once stopped.
  bool PushQuery(GstQuery* query) INFER_EXCLUDES(mutex_);

  // ---- Engine side. ----

  void Answer(InFlight* frame, infer_server::Status status, infer_server::devices::TimePoint now)
      INFER_EXCLUDES(mutex_);

  // ---- Task. ----

  // Waits for the head of the line, a frame's answer included unless `dropping`. An answered frame
  // that was dropped comes before that as kReclaim, and Relinked() as kRelinked to a task that is
  // `dropping`. False once stopped.
  bool Next(bool dropping, Entry* entry) INFER_EXCLUDES(mutex_);
  // True when nobody touches the frame any more and the caller is to release it; else it comes back
  // as kReclaim when it is answered.
  bool Drop(InFlight* frame) INFER_EXCLUDES(mutex_);
  void GiveBack(InFlight* frame) INFER_EXCLUDES(mutex_);
  void AnswerQuery(bool result) INFER_EXCLUDES(mutex_);
  // What chain() returns from now on.
  void SetFlow(GstFlowReturn flow) INFER_EXCLUDES(mutex_);

  // From downstream: somebody may be linked there now: NOT_LINKED is given another try.
  void Relinked() INFER_EXCLUDES(mutex_);

  // ---- Flushing. ----

  void Start() INFER_EXCLUDES(mutex_);
  // Wakes everybody, to return FLUSHING. Waits for nobody.
  void Stop() INFER_EXCLUDES(mutex_);
  // Empties a stopped queue: frames become dropped; the events are handed to the caller, oldest
  // first.
  void Clear(std::vector<GstEvent*>* events) INFER_EXCLUDES(mutex_);
  // A dropped frame that is answered, to be released and given back; null when there is none.
  InFlight* Reclaimable() INFER_EXCLUDES(mutex_);

  // Frames in use: queued, with an engine, or being pushed.
  std::size_t frames() const INFER_EXCLUDES(mutex_);
  std::size_t capacity() const INFER_EXCLUDES(mutex_);

 private:
  void PutEntry(const Entry& entry) INFER_REQUIRES(mutex_);
  InFlight* FindReclaimable() const INFER_REQUIRES(mutex_);

  mutable infer_server::devices::Mutex mutex_;
  std::condition_variable upstream_;  // Room, an answered query, or Stop().
  std::condition_variable task_;      // Something for Next(), or Stop().
  bool stopped_ INFER_GUARDED_BY(mutex_) = true;
  bool relinked_ INFER_GUARDED_BY(mutex_) = false;  // The task has not heard of it.
  GstFlowReturn flow_ INFER_GUARDED_BY(mutex_) = GST_FLOW_OK;
  std::vector<std::unique_ptr<InFlight>> store_ INFER_GUARDED_BY(mutex_);
  std::vector<InFlight*> free_ INFER_GUARDED_BY(mutex_);
  std::vector<Entry> ring_ INFER_GUARDED_BY(mutex_);
  std::size_t head_ INFER_GUARDED_BY(mutex_) = 0, size_ INFER_GUARDED_BY(mutex_) = 0;
  std::size_t others_ INFER_GUARDED_BY(mutex_) = 0;    // Entries that are not frames.
  std::size_t restarts_ INFER_GUARDED_BY(mutex_) = 0;  // STREAM_STARTs and SEGMENTs among them.
  std::size_t items_ INFER_GUARDED_BY(mutex_) = 0;     // With the engine.
  std::size_t item_bound_ INFER_GUARDED_BY(mutex_) = 1;
  enum class Query { kNone, kQueued, kRunning, kAnswered };
  Query query_ INFER_GUARDED_BY(mutex_) = Query::kNone;
  bool query_result_ INFER_GUARDED_BY(mutex_) = false;
};

}  // namespace infer_gst
