// SPDX-License-Identifier: Apache-2.0
// A frame on its way through an infer element.
#pragma once

#include <gst/gst.h>

#include <cstddef>
#include <deque>
#include <memory>
#include <utility>
#include <vector>

#include "devices/base/clock.h"
#include "gst/frame_map.h"
#include "gst/region_meta.h"
#include "infer_server.h"
#include "video/item.h"

namespace infer_gst {

// What is done with a frame.
enum class Purpose {
  kRun,   // The model runs on it.
  kHold,  // It carries the last results again, as inference-interval says.
  kSkip,  // The same, because it is too late for more.
  kNone,  // There is nothing on it to run on.
};

// Made once and used for frame after frame, so that nothing is allocated for one. Who has it may
// write it: chain() from OutputQueue::Take() to Push(), the engine's workers in between and on,
// until OutputQueue::Answer(), then the source pad's task until OutputQueue::GiveBack().
struct InFlight {
  GstBuffer* buffer = nullptr;  // A reference of its own, mapped by `map` while the model runs.
  MappedFrame map;
  Purpose purpose = Purpose::kRun;
  std::vector<RegionRef> regions;                    // With input=objects: what items[i] is about.
  std::deque<infer_server::video::VideoItem> items;  // The first `count`; its elements stay put.
  std::size_t count = 0;
  std::vector<infer_server::InferDataPtr> data;  // data[i] holds &items[i].
  infer_server::PackagePtr package = infer_server::Package::Create(0);
  infer_server::devices::TimePoint submitted, answered;
  infer_server::Status status = infer_server::Status::SUCCESS;

  // Guarded by the queue's lock.
  enum class State {
    kFree,      // In the queue's store.
    kWaiting,   // An engine may still touch items and pixels.
    kAnswered,  // Nobody does.
  };
  State state = State::kFree;
  bool dropped = false;  // Flushed: nobody waits for it; to be given back once it is answered.

  InFlight() { MakeRoom(1); }
  // So that `n` items need no memory.
  void MakeRoom(std::size_t n) {
    while (items.size() < n) {
      items.emplace_back();
      data.emplace_back(std::make_shared<infer_server::InferData>());
    }
    package->data.reserve(n);
  }

  // Gives mapping and buffer up. REQUIRES: not kWaiting.
  void Release() {
    map.Unmap();
    if (buffer != nullptr) gst_buffer_unref(std::exchange(buffer, nullptr));
  }
};

}  // namespace infer_gst
