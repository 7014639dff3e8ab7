// SPDX-License-Identifier: Apache-2.0
#include "video/custom_post.h"

#include <dlfcn.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <exception>
#include <limits>
#include <utility>

#include "video/custom_results.h"
#include "video/text_file.h"

namespace infer_server::video {
namespace {

using devices::Code;
using devices::Result;
using devices::Status;
using devices::TensorInfo;

constexpr std::uint32_t kMostPoints = 1 << 22;  // Of an item: 48 MiB.
constexpr char kEntry[] = "inferserver_postprocess_entry";

// Where a shared object writes why it failed: one line of text, whatever it wrote.
class ErrorText {
 public:
  char* data() { return text_; }
  static constexpr std::size_t size() { return kSize; }
  std::string Take() {
    text_[kSize - 1] = '\0';
    std::string text(text_);
    for (char& c : text)
      if (static_cast<unsigned char>(c) < ' ' || static_cast<unsigned char>(c) > '~') c = '?';
    return text.empty() ? "no reason given" : text;
  }

 private:
  static constexpr std::size_t kSize = 256;
  char text_[kSize] = "";
};

// The tensors of a network as C has them.
class Network {
 public:
  Network(const std::vector<TensorInfo>& inputs, const std::vector<TensorInfo>& outputs)
      : inputs_(View(inputs)), outputs_(View(outputs)) {
    view_.inputs = inputs_.data();
    view_.outputs = outputs_.data();
    view_.input_count = static_cast<std::uint32_t>(inputs_.size());
    view_.output_count = static_cast<std::uint32_t>(outputs_.size());
    view_.label_count = 0;
    view_.least_score = 0;
  }
  inferserver_network* view() { return &view_; }

 private:
  static std::vector<inferserver_tensor> View(const std::vector<TensorInfo>& tensors) {
    std::vector<inferserver_tensor> views;
    for (const TensorInfo& tensor : tensors)
      views.push_back({tensor.name.c_str(), tensor.shape.data(),
                       static_cast<std::uint32_t>(tensor.shape.size())});
    return views;
  }

  std::vector<inferserver_tensor> inputs_, outputs_;
  inferserver_network view_;
};

inferserver_input ToC(const InputSettings& settings) {
  inferserver_input input{};
  input.color_order = INFERSERVER_BGR;
  for (std::size_t i = 0; i < 3; ++i) {
    input.scale[i] = settings.scale[i];
    input.mean[i] = settings.mean[i];
    input.std[i] = settings.std[i];
  }
  return input;
}

// What cannot be is left as it was.
InputSettings FromC(const inferserver_input& input) {
  InputSettings settings;
  if (input.color_order == INFERSERVER_RGB) settings.color_order = ColorOrder::kRGB;
  if (input.color_order == INFERSERVER_GRAY) settings.color_order = ColorOrder::kGray;
  for (std::size_t i = 0; i < 3; ++i) {
    if (std::isfinite(input.scale[i])) settings.scale[i] = input.scale[i];
    if (std::isfinite(input.mean[i])) settings.mean[i] = input.mean[i];
    if (std::isfinite(input.std[i]) && input.std[i] != 0) settings.std[i] = input.std[i];
  }
  settings.keep_aspect_ratio = input.keep_aspect_ratio != 0;
  settings.align = input.centered != 0 ? Align::kCenter : Align::kTopLeft;
  if (input.pad_value >= 0 && input.pad_value <= 255) settings.pad_value = input.pad_value;
  return settings;
}

class CustomPost : public PostProcessor {
 public:
  CustomPost(std::string path, const inferserver_postprocess* table)
      : path_(std::move(path)), table_(*table) {}
  ~CustomPost() override {
    if (open_ && table_.close != nullptr) Call([this] { return table_.close(self_), 0; });
  }

  InputSettings DefaultInput(const std::vector<TensorInfo>& inputs) const override {
    inferserver_input input = ToC(InputSettings());
    if (table_.default_input != nullptr) {
      Network network(inputs, {});
      Call([&] { return table_.default_input(network.view(), &input), 0; });
    }
    return FromC(input);
  }

  // Whether overlaps are to be suppressed is not known here.
  PostSettings DefaultPost() const override {
    PostSettings settings;
    settings.nms_threshold = 1;
    return settings;
  }

