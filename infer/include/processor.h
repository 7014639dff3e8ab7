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
  std::vector<Buffer> buffers;
  std::vector<Shape> shapes;
  // Element type and order of each as they are in `buffers`: what the host layout of the session
  // comes to for this tensor. Told to process_functions; may be empty elsewhere (ours).
  std::vector<DataLayout> layouts{};
};

// One stage. Before Init() a session sets these parameters: "model_info" (ModelPtr), "device_id"
// (int), "host_input_layout" / "host_output_layout" (DataLayout) on the stage they belong to, and
// "device_name" (std::string, ours).
class INFER_API Processor : public BaseObject {
 public:
  explicit Processor(const std::string& type_name) : type_name_(type_name) {}

  const std::string& TypeName() const noexcept { return type_name_; }

  // Reads the parameters. Called once, before anything is processed.
  virtual Status Init() = 0;
  // Works on the items of `data` in place. One call at a time for each instance. Failure, or an
  // exception, fails the items of this package: they are then processed one by one, so that only
  // the requests of those that fail again are answered with it. The last stage may instead fail
  // single items by making their pointers null and returning SUCCESS.
  virtual Status Process(PackagePtr data) = 0;
  // A new, initialised instance with the same parameters for another engine; null when that fails.
  // May be called while Process() runs on another thread.
  virtual std::shared_ptr<Processor> Fork() = 0;

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

// Runs a function on each item on the host, and makes the batch tensor of its results.
//
// Parameters: "process_function": ProcessFunction, lambda or function pointer. It is given the item
// and writes model input in host_input_layout, dimension 0 of each shape 1; it may run on several
// threads at once. "parallel": int, 1..8 (default 2): items worked on at once.
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

// Copies the batch's outputs to the host in host_output_layout and runs a function on each item.
//
// Parameters: "process_function": as above with (InferData* result, const ModelIO& output, const
// ModelInfo&); without it each item becomes its ModelIO. "parallel" as above.
class INFER_API Postprocessor : public ProcessorForkable<Postprocessor> {
 public:
  using ProcessFunction = detail::PostprocFunction;

  Postprocessor();
  ~Postprocessor() override;
  Status Init() override;
  Status Process(PackagePtr data) override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Runs the network: predict_io in, predict_io out, both in device memory. Put between the other two
// by the session.
class INFER_API Predictor : public ProcessorForkable<Predictor> {
 public:
  // The name of the default runtime, "cpu" (1.0; there it was the vendor's library).
  static std::string Backend();

  Predictor();
  ~Predictor() override;
  Status Init() override;
  Status Process(PackagePtr data) override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace infer_server
