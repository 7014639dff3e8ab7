// SPDX-License-Identifier: Apache-2.0
// Two infer elements in a row, on a real picture: faces, then the gender of each.
#include <gtest/gtest.h>

#include <algorithm>

#include "devices/runtime.h"
#include "gst/frame_map.h"
#include "tests/assets.h"
#include "tests/gst/infer_harness.h"
#include "video/preprocess.h"

namespace infer_gst {
namespace {

using infer_server::AssetPath;
using infer_server::video::InputSettings;
using infer_server::video::Object;

// The first buffer that leaves a pipeline whose last element is "fakesink name=sink".
Ptr<GstSample> LastSample(const std::string& line) {
  GError* error = nullptr;
  Ptr<GstElement> pipeline(
      gst_parse_launch_full(line.c_str(), nullptr, GST_PARSE_FLAG_FATAL_ERRORS, &error));
  EXPECT_EQ(nullptr, error) << error->message;
  gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);
  Ptr<GstObject> bus(GST_OBJECT(gst_element_get_bus(pipeline.get())));
  Ptr<GstMessage> end(
      gst_bus_timed_pop_filtered(GST_BUS(bus.get()), 60 * GST_SECOND,
                                 static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR)));
  EXPECT_NE(nullptr, end);
  EXPECT_EQ(GST_MESSAGE_EOS, GST_MESSAGE_TYPE(end.get()));
  Ptr<GstElement> sink(gst_bin_get_by_name(GST_BIN(pipeline.get()), "sink"));
  GstSample* sample = nullptr;
  g_object_get(sink.get(), "last-sample", &sample, nullptr);
  gst_element_set_state(pipeline.get(), GST_STATE_NULL);
  return Ptr<GstSample>(sample);
}

// What the gender network says of one region of `frame`, run by itself.
std::vector<float> Genders(const infer_server::video::FrameView& frame,
                           const infer_server::video::Rect& region) {
  auto device = infer_server::devices::OpenDevice({"cpu", 0}).value();
  infer_server::devices::ModelSource source;
  source.path = AssetPath("models/gender_mini_xception_64.onnx");
  auto model = device->LoadModel(source, {}).value();
  InputSettings settings;
  settings.color_order = infer_server::video::ColorOrder::kGray;
  settings.scale = {1 / 127.5f, 1 / 127.5f, 1 / 127.5f};
  settings.mean = {1, 1, 1};
  std::vector<float> input(model->Inputs()[0].ItemElements());
  std::vector<float> output(model->Outputs()[0].ItemElements());
  infer_server::video::Placement placement;
  EXPECT_TRUE(infer_server::video::FillTensor(frame, region, settings, model->Inputs()[0],
                                              input.data(), &placement)
                  .ok());
  const void* in = input.data();
  void* out = output.data();
  EXPECT_TRUE(model->NewEngine().value()->Run(&in, &out, 1).ok());
  return output;
}

TEST(InferChain, EachFacesGenderIsWhatTheNetworkSaysOfThatFaceAlone) {
  INFER_SKIP_WITHOUT_ASSETS();
  const std::string models = AssetPath("models/");
  const Ptr<GstSample> sample = LastSample(
      "filesrc location=" + AssetPath("images/faces_3.jpg") +
      " ! jpegdec ! videoconvert ! video/x-raw,format=RGB ! cpuinfer postprocess=ultraface model=" +
      models + "ultraface_rfb_320.onnx labels=" + models +
      "labels_face.txt threshold=0.7 ! cpuinfer input=objects object-class=face model=" + models +
      "gender_mini_xception_64.onnx postprocess=classification labels=" + models +
      "labels_gender2.txt attribute-name=gender color-order=gray scale=0.00784313725 mean=1 "
      "threshold=0 ! fakesink name=sink");
  ASSERT_NE(nullptr, sample);
  GstBuffer* buffer = gst_sample_get_buffer(sample.get());
  const auto result = test::Results(buffer);
  ASSERT_EQ(2u, result.inference.size());
  ASSERT_GE(result.objects.size(), 3u) << "faces in the picture";

  GstVideoInfo info;
  ASSERT_TRUE(gst_video_info_from_caps(&info, gst_sample_get_caps(sample.get())));
  MappedFrame map;
  ASSERT_TRUE(map.Map(buffer, info, GST_MAP_READ).ok());
  for (const Object& face : result.objects) {
    EXPECT_EQ("face", face.label);
    ASSERT_EQ(1u, face.attributes.size());
    const std::vector<float> genders = Genders(map.View(), face.box);
    const auto best = std::max_element(genders.begin(), genders.end());
    EXPECT_EQ("gender", face.attributes[0].name);
    EXPECT_EQ(best - genders.begin(), face.attributes[0].label_id);
    EXPECT_NEAR(*best, face.attributes[0].score, 1e-4);
  }
}

}  // namespace
}  // namespace infer_gst
