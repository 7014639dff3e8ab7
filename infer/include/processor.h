// SPDX-License-Identifier: Apache-2.0
// The stages of a session. (Seed 004 "Processor".)
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "buffer.h"
#include "devices/base/export.h"
#include "infer_data.h"
#include "infer_server.h"
#include "shape.h"
#include "util/base_object.h"

namespace infer_server {

// The tensors of one item or of a batch. A plain value; copies share the buffers.
struct ModelIO {
  std::vector<Buffer> buffers;  // One for each input or output of the network, in its order.
  std::vector<Shape> shapes;    // Of what is in `buffers`, in elements; as many.
  // Element type and order of each as they are in `buffers`: what the host layout of the session
  // comes to for this tensor. Told to process_functions; may be empty elsewhere (ours).
  std::vector<DataLayout> layouts{};
};

// One stage. Before Init() a session sets these parameters: "model_info" (ModelPtr), "device_id"
// (int), "host_input_layout" / "host_output_layout" (DataLayout) on the stage they belong to, and
// "device_name" (std::string, ours). One thread at a time, which a session sees to. A type name
// stands in perf and messages, and with equal parameters means equal work: sessions may then share.
class INFER_API Processor : public BaseObject {
 public:
  explicit Processor(const std::string& type_name) : type_name_(type_name) {}

  // As given to the constructor: the key of its times in Package::perf and GetLatency().
  const std::string& TypeName() const noexcept { return type_name_; }

  // Reads the parameters. Called once, before anything is processed. Anything but SUCCESS, or an
  // exception, refuses the session.
  virtual Status Init() = 0;
  // Works on the items of `data` in place: the first stage makes predict_io of them, a ModelIO with
  // the items as rows; the last makes items of predict_io. At least one item, at most the model's
  // batch size. One call at a time for each instance. Failure, or an
  // exception, fails the items of this package: they are then processed one by one, so that only
  // the requests of those that fail again are answered with it. The last stage may instead fail
  // single items by making their pointers null and returning SUCCESS.
  virtual Status Process(PackagePtr data) = 0;
  // A new, initialised instance with the same parameters for another engine; null when that fails.
  // May be called while Process() runs on another thread.
  virtual std::shared_ptr<Processor> Fork() = 0;
  // Of a last stage: whether it wants the network's outputs in host memory. On a device whose
  // memory the host cannot read they are then copied while no thread waits; else they stay there,
  // and what copies them holds a worker (ours).
  virtual bool ReadsOnHost() const { return false; }

 private:
  std::string type_name_;
};

// Gives T Fork() and Create(). T is default-constructible.
template <typename T>
class ProcessorForkable : public Processor {
 public:
  explicit ProcessorForkable(const std::string& type_name) : Processor(type_name) {}

  std::shared_ptr<Processor> Fork() override {
    auto fork = std::make_shared<T>();
    fork->CopyParamsFrom(*this);
    return fork->Init() == Status::SUCCESS ? fork : nullptr;
  }
  static std::shared_ptr<T> Create() { return std::make_shared<T>(); }
};

// Runs a function on each item on the host, and makes the batch tensor of its results. What the
// items hold is let go then; their user data stays. (Seed 004 "Preprocessing".)
//
// Parameters: "process_function": ProcessFunction, lambda or function pointer. It is given the item
// and buffers to write one item of model input to, in host_input_layout, N being 1 in each shape;
// or it puts buffers of its own there. It may run on several threads at once. False, or an
// exception, fails the item, once it has been asked for each item of the batch alone again. Without
// it an item must hold a ModelIO of such buffers, whose shapes and layouts must agree where it has
// them. "parallel": int, items worked on at once, at most 8; default 2, also for 0 and less.
// Parameters of other names are ignored, with a warning.
//
// Init() fails with WRONG_TYPE for a parameter of another type, INVALID_PARAM without a model,
// NOT_IMPLEMENTED for a layout that the model's input cannot have.
class INFER_API PreprocessorHost : public ProcessorForkable<PreprocessorHost> {
 public:
  using ProcessFunction = detail::PreprocFunction;

  PreprocessorHost();
  ~PreprocessorHost() override;
  Status Init() override;
  Status Process(PackagePtr data) override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Turns the batch's outputs into host_output_layout and runs a function on each item.
// (Seed 004 "Postprocessing".)
//
// Parameters: "process_function": as above with (InferData* result, const ModelIO& output, const
// ModelInfo&). `result` is the item, with the user's data and otherwise empty; `output` is what the
// network gave for it, valid during the call unless its buffers are copied. Without it each item
// becomes a ModelIO in host memory of its own. "parallel" and failures of Init() as above.
class INFER_API Postprocessor : public ProcessorForkable<Postprocessor> {
 public:
  using ProcessFunction = detail::PostprocFunction;

  Postprocessor();
  ~Postprocessor() override;
  Status Init() override;
  Status Process(PackagePtr data) override;
  bool ReadsOnHost() const override { return true; }

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

class AsyncStage;

// Runs the network: predict_io in, predict_io out. Input in host memory is copied to the device.
// Put between the other two by the session.
//
// Parameter "outputs_on_host": bool; whether the output is copied to host memory where the host
// cannot read the device's. Default false.
class INFER_API Predictor : public ProcessorForkable<Predictor> {
 public:
  // The name of the default runtime, "cpu" (1.0; there it was the vendor's library).
  static std::string Backend();

  Predictor();
  ~Predictor() override;
  Status Init() override;
  Status Process(PackagePtr data) override;
  // For the session, after Init(): the same without waiting for the device; null where the device
  // does its work in the call that asks for it.
  AsyncStage* Async() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace infer_server
