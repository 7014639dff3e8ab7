// SPDX-License-Identifier: Apache-2.0
#include "gst/region_meta.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "gst/region_params.h"

namespace infer_gst {
namespace {

using infer_server::video::Attribute;
using infer_server::video::Classification;
using infer_server::video::ClassMask;
using infer_server::video::Detection;
using infer_server::video::FrameResult;
using infer_server::video::ItemResult;
using infer_server::video::Labels;
using infer_server::video::Object;
using infer_server::video::Rect;

constexpr int kMostIds = G_MAXINT / 2;  // Of others' ids, those that new ones come after.

// Quarks of structure and field names, made once.
struct Names {
  GQuark detection = g_quark_from_static_string("detection");
  GQuark object_id = g_quark_from_static_string("object_id");
  GQuark id = g_quark_from_static_string("id");
  GQuark label = g_quark_from_static_string("label");
  GQuark label_id = g_quark_from_static_string("label_id");
  GQuark confidence = g_quark_from_static_string("confidence");
  GQuark model = g_quark_from_static_string("model");
  GQuark model_name = g_quark_from_static_string("model_name");
  GQuark x = g_quark_from_static_string("x");
  GQuark y = g_quark_from_static_string("y");
  GQuark w = g_quark_from_static_string("w");
  GQuark h = g_quark_from_static_string("h");

  static const Names& Get() {
    static const Names names;
    return names;
  }
};

GstVideoRegionOfInterestMeta* NextRegion(GstBuffer* buffer, gpointer* state) {
  return reinterpret_cast<GstVideoRegionOfInterestMeta*>(
      gst_buffer_iterate_meta_filtered(buffer, state, GST_VIDEO_REGION_OF_INTEREST_META_API_TYPE));
}

// Beyond kMostIds there might be no number after it: what is larger does not count.
int LargestId(GstBuffer* buffer) {
  int largest = 0;
  gpointer state = nullptr;
  while (const auto* region = NextRegion(buffer, &state))
    if (region->id <= kMostIds) largest = std::max(largest, region->id);
  return largest;
}

// Gives regions that come without an id the numbers after the largest one there is.
class IdGiver {
 public:
  explicit IdGiver(GstBuffer* buffer) : next_(LargestId(buffer)) {}
  int IdOf(const GstVideoRegionOfInterestMeta& region) {
    return region.id > 0 ? region.id : ++next_;
  }

