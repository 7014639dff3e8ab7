// SPDX-License-Identifier: Apache-2.0
// The code of the InferServer guide, completed with declarations only.
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <opencv2/core.hpp>

#include "tests/files.h"
#include "tests/infer/support.h"

namespace infer_server {
namespace {

const char* const model_path = "resnet";
bool PreprocFunction(ModelIO* io, const InferData& item, const ModelInfo& info) {
  const auto& image = item.GetLref<cv::Mat>();
  const auto count = static_cast<std::size_t>(info.InputShape(0).DataCount());
  auto* out = static_cast<std::uint8_t*>(io->buffers[0].MutableData());
  for (std::size_t i = 0; i < count; ++i) out[i] = image.data[i];
  return true;
}

class MyObserver : public Observer {
 public:
  void Response(Status status, PackagePtr output, any) override {
    if (status == Status::SUCCESS) responses += static_cast<int>(output->data.size());
  }
  int responses = 0;  // Read after WaitTaskDone().
};

// What LoadModel(path, name) returns where there is a real file: here it is made up.
ModelPtr LoadMadeUp() {
  ModelOptions options;
  options.engine = "fake:inputs=4x4x3,outputs=5";
  return InferServer::LoadModel(model_path, options);
}

TEST(Guide, TheAsynchronousFlow) {
  // prepare resources
  InferServer server(0);

  SessionDesc desc;
  desc.name = "sample infer";
  desc.model = LoadMadeUp();
  // create processors
  desc.preproc = PreprocessorHost::Create();
  desc.postproc = Postprocessor::Create();
  desc.preproc->SetParams("process_function", PreprocFunction);

  auto observer = std::make_shared<MyObserver>();
  Session_t session = server.CreateSession(desc, observer);
  ASSERT_NE(nullptr, session);

  // run inference
  // create an input package with tag "stream_0", containing two piece of InferData
  cv::Mat image_1(4, 4, CV_8UC3, cv::Scalar(1, 1, 1)), image_2 = image_1.clone();
  auto input = Package::Create(2, "stream_0");
  input->data[0].Set<cv::Mat>(image_1);
  input->data[1].Set<cv::Mat>(image_2);

  server.Request(session, input, nullptr);
  // result will be passed to MyObserver::Response after finishing process

  // wait until the "stream_0" tagged inference task done
  server.WaitTaskDone(session, "stream_0");
  EXPECT_EQ(2, observer->responses);

  // release resources
  server.DestroySession(session);
}

TEST(Guide, HandlesOfOneDeviceShareIt) {
  InferServer s_0(0);
  InferServer another_s_0(0);
  SessionDesc desc;
  desc.model = LoadMadeUp();
  desc.preproc = std::make_shared<PreprocessorHost>();
  desc.preproc->SetParams("process_function", PreprocFunction);
  Session_t async_session = s_0.CreateSession(desc, std::make_shared<MyObserver>());
  Session_t sync_session = s_0.CreateSyncSession(desc);
  auto input = Package::Create(1);
  input->data[0].Set(cv::Mat(4, 4, CV_8UC3, cv::Scalar(7, 7, 7)));
  Status status;
  auto output = std::make_shared<Package>();
  ASSERT_TRUE(another_s_0.RequestSync(sync_session, input, &status, output));
  ASSERT_EQ(Status::SUCCESS, status);
  // Without a function of one's own, items become ModelIO on the host.
  EXPECT_EQ(7, *static_cast<const float*>(output->data[0]->Get<ModelIO>().buffers[0].Data()));
  EXPECT_TRUE(another_s_0.DestroySession(sync_session));
  EXPECT_TRUE(another_s_0.DestroySession(async_session));
}

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
  const char* b = p.GetParam<const char*>("some string param");
  EXPECT_EQ(1, a);
  EXPECT_STREQ("some string", b);
  EXPECT_THROW(p.GetParam<int>("another"), std::out_of_range);
  EXPECT_THROW(p.GetParam<float>("some int param"), bad_any_cast);
  EXPECT_EQ(1, p.Fork()->GetParam<int>("some int param"));
}

TEST(Guide, AnItemHoldsAnything) {
  InferData data;
  cv::Mat opencv_image(2, 2, CV_8UC1);
  data.Set(opencv_image);
  auto image = data.Get<cv::Mat>();
  auto& image_ref = data.GetLref<cv::Mat>();
  EXPECT_EQ(image.data, image_ref.data);
  bool thrown = false;
  try {
    auto non_sense = data.Get<int>();
    std::cout << non_sense;
  } catch (bad_any_cast&) {
    thrown = true;
  }
  EXPECT_TRUE(thrown);
}

TEST(Guide, ModelsFromAPathAMissingFileAndMemory) {
  EXPECT_EQ(nullptr, InferServer::LoadModel("../../resnet.cambricon", "subnet0"));
  EXPECT_EQ(nullptr, InferServer::LoadModel("../../resnet.cambricon"));
  // A model of that name is there, so nothing is downloaded.
  char model_dir[] = "/tmp/guide-XXXXXX";
  ASSERT_TRUE(InferServer::SetModelDir(mkdtemp(model_dir)));
  const std::string there = std::string(model_dir) + "/resnet.cambricon";
  std::filesystem::copy_file(DataPath("u8_input.onnx"), there);
  ModelPtr net_model = InferServer::LoadModel("http://some-web.com/resnet.cambricon");
  EXPECT_NE(nullptr, net_model);
  InferServer::SetModelDir(".");
  std::filesystem::remove_all(model_dir);
  std::string decoded_model_mem(64, '?');
  EXPECT_EQ(nullptr, InferServer::LoadModel(static_cast<void*>(decoded_model_mem.data())));
}

}  // namespace
}  // namespace infer_server
