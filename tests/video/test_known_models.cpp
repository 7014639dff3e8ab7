// SPDX-License-Identifier: Apache-2.0
// The descriptions that the tree brings: of its own model, and of those pipelines/get-model knows.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/video/post_support.h"
#include "video/labels.h"
#include "video/model_config.h"

namespace infer_server::video {
namespace {

std::string Models() {
  const char* root = std::getenv("INFERSERVER_SOURCE_ROOT");
  return std::string(root ? root : ".") + "/pipelines/models/";
}

TEST(OwnModel, DescriptionSettlesForItsTensors) {
  auto config = ModelConfig::Beside(Models() + "person_vtest.onnx");
  ASSERT_TRUE(config.ok()) << config.status().ToString();
  EXPECT_EQ("yolox", config.value().Get("postprocess"));
  const auto setup = Settle(config.value(), Models() + "person_vtest.onnx", Picture(416, 320),
                            {Tensor("output", {1, 2730, 6})});
  ASSERT_TRUE(setup.ok()) << setup.status().ToString();
  EXPECT_EQ("person", setup.value().post.labels.Name(0));
  EXPECT_FLOAT_EQ(0.5f, setup.value().post.threshold);
}

TEST(KnownModels, EveryDescriptionIsValid) {
  std::ifstream file(Models() + "models.json");
  const auto table = nlohmann::json::parse(file, nullptr, false);
  ASSERT_FALSE(table.is_discarded());
  ASSERT_FALSE(table["models"].empty());
  for (const auto& [name, model] : table["models"].items()) {
    auto config = ModelConfig::Parse(model["description"].dump(), name + ".json");
    EXPECT_TRUE(config.ok()) << config.status().ToString();
  }
}

}  // namespace
}  // namespace infer_server::video
