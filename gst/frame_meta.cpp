// SPDX-License-Identifier: Apache-2.0
#include "gst/frame_meta.h"

#include <utility>
#include <vector>

#include "gst/region_meta.h"

namespace infer_gst {
namespace {

using infer_server::video::Attribute;
using infer_server::video::FrameResult;
using infer_server::video::Inference;

struct Content {
  std::vector<Inference> inference;
  std::vector<Attribute> attributes;
};

struct GstInferFrameMeta {
  GstMeta meta;
  Content* content;
};

constexpr char kImplementation[] = "GstInferFrameMeta";

gboolean Init(GstMeta* meta, gpointer, GstBuffer*) {
  reinterpret_cast<GstInferFrameMeta*>(meta)->content = new Content;
  return TRUE;
}

void Free(GstMeta* meta, GstBuffer*) { delete reinterpret_cast<GstInferFrameMeta*>(meta)->content; }

Content* ContentOf(GstBuffer* buffer);

// One entry for each model: a later one takes the place of an earlier one.
void Merge(const Inference& from, std::vector<Inference>* to) {
  for (Inference& have : *to) {
    if (have.model != from.model) continue;
    have = from;
    return;
  }
  to->push_back(from);
}

void Merge(const Attribute& from, std::vector<Attribute>* to) {
  for (Attribute& have : *to) {
    if (have.name != from.name || have.model != from.model) continue;
    have = from;
    return;
  }
  to->push_back(from);
}

// Says nothing of places in the picture, so it goes along with every copy and transform. Being the
// last meta of a buffer, it finds the regions already there, and gives them back what GStreamer's
// own transform of a region leaves behind.
gboolean Transform(GstBuffer* to, GstMeta* meta, GstBuffer* source, GQuark, gpointer) {
  const Content& from = *reinterpret_cast<GstInferFrameMeta*>(meta)->content;
  Content* content = ContentOf(to);
  for (const Inference& inference : from.inference) Merge(inference, &content->inference);
  for (const Attribute& attribute : from.attributes) Merge(attribute, &content->attributes);
  KeepRegionParams(source, to);
  return TRUE;
}

const GstMetaInfo* Register() {
  // Another copy of this code in the process may have been quicker.
  if (const GstMetaInfo* info = gst_meta_get_info(kImplementation)) return info;
  static const gchar* no_tags[] = {nullptr};
  const GType api = gst_meta_api_type_register("GstInferFrameMetaAPI", no_tags);
  return gst_meta_register(api, kImplementation, sizeof(GstInferFrameMeta), &Init, &Free,
                           &Transform);
}

const GstMetaInfo* Info() {
  static const GstMetaInfo* const info = Register();
  return info;
}

GstInferFrameMeta* Find(GstBuffer* buffer) {
  return reinterpret_cast<GstInferFrameMeta*>(gst_buffer_get_meta(buffer, Info()->api));
}

Content* ContentOf(GstBuffer* buffer) {
  GstInferFrameMeta* meta = Find(buffer);
  if (meta == nullptr)
    meta = reinterpret_cast<GstInferFrameMeta*>(gst_buffer_add_meta(buffer, Info(), nullptr));
  return meta->content;
}

void MoveToEnd(GstBuffer* buffer) {
  GstInferFrameMeta* old = Find(buffer);
  if (old == nullptr) return;
  auto* last = reinterpret_cast<GstInferFrameMeta*>(gst_buffer_add_meta(buffer, Info(), nullptr));
  std::swap(old->content, last->content);
  gst_buffer_remove_meta(buffer, &old->meta);
}

}  // namespace

void AddInference(GstBuffer* buffer, const Inference& inference) {
  MoveToEnd(buffer);
  Merge(inference, &ContentOf(buffer)->inference);
}

void AddFrameAttribute(GstBuffer* buffer, const Attribute& attribute) {
  Merge(attribute, &ContentOf(buffer)->attributes);
}

void ReadFrameMeta(GstBuffer* buffer, FrameResult* result) {
  const GstInferFrameMeta* meta = Find(buffer);
  if (meta == nullptr) {
    result->inference.clear();
    result->attributes.clear();
    return;
  }
  result->inference = meta->content->inference;
  result->attributes = meta->content->attributes;
}

}  // namespace infer_gst
