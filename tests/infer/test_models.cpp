// SPDX-License-Identifier: Apache-2.0
// Loading models, the cache, and how long a model in memory is.
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "infer/model_cache.h"
#include "infer/onnx_length.h"
#include "tests/assets.h"
#include "tests/files.h"
#include "tests/infer/support.h"

namespace infer_server {
namespace {

using test::FakeModel;

class Models : public ::testing::Test {
 protected:
  void SetUp() override { InferServer::ClearModelCache(); }
  void TearDown() override {
    unsetenv("CNIS_MODEL_CACHE_LIMIT");
    InferServer::ClearModelCache();
  }
  static std::size_t Cached() { return ModelCache::Shared().size(); }
};

TEST_F(Models, InfoTellsShapesWithTheBatchLayoutsAndKey) {
  ModelOptions options;
  options.engine = "fake:inputs=3x8x4:u8,outputs=10;5x4";
  options.batch_size = 6;
  const ModelPtr model = InferServer::LoadModel("a/model.onnx", options);
  ASSERT_NE(nullptr, model);
  EXPECT_EQ(1u, model->InputNum());
  EXPECT_EQ(2u, model->OutputNum());
  EXPECT_EQ(6u, model->BatchSize());
  EXPECT_EQ((Shape{6, 3, 8, 4}), model->InputShape(0));
  EXPECT_EQ((Shape{6, 5, 4}), model->OutputShape(1));
  EXPECT_EQ(DataType::UINT8, model->InputLayout(0).dtype);
  EXPECT_EQ(DataType::FLOAT32, model->OutputLayout(0).dtype);
  EXPECT_EQ("a/model.onnx", model->Path());
  EXPECT_EQ("subnet0", model->FunctionName());
  EXPECT_EQ("a/model.onnx_subnet0", model->GetKey());
  EXPECT_TRUE(model->FixedOutputShape());
  const auto inputs = model->AllocMluInput(0), outputs = model->AllocMluOutput(0);
  ASSERT_TRUE(inputs.size() == 1 && outputs.size() == 2);
  EXPECT_EQ(6u * 3 * 8 * 4, inputs[0].MemorySize());
  EXPECT_EQ(6u * 5 * 4 * sizeof(float), outputs[1].MemorySize());
  EXPECT_TRUE(inputs[0].OnMlu());
  EXPECT_EQ(0, inputs[0].DeviceId());
  EXPECT_TRUE(model->AllocMluInput(7).empty()) << "there is no such device";
  EXPECT_TRUE(model->InputShape(-1).Empty());
  EXPECT_TRUE(model->OutputShape(2).Empty());
  EXPECT_EQ(DataType::INVALID, model->InputLayout(9).dtype);
}

TEST_F(Models, TheSameIsLoadedOnceAndAnotherApart) {
  const ModelPtr model = FakeModel();
  EXPECT_EQ(model, FakeModel());
  EXPECT_NE(model, FakeModel("", 2));
  EXPECT_NE(model, FakeModel("seed=5"));
  EXPECT_EQ(3u, Cached());
}

TEST_F(Models, TheUnusedOneThatWasUsedLeastRecentlyGoes) {
  setenv("CNIS_MODEL_CACHE_LIMIT", "2", 1);
  const ModelPtr used = FakeModel("seed=1");
  std::weak_ptr<ModelInfo> second = FakeModel("seed=2");
  EXPECT_EQ(2u, Cached());
  FakeModel("seed=3");
  EXPECT_TRUE(second.expired()) << "older than the third, and unused";
  EXPECT_EQ(used, FakeModel("seed=1"));
  const ModelPtr third = FakeModel("seed=3"), fourth = FakeModel("seed=4");
  EXPECT_EQ(3u, Cached()) << "models in use stay, whatever the limit";
}

TEST_F(Models, AskingForOneAgainKeepsItLonger) {
  setenv("CNIS_MODEL_CACHE_LIMIT", "2", 1);
  const std::weak_ptr<ModelInfo> first = FakeModel("seed=1"), second = FakeModel("seed=2");
  EXPECT_EQ(first.lock(), FakeModel("seed=1")) << "from the cache: now the second is the older one";
  FakeModel("seed=3");
  EXPECT_FALSE(first.expired());
  EXPECT_TRUE(second.expired());
}

// The original let go one of them at most, whichever came first.
TEST_F(Models, TenAreKeptUnlessTheLimitIsANumber) {
  const auto load = [](int first, int count) {
    for (int i = 0; i < count; ++i) FakeModel("seed=" + std::to_string(first + i));
  };
  load(0, 12);
  EXPECT_EQ(10u, Cached());
  setenv("CNIS_MODEL_CACHE_LIMIT", "few", 1);
  load(12, 1);
  EXPECT_EQ(10u, Cached());
  setenv("CNIS_MODEL_CACHE_LIMIT", "3", 1);
  load(13, 1);
  EXPECT_EQ(3u, Cached());
  setenv("CNIS_MODEL_CACHE_LIMIT", "0", 1);
  const ModelPtr held = FakeModel("seed=14");
  EXPECT_EQ(1u, Cached());
  EXPECT_EQ(held, FakeModel("seed=14"));
}

// The original found the model through the cache, and crashed.
TEST_F(Models, Trap8UnloadedOnesLiveOnWhileUsed) {
  InferServer server(0);
  ModelPtr model = FakeModel();
  EXPECT_TRUE(InferServer::UnloadModel(model));
  EXPECT_FALSE(InferServer::UnloadModel(model));
  EXPECT_FALSE(InferServer::UnloadModel(nullptr));
  Session_t session = server.CreateSyncSession(test::NumberDesc(model));
  ASSERT_NE(nullptr, session);
  EXPECT_EQ(model, server.GetModel(session));
  model.reset();
  InferServer::ClearModelCache();
  Status status;
  auto response = std::make_shared<Package>();
  EXPECT_TRUE(server.RequestSync(session, test::Numbers({3}), &status, response));
  EXPECT_EQ(Status::SUCCESS, status);
  EXPECT_TRUE(server.DestroySession(session));
}

TEST_F(Models, WhatCannotBeLoadedSaysWhy) {
  std::string error;
  const auto load = [&](const std::string& uri, const std::string& engine,
                        const std::string& device) {
    ModelOptions options;
    options.engine = engine;
    options.device = device;
    EXPECT_EQ(nullptr, InferServer::LoadModel(uri, options, &error));
    return error;
  };
  EXPECT_NE(std::string::npos, load("no/such.onnx", "auto", "").find("no/such.onnx"));
  EXPECT_NE(std::string::npos, load("x", "no-such-engine", "").find("no-such-engine"));
  EXPECT_NE(std::string::npos, load("x", "fake", "nothing:0").find("nothing"));
  EXPECT_NE(std::string::npos, load("x", "fake", "cpu:zero").find("cpu:zero"));
  EXPECT_NE(std::string::npos, load("http://h", "auto", "").find("names no file"));
  EXPECT_EQ(nullptr, InferServer::LoadModel(static_cast<void*>(nullptr)));
  char text[64] = "this is no model";
  EXPECT_EQ(nullptr, InferServer::LoadModel(text));
  EXPECT_EQ(nullptr, InferServer::LoadModel(text, sizeof text));
  EXPECT_EQ(nullptr, InferServer::LoadModel(text, std::size_t{0}));
  EXPECT_EQ(0u, Cached());
}

TEST_F(Models, TheModelDirectoryMustBeThere) {
  EXPECT_FALSE(InferServer::SetModelDir("/no/such/directory"));
  EXPECT_TRUE(InferServer::SetModelDir("/"));
  EXPECT_TRUE(InferServer::SetModelDir("."));
}

// The top level of an ONNX model of `graph` bytes.
std::string Onnx(std::size_t graph) {
  std::string bytes("\x08\x08\x12\x04test\x3a", 9);
  for (std::size_t left = graph; true; left >>= 7) {
    const bool more = left >= 0x80;
    bytes += static_cast<char>((left & 0x7f) | (more ? 0x80 : 0));
    if (!more) break;
  }
  return bytes + std::string(graph, 'g') + std::string("\x42\x02\x10\x0b\x42\x02\x10\x0c", 8);
}

TEST(OnnxLength, IsTheEndOfTheFields) {
  for (const std::size_t graph : {0u, 1u, 127u, 128u, 70000u}) {
    const std::string model = Onnx(graph);
    for (const char* after : {"", "\xff\xff\xff", "\x3a\x01g", "garbage", "\x08"}) {
      const std::string memory = model + after + std::string(32, '\0');
      const auto length = OnnxLength(memory.data());
      ASSERT_TRUE(length.ok()) << length.status().message();
      EXPECT_EQ(model.size(), length.value()) << graph << " then " << after;
    }
  }
}

TEST(OnnxLength, StopsWhereMemoryStops) {
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  void* pages = mmap(nullptr, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(MAP_FAILED, pages);
  ASSERT_EQ(0, mprotect(static_cast<char*>(pages) + page, page, PROT_NONE));
  const std::string model = Onnx(100);
  char* start = static_cast<char*>(pages) + page - model.size();
  std::memcpy(start, model.data(), model.size());
  EXPECT_EQ(model.size(), OnnxLength(start).value());
  EXPECT_FALSE(OnnxLength(start + 3).ok());  // In the middle of the name.
  char* cut = static_cast<char*>(pages) + page - model.size() / 2;
  std::memcpy(cut, model.data(), model.size() / 2);
  EXPECT_FALSE(OnnxLength(cut).ok()) << "half a model, then nothing";
  munmap(pages, 2 * page);
}

TEST(OnnxLength, IsThatOfEveryRealModel) {
  INFER_SKIP_WITHOUT_ASSETS();
  int models = 0;
  for (const auto& entry : std::filesystem::directory_iterator(AssetPath("models"))) {
    if (entry.path().extension() != ".onnx") continue;
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(file)),
                            std::istreambuf_iterator<char>());
    const auto length = OnnxLength(bytes.data());
    EXPECT_TRUE(length.ok() && length.value() == bytes.size()) << entry.path();
    ++models;
  }
  EXPECT_GT(models, 0);
}

TEST_F(Models, TheSameContentInMemoryIsOneModel) {
  ModelOptions options;
  options.engine = "fake";
  const std::string bytes = Onnx(1000), copy = bytes;
  const auto with_size = ModelCache::Shared().Load(bytes.data(), bytes.size(), options);
  const auto without = ModelCache::Shared().Load(copy.data(), 0, options);
  ASSERT_TRUE(with_size.ok() && without.ok());
  EXPECT_EQ(with_size.value(), without.value());
  EXPECT_EQ(0u, with_size.value()->GetKey().find("sha256:")) << with_size.value()->GetKey();
  EXPECT_EQ("memory", with_size.value()->Path());
  const std::string other = Onnx(1001);
  EXPECT_NE(with_size.value(), ModelCache::Shared().Load(other.data(), 0, options).value());
}

class ModelFiles : public Models {
 protected:
  void SetUp() override {
    Models::SetUp();
    char folder[] = "/tmp/models-XXXXXX";
    folder_ = mkdtemp(folder);
  }
  void TearDown() override {
    Models::TearDown();
    std::filesystem::remove_all(folder_);
  }
  std::string In(const std::string& name) const { return folder_ + "/" + name; }
  ModelPtr Load(const std::string& name) const {
    ModelOptions options;
    options.engine = "fake";
    return InferServer::LoadModel(In(name), options);
  }
  std::string folder_;
};

TEST_F(ModelFiles, AFileThatChangedIsLoadedAgain) {
  WriteFile(In("a.onnx"), "one");
  const ModelPtr first = Load("a.onnx");
  EXPECT_EQ(first, Load("a.onnx"));
  WriteFile(In("a.onnx"), "another");
  const ModelPtr second = Load("a.onnx");
  EXPECT_NE(first, second);
  // As long and as old, but put there in its place.
  WriteFile(In("b.onnx"), "anothe2");
  std::filesystem::last_write_time(In("b.onnx"), std::filesystem::last_write_time(In("a.onnx")));
  std::filesystem::rename(In("b.onnx"), In("a.onnx"));
  EXPECT_NE(second, Load("a.onnx"));
}

TEST_F(ModelFiles, ANetworkWhoseOtherHalfChangedIsLoadedAgain) {
  const char* const kHalves[][2] = {{"a.weights", "a.cfg"},
                                    {"b.cfg", "b.weights"},
                                    {"c.caffemodel", "c.prototxt"},
                                    {"d.prototxt", "d.caffemodel"},
                                    {"./e", "e.prototxt"}};
  for (const auto& half : kHalves) {
    WriteFile(In(half[0]), "one half");
    const ModelPtr alone = Load(half[0]);
    EXPECT_EQ(alone, Load(half[0]));
    WriteFile(In(half[1]), "other half");
    const ModelPtr both = Load(half[0]);
    EXPECT_NE(alone, both) << half[1];
    EXPECT_EQ(both, Load(half[0]));
    WriteFile(In(half[1]), "another half");
    EXPECT_NE(both, Load(half[0])) << half[1];
  }
}

TEST_F(ModelFiles, OneFileByTwoNamesIsOneModel) {
  WriteFile(In("a.onnx"), "one");
  EXPECT_EQ(Load("a.onnx"), Load("./a.onnx"));
  EXPECT_EQ(1u, Cached());
}

}  // namespace
}  // namespace infer_server
