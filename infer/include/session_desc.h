// SPDX-License-Identifier: Apache-2.0
// What a session is made of, who hears its answers, and what it tells of its speed. (Seed 004
// "Session", "Observer", "Scheduling"; "Package" for the perf of one answer.)
#pragma once

#include <cfloat>
#include <cstdint>
#include <memory>
#include <string>

#include "devices/base/export.h"
#include "infer_data.h"
#include "model_info.h"
#include "types.h"
#include "util/any.h"

namespace infer_server {

class Processor;

// Receives the answers of an asynchronous session, which shares it. (Seed 004 "Observer".)
class INFER_API Observer {
 public:
  virtual ~Observer() = default;
  // Called once for each request, in the order of the requests, never twice at a time for one
  // session, on a thread of the session's own: taking long delays this session only. `output` has
  // the tag and the items of the request, each at its place with its result and its user data, and
  // null for those that failed (then `status` is not SUCCESS); it is the receiver's, and may
  // outlive the session. `user_data` is what Request() was given. May call everything: Request()
  // then does not wait, WaitTaskDone() returns at once, DestroySession() of this session is
  // refused. An exception is logged and dropped.
  virtual void Response(Status status, PackagePtr output, any user_data) = 0;
};

// What a session is made of. A plain value. (Seed 004 "Session" and "Scheduling".)
struct SessionDesc {
  std::string name;  // For messages; need not be unique.
  ModelPtr model;    // Of LoadModel().
  BatchStrategy strategy{BatchStrategy::DYNAMIC};
  // What PreprocessorHost's function writes and Postprocessor's function reads. NCHW, NHWC and HWCN
  // are for pictures, that is, tensors of 4 dimensions whose order the network tells; NTC and TNC
  // for tensors of 3. NCHW and NHWC leave other tensors as they are, NONE leaves all.
  DataLayout host_input_layout{DataType::UINT8, DimOrder::NHWC};
  DataLayout host_output_layout{DataType::FLOAT32, DimOrder::NHWC};
  // Objects of this session alone: further engines get forks of them.
  std::shared_ptr<Processor> preproc;
  std::shared_ptr<Processor> postproc;  // Null = a Postprocessor that only copies.
  // Longest time the oldest item of a batch waits for others, in ms (DYNAMIC only); 0 = no limit.
  std::uint32_t batch_timeout{100};
  int priority{0};              // 0..9, clamped; 9 is served first.
  // Batches that are run side by side, each with tensors of its own; 1..256.
  std::uint32_t engine_num{1};
  // Writes the session's rates and latencies to the log at level info: a line every 2 s while it
  // answers and one when it is destroyed. Nothing below that level, nor without record-perf.
  bool show_perf{true};
  // Longest time that a stage may take over a batch, in ms (ours): a device is then stopped, a call
  // that hangs given up with its engine; the batch is answered with TIMEOUT. 0 = no limit.
  std::uint32_t engine_timeout{0};
};

// Belongs to its server, from CreateSession() to DestroySession().
class Session;
using Session_t = Session*;

// Of a stage, a unit is an item, which takes its share of its batch's time; of "RequestLatency", a
// request, from the moment it is accepted to just before Response().
struct LatencyStatistic {
  std::uint32_t unit_cnt{0};
  double total{0};     // ms
  float max{0};        // ms
  float min{FLT_MAX};  // ms
  // What 50, 95 and 99 of 100 units took at most, in ms, to within 1/32; 0 without units (ours).
  float p50{0};
  float p95{0};
  float p99{0};
};

// How fast a session, or one tag of it, was. Copies of the moment.
struct ThroughoutStatistic {
  std::uint32_t request_cnt{0};  // Answered.
  std::uint32_t unit_cnt{0};     // Items of them.
  float rps{0};                  // Requests per second, over the time at least one was outstanding.
  float ups{0};                  // Items per second.
  float rps_rt{0};               // The same over the last 2 s.
  float ups_rt{0};
};

}  // namespace infer_server
