// SPDX-License-Identifier: Apache-2.0
// A loaded network, and one executable instance of it.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "devices/base/export.h"
#include "devices/base/status.h"
#include "devices/tensor.h"

namespace infer_server::devices {

// Where a network comes from: a file, or `size` bytes at `data` (used when `path` is empty), which
// must stay readable only while LoadModel() runs.
struct ModelSource {
  std::string path;
  const void* data = nullptr;
  std::size_t size = 0;
};

struct ModelOptions {
  // Which engine, and its settings: "auto", "opencv", "fake:latency=20,jitter=5". Runtimes that
  // have one engine only take "auto".
  std::string engine = "auto";
  std::string function = "subnet0";  // ONNX has this one function.
  // Items of one call; 0 = what the file says (1 where it leaves it open).
  int batch_size = 0;
  int threads = 1;  // Threads of one engine. Engines side by side scale better than threads.
};

// One executable instance of a model with its own working memory. One call at a time.
class INFER_API Engine {
 public:
  virtual ~Engine() = default;

  // Runs `rows` items, 1 ≤ rows ≤ Model::BatchSize(). inputs[i] holds rows ×
  // Inputs()[i].ItemBytes() contiguous bytes and outputs[i] receives rows ×
  // Outputs()[i].ItemBytes(), in memory of the model's device. Called by a Stream; blocks until
  // done. Fails with kInvalidArgument (rows out of range), kDeviceError, kCancelled after Cancel().
  virtual Status Run(const void* const* inputs, void* const* outputs, int rows) = 0;

  // Asks a running Run() to give up soon, and makes every later one fail: the engine is used up, so
  // that a call that comes just before Run() is not lost. From any thread. An engine that cannot
  // does nothing.
  virtual void Cancel() {}
};

// Immutable once loaded; thread-safe. Engines may outlive it.
class INFER_API Model {
 public:
  virtual ~Model() = default;

  // What runs it: "opencv", "fake".
  virtual const std::string& EngineName() const = 0;
  // Tensors of one item: dimension 0 of every shape is 1.
  virtual const std::vector<TensorInfo>& Inputs() const = 0;
  virtual const std::vector<TensorInfo>& Outputs() const = 0;
  // Most items of one Run().
  virtual int BatchSize() const = 0;
  // True when a Run() of fewer rows costs as much as a full one, so that waiting for more is worth
  // it.
  virtual bool FixedBatch() const = 0;
  // What the user should know of how it was loaded ("runs the items of a batch one by one: …");
  // empty when there is nothing to say.
  virtual const std::string& Note() const = 0;

  // A new instance. Shares weights with the others where the engine can.
  virtual Result<std::unique_ptr<Engine>> NewEngine() = 0;
};

}  // namespace infer_server::devices
