// SPDX-License-Identifier: Apache-2.0
// The queue by itself, between threads that ThreadSanitizer knows.
#include "gst/output_queue.h"

#include <gtest/gtest.h>

#include <thread>

#include "devices/base/clock.h"

namespace infer_gst {
namespace {

using infer_server::Status;
using infer_server::devices::Clock;
using Kind = OutputQueue::Entry::Kind;

GstEvent* Mark() {
  return gst_event_new_custom(GST_EVENT_CUSTOM_DOWNSTREAM, gst_structure_new_empty("mark"));
}

InFlight* Take(OutputQueue* queue) {
  InFlight* frame = nullptr;
  EXPECT_EQ(GST_FLOW_OK, queue->Take(&frame));
  return frame;
}

void Answer(OutputQueue* queue, InFlight* frame) {
  queue->Answer(frame, Status::SUCCESS, Clock::Steady().Now());
}

TEST(OutputQueue, StoppedItTakesNothing) {
  OutputQueue queue(1);
  InFlight* frame = nullptr;
  EXPECT_EQ(GST_FLOW_FLUSHING, queue.Take(&frame));
  OutputQueue::Entry entry;
  EXPECT_FALSE(queue.Next(false, &entry));
}

TEST(OutputQueue, AFrameIsNotNextBeforeItIsAnswered) {
  OutputQueue queue(2);
  queue.Start();
  InFlight* frame = Take(&queue);
  frame->count = 1;
  ASSERT_EQ(GST_FLOW_OK, queue.Reserve(frame));
  ASSERT_EQ(GST_FLOW_OK, queue.Push(frame));
  std::thread worker([&] { Answer(&queue, frame); });
  OutputQueue::Entry entry;
  ASSERT_TRUE(queue.Next(false, &entry));
  worker.join();
  EXPECT_EQ(frame, entry.frame);
  EXPECT_EQ(InFlight::State::kAnswered, frame->state);
  EXPECT_EQ(1u, queue.frames());
  queue.GiveBack(frame);
  EXPECT_EQ(0u, queue.frames());
}

TEST(OutputQueue, ADroppedFrameComesBackWhenItIsAnswered) {
  OutputQueue queue(2);
  queue.Start();
  InFlight* frame = Take(&queue);
  frame->count = 1;
  ASSERT_EQ(GST_FLOW_OK, queue.Reserve(frame));
  ASSERT_EQ(GST_FLOW_OK, queue.Push(frame));
  queue.Stop();
  std::vector<GstEvent*> events;
  queue.Clear(&events);
  EXPECT_EQ(nullptr, queue.Reclaimable()) << "the engine still has it";
  queue.Start();
  std::thread worker([&] { Answer(&queue, frame); });
  OutputQueue::Entry entry;
  ASSERT_TRUE(queue.Next(false, &entry));
  worker.join();
  EXPECT_EQ(Kind::kReclaim, entry.kind);
  EXPECT_EQ(frame, entry.frame);
}

TEST(OutputQueue, StopEndsEveryWait) {
  OutputQueue queue(1);
  queue.Start();
  Take(&queue);
  InFlight* frame = nullptr;
  GstFlowReturn flow = GST_FLOW_OK;
  std::thread upstream([&] { flow = queue.Take(&frame); });
  bool more = true;
  std::thread task([&] {
    OutputQueue::Entry entry;
    more = queue.Next(false, &entry);
  });
  queue.Stop();
  upstream.join();
  task.join();
  EXPECT_EQ(GST_FLOW_FLUSHING, flow);
  EXPECT_FALSE(more);
}

TEST(OutputQueue, EventsAreBoundedAndAFailedFlowRefusesThem) {
  OutputQueue queue(1);
  queue.Start();
  for (std::size_t i = 0; i < OutputQueue::kMaxOthers; ++i)
    ASSERT_EQ(GST_FLOW_OK, queue.PushEvent(Mark()));
  GstFlowReturn flow = GST_FLOW_ERROR;
  std::thread upstream([&] { flow = queue.PushEvent(Mark()); });
  OutputQueue::Entry entry;
  for (std::size_t i = 0; i <= OutputQueue::kMaxOthers; ++i) {
    ASSERT_TRUE(queue.Next(false, &entry));
    gst_event_unref(entry.event);
  }
  upstream.join();
  EXPECT_EQ(GST_FLOW_OK, flow);

  queue.SetFlow(GST_FLOW_NOT_LINKED);
  GstEvent* mark = Mark();
  EXPECT_EQ(GST_FLOW_NOT_LINKED, queue.PushEvent(mark));
  gst_event_unref(mark);
  GstEvent* eos = gst_event_new_eos();
  EXPECT_EQ(GST_FLOW_NOT_LINKED, queue.PushEvent(eos));
  gst_event_unref(eos);
}

TEST(OutputQueue, AnErrorOfTheStreamBeforeDoesNotReachTheNewOne) {
  OutputQueue queue(1);
  queue.Start();
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  ASSERT_EQ(GST_FLOW_OK, queue.PushEvent(gst_event_new_segment(&segment)));
  queue.SetFlow(GST_FLOW_EOS);  // Of a frame from before that segment.
  InFlight* frame = nullptr;
  EXPECT_EQ(GST_FLOW_OK, queue.Take(&frame));
  OutputQueue::Entry entry;
  ASSERT_TRUE(queue.Next(true, &entry));
  gst_event_unref(entry.event);
}

// Upstream, two workers and the task at full speed, with flushes.
TEST(OutputQueue, HoldsUnderLoad) {
  OutputQueue queue(4);
  queue.SetItemBound(4);
  infer_server::devices::Mutex mutex;
  std::vector<InFlight*> running;
  std::condition_variable more;
  bool end = false;
  const auto work = [&] {
    infer_server::devices::MutexLock lock(&mutex);
    while (!end || !running.empty()) {
      if (running.empty()) {
        lock.Wait(&more);
        continue;
      }
      InFlight* frame = running.back();
      running.pop_back();
      lock.Unlock();
      Answer(&queue, frame);
      lock.Lock();
    }
  };
  std::thread a(work), b(work);
  for (int round = 0; round < 20; ++round) {
    queue.Start();
    std::thread upstream([&] {
      InFlight* frame = nullptr;
      while (queue.Take(&frame) == GST_FLOW_OK) {
        frame->count = 1;
        GstFlowReturn flow = queue.Reserve(frame);
        if (flow == GST_FLOW_OK) {
          infer_server::devices::MutexLock lock(&mutex);
          running.push_back(frame);
          more.notify_one();
        }
        if (flow == GST_FLOW_OK) flow = queue.Push(frame);
        if (flow != GST_FLOW_OK && queue.Drop(frame)) queue.GiveBack(frame);
      }
    });
    OutputQueue::Entry entry;
    for (int i = 0; i < 200 && queue.Next(false, &entry); ++i) queue.GiveBack(entry.frame);
    queue.Stop();
    upstream.join();
    std::vector<GstEvent*> events;
    queue.Clear(&events);
  }
  {
    infer_server::devices::MutexLock lock(&mutex);
    end = true;
    more.notify_all();
  }
  a.join();
  b.join();
  while (InFlight* frame = queue.Reclaimable()) queue.GiveBack(frame);
  EXPECT_EQ(0u, queue.frames());
}

}  // namespace
}  // namespace infer_gst