 private:
  int next_;
};

const GstStructure* FindParam(const GstVideoRegionOfInterestMeta& region, GQuark name) {
  for (const GList* l = region.params; l != nullptr; l = l->next) {
    const auto* s = static_cast<const GstStructure*>(l->data);
    if (gst_structure_get_name_id(s) == name) return s;
  }
  return nullptr;
}

double NumberOf(const GstStructure* s, GQuark field, double otherwise) {
  const GValue* value = gst_structure_id_get_value(s, field);
  if (value == nullptr) return otherwise;
  if (G_VALUE_HOLDS_DOUBLE(value)) return g_value_get_double(value);
  if (G_VALUE_HOLDS_FLOAT(value)) return static_cast<double>(g_value_get_float(value));
  if (G_VALUE_HOLDS_INT(value)) return g_value_get_int(value);
  if (G_VALUE_HOLDS_UINT(value)) return g_value_get_uint(value);
  if (G_VALUE_HOLDS_INT64(value)) return static_cast<double>(g_value_get_int64(value));
  return otherwise;
}

int IntegerOf(const GstStructure* s, GQuark field, int otherwise) {
  const double number = NumberOf(s, field, otherwise);
  return number >= G_MININT && number <= G_MAXINT ? static_cast<int>(number) : otherwise;
}

const char* TextOf(const GstStructure* s, GQuark field) {
  const GValue* value = gst_structure_id_get_value(s, field);
  return value != nullptr && G_VALUE_HOLDS_STRING(value) ? g_value_get_string(value) : nullptr;
}

struct WholeBox {
  guint x, y, w, h;
};

// The smallest box of whole pixels around `box`; what lies left of or above the frame is cut off.
WholeBox RoundOutwards(const Rect& box) {
  const auto whole = [](double edge) {
    return edge > 0 ? static_cast<guint>(std::min<double>(edge, G_MAXINT)) : 0u;
  };
  const double left = static_cast<double>(box.x), top = static_cast<double>(box.y);
  const guint x = whole(std::floor(left)), y = whole(std::floor(top));
  const guint right = whole(std::ceil(left + static_cast<double>(box.w)));
  const guint bottom = whole(std::ceil(top + static_cast<double>(box.h)));
  return {x, y, right > x ? right - x : 0, bottom > y ? bottom - y : 0};
}

Rect BoxOf(const GstVideoRegionOfInterestMeta& region) {
  const Names& names = Names::Get();
  if (const GstStructure* s = FindParam(region, names.detection)) {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const Rect exact{static_cast<float>(NumberOf(s, names.x, nan)),
                     static_cast<float>(NumberOf(s, names.y, nan)),
                     static_cast<float>(NumberOf(s, names.w, nan)),
                     static_cast<float>(NumberOf(s, names.h, nan))};
    const bool known = std::isfinite(exact.x) && std::isfinite(exact.y) && std::isfinite(exact.w) &&
                       std::isfinite(exact.h);
    const WholeBox whole = known ? RoundOutwards(exact) : WholeBox{};
    // A scaler moves the meta's box only: then the exact one is of another picture.
    if (known && whole.x == region.x && whole.y == region.y && whole.w == region.w &&
        whole.h == region.h)
      return exact;
  }
  return {static_cast<float>(region.x), static_cast<float>(region.y), static_cast<float>(region.w),
          static_cast<float>(region.h)};
}

// Puts `s`, which it takes, among the region's parameters, in place of one of the same name.
void SetParam(GstVideoRegionOfInterestMeta* region, GstStructure* s) {
  for (GList* l = region->params; l != nullptr; l = l->next) {
    auto* old = static_cast<GstStructure*>(l->data);
    if (gst_structure_get_name_id(old) != gst_structure_get_name_id(s)) continue;
    gst_structure_free(old);
    l->data = s;
    return;
  }
  gst_video_region_of_interest_meta_add_param(region, s);
}

GstVideoRegionOfInterestMeta* FindRegion(GstBuffer* buffer, int id) {
  gpointer state = nullptr;
  GstVideoRegionOfInterestMeta* region = nullptr;
  do region = NextRegion(buffer, &state);
  while (region != nullptr && region->id != id);
  return region;
}

bool IsReserved(GQuark name) {
  const Names& names = Names::Get();
  return name == names.detection || name == names.object_id || ParamNames::Get().Has(name);
}

// As a structure's name: letters, digits and "/-_.:+" after a letter; the names that mean something
// else here are left to them.
std::string StructureName(const std::string& name) {
  std::string valid;
  for (const char c : name)
    valid += g_ascii_isalnum(c) || std::strchr("/-_.:+", c) != nullptr ? c : '_';
  if (valid.empty() || !g_ascii_isalpha(valid[0])) valid.insert(0, "attribute_");
  if (const GQuark quark = g_quark_try_string(valid.c_str()); quark != 0 && IsReserved(quark))
    valid += "_attribute";
  return valid;
}

void ReadAttributes(const GstVideoRegionOfInterestMeta& region, std::vector<Attribute>* out) {
  const Names& names = Names::Get();
  std::size_t n = 0;
  for (const GList* l = region.params; l != nullptr; l = l->next) {
    const auto* s = static_cast<const GstStructure*>(l->data);
    const GQuark name = gst_structure_get_name_id(s);
    if (IsReserved(name)) continue;
    const char* label = TextOf(s, names.label);
    if (label == nullptr) continue;  // Somebody else's data.
    if (n == out->size()) out->emplace_back();
    Attribute& attribute = (*out)[n++];
    attribute.name = gst_structure_get_name(s);
    attribute.label = label;
    attribute.label_id = IntegerOf(s, names.label_id, -1);
    attribute.score = static_cast<float>(NumberOf(s, names.confidence, 0));
    const char* model = TextOf(s, names.model_name);
    attribute.model = model != nullptr ? model : "";
  }
  out->resize(n);
}

void ReadRegion(const GstVideoRegionOfInterestMeta& region, int id, Object* object) {
  const Names& names = Names::Get();
  object->id = id;
  object->parent_id = region.parent_id > 0 ? region.parent_id : -1;
  const char* label = g_quark_to_string(region.roi_type);
  object->label = label != nullptr ? label : "";
  object->box = BoxOf(region);
  object->label_id = -1;
  object->score = std::numeric_limits<float>::quiet_NaN();
  object->model.clear();
  if (const GstStructure* s = FindParam(region, names.detection)) {
    object->label_id = IntegerOf(s, names.label_id, -1);
    object->score =
        static_cast<float>(NumberOf(s, names.confidence, std::numeric_limits<double>::quiet_NaN()));
    const char* model = TextOf(s, names.model);
    if (model == nullptr) model = TextOf(s, names.model_name);
    if (model != nullptr) object->model = model;
  }
  const GstStructure* track = FindParam(region, names.object_id);
  object->track_id = track != nullptr ? IntegerOf(track, names.id, -1) : -1;
  ReadAttributes(region, &object->attributes);
  const ParamNames& params = ParamNames::Get();
  ReadKeypoints(FindParam(region, params.keypoints), object->box, &object->keypoints);
  ReadEmbedding(FindParam(region, params.embedding), &object->embedding);
  object->mask = ReadMask(FindParam(region, params.mask));
}

}  // namespace

LabelQuarks::LabelQuarks(const Labels& labels) : labels_(labels) {
  for (const std::string& name : labels.names())
    quarks_.push_back(g_quark_from_string(name.c_str()));
}

GQuark LabelQuarks::Of(int id) const {
  static const GQuark object = g_quark_from_static_string("object");
  return id >= 0 && static_cast<std::size_t>(id) < quarks_.size()
             ? quarks_[static_cast<std::size_t>(id)]
             : object;
}

void ListRegions(GstBuffer* buffer, std::vector<RegionRef>* regions) {
  regions->clear();
  IdGiver ids(buffer);
  gpointer state = nullptr;
  while (const auto* region = NextRegion(buffer, &state))
    regions->push_back({ids.IdOf(*region), BoxOf(*region), region->roi_type});
}

void WriteRegionIds(GstBuffer* buffer) {
  IdGiver ids(buffer);
  gpointer state = nullptr;
  while (auto* region = NextRegion(buffer, &state)) region->id = ids.IdOf(*region);
}

int AddDetections(GstBuffer* buffer, const ItemResult& result, const LabelQuarks& labels,
                  const std::string& model, int parent_id) {
  const Names& names = Names::Get();
  int id = result.detections.empty() ? 0 : LargestId(buffer);
  for (const Detection& found : result.detections) {
    const WholeBox whole = RoundOutwards(found.box);
    GstVideoRegionOfInterestMeta* region = gst_buffer_add_video_region_of_interest_meta_id(
        buffer, labels.Of(found.label_id), whole.x, whole.y, whole.w, whole.h);
    region->id = ++id;
    region->parent_id = parent_id;
    GstStructure* s = gst_structure_new_id(
        names.detection, names.label_id, G_TYPE_INT, found.label_id, names.confidence,
        G_TYPE_DOUBLE, static_cast<double>(found.score), names.model, G_TYPE_STRING, model.c_str(),
        names.x, G_TYPE_DOUBLE, static_cast<double>(found.box.x), names.y, G_TYPE_DOUBLE,
        static_cast<double>(found.box.y), names.w, G_TYPE_DOUBLE, static_cast<double>(found.box.w),
        names.h, G_TYPE_DOUBLE, static_cast<double>(found.box.h), nullptr);
    gst_video_region_of_interest_meta_add_param(region, s);
    if (found.keypoint_count > 0 && !found.box.Empty())
      gst_video_region_of_interest_meta_add_param(region, MakeKeypoints(result, found));
  }
  return static_cast<int>(result.detections.size());
}

bool AddAttribute(GstBuffer* buffer, int region_id, const std::string& name,
                  const Classification& best, const LabelQuarks& labels, const std::string& model) {
  const Names& names = Names::Get();
  GstVideoRegionOfInterestMeta* region = FindRegion(buffer, region_id);
  if (region == nullptr) return false;

  GstStructure* s = gst_structure_new_empty(StructureName(name).c_str());
  gst_structure_id_set(s, names.label, G_TYPE_STRING, labels.labels().Name(best.label_id).c_str(),
                       names.label_id, G_TYPE_INT, best.label_id, names.confidence, G_TYPE_DOUBLE,
                       static_cast<double>(best.score), names.model_name, G_TYPE_STRING,
                       model.c_str(), nullptr);
  SetParam(region, s);
  return true;
}

bool AddEmbedding(GstBuffer* buffer, int region_id, const std::vector<float>& embedding,
                  const std::string& model) {
  GstVideoRegionOfInterestMeta* region = FindRegion(buffer, region_id);
  if (region != nullptr) SetParam(region, MakeEmbedding(embedding, model));
  return region != nullptr;
}

bool AddMask(GstBuffer* buffer, int region_id, const ClassMask& mask, const std::string& model) {
  GstVideoRegionOfInterestMeta* region = FindRegion(buffer, region_id);
  if (region != nullptr) SetParam(region, MakeMask(mask, model));
  return region != nullptr;
}

void KeepRegionParams(GstBuffer* from, GstBuffer* to) {
  gpointer state = nullptr;
  while (auto* region = NextRegion(to, &state)) {
    if (region->params != nullptr || region->id <= 0) continue;
    const auto* source = gst_buffer_get_video_region_of_interest_meta_id(from, region->id);
    for (const GList* l = source != nullptr ? source->params : nullptr; l != nullptr; l = l->next)
      gst_video_region_of_interest_meta_add_param(
          region, gst_structure_copy(static_cast<const GstStructure*>(l->data)));
  }
}

void ReadRegions(GstBuffer* buffer, FrameResult* result) {
  IdGiver ids(buffer);
  std::size_t n = 0;
  gpointer state = nullptr;
  while (const auto* region = NextRegion(buffer, &state)) {
    if (n == result->objects.size()) result->objects.emplace_back();
    ReadRegion(*region, ids.IdOf(*region), &result->objects[n++]);
  }
  result->objects.resize(n);
}

}  // namespace infer_gst
