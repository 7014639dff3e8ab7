// SPDX-License-Identifier: Apache-2.0
// Post-processors in shared objects: good ones, and every kind of bad one.
#include "video/custom_post.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <random>
#include <thread>

#include "infer/loaded_model.h"
#include "tests/alloc_counter.h"
#include "tests/video/plugins/moody.h"
#include "tests/video/post_support.h"
#include "video/model_config.h"
#include "video/processors.h"

namespace infer_server::video {
namespace {

using devices::Code;
using devices::Status;

std::string Plugin(const std::string& name) { return std::string(PLUGIN_FOLDER) + "/" + name; }

std::unique_ptr<PostProcessor> Load(const std::string& path) {
  auto loaded = LoadCustomPost(path);
  EXPECT_TRUE(loaded.ok()) << loaded.status().ToString();
  return loaded.ok() ? std::move(loaded).value() : nullptr;
}

std::unique_ptr<PostProcessor> Moody(const PostSettings& settings = {}) {
  auto post = Load(Plugin("moody.so"));
  const Status status = post->Bind(settings, Picture(64, 64), {Tensor("out", {1, 4})});
  EXPECT_TRUE(status.ok()) << status.ToString();
  return post;
}

Status RunMood(PostProcessor* post, Mood mood, ItemResult* result) {
  const std::vector<float> tensor = {static_cast<float>(mood), 0, 0, 0};
  const float* outputs[] = {tensor.data()};
  const Rect region{0, 0, 128, 128};
  result->Clear();
  return post->Process(outputs, Place(region, 64, 64, false, Align::kTopLeft), region, result);
}

// ---- Loading ----

std::string LoadError(const std::string& path) {
  auto loaded = LoadCustomPost(path);
  EXPECT_FALSE(loaded.ok());
  std::string text = loaded.status().ToString();
  for (std::size_t at; (at = text.find(path)) != std::string::npos;)
    text.replace(at, path.size(), "FILE");
  return text;
}

TEST(CustomPost, SaysWhatIsWrongWithAFile) {
  EXPECT_EQ(
      "NOT_FOUND: custom post-processor 'FILE': no such file; give the path of a shared object "
      "(.so)",
      LoadError("/nowhere/at_all.so"));
  EXPECT_EQ(0u, LoadError(PLUGIN_FOLDER).find("NOT_FOUND")) << "a folder";
  const std::string text = testing::TempDir() + "custom_post_text.so";
  std::ofstream(text) << "this is not a shared object, but it is long enough to be looked into: "
                      << std::string(200, '.');
  const std::string error = LoadError(text);
  EXPECT_EQ(0u, error.find("INVALID_ARGUMENT: custom post-processor 'FILE' cannot be loaded: "))
      << error;
  EXPECT_NE(std::string::npos, error.find("; expected a shared object built for this machine"));
  std::filesystem::resize_file(text, 0);
  EXPECT_EQ(0u, LoadError(text).find("INVALID_ARGUMENT")) << "an empty file";
  std::remove(text.c_str());
}

TEST(CustomPost, SaysWhatIsWrongWithATable) {
  const std::string who = "INVALID_ARGUMENT: custom post-processor 'FILE' ";
  EXPECT_EQ(who +
                "has no function inferserver_postprocess_entry(); see inferserver_postprocess.h "
                "for what it must export",
            LoadError(Plugin("bad_entry.so")));
  EXPECT_EQ(
      who + "was built for version 2 of inferserver_postprocess.h; expected 1: build it again",
      LoadError(Plugin("bad_version.so")));
  EXPECT_EQ(who + "has a table without process()", LoadError(Plugin("bad_process.so")));
  EXPECT_EQ(who +
                "asks for 65537 objects with 0 points; expected at most 65536 objects, 256 points "
                "each, 4194304 points together",
            LoadError(Plugin("bad_objects.so")));
  EXPECT_EQ(who +
                "asks for 65536 objects with 256 points; expected at most 65536 objects, 256 "
                "points each, 4194304 points together",
            LoadError(Plugin("bad_points.so")));
  EXPECT_EQ(who + "gave no table from inferserver_postprocess_entry()",
            LoadError(Plugin("bad_null.so")));
  EXPECT_EQ(who + "inferserver_postprocess_entry() threw an exception",
            LoadError(Plugin("bad_throws.so")));
}

TEST(CustomPost, ANameWithoutAFolderIsAFileHere) {
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(PLUGIN_FOLDER);
  EXPECT_TRUE(LoadCustomPost("moody.so").ok());
  EXPECT_FALSE(LoadCustomPost("libc.so.6").ok()) << "not searched for";
  std::filesystem::current_path(before);
}

TEST(CustomPost, SaysWhyItDoesNotTakeANetwork) {
  auto post = Load(Plugin("moody.so"));
  EXPECT_EQ("INVALID_ARGUMENT: custom post-processor '" + Plugin("moody.so") +
                "' does not take the network: wants one output,?and a nice one; the network has "
                "inputs image f32[1,3,64,64] and outputs refuse me f32[1,4]",
            post->Bind({}, Picture(64, 64), {Tensor("refuse me", {1, 4})}).ToString());
  const std::string threw =
      Load(Plugin("moody.so"))->Bind({}, Picture(64, 64), {Tensor("throw", {1, 4})}).ToString();
  EXPECT_NE(std::string::npos, threw.find("it threw an exception")) << threw;
}

// ---- Results ----

TEST(CustomPost, BringsItsInputSettings) {
  auto post = Load(Plugin("moody.so"));
  const InputSettings input = post->DefaultInput(Picture(64, 64));
  EXPECT_EQ(ColorOrder::kRGB, input.color_order);
  EXPECT_EQ(0.5f, input.scale[2]);
  EXPECT_EQ(0, input.mean[1]) << "not a number is left out";
  EXPECT_EQ(1, input.std[2]) << "0 is left out";
  EXPECT_TRUE(input.keep_aspect_ratio);
  EXPECT_EQ(Align::kCenter, input.align);
  EXPECT_EQ(0, input.pad_value) << "300 is left out";
  EXPECT_EQ(ColorOrder::kGray, post->DefaultInput(Picture(64, 64, 1)).color_order);
  EXPECT_EQ(1, post->DefaultPost().nms_threshold);
}

TEST(CustomPost, ObjectsAndPointsGoToTheFrame) {
  auto post = Moody();
  ItemResult result;
  ASSERT_TRUE(RunMood(post.get(), kObjects, &result).ok());
  ASSERT_EQ(3u, result.detections.size());
  for (int i = 0; i < 3; ++i) {
    const Detection& d = result.detections[static_cast<std::size_t>(i)];
    const auto at = static_cast<float>(2 * i);
    EXPECT_EQ(i, d.label_id);
    ExpectBox({at, at, 8, 8}, d.box);
    EXPECT_EQ(i == 2 ? 0 : 2, d.keypoint_count);
  }
  ASSERT_EQ(4u, result.keypoints.size());
  EXPECT_EQ(4, result.keypoints[3].x);
  EXPECT_EQ(6, result.keypoints[3].y);
  EXPECT_EQ(0.5f, result.keypoints[2].score);
  EXPECT_EQ(1, result.keypoints[3].score) << "2 is too much for a score";
}

TEST(CustomPost, SettingsCount) {
  PostSettings settings;
  settings.class_thresholds = {0.95f};
  settings.max_objects = 1;
  auto post = Moody(settings);
  ItemResult result;
  ASSERT_TRUE(RunMood(post.get(), kObjects, &result).ok());
  ASSERT_EQ(1u, result.detections.size());
  EXPECT_EQ(1, result.detections[0].label_id);
}

TEST(CustomPost, BoxesThatAreNoneAreDropped) {
  auto post = Moody();
  ItemResult result;
  ASSERT_TRUE(RunMood(post.get(), kBadNumbers, &result).ok());
  EXPECT_TRUE(result.detections.empty());
  EXPECT_TRUE(result.keypoints.empty());
}

TEST(CustomPost, GivesClassesEmbeddingAndMask) {
  auto post = Moody();
  ItemResult result;
  ASSERT_TRUE(RunMood(post.get(), kClassAndEmbedding, &result).ok());
  ASSERT_EQ(1u, result.classifications.size());
  EXPECT_EQ(1, result.classifications[0].label_id);
  EXPECT_EQ((std::vector<float>{3, 4}), result.embedding);
  EXPECT_EQ((std::vector<std::uint8_t>{0, 1, 2, 3, 4, 5}), result.mask);
  EXPECT_EQ(3, result.mask_width);
  EXPECT_EQ(2, result.mask_height);
}

TEST(CustomPost, AFailureIsTheItemsOwn) {
  PostSettings settings;
  settings.labels = Labels({"a", "b", "c", "d", "e"});
  auto post = Moody(settings);
  const std::pair<Mood, std::string> cases[] = {
      {kTooManyObjects, "it added more objects than the max_objects of its table"},
      {kBadLabel, "it added an object of a class that is not 0 to 65535 or has no label"},
      {kNegativeLabel, "it added an object of a class that is not 0 to 65535 or has no label"},
      {kNull, "it added NULL as an object"},
      {kFails, "the moon is full"},
      {kFailsSilently, "no reason given"},
      {kLongError, std::string(255, '?')},
      {kThrows, "it threw an exception"},
      {kThrowsNumber, "it threw an exception"},
      {kBadEmbedding, "it set an embedding with a number that is not finite"},
      {kEmptyEmbedding, "it set an embedding of none or more than 65536 numbers"},
      {kBadMask, "it set a mask that has not 1 to 16384 columns and rows"},
      {kBadScore, "it added a class with a score that is not 0 to 1"},
      {kManyClasses, "it added more than 64 classes"},
  };
  for (const auto& [mood, why] : cases) {
    ItemResult result;
    const Status status = RunMood(post.get(), mood, &result);
    EXPECT_EQ(Code::kDeviceError, status.code());
    EXPECT_EQ("custom post-processor '" + Plugin("moody.so") + "' failed on an item: " + why,
              status.message());
    EXPECT_TRUE(result.detections.empty() && result.classifications.empty() &&
                result.embedding.empty() && result.mask.empty())
        << why;
    EXPECT_TRUE(RunMood(post.get(), kObjects, &result).ok()) << "the next one is none the worse";
    EXPECT_EQ(3u, result.detections.size());
  }
}

TEST(CustomPost, AllocatesNothingInSteadyState) {
  auto post = Moody();
  ItemResult result;
  for (const Mood mood : {kObjects, kClassAndEmbedding}) {
    ASSERT_TRUE(RunMood(post.get(), mood, &result).ok());
    const std::vector<float> tensor = {static_cast<float>(mood), 0, 0, 0};
    const float* outputs[] = {tensor.data()};
    const Rect region{0, 0, 128, 128};
    const Placement placement = Place(region, 64, 64, false, Align::kTopLeft);
    const long before = test::Allocations();
    for (int i = 0; i < 10; ++i) {
      result.Clear();
      ASSERT_TRUE(post->Process(outputs, placement, region, &result).ok());
    }
    EXPECT_EQ(before, test::Allocations());
  }
}

TEST(CustomPost, InstancesWorkSideBySide) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([] {
      auto post = Moody();
      ItemResult result;
      for (int i = 0; i < 50; ++i) {
        EXPECT_TRUE(RunMood(post.get(), kObjects, &result).ok());
        EXPECT_FALSE(RunMood(post.get(), kThrows, &result).ok());
      }
    });
  for (std::thread& thread : threads) thread.join();
}

// The sample reads the own model's tensors as the built-in post-processor does.
TEST(CustomPost, TheSampleEqualsTheBuiltInOne) {
  auto sample = Load(SAMPLE);
  PostSettings settings;
  const Tensors outputs = {Tensor("output", {1, 2730, 6})};
  ASSERT_TRUE(sample->Bind(settings, Picture(416, 320), outputs).ok());
  auto built_in = BoundPost("yolox", settings, Picture(416, 320), outputs);
  const InputSettings a = sample->DefaultInput(Picture(416, 320));
  const InputSettings b = built_in->DefaultInput(Picture(416, 320));
  EXPECT_EQ(a.color_order, b.color_order);
  EXPECT_EQ(a.keep_aspect_ratio, b.keep_aspect_ratio);
  EXPECT_EQ(a.pad_value, b.pad_value);
  std::mt19937 random(14);
  std::uniform_real_distribution<float> value(0, 1);
  std::vector<float> tensor(2730 * 6);
  for (float& number : tensor) number = value(random);
  const Rect region{5, 6, 700, 500};
  const ItemResult one = RunPost(sample.get(), {tensor}, region, 416, 320, true);
  const ItemResult other = RunPost(built_in.get(), {tensor}, region, 416, 320, true);
  ASSERT_GT(one.detections.size(), 50u);
  ASSERT_EQ(other.detections.size(), one.detections.size());
  for (std::size_t i = 0; i < one.detections.size(); ++i) {
    EXPECT_EQ(other.detections[i].score, one.detections[i].score);
    ExpectBox(other.detections[i].box, one.detections[i].box, 1e-2f);
  }
  EXPECT_EQ("INVALID_ARGUMENT: custom post-processor '" + std::string(SAMPLE) +
                "' does not take the network: expected 84 rows for the input's size; the network "
                "has inputs image f32[1,3,64,64] and outputs out f32[1,85,6]",
            Load(SAMPLE)->Bind({}, Picture(64, 64), {Tensor("out", {1, 85, 6})}).ToString());
}

// ---- In a session ----

// A grey frame of 2 x 2 pixels; the fake engine makes them the tensor.
struct Picture4 {
  explicit Picture4(Mood mood) : pixels{static_cast<std::uint8_t>(mood), 0, 0, 0} {
    item.frame.format = PixelFormat::kGray8;
    item.frame.width = item.frame.height = 2;
    item.frame.data[0] = pixels.data();
    item.frame.stride[0] = 2;
    item.region = {0, 0, 2, 2};
  }
  std::vector<std::uint8_t> pixels;
  VideoItem item;
};

TEST(CustomPost, AFailureInABatchIsTheItemsOwn) {
  ModelOptions options;
  options.engine = "fake:mode=copy,inputs=1x2x2,outputs=4";
  options.batch_size = 4;
  SessionDesc desc;
  std::string error;
  desc.model = InferServer::LoadModel("", options, &error);
  ASSERT_NE(nullptr, desc.model) << error;
  ModelConfig config;
  ASSERT_TRUE(config.Set("custom_postprocess", Plugin("moody.so")).ok());
  ASSERT_TRUE(config.Set("scale", "1").ok());
  const auto model = LoadedModel::From(desc.model);
  const auto setup = Settle(config, "fake", model->inputs(), model->outputs());
  ASSERT_TRUE(setup.ok()) << setup.status().ToString();
  const SharedSetup shared{std::make_shared<ModelSetup>(setup.value())};
  desc.preproc = std::make_shared<VideoPreprocessor>();
  desc.postproc = std::make_shared<VideoPostprocessor>();
  desc.preproc->SetParams("setup", shared);
  desc.postproc->SetParams("setup", shared);
  InferServer server(0);
  Session_t session = server.CreateSyncSession(desc);
  ASSERT_NE(nullptr, session);
  std::vector<std::unique_ptr<Picture4>> pictures;
  PackagePtr package = Package::Create(4), response = std::make_shared<Package>();
  for (const Mood mood : {kClassAndEmbedding, kFails, kThrows, kClassAndEmbedding}) {
    pictures.push_back(std::make_unique<Picture4>(mood));
    package->data[pictures.size() - 1]->Set(&pictures.back()->item);
  }
  infer_server::Status status = infer_server::Status::SUCCESS;
  ASSERT_TRUE(server.RequestSync(session, package, &status, response));
  EXPECT_EQ(infer_server::Status::ERROR_BACKEND, status);
  EXPECT_NE(nullptr, response->data[0]);
  EXPECT_EQ(nullptr, response->data[1]);
  EXPECT_EQ(nullptr, response->data[2]);
  EXPECT_NE(nullptr, response->data[3]);
  EXPECT_EQ(2u, pictures[3]->item.result.embedding.size());
  EXPECT_NE(std::string::npos, server.LastError(session).find("moody.so' failed on an item"))
      << server.LastError(session);
  EXPECT_TRUE(server.DestroySession(session));
}

// ---- Settling ----

devices::Result<ModelSetup> SettleWith(
    const std::vector<std::pair<std::string, std::string>>& described,
    const std::vector<std::pair<std::string, std::string>>& properties) {
  ModelConfig config, set;
  for (const auto& [key, value] : described) EXPECT_TRUE(config.Set(key, value).ok());
  for (const auto& [key, value] : properties) EXPECT_TRUE(set.Set(key, value).ok());
  config.Override(set);
  return Settle(config, "a.onnx", Picture(64, 64), {Tensor("out", {1, 4})});
}

TEST(CustomPost, SettlesAModel) {
  const std::string file = Plugin("moody.so");
  const auto custom = SettleWith({{"postprocess", "classification"}},
                                 {{"custom_postprocess", file}, {"mean", "3"}});
  ASSERT_TRUE(custom.ok()) << custom.status().ToString();
  EXPECT_EQ(file, custom.value().custom_postprocess) << "the property wins over the description";
  EXPECT_EQ("", custom.value().postprocess);
  EXPECT_EQ(0.5f, custom.value().input.scale[0]) << "its own";
  EXPECT_EQ(3, custom.value().input.mean[0]) << "the user's";
  const auto family =
      SettleWith({{"custom_postprocess", file}}, {{"postprocess", "classification"}});
  ASSERT_TRUE(family.ok()) << family.status().ToString();
  EXPECT_EQ("classification", family.value().postprocess);
  EXPECT_EQ(
      "INVALID_ARGUMENT: model 'a.onnx': postprocess 'raw' and custom-postprocess '" + file +
          "' are both set; leave one of them out",
      SettleWith({}, {{"custom_postprocess", file}, {"postprocess", "raw"}}).status().ToString());
  EXPECT_EQ(
      "NOT_FOUND: model 'a.onnx': custom-postprocess: custom post-processor 'no.so': no such file; "
      "give the path of a shared object (.so)",
      SettleWith({}, {{"custom_postprocess", "no.so"}}).status().ToString());
}

TEST(CustomPost, ADescriptionsFileIsBesideIt) {
  const auto relative = ModelConfig::Parse("{\"custom_postprocess\": \"x.so\"}", "models/a.json");
  ASSERT_TRUE(relative.ok());
  EXPECT_EQ("models/x.so", relative.value().Get("custom_postprocess"));
  const auto absolute = ModelConfig::Parse("{\"custom_postprocess\": \"/x.so\"}", "models/a.json");
  ASSERT_TRUE(absolute.ok());
  EXPECT_EQ("/x.so", absolute.value().Get("custom_postprocess"));
}

}  // namespace
}  // namespace infer_server::video
