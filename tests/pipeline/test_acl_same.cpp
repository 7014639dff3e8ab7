// SPDX-License-Identifier: Apache-2.0
// What aclinfer finds through the software AscendCL is what cpuinfer finds, number for number.
#include <gtest/gtest.h>

#include <string>

#include "tests/assets.h"
#include "tests/pipeline/pipeline.h"

namespace infer_gst::test {
namespace {

std::string Asset(const std::string& name) { return infer_server::AssetPath(name); }

struct Case {
  const char* name;
  const char* picture;
  const char* model;
  const char* settings;
};

class Same : public testing::TestWithParam<Case> {};

std::vector<Json> Lines(const std::string& element, const Case& c) {
  const std::string out = TemporaryFile(element + "_" + c.name + ".jsonl");
  EXPECT_EQ("", RunToEnd("filesrc location=" + Asset(c.picture) + " ! jpegdec ! videoconvert ! " +
                         element + " " + c.settings + " model=" + Asset(c.model) +
                         " ! infermeta source-id=a location=" + out))
      << element;
  return ReadJsonLines(out);
}

TEST_P(Same, AsCpuinferFinds) {
  INFER_SKIP_WITHOUT_ASSETS();
  const auto expected = Lines("cpuinfer", GetParam());
  const auto actual = Lines("aclinfer", GetParam());
  ASSERT_EQ(1u, expected.size());
  ASSERT_EQ(1u, actual.size());
  EXPECT_EQ(expected[0], actual[0]);
  EXPECT_EQ("ran", actual[0].at("inference").at(0).at("status"));
}

INSTANTIATE_TEST_SUITE_P(
    Models, Same,
    testing::Values(
        Case{"yolox", "images/dog.jpg", "models/yolox_nano_416.onnx", "postprocess=yolox"},
        Case{"yolox_in_pieces", "images/dog.jpg", "models/yolox_nano_416.onnx",
             "postprocess=yolox batch-size=4"},
        Case{"fastestdet", "images/dog.jpg", "models/fastestdet_352.onnx",
             "postprocess=fastestdet"},
        Case{"nanodet", "images/dog.jpg", "models/nanodet_m_320.onnx", "postprocess=nanodet"},
        Case{"yunet", "images/faces_3.jpg", "models/yunet_n_320.onnx", "postprocess=yunet"},
        Case{"ultraface", "images/faces_3.jpg", "models/ultraface_rfb_320.onnx",
             "postprocess=ultraface"},
        Case{"squeezenet", "images/dog.jpg", "models/squeezenet1.1_224.onnx",
             "postprocess=classification"},
        Case{"reid", "images/dog.jpg", "models/person_reid_0248_nchw.onnx",
             "postprocess=embedding"},
        Case{"road", "images/dog.jpg", "models/road_segmentation_adas_0001.onnx",
             "postprocess=segmentation"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(AclInfer, SaysWhichAscendClItUses) {
  INFER_SKIP_WITHOUT_ASSETS();
  Pipeline pipeline =
      Parse("fakesrc ! aclinfer name=infer flavour=software postprocess=yolox model=" +
            Asset("models/yolox_nano_416.onnx") + " ! fakesink");
  ASSERT_NE(nullptr, pipeline);
  Ptr<GstElement> infer(gst_bin_get_by_name(GST_BIN(pipeline.get()), "infer"));
  ASSERT_EQ(GST_STATE_CHANGE_SUCCESS, gst_element_set_state(pipeline.get(), GST_STATE_READY));
  gchar* info = nullptr;
  g_object_get(infer.get(), "runtime-info", &info, nullptr);
  EXPECT_EQ(0u, std::string(info).find("acl:0 (software), engine ascendcl, batch 1, ")) << info;
  g_free(info);
  Ptr<GstBus> bus(gst_element_get_bus(pipeline.get()));
  Ptr<GstMessage> message(gst_bus_pop_filtered(bus.get(), GST_MESSAGE_ELEMENT));
  ASSERT_NE(nullptr, message.get());
  const GstStructure* which = gst_message_get_structure(message.get());
  EXPECT_STREQ("inferserver-runtime", gst_structure_get_name(which));
  EXPECT_STREQ("software", gst_structure_get_string(which, "flavour"));
}

TEST(AclInfer, VendorIsRefusedBesideTheSoftwareOne) {
  INFER_SKIP_WITHOUT_ASSETS();
  const std::string error =
      RunToEnd("fakesrc ! aclinfer name=infer flavour=vendor postprocess=yolox model=" +
               Asset("models/yolox_nano_416.onnx") + " ! fakesink");
  EXPECT_NE(std::string::npos, error.find("property flavour: flavour vendor is not possible"))
      << error;
}

}  // namespace
}  // namespace infer_gst::test
