// SPDX-License-Identifier: Apache-2.0
// A video session on the fake engine: frames in, each item's own result out.
#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "infer/loaded_model.h"
#include "video/processors.h"

namespace infer_server::video {
namespace {

// A grey frame of 2 × 2 pixels, one of them bright.
struct Spot {
  explicit Spot(std::size_t where) : pixels(4, 10) {
    pixels[where] = 20;
    item.frame.format = PixelFormat::kGray8;
    item.frame.width = item.frame.height = 2;
    item.frame.data[0] = pixels.data();
    item.frame.stride[0] = 2;
    item.region = {0, 0, 2, 2};
  }
  std::vector<std::uint8_t> pixels;
  VideoItem item;
};

SessionDesc Describe(const std::string& engine, std::uint32_t batch,
                     std::shared_ptr<ModelSetup>* setup) {
  ModelOptions options;
  options.engine = engine;
  options.batch_size = batch;
  SessionDesc desc;
  std::string error;
  desc.model = InferServer::LoadModel("", options, &error);
  EXPECT_NE(nullptr, desc.model) << error;
  if (desc.model == nullptr) return desc;
  const auto model = LoadedModel::From(desc.model);
  ModelConfig config;
  EXPECT_TRUE(config.Set("postprocess", "classification").ok());
  EXPECT_TRUE(config.Set("mean", "0").ok());
  EXPECT_TRUE(config.Set("std", "1").ok());
  EXPECT_TRUE(config.Set("scale", "1").ok());
  auto settled = Settle(config, "fake", model->inputs(), model->outputs());
  EXPECT_TRUE(settled.ok()) << settled.status().ToString();
  *setup = std::make_shared<ModelSetup>(settled.value());
  desc.preproc = std::make_shared<VideoPreprocessor>();
  desc.postproc = std::make_shared<VideoPostprocessor>();
  desc.preproc->SetParams("setup", SharedSetup{*setup});
  desc.postproc->SetParams("setup", SharedSetup{*setup});
  return desc;
}

// The fake engine's `copy` mode makes the pixels the classes: the bright one is the answer.
TEST(VideoSession, GivesEachItemItsOwnResult) {
  for (const std::uint32_t batch : {1u, 4u}) {
    std::shared_ptr<ModelSetup> setup;
    InferServer server(0);
    Session_t session =
        server.CreateSyncSession(Describe("fake:mode=copy,inputs=1x2x2,outputs=4", batch, &setup));
    ASSERT_NE(nullptr, session);
    std::vector<std::unique_ptr<Spot>> spots;
    PackagePtr package = Package::Create(10);
    for (std::size_t i = 0; i < 10; ++i) {
      spots.push_back(std::make_unique<Spot>(i * 3 % 4));
      package->data[i]->Set(&spots[i]->item);
    }
    Status status = Status::TIMEOUT;
    PackagePtr response = std::make_shared<Package>();
    ASSERT_TRUE(server.RequestSync(session, package, &status, response));
    ASSERT_EQ(Status::SUCCESS, status);
    for (std::size_t i = 0; i < 10; ++i) {
      const auto& classes = spots[i]->item.result.classifications;
      ASSERT_EQ(1u, classes.size()) << i;
      EXPECT_EQ(static_cast<int>(i * 3 % 4), classes[0].label_id);
      EXPECT_EQ(2, spots[i]->item.placement.fill_width);
    }
    EXPECT_TRUE(server.DestroySession(session));
  }
}

TEST(SharedSetup, ComparesByContent) {
  ModelSetup a;
  a.postprocess = "yolox";
  ModelSetup b = a;
  auto shared = [](const ModelSetup& setup) {
    return SharedSetup{std::make_shared<ModelSetup>(setup)};
  };
  EXPECT_TRUE(shared(a) == shared(b));
  b.model_name = "another name for the results";
  EXPECT_TRUE(shared(a) == shared(b));
  b.post.threshold = 0.5f;
  EXPECT_FALSE(shared(a) == shared(b));
  b = a;
  b.input.pad_value = 114;
  EXPECT_FALSE(shared(a) == shared(b));
  EXPECT_FALSE(shared(a) == SharedSetup{});
}

TEST(VideoSession, RefusesAModelWithTwoInputs) {
  ModelOptions options;
  options.engine = "fake:inputs=3x8x8;3x8x8,outputs=2";
  std::string error;
  SessionDesc desc;
  desc.model = InferServer::LoadModel("", options, &error);
  ASSERT_NE(nullptr, desc.model) << error;
  desc.preproc = std::make_shared<VideoPreprocessor>();
  desc.preproc->SetParams("setup", SharedSetup{std::make_shared<ModelSetup>()});
  InferServer server(0);
  EXPECT_EQ(nullptr, server.CreateSession(desc, nullptr, &error));
  EXPECT_NE(std::string::npos, error.find("one input")) << error;
  EXPECT_NE(std::string::npos, error.find("in1 f32[1,3,8,8]")) << error;
}

TEST(VideoSession, SaysWhatWasWrongWithAnItem) {
  std::shared_ptr<ModelSetup> setup;
  InferServer server(0);
  Session_t session =
      server.CreateSyncSession(Describe("fake:mode=copy,inputs=1x2x2,outputs=4", 2, &setup));
  ASSERT_NE(nullptr, session);
  Spot good(1), bad(2);
  bad.item.region = {0, 0, 0, 0};  // Nothing to look at.
  PackagePtr package = Package::Create(2), response = std::make_shared<Package>();
  package->data[0]->Set(&good.item);
  package->data[1]->Set(&bad.item);
  Status status = Status::SUCCESS;
  ASSERT_TRUE(server.RequestSync(session, package, &status, response));
  EXPECT_EQ(Status::INVALID_PARAM, status);
  EXPECT_NE(nullptr, response->data[0]);
  EXPECT_EQ(nullptr, response->data[1]);
  EXPECT_EQ(0u, server.LastError(session).find("VideoPreprocessor: ")) << server.LastError(session);
  EXPECT_NE(std::string::npos, server.LastError(session).find("region"))
      << server.LastError(session);
  EXPECT_TRUE(server.DestroySession(session));
}

TEST(VideoSession, RefusesAnInputThatIsNoPicture) {
  std::shared_ptr<ModelSetup> setup;
  InferServer server(0);
  std::string error;
  EXPECT_EQ(nullptr,
            server.CreateSession(Describe("fake:inputs=10,outputs=4", 1, &setup), nullptr, &error));
  EXPECT_NE(std::string::npos, error.find("in0 f32[1,10] is not a picture")) << error;
}

TEST(VideoSession, SaysWhichParameterIsMissing) {
  std::shared_ptr<ModelSetup> setup;
  SessionDesc desc = Describe("fake:inputs=1x2x2,outputs=4", 1, &setup);
  desc.postproc = std::make_shared<VideoPostprocessor>();
  InferServer server(0);
  std::string error;
  EXPECT_EQ(nullptr, server.CreateSession(desc, nullptr, &error));
  EXPECT_NE(std::string::npos, error.find("VideoPostprocessor: parameter 'setup'")) << error;
}

}  // namespace
}  // namespace infer_server::video
