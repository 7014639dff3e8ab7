// SPDX-License-Identifier: Apache-2.0
#include "gst/region_params.h"

#include <algorithm>

#include "gst/ptr.h"

namespace infer_gst {
namespace {

using infer_server::video::ClassMask;
using infer_server::video::Detection;
using infer_server::video::ItemResult;
using infer_server::video::Keypoint;
using infer_server::video::Labels;
using infer_server::video::Rect;

// Quarks of the fields' names, made once.
struct Fields {
  GQuark points = g_quark_from_static_string("points");
  GQuark values = g_quark_from_static_string("values");
  GQuark model = g_quark_from_static_string("model");
  GQuark width = g_quark_from_static_string("width");
  GQuark height = g_quark_from_static_string("height");
  GQuark cells = g_quark_from_static_string("cells");
  GQuark labels = g_quark_from_static_string("labels");

  static const Fields& Get() {
    static const Fields fields;
    return fields;
  }
};

void AppendFloat(GValue* array, float number) {
  GValue value = G_VALUE_INIT;
  g_value_init(&value, G_TYPE_FLOAT);
  g_value_set_float(&value, number);
  gst_value_array_append_and_take_value(array, &value);
}

const GValue* ArrayOf(const GstStructure* s, GQuark field) {
  const GValue* array = s != nullptr ? gst_structure_id_get_value(s, field) : nullptr;
  return array != nullptr && GST_VALUE_HOLDS_ARRAY(array) ? array : nullptr;
}

float NumberAt(const GValue* array, guint i) {
  const GValue* value = gst_value_array_get_value(array, i);
  return G_VALUE_HOLDS_FLOAT(value) ? g_value_get_float(value) : 0.0f;
}

int IntegerOf(const GstStructure* s, GQuark field) {
  const GValue* value = gst_structure_id_get_value(s, field);
  return value != nullptr && G_VALUE_HOLDS_INT(value) ? g_value_get_int(value) : 0;
}

}  // namespace

const ParamNames& ParamNames::Get() {
  static const ParamNames names;
  return names;
}

GstStructure* MakeKeypoints(const ItemResult& result, const Detection& detection) {
  GValue points = G_VALUE_INIT;
  g_value_init(&points, GST_TYPE_ARRAY);
  for (int i = 0; i < detection.keypoint_count; ++i) {
    const auto at = static_cast<std::size_t>(detection.keypoint_begin + i);
    if (at >= result.keypoints.size()) break;
    const Keypoint& point = result.keypoints[at];
    AppendFloat(&points, (point.x - detection.box.x) / detection.box.w);
    AppendFloat(&points, (point.y - detection.box.y) / detection.box.h);
    AppendFloat(&points, point.score);
  }
  GstStructure* s = gst_structure_new_id_empty(ParamNames::Get().keypoints);
  gst_structure_id_take_value(s, Fields::Get().points, &points);
  return s;
}

void ReadKeypoints(const GstStructure* s, const Rect& box, std::vector<Keypoint>* keypoints) {
  keypoints->clear();
  const GValue* points = ArrayOf(s, Fields::Get().points);
  if (points == nullptr) return;
  for (guint i = 0; i + 2 < gst_value_array_get_size(points); i += 3)
    keypoints->push_back({box.x + NumberAt(points, i) * box.w,
                          box.y + NumberAt(points, i + 1) * box.h, NumberAt(points, i + 2)});
}

GstStructure* MakeEmbedding(const std::vector<float>& embedding, const std::string& model) {
  const Fields& fields = Fields::Get();
  GValue values = G_VALUE_INIT;
  g_value_init(&values, GST_TYPE_ARRAY);
  for (const float number : embedding) AppendFloat(&values, number);
  GstStructure* s = gst_structure_new_id(ParamNames::Get().embedding, fields.model, G_TYPE_STRING,
                                         model.c_str(), nullptr);
  gst_structure_id_take_value(s, fields.values, &values);
  return s;
}

void ReadEmbedding(const GstStructure* s, std::vector<float>* embedding) {
  embedding->clear();
  const GValue* values = ArrayOf(s, Fields::Get().values);
  if (values == nullptr) return;
  for (guint i = 0; i < gst_value_array_get_size(values); ++i)
    embedding->push_back(NumberAt(values, i));
}

GstStructure* MakeMask(const ClassMask& mask, const std::string& model) {
  const Fields& fields = Fields::Get();
  std::vector<const char*> labels;
  for (const std::string& label : mask.labels) labels.push_back(label.c_str());
  labels.push_back(nullptr);
  GBytes* cells = g_bytes_new(mask.cells.data(), mask.cells.size());
  GstStructure* s = gst_structure_new_id(
      ParamNames::Get().mask, fields.width, G_TYPE_INT, mask.width, fields.height, G_TYPE_INT,
      mask.height, fields.cells, G_TYPE_BYTES, cells, fields.labels, G_TYPE_STRV, labels.data(),
      fields.model, G_TYPE_STRING, model.c_str(), nullptr);
  g_bytes_unref(cells);
  return s;
}

std::shared_ptr<const ClassMask> ReadMask(const GstStructure* s) {
  if (s == nullptr) return nullptr;
  const Fields& fields = Fields::Get();
  const GValue* bytes = gst_structure_id_get_value(s, fields.cells);
  if (bytes == nullptr || !G_VALUE_HOLDS(bytes, G_TYPE_BYTES)) return nullptr;
  auto* cells = static_cast<GBytes*>(g_value_get_boxed(bytes));
  auto mask = std::make_shared<ClassMask>();
  mask->width = IntegerOf(s, fields.width);
  mask->height = IntegerOf(s, fields.height);
  if (cells == nullptr || mask->width <= 0 || mask->height <= 0) return nullptr;
  gsize size = 0;
  const auto* data = static_cast<const std::uint8_t*>(g_bytes_get_data(cells, &size));
  if (size / static_cast<gsize>(mask->width) != static_cast<gsize>(mask->height) ||
      size % static_cast<gsize>(mask->width) != 0)
    return nullptr;
  mask->cells.assign(data, data + size);
  const GValue* labels = gst_structure_id_get_value(s, fields.labels);
  if (labels != nullptr && G_VALUE_HOLDS(labels, G_TYPE_STRV)) {
    auto* const* names = static_cast<char* const*>(g_value_get_boxed(labels));
    for (; names != nullptr && *names != nullptr; ++names) mask->labels.emplace_back(*names);
  }
  return mask;
}

std::shared_ptr<const ClassMask> MaskOf(const ItemResult& result, const Labels& labels) {
  if (result.mask.empty()) return nullptr;
  auto mask = std::make_shared<ClassMask>();
  mask->width = result.mask_width;
  mask->height = result.mask_height;
  mask->cells = result.mask;
  const std::uint8_t last = *std::max_element(result.mask.begin(), result.mask.end());
  for (std::size_t i = 0; i <= last && i < labels.size(); ++i)
    mask->labels.push_back(labels.names()[i]);
  return mask;
}

}  // namespace infer_gst
