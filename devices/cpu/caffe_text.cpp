// SPDX-License-Identifier: Apache-2.0
// Reads the inputs out of a .prototxt: protobuf's text format, of which only the shape of the tree
// matters here.
#include <algorithm>
#include <cctype>
#include <charconv>

#include "devices/cpu/net_graph.h"

namespace infer_server::devices {
namespace {

constexpr std::size_t kMostDepth = 32;
constexpr std::size_t kMostInputs = 256;

Status NotCaffe(const std::string& why) {
  return Status(Code::kInvalidArgument, "is not a Caffe network text: " + why);
}

// Words, quoted strings and single punctuation characters; comments and blanks are skipped.
class Tokens {
 public:
  explicit Tokens(std::string_view text) : text_(text) {}

  // Empty at the end.
  std::string_view Next() {
    SkipBlanks();
    if (at_ == text_.size()) return {};
    const std::size_t begin = at_;
    const char c = text_[at_++];
    if (c == '"' || c == '\'') {
      while (at_ < text_.size() && text_[at_] != c) at_ += text_[at_] == '\\' ? 2 : 1;
      at_ = std::min(at_ + 1, text_.size());
    } else if (IsWord(c)) {
      while (at_ < text_.size() && IsWord(text_[at_])) ++at_;
    }
    return text_.substr(begin, at_ - begin);
  }

  std::size_t line() const {
    return 1 + static_cast<std::size_t>(std::count(
                   text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(at_), '\n'));
  }

 private:
  static bool IsWord(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-' || c == '+' ||
           c == '.';
  }
  void SkipBlanks() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '#') {
        while (at_ < text_.size() && text_[at_] != '\n') ++at_;
      } else if (std::isspace(static_cast<unsigned char>(c)) != 0 || c == ',' || c == ';') {
        ++at_;
      } else {
        return;
      }
    }
  }

  const std::string_view text_;
  std::size_t at_ = 0;
};

// Takes the values as they come and puts the inputs together.
class Collector {
 public:
  Status Value(const std::vector<std::string_view>& path, std::string_view value) {
    if (value.size() >= 2 && (value.front() == '"' || value.front() == '\''))
      value = value.substr(1, value.size() - 2);
    const std::string_view field = path.back();
    if (path.size() == 1 && field == "input") names_.emplace_back(value);
    if (path.size() == 1 && field == "input_dim") return Dim(value, &input_dims_);
    if (path.size() == 2 && path[0] == "input_shape" && field == "dim") return Dim(value, &shape_);
    if (path.size() == 2 && IsLayer(path[0]) && field == "type") is_input_ = value == "Input";
    if (path.size() == 2 && IsLayer(path[0]) && field == "top") tops_.emplace_back(value);
    if (path.size() == 4 && IsLayer(path[0]) && path[1] == "input_param" && path[2] == "shape" &&
        field == "dim")
      return Dim(value, &shape_);
    return Status();
  }

  // The message at the end of `path` is over.
  Status End(const std::vector<std::string_view>& path) {
    const bool layer_shape = path.size() == 3 && IsLayer(path[0]) && path[1] == "input_param";
    if (path.size() == 1 && path[0] == "input_shape")
      shapes_.push_back(std::exchange(shape_, {}));
    else if (layer_shape && path[2] == "shape")
      layer_shapes_.push_back(std::exchange(shape_, {}));
    if (path.size() != 1 || !IsLayer(path[0])) return Status();
    if (is_input_)
      for (std::size_t i = 0; i < tops_.size(); ++i)
        Add(tops_[i], layer_shapes_.empty() ? std::vector<std::int64_t>{}
                                            : layer_shapes_[std::min(i, layer_shapes_.size() - 1)]);
    has_layer_ = true;
    is_input_ = false;
    tops_.clear();
    layer_shapes_.clear();
    return graph_.inputs.size() > kMostInputs ? NotCaffe("it has too many inputs") : Status();
  }

  Result<NetGraph> Finish() {
    if (!has_layer_) return NotCaffe("it has no layer");
    if (names_.size() > kMostInputs) return NotCaffe("it has too many inputs");
    for (std::size_t i = 0; i < names_.size(); ++i) {
      if (i < shapes_.size()) {
        Add(names_[i], shapes_[i]);
      } else if (input_dims_.size() >= 4 * (i + 1)) {
        const auto first = input_dims_.begin() + static_cast<std::ptrdiff_t>(4 * i);
        Add(names_[i], {first, first + 4});
      } else {
        Add(names_[i], {});
      }
    }
    for (const NetTensor& input : graph_.inputs)
      if (input.shape.empty()) return NotCaffe("its input '" + input.name + "' has no shape");
    if (graph_.inputs.empty()) return NotCaffe("it has no input");
    return std::move(graph_);
  }

 private:
  static bool IsLayer(std::string_view name) { return name == "layer" || name == "layers"; }

  void Add(std::string_view name, std::vector<std::int64_t> shape) {
    graph_.inputs.push_back({std::string(name), DataType::kFloat32, std::move(shape)});
  }

  static Status Dim(std::string_view text, std::vector<std::int64_t>* shape) {
    std::int32_t dim = 0;
    const auto end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, dim);
    if (parsed.ec != std::errc() || parsed.ptr != end || dim < 1)
      return NotCaffe("the input dimension '" + std::string(text.substr(0, 40)) +
                      "' is not a positive number");
    if (shape->size() == 4 * kMostInputs) return NotCaffe("an input has too many dimensions");
    shape->push_back(dim);
    return Status();
  }

  NetGraph graph_;
  std::vector<std::string> names_;                 // `input:` fields
  std::vector<std::int64_t> input_dims_;           // four each
  std::vector<std::vector<std::int64_t>> shapes_;  // or `input_shape` messages
  bool has_layer_ = false;
  // Of the layer being read:
  bool is_input_ = false;
  std::vector<std::string> tops_;
  std::vector<std::vector<std::int64_t>> layer_shapes_;
  std::vector<std::int64_t> shape_;
};

}  // namespace

Result<NetGraph> ReadCaffeText(std::string_view text) {
  Tokens tokens(text);
  Collector collector;
  std::vector<std::string_view> path;
  const auto wrong = [&tokens](const std::string& why) {
    return NotCaffe("line " + std::to_string(tokens.line()) + ": " + why);
  };
  for (std::string_view token = tokens.Next(); !token.empty(); token = tokens.Next()) {
    if (token == "}") {
      if (path.empty()) return wrong("a '}' too many");
      INFER_RETURN_IF_ERROR(collector.End(path));
      path.pop_back();
      continue;
    }
    path.push_back(token);  // The name of a field.
    std::string_view next = tokens.Next();
    const bool colon = next == ":";
    if (colon) next = tokens.Next();
    if (next == "{") {
      if (path.size() > kMostDepth) return wrong("nested too deeply");
    } else if (!colon || next.empty() || next == "}") {
      return wrong("'" + std::string(token.substr(0, 40)) + "' has no value; " +
                   (next.empty() ? "the file ends too early" : "expected NAME: VALUE or NAME { }"));
    } else {
      INFER_RETURN_IF_ERROR(collector.Value(path, next));
      path.pop_back();
    }
  }
  if (!path.empty())
    return Status(Code::kInvalidArgument, "is truncated: it ends inside '" +
                                              std::string(path.back().substr(0, 40)) +
                                              " {'; copy or download it again");
  return collector.Finish();
}

}  // namespace infer_server::devices
