// SPDX-License-Identifier: Apache-2.0
#include "gst/frame_meta.h"

#include <gst/video/video.h>
#include <gtest/gtest.h>

#include "gst/ptr.h"

namespace infer_gst {
namespace {

using infer_server::video::Attribute;
using infer_server::video::FrameResult;
using infer_server::video::Inference;
using infer_server::video::InferenceStatus;

FrameResult Read(GstBuffer* buffer) {
  FrameResult result;
  ReadFrameMeta(buffer, &result);
  return result;
}

Inference Ran(const char* model, InferenceStatus status, int age) {
  Inference inference;
  inference.model = model;
  inference.status = status;
  inference.age_frames = age;
  return inference;
}

Attribute Answer(const char* name, const char* label, float score, const char* model) {
  Attribute attribute;
  attribute.name = name;
  attribute.label = label;
  attribute.label_id = 3;
  attribute.score = score;
  attribute.model = model;
  return attribute;
}

TEST(FrameMeta, GivesBackWhatWasWritten) {
  Ptr<GstBuffer> buffer(gst_buffer_new());
  AddInference(buffer.get(), Ran("a", InferenceStatus::kHeld, 2));
  AddInference(buffer.get(), Ran("b", InferenceStatus::kRan, 0));
  AddFrameAttribute(buffer.get(), Answer("weather", "rain", 0.5f, "b"));

  const FrameResult read = Read(buffer.get());
  ASSERT_EQ(2u, read.inference.size());
  EXPECT_EQ("a", read.inference[0].model);
  EXPECT_EQ(InferenceStatus::kHeld, read.inference[0].status);
  EXPECT_EQ(2, read.inference[0].age_frames);
  EXPECT_EQ("b", read.inference[1].model);
  ASSERT_EQ(1u, read.attributes.size());
  EXPECT_EQ("weather", read.attributes[0].name);
  EXPECT_EQ("rain", read.attributes[0].label);
  EXPECT_EQ(3, read.attributes[0].label_id);
  EXPECT_EQ(0.5f, read.attributes[0].score);
  EXPECT_EQ("b", read.attributes[0].model);
}

TEST(FrameMeta, ABufferWithoutOneReadsAsEmpty) {
  Ptr<GstBuffer> buffer(gst_buffer_new());
  FrameResult result;
  result.inference.push_back(Ran("old", InferenceStatus::kRan, 0));
  result.attributes.push_back(Answer("old", "x", 1, "old"));
  ReadFrameMeta(buffer.get(), &result);
  EXPECT_TRUE(result.inference.empty());
  EXPECT_TRUE(result.attributes.empty());
}

TEST(FrameMeta, OneEntryForEachModel) {
  Ptr<GstBuffer> buffer(gst_buffer_new());
  AddInference(buffer.get(), Ran("a", InferenceStatus::kRan, 0));
  AddInference(buffer.get(), Ran("a", InferenceStatus::kFailed, 0));
  const FrameResult read = Read(buffer.get());
  ASSERT_EQ(1u, read.inference.size());
  EXPECT_EQ(InferenceStatus::kFailed, read.inference[0].status);
}

TEST(FrameMeta, SurvivesACopyAndOutlivesTheOriginal) {
  Ptr<GstBuffer> buffer(gst_buffer_new());
  AddInference(buffer.get(), Ran("a model with a long name", InferenceStatus::kRan, 0));
  Ptr<GstBuffer> copy(gst_buffer_copy(buffer.get()));
  buffer.reset();
  const FrameResult read = Read(copy.get());
  ASSERT_EQ(1u, read.inference.size());
  EXPECT_EQ("a model with a long name", read.inference[0].model);
}

TEST(FrameMeta, MergesWithWhatTheOtherBufferHas) {
  Ptr<GstBuffer> from(gst_buffer_new()), to(gst_buffer_new());
  AddInference(from.get(), Ran("a", InferenceStatus::kRan, 0));
  AddInference(to.get(), Ran("b", InferenceStatus::kRan, 0));
  gst_buffer_copy_into(to.get(), from.get(), GST_BUFFER_COPY_META, 0, static_cast<gsize>(-1));
  EXPECT_EQ(2u, Read(to.get()).inference.size());
}

TEST(FrameMeta, SurvivesScaling) {
  Ptr<GstBuffer> from(gst_buffer_new()), to(gst_buffer_new());
  AddInference(from.get(), Ran("a", InferenceStatus::kRan, 0));
  GstVideoInfo in, out;
  gst_video_info_set_format(&in, GST_VIDEO_FORMAT_GRAY8, 10, 10);
  gst_video_info_set_format(&out, GST_VIDEO_FORMAT_GRAY8, 20, 20);
  GstVideoMetaTransform data = {&in, &out};
  gpointer state = nullptr;
  GstMeta* meta = gst_buffer_iterate_meta(from.get(), &state);
  ASSERT_NE(nullptr, meta);
  EXPECT_TRUE(meta->info->transform_func(to.get(), meta, from.get(),
                                         gst_video_meta_transform_scale_get_quark(), &data));
  EXPECT_EQ(1u, Read(to.get()).inference.size());
}

}  // namespace
}  // namespace infer_gst
