// SPDX-License-Identifier: Apache-2.0
// Networks of the SSD kind that decode their boxes and suppress overlaps themselves:
//  * one output [1,1,N,7], the DetectionOutput layer of Caffe and OpenVINO: image (negative: end of
//    the list), class, score, x1, y1, x2, y2, edges as parts of the picture;
//  * four outputs, as the TensorFlow detection models: boxes [1,N,4] (y1, x1, y2, x2), classes
//    [1,N], scores [1,N], count. Told apart by their names (box, class or label, score or conf, num
//    or count), else by that order.
//
// The label's number is the network's class number plus label_offset. How many classes there are is
// not in the tensors, so a class past the labels goes by its number.
#include <algorithm>
#include <cctype>
#include <cmath>
#include <optional>
#include <string>

#include "video/post/detection_family.h"
#include "video/post/tensors.h"

namespace infer_server::video {
namespace {

using devices::Status;
using devices::TensorInfo;

constexpr std::int64_t kRowLength = 7;

// Where the four outputs are.
struct Roles {
  int boxes = 0, classes = 1, scores = 2, count = 3;
};

bool Contains(const std::string& name, const char* a, const char* b) {
  std::string lower = name;
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower.find(a) != std::string::npos || lower.find(b) != std::string::npos;
}

// The only output whose name has one of the words, or -1.
int Named(const std::vector<TensorInfo>& outputs, const char* a, const char* b) {
  int found = -1;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (!Contains(outputs[i].name, a, b)) continue;
    if (found >= 0) return -1;
    found = static_cast<int>(i);
  }
  return found;
}

std::optional<Roles> FindRoles(const std::vector<TensorInfo>& outputs) {
  if (outputs.size() != 4) return std::nullopt;
  Roles roles{Named(outputs, "box", "bbox"), Named(outputs, "class", "label"),
              Named(outputs, "score", "conf"), Named(outputs, "num", "count")};
  if (roles.boxes < 0 || roles.classes < 0 || roles.scores < 0 || roles.count < 0) roles = Roles();
  const TensorInfo& boxes = outputs[roles.boxes];
  const std::size_t rows = boxes.ItemElements() / 4;
  const bool fits = boxes.shape.size() == 3 && boxes.shape[2] == 4 && rows > 0 &&
                    outputs[roles.classes].ItemElements() == rows &&
                    outputs[roles.scores].ItemElements() == rows &&
                    outputs[roles.count].ItemElements() == 1;
  return fits ? std::optional<Roles>(roles) : std::nullopt;
}

class Ssd : public DetectionFamily {
 public:
  InputSettings DefaultInput(const std::vector<TensorInfo>&) const override {
    InputSettings settings;
    settings.mean.fill(127.5f);
    settings.std.fill(127.5f);
    return settings;
  }

  // The network has suppressed overlaps already.
  PostSettings DefaultPost() const override {
    PostSettings settings;
    settings.nms_threshold = 1;
    return settings;
  }

  Status Bind(const PostSettings& settings, const std::vector<TensorInfo>& inputs,
              const std::vector<TensorInfo>& outputs) override {
    const bool one = outputs.size() == 1 && outputs[0].shape.size() >= 3 &&
                     outputs[0].shape.back() == kRowLength && outputs[0].ItemElements() > 0;
    const std::optional<Roles> roles = FindRoles(outputs);
    if (!one && !roles)
      return DoesNotFit("ssd",
                        "one output [1,1,N,7] (DetectionOutput), or four: boxes [1,N,4], classes "
                        "[1,N], scores [1,N], count [1]",
                        inputs, outputs);
    one_ = one;
    roles_ = roles.value_or(Roles());
    rows_ = one ? outputs[0].ItemElements() / kRowLength : outputs[roles_.boxes].ItemElements() / 4;
    label_offset_ = settings.label_offset;
    list_.Bind(settings, rows_);
    return {};
  }

 private:
  void Read(const float* const* outputs, const Placement& placement) override {
    width_ = static_cast<float>(placement.input_width);
    height_ = static_cast<float>(placement.input_height);
    if (one_)
      ReadRows(outputs[0]);
    else
      ReadFour(outputs);
  }

  void ReadRows(const float* row) {
    for (std::size_t i = 0; i < rows_ && !(row[0] < 0); ++i, row += kRowLength)
      Add(row[3], row[4], row[5], row[6], row[2], row[1]);
  }

  void ReadFour(const float* const* outputs) {
    const float said = outputs[roles_.count][0];
    const auto most = static_cast<float>(rows_);
    const std::size_t count = said > 0 ? static_cast<std::size_t>(std::min(said, most)) : 0;
    for (std::size_t i = 0; i < count; ++i) {
      const float* box = outputs[roles_.boxes] + 4 * i;
      Add(box[1], box[0], box[3], box[2], outputs[roles_.scores][i], outputs[roles_.classes][i]);
    }
  }

  void Add(float x1, float y1, float x2, float y2, float score, float class_number) {
    if (!(class_number > -0.5f && class_number < 65535)) return;
    const int label = static_cast<int>(std::lround(class_number)) + label_offset_;
    if (label < 0) return;
    list_.Add(x1 * width_, y1 * height_, x2 * width_, y2 * height_, score, label);
  }

  bool one_ = true;
  Roles roles_;
  std::size_t rows_ = 0;
  int label_offset_ = 0;
  float width_ = 0, height_ = 0;
};

INFER_REGISTER(PostProcessors(), ssd, "ssd", MakePostProcessor<Ssd>);

}  // namespace
}  // namespace infer_server::video
