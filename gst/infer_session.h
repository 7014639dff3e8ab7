// SPDX-License-Identifier: Apache-2.0
// An infer element's model and its session with the InferServer. No GStreamer object in it.
#pragma once

#include <memory>
#include <string>

#include "devices/base/status.h"
#include "devices/runtime.h"
#include "gst/in_flight.h"
#include "gst/infer_config.h"
#include "gst/output_queue.h"
#include "infer_server.h"
#include "video/model_config.h"

namespace infer_gst {

// Immutable once open; thread-safe.
class InferSession {
 public:
  // Loads the model, settles what its description and the properties say, and makes the session on
  // device `properties.config.device_id` of `runtime`. Answers go to `queue`, which must outlive
  // it. Every failure says which property or file is wrong, what was expected and what to do.
  static infer_server::devices::Result<std::unique_ptr<InferSession>> Open(
      const InferProperties& properties, const std::string& runtime, OutputQueue* queue);
  // Waits until the engines have answered.
  ~InferSession();

  // Gives the frame's items to the model; the queue hears of it. REQUIRES: OutputQueue::Reserve().
  void Submit(InFlight* frame);
  // Runs what waits for a batch to fill now.
  void Flush();
  // As Flush(), and waits for all answers.
  void Drain();

  const infer_server::video::ModelSetup& setup() const { return *setup_; }
  // Frames that keep the engines busy: those they run, and as many prepared.
  std::size_t frame_bound() const;
  std::size_t item_bound() const;
  int batch_size() const { return batch_size_; }
  unsigned engine_num() const { return engine_num_; }
  const std::string& engine_name() const { return engine_name_; }
  // "cpu:0, engine opencv, batch 1, 2 engines; what the user should know".
  const std::string& description() const { return description_; }
  // Why a batch failed last, in words; empty when none did.
  std::string last_error() const { return server_.LastError(session_); }

 private:
  InferSession(const std::string& runtime, int device_id);
  infer_server::devices::Status Load(const InferProperties& properties, const std::string& device);
  infer_server::devices::Status Create(const InferConfig& config, OutputQueue* queue);

  const infer_server::devices::Result<std::shared_ptr<infer_server::devices::Device>> device_;
  infer_server::InferServer server_;
  infer_server::ModelPtr model_;
  infer_server::Session_t session_ = nullptr;
  OutputQueue* queue_ = nullptr;
  std::shared_ptr<const infer_server::video::ModelSetup> setup_;
  std::string engine_name_, description_;
  int batch_size_ = 1;
  unsigned engine_num_ = 1;
};

}  // namespace infer_gst
