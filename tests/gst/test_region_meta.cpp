// SPDX-License-Identifier: Apache-2.0
#include "gst/region_meta.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <utility>

#include "gst/frame_meta.h"
#include "gst/ptr.h"
#include "gst/region_params.h"
#include "tests/gst/harness.h"

namespace infer_gst {
namespace {

using infer_server::video::Classification;
using infer_server::video::Detection;
using infer_server::video::FrameResult;
using infer_server::video::InferenceStatus;
using infer_server::video::ItemResult;
using infer_server::video::Labels;

Detection Found(float x, float y, float w, float h, float score, int label_id) {
  Detection d;
  d.box = {x, y, w, h};
  d.score = score;
  d.label_id = label_id;
  return d;
}

FrameResult Read(GstBuffer* buffer) {
  FrameResult result;
  ReadRegions(buffer, &result);
  return result;
}

// `from`, a frame of width x 100 GRAY8, after videoscale made it 200 x 200.
Ptr<GstBuffer> Scaled(Ptr<GstBuffer> from, int width) {
  const std::string caps = "video/x-raw,format=GRAY8,height=100,framerate=1/1,width=";
  auto h = test::Play("videoscale ! capsfilter caps=video/x-raw,width=200,height=200",
                      (caps + std::to_string(width)).c_str());
  return Ptr<GstBuffer>(gst_harness_push_and_pull(h.get(), from.release()));
}

TEST(RegionMeta, GivesBackWhatWasWritten) {
  Ptr<GstBuffer> buffer(gst_buffer_new());
  ItemResult found;
  found.detections = {Found(10.25f, 20.5f, 30.5f, 40.125f, 0.75f, 1), Found(0, 0, 4, 4, 0.5f, 0)};
  const LabelQuarks labels(Labels({"person", "car"}));

  EXPECT_EQ(2, AddDetections(buffer.get(), found, labels, "detector", -1));

  const FrameResult read = Read(buffer.get());
  ASSERT_EQ(2u, read.objects.size());
  EXPECT_EQ(1, read.objects[0].id);
  EXPECT_EQ(2, read.objects[1].id);
  EXPECT_EQ(-1, read.objects[0].parent_id);
  EXPECT_EQ(-1, read.objects[0].track_id);
  EXPECT_EQ("car", read.objects[0].label);
  EXPECT_EQ(1, read.objects[0].label_id);
  EXPECT_EQ(0.75f, read.objects[0].score);
  EXPECT_EQ("detector", read.objects[0].model);
  EXPECT_EQ(10.25f, read.objects[0].box.x);
  EXPECT_EQ(20.5f, read.objects[0].box.y);
  EXPECT_EQ(30.5f, read.objects[0].box.w);
  EXPECT_EQ(40.125f, read.objects[0].box.h);
}

TEST(RegionMeta, TheMetasBoxIsRoundedOutwards) {
  Ptr<GstBuffer> buffer(gst_buffer_new());
  ItemResult found;
  found.detections = {Found(10.25f, 20.5f, 30.5f, 40.125f, 0.75f, 0)};
  AddDetections(buffer.get(), found, LabelQuarks(), "m", -1);

  const auto* meta = gst_buffer_get_video_region_of_interest_meta_id(buffer.get(), 1);
  ASSERT_NE(nullptr, meta);
  EXPECT_STREQ("object", g_quark_to_string(meta->roi_type)) << "no label file";
  EXPECT_EQ(10u, meta->x);
  EXPECT_EQ(20u, meta->y);
  EXPECT_EQ(31u, meta->w);
  EXPECT_EQ(41u, meta->h);
}

TEST(RegionMeta, SurvivesACopy) {
  Ptr<GstBuffer> buffer(gst_buffer_new());
  ItemResult found;
  found.detections = {Found(1.5f, 2.5f, 3, 4, 0.9f, 0)};
  AddDetections(buffer.get(), found, LabelQuarks(Labels({"cat"})), "m", -1);
  ASSERT_TRUE(
      AddAttribute(buffer.get(), 1, "colour", {1, 0.8f}, LabelQuarks(Labels({"a", "b"})), "c"));

  Ptr<GstBuffer> copy(gst_buffer_copy(buffer.get()));

  const FrameResult read = Read(copy.get());
  ASSERT_EQ(1u, read.objects.size());
  EXPECT_EQ(1.5f, read.objects[0].box.x);
  ASSERT_EQ(1u, read.objects[0].attributes.size());
  EXPECT_EQ("colour", read.objects[0].attributes[0].name);
  EXPECT_EQ("b", read.objects[0].attributes[0].label);
  EXPECT_EQ(1, read.objects[0].attributes[0].label_id);
  EXPECT_EQ(0.8f, read.objects[0].attributes[0].score);
  EXPECT_EQ("c", read.objects[0].attributes[0].model);
}

TEST(RegionMeta, AfterScalingTheMetasBoxCountsAndTheRestIsKept) {
  Ptr<GstBuffer> buffer = test::Solid(100 * 100, 0);
  ItemResult found;
  found.detections = {Found(10.25f, 20.5f, 30.5f, 40.125f, 0.75f, 0)};
  AddDetections(buffer.get(), found, LabelQuarks(), "m", -1);
  AddInference(buffer.get(), {"m", InferenceStatus::kRan, 0});
  Ptr<GstBuffer> scaled = Scaled(std::move(buffer), 100);

  const FrameResult read = Read(scaled.get());
  ASSERT_EQ(1u, read.objects.size());
  EXPECT_EQ(20, read.objects[0].box.x);
  EXPECT_EQ(40, read.objects[0].box.y);
  EXPECT_EQ(62, read.objects[0].box.w);
  EXPECT_EQ(82, read.objects[0].box.h);
  EXPECT_EQ(0.75f, read.objects[0].score);
}

TEST(RegionMeta, ReadsOtherPeoplesRegions) {
  Ptr<GstBuffer> buffer(gst_buffer_new());
  gst_buffer_add_video_region_of_interest_meta(buffer.get(), "face", 1, 2, 3, 4);
  auto* tracked = gst_buffer_add_video_region_of_interest_meta(buffer.get(), "person", 5, 6, 7, 8);
  tracked->id = 7;
  gst_video_region_of_interest_meta_add_param(
      tracked, gst_structure_new("object_id", "id", G_TYPE_INT, 42, nullptr));
  gst_video_region_of_interest_meta_add_param(
      tracked, gst_structure_new("tensor", "data", G_TYPE_INT, 1, nullptr));
  gst_video_region_of_interest_meta_add_param(
      tracked, gst_structure_new("mood", "label", G_TYPE_STRING, "happy", "confidence",
                                 G_TYPE_DOUBLE, 0.25, nullptr));

  const FrameResult read = Read(buffer.get());

  ASSERT_EQ(2u, read.objects.size());
  EXPECT_EQ(8, read.objects[0].id) << "a free number";
  EXPECT_EQ("face", read.objects[0].label);
  EXPECT_EQ(-1, read.objects[0].label_id);
  EXPECT_TRUE(std::isnan(read.objects[0].score));
  EXPECT_EQ(-1, read.objects[0].parent_id);
  EXPECT_EQ(4, read.objects[0].box.h);
  EXPECT_EQ(7, read.objects[1].id);
  EXPECT_EQ(42, read.objects[1].track_id);
  ASSERT_EQ(1u, read.objects[1].attributes.size()) << "the tensor is not an attribute";
  EXPECT_EQ("happy", read.objects[1].attributes[0].label);
}

TEST(RegionMeta, ReadingDoesNotTouchTheBuffer) {
  Ptr<GstBuffer> buffer(gst_buffer_new());
  auto* meta = gst_buffer_add_video_region_of_interest_meta(buffer.get(), "face", 1, 2, 3, 4);
  Read(buffer.get());
  EXPECT_EQ(0, meta->id);
}

TEST(RegionMeta, WrittenIdsAreTheOnesThatWereListed) {
  Ptr<GstBuffer> buffer(gst_buffer_new());
  for (guint i = 0; i < 3; ++i)
    gst_buffer_add_video_region_of_interest_meta(buffer.get(), "face", i, 0, 3, 4);
  std::vector<RegionRef> listed;
  ListRegions(buffer.get(), &listed);
  WriteRegionIds(buffer.get());

  ASSERT_EQ(3u, listed.size());
  for (const RegionRef& region : listed) {
    const auto* meta = gst_buffer_get_video_region_of_interest_meta_id(buffer.get(), region.id);
    ASSERT_NE(nullptr, meta);
    EXPECT_EQ(region.box.x, static_cast<float>(meta->x));
    EXPECT_STREQ("face", g_quark_to_string(region.label));
  }
}

TEST(RegionMeta, NewIdsComeAfterThoseOnTheBuffer) {
  Ptr<GstBuffer> buffer(gst_buffer_new());
  gst_buffer_add_video_region_of_interest_meta(buffer.get(), "face", 1, 2, 3, 4)->id = 5;
  ItemResult found;
  found.detections = {Found(1, 2, 1, 1, 0.9f, 0)};
  AddDetections(buffer.get(), found, LabelQuarks(), "m", 5);

  const FrameResult read = Read(buffer.get());
  ASSERT_EQ(2u, read.objects.size());
  EXPECT_EQ(6, read.objects[1].id);
  EXPECT_EQ(5, read.objects[1].parent_id);
}

// Somebody else's id may be anything: what follows the largest number there is would be negative.
TEST(RegionMeta, NewIdsAreValidBesideTheLargestThereIs) {
  Ptr<GstBuffer> buffer(gst_buffer_new());
  gst_buffer_add_video_region_of_interest_meta(buffer.get(), "face", 1, 2, 3, 4)->id = G_MAXINT;
  gst_buffer_add_video_region_of_interest_meta(buffer.get(), "face", 1, 2, 3, 4)->id = 0;
  ItemResult found;
  found.detections = {Found(0, 0, 4, 4, 0.5f, 0)};
  AddDetections(buffer.get(), found, LabelQuarks(), "m", -1);

  const FrameResult read = Read(buffer.get());
  ASSERT_EQ(3u, read.objects.size());
  EXPECT_EQ(G_MAXINT, read.objects[0].id);
  EXPECT_EQ(1, read.objects[2].id);
  EXPECT_EQ(2, read.objects[1].id);
}

TEST(RegionMeta, AnAttributeTakesThePlaceOfOneOfTheSameName) {
  Ptr<GstBuffer> buffer(gst_buffer_new());
  gst_buffer_add_video_region_of_interest_meta(buffer.get(), "face", 1, 2, 3, 4)->id = 1;
  const LabelQuarks labels(Labels({"woman", "man"}));
  EXPECT_TRUE(AddAttribute(buffer.get(), 1, "gender", {0, 0.6f}, labels, "a"));
  EXPECT_TRUE(AddAttribute(buffer.get(), 1, "gender", {1, 0.7f}, labels, "a"));
  EXPECT_FALSE(AddAttribute(buffer.get(), 2, "gender", {1, 0.7f}, labels, "a"));

  const FrameResult read = Read(buffer.get());
  ASSERT_EQ(1u, read.objects[0].attributes.size());
  EXPECT_EQ("man", read.objects[0].attributes[0].label);
}

TEST(RegionMeta, AttributeNamesThatStructuresRefuseAreMadeToFit) {
  Ptr<GstBuffer> buffer(gst_buffer_new());
  gst_buffer_add_video_region_of_interest_meta(buffer.get(), "face", 1, 2, 3, 4)->id = 1;
  for (const char* name : {"", "7 of 9", "detection", "sch\xc3\xb6n"})
    EXPECT_TRUE(AddAttribute(buffer.get(), 1, name, {3, 0.6f}, LabelQuarks(), "a"));

  const FrameResult read = Read(buffer.get());
  ASSERT_EQ(4u, read.objects[0].attributes.size());
  EXPECT_EQ("attribute_7_of_9", read.objects[0].attributes[1].name);
  EXPECT_EQ("3", read.objects[0].attributes[1].label) << "no label file: the number";
}

TEST(RegionMeta, KeypointsMoveWithTheirBox) {
  Ptr<GstBuffer> buffer = test::Solid(100 * 100, 0);
  ItemResult found;
  found.detections = {Found(10, 20, 40, 40, 0.75f, 0)};
  found.keypoints = {{15, 25, 0.5f}, {50, 60, 1}};
  found.detections[0].keypoint_count = 2;
  AddDetections(buffer.get(), found, LabelQuarks(), "m", -1);

  AddInference(buffer.get(), {"m", InferenceStatus::kRan, 0});
  const FrameResult read = Read(Scaled(std::move(buffer), 100).get());
  ASSERT_EQ(2u, read.objects[0].keypoints.size());
  EXPECT_FLOAT_EQ(30, read.objects[0].keypoints[0].x);
  EXPECT_FLOAT_EQ(50, read.objects[0].keypoints[0].y);
  EXPECT_EQ(0.5f, read.objects[0].keypoints[0].score);
  EXPECT_FLOAT_EQ(100, read.objects[0].keypoints[1].x);
}

TEST(RegionMeta, WhatASecondNetworkAddsIsKeptByScalersToo) {
  Ptr<GstBuffer> buffer = test::Solid(100 * 100, 0);
  ItemResult found;
  found.detections = {Found(10, 20, 40, 40, 0.75f, 0)};
  AddDetections(buffer.get(), found, LabelQuarks(), "first", -1);
  AddInference(buffer.get(), {"first", InferenceStatus::kRan, 0});
  AddDetections(buffer.get(), found, LabelQuarks(), "second", 1);
  AddInference(buffer.get(), {"second", InferenceStatus::kRan, 0});

  Ptr<GstBuffer> scaled = Scaled(std::move(buffer), 100);

  const FrameResult read = Read(scaled.get());
  ASSERT_EQ(2u, read.objects.size());
  EXPECT_EQ("first", read.objects[0].model);
  EXPECT_EQ("second", read.objects[1].model);
  EXPECT_EQ(read.objects[0].id, read.objects[1].parent_id);
}

TEST(RegionMeta, ReadingReusesTheResult) {
  Ptr<GstBuffer> many(gst_buffer_new()), none(gst_buffer_new());
  for (int i = 0; i < 4; ++i)
    gst_buffer_add_video_region_of_interest_meta(many.get(), "face", 1, 2, 3, 4);
  FrameResult result;
  ReadRegions(many.get(), &result);
  EXPECT_EQ(4u, result.objects.size());
  ReadRegions(none.get(), &result);
  EXPECT_TRUE(result.objects.empty());
}

TEST(RegionMeta, CarriesEmbeddingAndMask) {
  Ptr<GstBuffer> buffer(gst_buffer_new());
  ItemResult found;
  found.detections = {Found(10, 20, 30, 40, 0.75f, 0)};
  AddDetections(buffer.get(), found, LabelQuarks(), "detector", -1);
  ItemResult described;
  described.mask = {0, 1, 1, 2, 0, 0};
  described.mask_width = 3;
  described.mask_height = 2;
  const auto mask = MaskOf(described, Labels({"none", "coat"}));
  ASSERT_NE(nullptr, mask);
  EXPECT_TRUE(AddMask(buffer.get(), 1, *mask, "parts"));
  EXPECT_TRUE(AddEmbedding(buffer.get(), 1, {9}, "reid"));
  EXPECT_TRUE(AddEmbedding(buffer.get(), 1, {0.6f, -0.8f}, "reid")) << "in place of the first";
  EXPECT_FALSE(AddEmbedding(buffer.get(), 2, {1}, "reid")) << "there is no such region";
  EXPECT_FALSE(AddMask(buffer.get(), 2, *mask, "parts"));

  const FrameResult read = Read(buffer.get());
  ASSERT_EQ(1u, read.objects.size());
  const std::vector<float> expected = {0.6f, -0.8f};
  EXPECT_EQ(expected, read.objects[0].embedding);
  ASSERT_NE(nullptr, read.objects[0].mask);
  EXPECT_EQ(3, read.objects[0].mask->width);
  EXPECT_EQ(2, read.objects[0].mask->height);
  EXPECT_EQ(described.mask, read.objects[0].mask->cells);
  const std::vector<std::string> labels = {"none", "coat"};
  EXPECT_EQ(labels, read.objects[0].mask->labels);
  EXPECT_TRUE(read.objects[0].attributes.empty());
}

TEST(RegionMeta, TakesNoMaskOfAnotherForm) {
  GBytes* six = g_bytes_new("123456", 6);
  const auto refused = [](GstStructure* s) {
    const bool none = ReadMask(s) == nullptr;
    gst_structure_free(s);
    return none;
  };
  EXPECT_EQ(nullptr, ReadMask(nullptr));
  EXPECT_TRUE(refused(gst_structure_new("mask", "width", G_TYPE_INT, 3, "height", G_TYPE_INT, 3,
                                        "cells", G_TYPE_BYTES, six, nullptr)));
  EXPECT_TRUE(refused(gst_structure_new("mask", "width", G_TYPE_INT, 0, "height", G_TYPE_INT, 6,
                                        "cells", G_TYPE_BYTES, six, nullptr)));
  EXPECT_TRUE(refused(gst_structure_new("mask", "width", G_TYPE_INT, 4, "height", G_TYPE_INT, 1,
                                        "cells", G_TYPE_BYTES, six, nullptr)));
  EXPECT_TRUE(refused(gst_structure_new("mask", "width", G_TYPE_STRING, "3", "height", G_TYPE_INT,
                                        2, "cells", G_TYPE_BYTES, six, nullptr)));
  EXPECT_TRUE(refused(gst_structure_new("mask", "width", G_TYPE_INT, 3, "height", G_TYPE_INT, 2,
                                        "cells", G_TYPE_STRING, "123456", nullptr)));
  EXPECT_FALSE(refused(gst_structure_new("mask", "width", G_TYPE_INT, 3, "height", G_TYPE_INT, 2,
                                         "cells", G_TYPE_BYTES, six, nullptr)));
  g_bytes_unref(six);
}

}  // namespace
}  // namespace infer_gst