  Status Bind(const PostSettings& settings, const std::vector<TensorInfo>& inputs,
              const std::vector<TensorInfo>& outputs) override {
    results_.Bind(settings, table_);
    Network network(inputs, outputs);
    network.view()->label_count = static_cast<std::uint32_t>(settings.labels.size());
    network.view()->least_score = results_.least_score();
    if (table_.open == nullptr) return {};
    ErrorText error;
    const int failed =
        Call([&] { return table_.open(network.view(), &self_, error.data(), ErrorText::size()); });
    if (failed != 0)
      return {Code::kInvalidArgument, Name() +
                                          " does not take the network: " + Reason(failed, &error) +
                                          "; the network has inputs " + devices::ToString(inputs) +
                                          " and outputs " + devices::ToString(outputs)};
    open_ = true;
    return {};
  }

  Status Process(const float* const* outputs, const Placement& placement, const Rect& region,
                 ItemResult* result) override {
    results_.Start(placement, result);
    const inferserver_item item = results_.Item(outputs);
    ErrorText error;
    const int failed =
        Call([&] { return table_.process(self_, &item, error.data(), ErrorText::size()); });
    if (failed == 0 && results_.refused() == nullptr) {
      results_.Finish(region);
      return {};
    }
    result->Clear();
    return {Code::kDeviceError,
            Name() + " failed on an item: " +
                (results_.refused() != nullptr ? results_.refused() : Reason(failed, &error))};
  }

 private:
  static constexpr int kThrew = std::numeric_limits<int>::min();

  // Nothing of the shared object's may unwind through the caller.
  template <typename F>
  static int Call(const F& function) {
    try {
      return function();
    } catch (...) {
      return kThrew;
    }
  }
  static std::string Reason(int failed, ErrorText* error) {
    return failed == kThrew ? "it threw an exception" : error->Take();
  }
  std::string Name() const { return "custom post-processor '" + path_ + "'"; }

  const std::string path_;
  const inferserver_postprocess table_;
  void* self_ = nullptr;
  bool open_ = false;
  CustomResults results_;
};

Status Bad(const std::string& path, const std::string& what) {
  return {Code::kInvalidArgument, "custom post-processor '" + path + "' " + what};
}

std::string Text(std::uint32_t number) { return std::to_string(number); }

}  // namespace

Result<std::unique_ptr<PostProcessor>> LoadCustomPost(const std::string& path) {
  if (!IsRegularFile(path))
    return Status(Code::kNotFound, "custom post-processor '" + path +
                                       "': no such file; give the path of a shared object (.so)");
  // A name without a folder would be searched for elsewhere. Never unloaded: its threads and
  // destructors may outlive the last session.
  const std::string file = path.find('/') == std::string::npos ? "./" + path : path;
  void* library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (library == nullptr) {
    const char* why = dlerror();
    return Bad(path, std::string("cannot be loaded: ") +
                         (why != nullptr ? why : "no reason given") +
                         "; expected a shared object built for this machine");
  }
  using Entry = const inferserver_postprocess* (*)();
  Entry entry = nullptr;
  void* symbol = dlsym(library, kEntry);
  std::memcpy(&entry, &symbol, sizeof(entry));
  dlclose(library);
  if (entry == nullptr)
    return Bad(path, std::string("has no function ") + kEntry +
                         "(); see inferserver_postprocess.h for what it must export");
  const inferserver_postprocess* table = nullptr;
  try {
    table = entry();
  } catch (...) {
    return Bad(path, std::string(kEntry) + "() threw an exception");
  }
  if (table == nullptr) return Bad(path, std::string("gave no table from ") + kEntry + "()");
  if (table->abi != INFERSERVER_POSTPROCESS_ABI)  // Nothing else of another version is known.
    return Bad(path, "was built for version " + Text(table->abi) +
                         " of inferserver_postprocess.h; expected " +
                         Text(INFERSERVER_POSTPROCESS_ABI) + ": build it again");
  if (table->process == nullptr) return Bad(path, "has a table without process()");
  if (table->max_objects > INFERSERVER_MOST_OBJECTS || table->points > INFERSERVER_MOST_POINTS ||
      table->max_objects * table->points > kMostPoints)
    return Bad(path, "asks for " + Text(table->max_objects) + " objects with " +
                         Text(table->points) + " points; expected at most " +
                         Text(INFERSERVER_MOST_OBJECTS) + " objects, " +
                         Text(INFERSERVER_MOST_POINTS) + " points each, " + Text(kMostPoints) +
                         " points together");
  return std::unique_ptr<PostProcessor>(std::make_unique<CustomPost>(path, table));
}

}  // namespace infer_server::video
