// SPDX-License-Identifier: Apache-2.0
// The code of the guide's chapters on video and OpenCV, completed with declarations only. The
// includes are those of later versions; opencv_frame.h and video_helper.h are the same.
#include <cnis/contrib/opencv_frame.h>
#include <cnis/contrib/video_helper.h>
#include <cnis/infer_server.h>
#include <gtest/gtest.h>

#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "opencv_frame.h"
#include "tests/files.h"
#include "video_helper.h"

namespace infer_server {
namespace {

using video::BoundingBox;
using video::VideoFrame;
using video::VideoInferServer;

// The declarations of the guide, as they stand there.
class AsInTheGuide {
 public:
  // clang-format off
  // 一级推理接口
  bool Request(Session_t session, const VideoFrame& vframe,
               const std::string& tag, any user_data, int timeout = -1) noexcept;
  bool RequestSync(Session_t session, const VideoFrame& vframe, const std::string& tag,
                   Status* status, PackagePtr output, int timeout = -1) noexcept;

  // 二级分析接口
  bool Request(Session_t session, const VideoFrame& vframe, const std::vector<BoundingBox>& objs,
               const std::string& tag, any user_data, int timeout = -1) noexcept;
  bool RequestSync(Session_t session, const VideoFrame& vframe,
                   const std::vector<BoundingBox>& objs, const std::string& tag,
                   Status* status, PackagePtr output, int timeout = -1) noexcept;
  // clang-format on
};

// Compiles for a class that has the four with these types and the default timeout.
template <typename Server>
constexpr bool HasTheFour() {
  using Frame = const VideoFrame&;
  using Boxes = const std::vector<BoundingBox>&;
  using Text = const std::string&;
  using Primary = bool (Server::*)(Session_t, Frame, Text, any, int) noexcept;
  using PrimarySync = bool (Server::*)(Session_t, Frame, Text, Status*, PackagePtr, int) noexcept;
  using Secondary = bool (Server::*)(Session_t, Frame, Boxes, Text, any, int) noexcept;
  using SecondarySync =
      bool (Server::*)(Session_t, Frame, Boxes, Text, Status*, PackagePtr, int) noexcept;
  using Types = std::tuple<decltype(static_cast<Primary>(&Server::Request)),
                           decltype(static_cast<Secondary>(&Server::Request)),
                           decltype(static_cast<PrimarySync>(&Server::RequestSync)),
                           decltype(static_cast<SecondarySync>(&Server::RequestSync))>;
  using Calls = std::tuple<
      decltype(std::declval<Server&>().Request(nullptr, std::declval<Frame>(), "", any())),
      decltype(std::declval<Server&>().Request(nullptr, std::declval<Frame>(),
                                               std::declval<Boxes>(), "", any())),
      decltype(std::declval<Server&>().RequestSync(nullptr, std::declval<Frame>(), "", nullptr,
                                                   PackagePtr())),
      decltype(std::declval<Server&>().RequestSync(
          nullptr, std::declval<Frame>(), std::declval<Boxes>(), "", nullptr, PackagePtr()))>;
  return std::tuple_size_v<Types> == 4 && std::is_same_v<Calls, std::tuple<bool, bool, bool, bool>>;
}

TEST(ContribGuide, VideoInferServerHasTheFourRequests) {
  static_assert(HasTheFour<AsInTheGuide>());
  static_assert(HasTheFour<VideoInferServer>());
  static_assert(std::is_base_of_v<InferServer, VideoInferServer>);
  static_assert(std::is_copy_constructible_v<VideoInferServer>);
}

TEST(ContribGuide, ASessionWithTheFunctionOfOpenCV) {
  InferServer s(0);
  SessionDesc desc;
  desc.preproc = std::make_shared<PreprocessorHost>();
  // 使用OpenCV实现的预处理函数
  desc.preproc->SetParams("process_function", video::DefaultOpencvPreproc::GetFunction());

  // ...
  ModelOptions options;
  options.engine = "auto";
  desc.model = InferServer::LoadModel(DataPath("mean_rgba.onnx"), options);

  Session_t sync_session = s.CreateSyncSession(desc);
  ASSERT_NE(nullptr, sync_session);

  auto input = Package::Create(1);
  video::OpencvFrame frame;
  frame.img = cv::Mat(6, 4, CV_8UC3, cv::Scalar(10, 20, 30));
  frame.fmt = video::PixelFmt::BGR24;
  frame.roi = video::BoundingBox{0, 0.5f, 1, 0.5f};
  input->data[0].Set(frame);
  Status status;
  auto output = std::make_shared<Package>();
  ASSERT_TRUE(s.RequestSync(sync_session, input, &status, output));
  ASSERT_EQ(Status::SUCCESS, status) << s.LastError(sync_session);
  const auto io = output->data[0].Get<ModelIO>();
  const auto* rgba = static_cast<const float*>(io.buffers[0].Data());
  EXPECT_EQ(30, rgba[0]);
  EXPECT_EQ(20, rgba[1]);
  EXPECT_EQ(10, rgba[2]);
  EXPECT_EQ(255, rgba[3]);
  EXPECT_TRUE(s.DestroySession(sync_session));
}

TEST(ContribGuide, AnItemHoldsAFrame) {
  InferData data;
  data.Set(cv::Mat(2, 2, CV_8UC1));
  video::VideoFrame vframe;
  vframe.width = 12;
  data.Set(vframe);
  auto frame = data.Get<video::VideoFrame>();
  auto& frame_ref = data.GetLref<video::VideoFrame>();
  EXPECT_EQ(12u, frame.width);
  EXPECT_EQ(12u, frame_ref.width);
}

TEST(ContribGuide, NamesAndValuesAreTheOriginals) {
  EXPECT_EQ(3, MAX_PLANE_NUM);
  EXPECT_EQ(8, static_cast<int>(video::PixelFmt::ABGR));
  EXPECT_EQ(0, static_cast<int>(video::PreprocessType::UNKNOWN));
  EXPECT_EQ(1, static_cast<int>(video::PreprocessType::RESIZE_CONVERT));
  EXPECT_EQ(2, static_cast<int>(video::PreprocessType::SCALER));
  EXPECT_EQ(3, static_cast<int>(video::PreprocessType::CNCV_RESIZE_CONVERT));
  EXPECT_EQ(3, static_cast<int>(video::PreprocessType::CNCV_PREPROC));
  // The parameters of the guide's device preprocessor, set on a processor that keeps them.
  BaseObject object;
  object.SetParams("src_format", video::PixelFmt::NV21, "dst_format", video::PixelFmt::RGBA,
                   "preprocess_type", video::PreprocessType::RESIZE_CONVERT);
  EXPECT_EQ(video::PixelFmt::NV21, object.GetParam<video::PixelFmt>("src_format"));
}

}  // namespace
}  // namespace infer_server
