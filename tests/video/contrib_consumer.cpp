// SPDX-License-Identifier: Apache-2.0
// Two networks in a row over video frames, as a program outside the tree: compiled with nothing but
// what is installed and OpenCV's core, by test_install_consumer.py.
//
//   contrib_consumer FIND.onnx LOOK.onnx
//
// The first network looks at whole frames, asynchronously; whoever gets its answers asks the second
// about the parts found. Both are mean_rgb.onnx in the test, so "found" is a stand-in: the brighter
// half of the frame. Exits with 0 when every frame came back in order with the colour of its part.
#include <cnis/contrib/opencv_frame.h>
#include <cnis/contrib/video_helper.h>
#include <cnis/infer_server.h>
#include <cnis/processor.h>

#include <cstdio>
#include <memory>
#include <opencv2/core.hpp>
#include <string>
#include <vector>

using namespace infer_server;

namespace {

constexpr int kFrames = 12;

// What travels with a frame through the session.
struct FrameInfo {
  int index = 0;
  video::VideoFrame frame;
};

// The mean colour of what the network was shown.
struct PostprocMean {
  bool operator()(InferData* result, const ModelIO& model_output, const ModelInfo& model) const {
    if (model.OutputNum() != 1) return false;
    const auto* mean = static_cast<const float*>(model_output.buffers[0].Data());
    result->Set(cv::Vec3f(mean[0], mean[1], mean[2]));
    return true;
  }
};

SessionDesc Describe(const char* name, const char* model_path) {
  SessionDesc desc;
  desc.name = name;
  desc.model = InferServer::LoadModel(model_path, "subnet0");
  desc.strategy = BatchStrategy::DYNAMIC;
  desc.batch_timeout = 20;
  desc.engine_num = 1;
  desc.show_perf = false;
  desc.preproc = PreprocessorHost::Create();
  desc.preproc->SetParams("process_function", video::DefaultOpencvPreproc::GetFunction());
  desc.postproc = std::make_shared<Postprocessor>();
  desc.postproc->SetParams("process_function", Postprocessor::ProcessFunction(PostprocMean()));
  return desc;
}

class FrameObserver : public Observer {
 public:
  FrameObserver(video::VideoInferServer server, Session_t look) : server_(server), look_(look) {}

  void Response(Status status, PackagePtr output, any user_data) noexcept override {
    const auto info = any_cast<std::shared_ptr<FrameInfo>>(user_data);
    const bool in_order = info->index == frames_++;
    if (status != Status::SUCCESS || !in_order) {
      std::printf("frame %d: %s\n", info->index, StatusStr(status));
      return;
    }
    const auto mean = output->data[0]->Get<cv::Vec3f>();
    // What a detector would have found.
    const std::vector<video::BoundingBox> objs = {{0, 0, 0.5f, 1}, {0.5f, 0, 0.5f, 1}};
    Status looked = Status::ERROR_BACKEND;
    auto parts = std::make_shared<Package>();
    if (!server_.RequestSync(look_, info->frame, objs, output->tag, &looked, parts, 10000) ||
        looked != Status::SUCCESS)
      return;
    const auto left = parts->data[0]->Get<cv::Vec3f>(), right = parts->data[1]->Get<cv::Vec3f>();
    std::printf("frame %d: mean %.0f, left %.0f, right %.0f\n", info->index,
                static_cast<double>(mean[0]), static_cast<double>(left[0]),
                static_cast<double>(right[0]));
    if (left[0] == 10.0f * static_cast<float>(info->index) && right[0] == 250.0f) ++good_;
  }
  int good() const { return good_; }  // Read after WaitTaskDone().

 private:
  video::VideoInferServer server_;
  const Session_t look_;
  int frames_ = 0, good_ = 0;
};

// The left half dark, the right half bright.
video::VideoFrame MakeFrame(int index) {
  video::VideoFrame frame;
  frame.width = 64;
  frame.height = 48;
  frame.format = video::PixelFmt::RGB24;
  frame.plane_num = video::GetPlaneNum(frame.format);
  frame.stride[0] = 64;  // Pixels.
  frame.plane[0] = Buffer(frame.GetTotalSize());
  cv::Mat picture(48, 64, CV_8UC3, frame.plane[0].MutableData());
  picture.colRange(0, 32).setTo(cv::Scalar::all(10 * index));
  picture.colRange(32, 64).setTo(cv::Scalar::all(250));
  return frame;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: %s FIND.onnx LOOK.onnx\n", argv[0]);
    return 2;
  }
  video::VideoInferServer server(0);
  Session_t look = server.CreateSyncSession(Describe("look", argv[2]));
  if (look == nullptr) return 1;
  auto observer = std::make_shared<FrameObserver>(server, look);
  Session_t find = server.CreateSession(Describe("find", argv[1]), observer);
  if (find == nullptr) return 1;

  for (int i = 0; i < kFrames; ++i) {
    auto info = std::make_shared<FrameInfo>();
    info->index = i;
    info->frame = MakeFrame(i);
    if (!server.Request(find, info->frame, "stream_0", info)) return 1;
  }
  server.WaitTaskDone(find, "stream_0");

  server.DestroySession(find);
  server.DestroySession(look);
  std::printf("%d of %d frames\n", observer->good(), kFrames);
  return observer->good() == kFrames ? 0 : 1;
}
