// SPDX-License-Identifier: Apache-2.0
// What a model file holds (Network), and one executable instance of it (Instance).
#pragma once

#include <condition_variable>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cnrt.h"
#include "devices/base/mutex.h"
#include "devices/base/status.h"
#include "devices/model.h"

namespace infer_server::devices::mlu {

// An input or output as programs see it: images lie NHWC, as on a card.
struct Tensor {
  std::string name;
  std::vector<int> dims;  // Of a whole batch.
  cnrtDataType_t type = CNRT_INVALID;
  size_t element = 0;     // Bytes of one.
  size_t item_bytes = 0;  // Of one item of the batch.
  // The network has it as NCHW: channels and pixels of an item are swapped on the way.
  bool swapped = false;
  size_t channels = 0, pixels = 0;  // When swapped.
};

// Immutable; thread-safe.
class Network {
 public:
  // ONNX or a container of inferserver-atc. Fails with kInvalidArgument (not a model, damaged),
  // kUnsupported, or as the engine does.
  static Result<std::shared_ptr<Network>> Load(std::string_view bytes);

  const std::vector<Tensor>& inputs() const { return inputs_; }
  const std::vector<Tensor>& outputs() const { return outputs_; }
  int rows() const { return rows_; }  // Items of a batch.
  Model& model() const { return *model_; }

 private:
  Network() = default;
  std::shared_ptr<Model> model_;
  std::vector<Tensor> inputs_, outputs_;
  int rows_ = 1;
};

// Thread-safe: one execution at a time, the others wait.
class Instance {
 public:
  // Fails as Model::NewEngine().
  static Result<std::shared_ptr<Instance>> Create(std::shared_ptr<const Network> network);

  const Network& network() const { return *network_; }
  // `params`: inputs, then outputs, of `rows` items, 1..network().rows(). Fails as Engine::Run().
  Status Run(const std::vector<void*>& params, int rows);

 private:
  Instance() = default;
  Status RunAlone(const std::vector<void*>& params, int rows);

  std::shared_ptr<const Network> network_;
  std::unique_ptr<Engine> engine_;
  std::vector<std::vector<char>> staged_;  // By param; empty unless swapped.
  Mutex mutex_;
  std::condition_variable freed_;
  bool busy_ INFER_GUARDED_BY(mutex_) = false;
};

}  // namespace infer_server::devices::mlu
