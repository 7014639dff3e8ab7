// SPDX-License-Identifier: Apache-2.0
// Every block of code of the InferServer guide (seed 004) but those of its chapter on contrib,
// which tests/video/test_contrib_guide.cpp has: as it stands there, completed with declarations
// only. Where the guide writes "...", there is what a reader would put; what is declared twice is
// in a scope of its own.
#include <filesystem>
#include <iostream>
#include <opencv2/core.hpp>

#include "tests/files.h"
#include "tests/infer/support.h"
#include "video_helper.h"

namespace infer_server {
namespace {

// The mean of each of three channels of 8x8 pixels.
const std::string model_path = DataPath("mean_rgb.onnx");
const std::string func_name = "subnet0";

cv::Mat PictureOf(int red, int green, int blue) {
  return cv::Mat(8, 8, CV_8UC3, cv::Scalar(red, green, blue));
}

// ---- InferServer ----

class MyObserver : public Observer {
  void Response(Status status, PackagePtr output, any user_data) {
    EXPECT_EQ(Status::SUCCESS, status);
    EXPECT_FALSE(user_data.has_value() && user_data.type() != typeid(nullptr));
    for (auto& item : output->data) results.push_back(item->Get<ModelIO>());
  }

 public:
  static inline std::vector<ModelIO> results;  // Read after WaitTaskDone().
};

bool PreprocFunction(ModelIO* io, const InferData& item, const ModelInfo&) {
  const auto& image = item.GetLref<cv::Mat>();
  io->buffers[0].CopyFrom(image.data, image.total() * image.elemSize());
  return true;
}

std::vector<float> Means(const ModelIO& io) {
  const auto* values = static_cast<const float*>(io.buffers[0].Data());
  return {values, values + io.shapes[0].DataCount()};
}

TEST(Guide, ServersOfOneDeviceShareIt) {
  InferServer s_0(0);
  InferServer s_1(1);

  // another_s_0 和 s_0 共用同一个任务调度器和相同的推理资源
  InferServer another_s_0(0);

  SessionDesc desc;
  desc.model = InferServer::LoadModel(model_path, func_name);
  desc.preproc = PreprocessorHost::Create();
  Session_t session = s_0.CreateSyncSession(desc);
  ASSERT_NE(nullptr, session);
  EXPECT_EQ(nullptr, s_1.GetModel(session)) << "the host is one device, so there is no second";
  EXPECT_EQ(desc.model, another_s_0.GetModel(session));
  EXPECT_FALSE(s_1.DestroySession(session));
  EXPECT_TRUE(another_s_0.DestroySession(session));
}

TEST(Guide, TheAsynchronousFlow) {
  const cv::Mat image_1 = PictureOf(10, 20, 30), image_2 = PictureOf(1, 2, 3);
  MyObserver::results.clear();

  // prepare resources
  InferServer server(0);

  SessionDesc desc;
  desc.name = "sample infer";
  desc.model = InferServer::LoadModel(model_path, func_name);
  // create processors
  desc.preproc = PreprocessorHost::Create();
  desc.postproc = Postprocessor::Create();
  desc.preproc->SetParams("process_function", PreprocFunction);

  Session_t session = server.CreateSession(desc, std::make_shared<MyObserver>());
  ASSERT_NE(nullptr, session);

  // run inference
  // create an input package with tag "stream_0", containing two piece of InferData
  auto input = Package::Create(2, "stream_0");
  input->data[0].Set<cv::Mat>(image_1);
  input->data[1].Set<cv::Mat>(image_2);

  server.Request(session, input, nullptr);
  // result will be passed to MyObserver::Response after finishing process

  // wait until the "stream_0" tagged inference task done
  server.WaitTaskDone(session, "stream_0");
  ASSERT_EQ(2u, MyObserver::results.size());
  EXPECT_EQ((std::vector<float>{10, 20, 30}), Means(MyObserver::results[0]));
  EXPECT_EQ((std::vector<float>{1, 2, 3}), Means(MyObserver::results[1]));

  // release resources
  server.DestroySession(session);
}

// ---- Session ----

// A package of its own for every request: their items are taken over.
struct Input {
  operator PackagePtr() const {
    auto package = Package::Create(1);
    package->data[0]->Set(PictureOf(4, 5, 6));
    return package;
  }
};

TEST(Guide, SessionsAreAsynchronousOrSynchronous) {
  const Input input;
  any user_data;
  Status status = Status::STATUS_COUNT;
  auto output = std::make_shared<Package>();

  InferServer s(0);
  SessionDesc desc;
  /*
   * set desc params
   * ...
   */
  desc.model = InferServer::LoadModel(model_path);
  desc.preproc = PreprocessorHost::Create();
  desc.preproc->SetParams("process_function", PreprocFunction);
  Session_t async_session = s.CreateSession(desc, std::make_shared<MyObserver>());
  Session_t sync_session = s.CreateSyncSession(desc);

  s.Request(async_session, input, user_data);
  s.RequestSync(sync_session, input, &status, output);

  EXPECT_EQ(Status::SUCCESS, status);
  EXPECT_EQ((std::vector<float>{4, 5, 6}), Means(output->data[0]->Get<ModelIO>()));
  EXPECT_FALSE(s.Request(sync_session, input, user_data)) << "not what it was made for";
  EXPECT_FALSE(s.RequestSync(async_session, input, &status, output));
  EXPECT_TRUE(s.DestroySession(async_session));
  EXPECT_TRUE(s.DestroySession(sync_session));
}

// ---- Processor ----

class MyProcessor : public ProcessorForkable<MyProcessor> {
 public:
  MyProcessor() : ProcessorForkable("MyProcessor") {}
  Status Init() noexcept override { return Status::SUCCESS; }
  Status Process(PackagePtr) noexcept override { return Status::SUCCESS; }
};

TEST(Guide, ParametersOfAProcessor) {
  MyProcessor p;
  p.SetParams("some int param", 1, "some string param", "some string");
  int a = p.GetParam<int>("some int param");
  EXPECT_EQ(1, a);
  // The guide asks for the value instead of the name, which compiles and throws.
  EXPECT_THROW(const char* b = p.GetParam<const char*>("some string"); (void)b, std::out_of_range);
  EXPECT_STREQ("some string", p.GetParam<const char*>("some string param"));
}

// ---- InferData ----

TEST(Guide, AnItemHoldsAnything) {
  testing::internal::CaptureStdout();

  InferData data;
  cv::Mat opencv_image;
  // 填充数据到InferData
  data.Set(opencv_image);
  // 获取一份数据的复制
  auto image = data.Get<cv::Mat>();
  // 获取一份数据的引用
  auto& image_ref = data.GetLref<cv::Mat>();
  try {
    // 类型不匹配,抛出异常bad_any_cast!
    auto non_sense = data.Get<int>();
    (void)non_sense;
  } catch (bad_any_cast&) {
    std::cout << "Data stored in any cannot convert to given type!";
  }
  EXPECT_EQ(image.data, image_ref.data);

  video::VideoFrame vframe;
  // 重新设置data后image_ref非法化
  data.Set(vframe);
  // cv::imwrite("foo.jpg", image_ref);  // may cause segment fault
  auto frame = data.Get<video::VideoFrame>();
  auto& frame_ref = data.GetLref<video::VideoFrame>();

  EXPECT_EQ("Data stored in any cannot convert to given type!",
            testing::internal::GetCapturedStdout());
  frame_ref.width = 7;
  EXPECT_EQ(7u, data.Get<video::VideoFrame>().width);
  EXPECT_NE(7u, frame.width) << "a copy";
}

// ---- Observer ----

namespace observer_chapter {

class MyObserver : public Observer {
  void Response(Status status, PackagePtr output, any user_data) {
    std::cout << "Get one response\n";
    EXPECT_TRUE(status == Status::SUCCESS && output->data.empty() && user_data.has_value());
  }
};

TEST(Guide, AnObserverIsToldOfEachAnswer) {
  testing::internal::CaptureStdout();

  InferServer s(0);
  SessionDesc desc;
  desc.model = InferServer::LoadModel(model_path);
  desc.preproc = PreprocessorHost::Create();
  Session_t async_session = s.CreateSession(desc, std::make_shared<MyObserver>());

  EXPECT_TRUE(s.Request(async_session, Package::Create(0), 1));
  EXPECT_TRUE(s.DestroySession(async_session));
  EXPECT_EQ("Get one response\n", testing::internal::GetCapturedStdout());
}

}  // namespace observer_chapter

// ---- Loading models ----

size_t ReadFromFile(void*& memory, std::string* bytes) {
  *bytes = ReadFile(model_path);
  memory = bytes->data();
  return bytes->size();
}
// Turns the "encryption" of a model around: nothing here.
void DecodeModel(void*& decoded, void* memory, size_t len, std::string* bytes) {
  bytes->assign(static_cast<const char*>(memory), len);
  decoded = bytes->data();
}

TEST(Guide, ModelsFromAPathAURLAndMemory) {
  // A model of that name two folders up, and one in the model directory, so that nothing is loaded
  // over the network.
  namespace fs = std::filesystem;
  const fs::path before = fs::current_path(), root = fs::path(::testing::TempDir()) / "guide";
  fs::create_directories(root / "a" / "b");
  fs::copy_file(model_path, root / "resnet.cambricon", fs::copy_options::overwrite_existing);
  fs::copy_file(model_path, root / "a" / "resnet.cambricon", fs::copy_options::overwrite_existing);
  fs::current_path(root / "a" / "b");
  ASSERT_TRUE(InferServer::SetModelDir((root / "a").string()));
  std::string file, decoded;

  {
    ModelPtr local_model = InferServer::LoadModel("../../resnet.cambricon", "subnet0");
    EXPECT_NE(nullptr, local_model);
  }
  // use function name "subnet0" as default
  ModelPtr local_model = InferServer::LoadModel("../../resnet.cambricon");
  ModelPtr net_model = InferServer::LoadModel("http://some-web.com/resnet.cambricon");

  void *model_mem, *decoded_model_mem;
  size_t len = ReadFromFile(model_mem, &file);
  DecodeModel(decoded_model_mem, model_mem, len, &decoded);
  ModelPtr mem_model = InferServer::LoadModel(decoded_model_mem);

  for (const ModelPtr& model : {local_model, net_model, mem_model}) {
    ASSERT_NE(nullptr, model);
    EXPECT_EQ((Shape{1, 3, 8, 8}), model->InputShape(0));
  }
  EXPECT_EQ(local_model, InferServer::LoadModel("../../resnet.cambricon", "subnet0"));
  EXPECT_TRUE(InferServer::SetModelDir(before.string()));
  fs::current_path(before);
  fs::remove_all(root);
}

// ---- Preprocessing, postprocessing ----

TEST(Guide, FunctionsOfThePreprocessorAndThePostprocessor) {
  {
    const PreprocessorHost::ProcessFunction some_func = PreprocFunction;
    InferServer s(0);
    SessionDesc desc;
    desc.preproc = std::make_shared<PreprocessorHost>();
    desc.preproc->SetParams("process_function", some_func);
    /*
     * set desc params
     * ...
     */
    desc.model = InferServer::LoadModel(model_path);
    Session_t sync_session = s.CreateSyncSession(desc);
    EXPECT_TRUE(s.DestroySession(sync_session));
  }
  {
    const auto some_func = [](InferData* result, const ModelIO& io, const ModelInfo&) {
      result->Set(Means(io)[1]);
      return true;
    };
    InferServer s(0);
    SessionDesc desc;
    desc.preproc = PreprocessorHost::Create();
    desc.preproc->SetParams("process_function", PreprocFunction);
    desc.model = InferServer::LoadModel(model_path);

    desc.postproc = std::make_shared<Postprocessor>();
    desc.postproc->SetParams("process_function", some_func);
    /*
     * set desc params
     * ...
     */
    Session_t sync_session = s.CreateSyncSession(desc);

    Status status = Status::STATUS_COUNT;
    auto input = Package::Create(1), output = std::make_shared<Package>();
    input->data[0]->Set(PictureOf(7, 8, 9));
    EXPECT_TRUE(s.RequestSync(sync_session, input, &status, output));
    EXPECT_EQ(Status::SUCCESS, status);
    EXPECT_EQ(8, output->data[0]->Get<float>());
    EXPECT_TRUE(s.DestroySession(sync_session));
  }
}

}  // namespace
}  // namespace infer_server
