// SPDX-License-Identifier: Apache-2.0
// Requests for frames and for boxes on them, on the cpu device: mean_rgb.onnx gives the mean colour
// of what each item shows it.
#include "video_infer_server.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <thread>

#include "opencv_frame.h"
#include "tests/files.h"
#include "tests/infer/support.h"

namespace infer_server::video {
namespace {

struct Color {
  int r, g, b;
  bool operator==(const Color& o) const { return r == o.r && g == o.g && b == o.b; }
};
std::ostream& operator<<(std::ostream& os, const Color& c) {
  return os << c.r << ',' << c.g << ',' << c.b;
}

const Color kRed{200, 10, 20}, kGreen{30, 180, 40}, kBlue{5, 60, 220}, kGray{90, 90, 90};
const BoundingBox kTopLeft{0, 0, 0.5f, 0.5f}, kTopRight{0.5f, 0, 0.5f, 0.5f};
const BoundingBox kBottomLeft{0, 0.5f, 0.5f, 0.5f}, kBottomRight{0.5f, 0.5f, 0.5f, 0.5f};

// 32 × 32 pixels in four squares of one colour each; BGR24.
VideoFrame Squares(const Color& top_left, const Color& top_right, const Color& bottom_left,
                   const Color& bottom_right) {
  VideoFrame frame;
  frame.format = PixelFmt::BGR24;
  frame.width = frame.height = frame.stride[0] = 32;
  frame.plane_num = 1;
  frame.plane[0] = Buffer(frame.GetPlaneSize(0));
  cv::Mat img(32, 32, CV_8UC3, frame.plane[0].MutableData());
  const auto fill = [&](int x, int y, const Color& c) {
    img(cv::Rect(x, y, 16, 16)).setTo(cv::Scalar(c.b, c.g, c.r));
  };
  fill(0, 0, top_left);
  fill(16, 0, top_right);
  fill(0, 16, bottom_left);
  fill(16, 16, bottom_right);
  return frame;
}
VideoFrame Plain(const Color& c) { return Squares(c, c, c, c); }
VideoFrame Four() { return Squares(kRed, kGreen, kBlue, kGray); }

Color ColorOf(const ModelIO& io) {
  const auto* mean = static_cast<const float*>(io.buffers[0].Data());
  const auto level = [](float value) { return static_cast<int>(value + 0.5f); };
  return {level(mean[0]), level(mean[1]), level(mean[2])};
}

// An item becomes its colour, and with user data the number in it behind it.
using Seen = std::pair<Color, int>;
bool ReadColor(InferData* item, const ModelIO& io, const ModelInfo&) {
  const int* number = any_cast<int>(&item->user_data);
  item->Set(Seen(ColorOf(io), number == nullptr ? -1 : *number));
  return true;
}

ModelPtr Model(std::uint32_t batch = 4) {
  ModelOptions options;
  options.batch_size = batch;
  std::string error;
  ModelPtr model = InferServer::LoadModel(DataPath("mean_rgb.onnx"), options, &error);
  EXPECT_NE(nullptr, model) << error;
  return model;
}

SessionDesc Desc() {
  SessionDesc desc;
  desc.name = ::testing::UnitTest::GetInstance()->current_test_info()->name();
  desc.model = Model();
  desc.batch_timeout = 1;
  desc.preproc = PreprocessorHost::Create();
  desc.preproc->SetParams("process_function", DefaultOpencvPreproc::GetFunction());
  desc.postproc = Postprocessor::Create();
  desc.postproc->SetParams("process_function", &ReadColor);
  return desc;
}

struct Answer {
  Status status;
  std::string tag;
  std::vector<Color> colors;      // Of the items that did not fail.
  std::vector<int> item_numbers;  // Their user data.
  int number;                     // The request's.
};

class Recorder : public Observer {
 public:
  void Response(Status status, PackagePtr output, any user_data) noexcept override {
    Answer answer{status, output->tag, {}, {}, any_cast<int>(user_data)};
    for (const InferDataPtr& item : output->data) {
      if (item == nullptr) continue;
      answer.colors.push_back(item->GetLref<Seen>().first);
      answer.item_numbers.push_back(item->GetLref<Seen>().second);
    }
    answers.push_back(std::move(answer));
  }
  std::vector<Answer> answers;  // Read after WaitTaskDone().
};

class VideoServer : public ::testing::Test {
 protected:
  ~VideoServer() override { EXPECT_TRUE(session_ == nullptr || server_.DestroySession(session_)); }
  Session_t Async(const SessionDesc& desc = Desc()) {
    std::string error;
    session_ = server_.CreateSession(desc, recorder_, &error);
    EXPECT_NE(nullptr, session_) << error;
    return session_;
  }
  Session_t Sync(const SessionDesc& desc = Desc()) {
    std::string error;
    session_ = server_.CreateSession(desc, nullptr, &error);
    EXPECT_NE(nullptr, session_) << error;
    return session_;
  }
  std::vector<Color> Colors(const PackagePtr& package) {
    std::vector<Color> colors;
    for (const InferDataPtr& item : package->data)
      colors.push_back(item == nullptr ? Color{-1, -1, -1} : item->GetLref<Seen>().first);
    return colors;
  }

  VideoInferServer server_{0};
  Session_t session_ = nullptr;
  const std::shared_ptr<Recorder> recorder_ = std::make_shared<Recorder>();
  const PackagePtr output_ = std::make_shared<Package>();
  Status status_ = Status::STATUS_COUNT;
};

TEST_F(VideoServer, AnswersFramesInOrderWithTheirUserData) {
  const Session_t session = Async();
  const Color colors[] = {kRed, kGreen, kBlue, kGray};
  for (int i = 0; i < 40; ++i)
    ASSERT_TRUE(server_.Request(session, Plain(colors[i % 4]), i % 2 ? "odd" : "even", i));
  server_.WaitTaskDone(session, "odd");
  server_.WaitTaskDone(session, "even");
  ASSERT_EQ(40u, recorder_->answers.size());
  for (int i = 0; i < 40; ++i) {
    const Answer& answer = recorder_->answers[static_cast<std::size_t>(i)];
    EXPECT_EQ(Status::SUCCESS, answer.status) << server_.LastError(session);
    EXPECT_EQ(i % 2 ? "odd" : "even", answer.tag);
    EXPECT_EQ(i, answer.number);
    EXPECT_EQ(std::vector<int>{i}, answer.item_numbers);
    EXPECT_EQ(std::vector<Color>{colors[i % 4]}, answer.colors);
  }
}

TEST_F(VideoServer, LooksAtTheRoiOfTheFrame) {
  const Session_t session = Sync();
  VideoFrame frame = Four();
  frame.roi = kBottomLeft;
  ASSERT_TRUE(server_.RequestSync(session, frame, "", &status_, output_));
  EXPECT_EQ(std::vector<Color>{kBlue}, Colors(output_));
}

TEST_F(VideoServer, AnswersEveryBoxOfAFrame) {
  const Session_t session = Async();
  std::vector<BoundingBox> boxes = {kBottomRight,
                                    kTopLeft,
                                    kTopRight,
                                    kBottomLeft,
                                    {-0.25f, -0.25f, 0.5f, 0.5f}};  // Cut: a part of the top left.
  VideoFrame frame = Four();
  frame.roi = kTopLeft;  // Not looked at.
  ASSERT_TRUE(server_.Request(session, frame, boxes, "objects", 7));
  ASSERT_TRUE(server_.Request(session, frame, std::vector<BoundingBox>(), "objects", 8));
  ASSERT_TRUE(server_.Request(session, frame, {kTopRight}, "objects", 9));
  server_.WaitTaskDone(session, "objects");
  ASSERT_EQ(3u, recorder_->answers.size());
  EXPECT_EQ((std::vector<Color>{kGray, kRed, kGreen, kBlue, kRed}), recorder_->answers[0].colors);
  EXPECT_EQ(std::vector<int>(5, 7), recorder_->answers[0].item_numbers);
  EXPECT_EQ(Status::SUCCESS, recorder_->answers[1].status);
  EXPECT_TRUE(recorder_->answers[1].colors.empty());
  EXPECT_EQ(8, recorder_->answers[1].number);
  EXPECT_EQ(std::vector<Color>{kGreen}, recorder_->answers[2].colors);
}

TEST_F(VideoServer, AnswersTheBoxesOfASynchronousRequest) {
  const Session_t session = Sync();
  ASSERT_TRUE(server_.RequestSync(session, Four(), {kBottomRight, kTopRight}, "a", &status_,
                                  output_, 60000));
  EXPECT_EQ(Status::SUCCESS, status_);
  EXPECT_EQ("a", output_->tag);
  EXPECT_EQ((std::vector<Color>{kGray, kGreen}), Colors(output_));
  const std::vector<BoundingBox> none;
  EXPECT_FALSE(server_.RequestSync(session, Four(), none, "a", &status_, output_));
  EXPECT_EQ(Status::INVALID_PARAM, status_);
}

TEST_F(VideoServer, FailsOnlyTheBoxThatIsNotOnTheFrame) {
  const Session_t session = Sync();
  ASSERT_TRUE(server_.RequestSync(session, Four(), {kTopLeft, {-1, 0, 0.5f, 0.5f}, kBottomLeft}, "",
                                  &status_, output_));
  EXPECT_EQ(Status::ERROR_BACKEND, status_);
  EXPECT_EQ((std::vector<Color>{kRed, {-1, -1, -1}, kBlue}), Colors(output_));
  EXPECT_NE(std::string::npos, server_.LastError(session).find("has no part in it"))
      << server_.LastError(session);
}

TEST_F(VideoServer, FailsAFrameWithoutPixelsAndSaysWhy) {
  const Session_t session = Sync();
  VideoFrame frame = Plain(kRed);
  frame.plane[0] = Buffer();
  ASSERT_TRUE(server_.RequestSync(session, frame, "", &status_, output_));
  EXPECT_EQ(Status::ERROR_BACKEND, status_);
  EXPECT_NE(std::string::npos, server_.LastError(session).find("plane 0 of BGR is missing"))
      << server_.LastError(session);
}

TEST_F(VideoServer, TurnsWhatUserCodeThrowsIntoAStatus) {
  SessionDesc desc = Desc();
  desc.preproc->SetParams("process_function",
                          [](ModelIO* io, const InferData& item, const ModelInfo& model) {
                            if (item.GetLref<VideoFrame>().roi.w <= 0)
                              throw std::runtime_error("no roi");
                            return DefaultOpencvPreproc::GetFunction()(io, item, model);
                          });
  desc.postproc->SetParams("process_function",
                           [](InferData* item, const ModelIO& io, const ModelInfo& model) {
                             if (ColorOf(io) == kGreen) throw 42;
                             return ReadColor(item, io, model);
                           });
  const Session_t session = Async(desc);
  ASSERT_TRUE(server_.Request(session, Four(), "", 1));
  ASSERT_TRUE(server_.Request(session, Four(), {kTopLeft, kTopRight}, "", 2));
  ASSERT_TRUE(server_.Request(session, Four(), {kBottomLeft}, "", 3));
  server_.WaitTaskDone(session, "");
  ASSERT_EQ(3u, recorder_->answers.size());
  EXPECT_EQ(Status::ERROR_BACKEND, recorder_->answers[0].status);
  EXPECT_EQ(Status::ERROR_BACKEND, recorder_->answers[1].status);
  EXPECT_EQ(std::vector<Color>{kRed}, recorder_->answers[1].colors);
  EXPECT_EQ(Status::SUCCESS, recorder_->answers[2].status);
  EXPECT_EQ(std::vector<Color>{kBlue}, recorder_->answers[2].colors);
}

TEST_F(VideoServer, TellsUserFunctionsHowTheirTensorsLie) {
  SessionDesc desc = Desc();
  desc.host_input_layout = {DataType::FLOAT32, DimOrder::NHWC};
  desc.preproc->SetParams(
      "process_function", [](ModelIO* io, const InferData& item, const ModelInfo& model) {
        return io->layouts == std::vector<DataLayout>{{DataType::FLOAT32, DimOrder::NHWC}} &&
               io->shapes[0] == Shape{1, 8, 8, 3} && DefaultOpencvPreproc()(io, item, model);
      });
  desc.postproc->SetParams(
      "process_function", [](InferData* item, const ModelIO& io, const ModelInfo& model) {
        return io.layouts.size() == 1 && io.layouts[0].dtype == DataType::FLOAT32 &&
               ReadColor(item, io, model);
      });
  const Session_t session = Sync(desc);
  ASSERT_TRUE(server_.RequestSync(session, Plain(kBlue), "", &status_, output_));
  EXPECT_EQ(Status::SUCCESS, status_) << server_.LastError(session);
  EXPECT_EQ(std::vector<Color>{kBlue}, Colors(output_));
}

TEST_F(VideoServer, GivesUpASynchronousRequestAfterItsTime) {
  test::Gate gate;
  SessionDesc desc = Desc();
  desc.preproc->SetParams("process_function",
                          [&gate](ModelIO* io, const InferData& item, const ModelInfo& model) {
                            gate.Pass();
                            return DefaultOpencvPreproc::GetFunction()(io, item, model);
                          });
  const Session_t session = Sync(desc);
  EXPECT_TRUE(server_.RequestSync(session, Plain(kRed), "", &status_, output_, 5));
  EXPECT_EQ(Status::TIMEOUT, status_);
  EXPECT_TRUE(output_->data.empty());
  status_ = Status::STATUS_COUNT;
  EXPECT_TRUE(server_.RequestSync(session, Four(), {kTopLeft}, "", &status_, output_, 5));
  EXPECT_EQ(Status::TIMEOUT, status_);
  EXPECT_TRUE(output_->data.empty());
  gate.Open();
  EXPECT_TRUE(server_.RequestSync(session, Plain(kGreen), "", &status_, output_, 60000));
  EXPECT_EQ(Status::SUCCESS, status_);
  EXPECT_EQ(std::vector<Color>{kGreen}, Colors(output_));
}

TEST_F(VideoServer, RefusesAFrameWhileTheSessionIsFull) {
  test::Gate gate;
  SessionDesc desc = Desc();
  desc.model = Model(1);
  desc.preproc->SetParams("process_function",
                          [&gate](ModelIO* io, const InferData& item, const ModelInfo& model) {
                            gate.Pass();
                            return DefaultOpencvPreproc::GetFunction()(io, item, model);
                          });
  const Session_t session = Async(desc);
  int accepted = 0;
  while (accepted < 1000 && server_.Request(session, Plain(kRed), "", accepted, 1)) ++accepted;
  EXPECT_GT(accepted, 0);
  EXPECT_LT(accepted, 1000);
  EXPECT_FALSE(server_.Request(session, Four(), {kTopLeft}, "", 0, 1));
  gate.Open();
  server_.WaitTaskDone(session, "");
  EXPECT_EQ(static_cast<std::size_t>(accepted), recorder_->answers.size());
}

TEST_F(VideoServer, RefusesTheOtherKindOfSessionAndNone) {
  const Session_t session = Sync();
  EXPECT_FALSE(server_.Request(session, Plain(kRed), "", 0));
  EXPECT_FALSE(server_.Request(session, Plain(kRed), {kTopLeft}, "", 0));
  EXPECT_FALSE(server_.Request(nullptr, Plain(kRed), "", 0));
  EXPECT_FALSE(server_.RequestSync(nullptr, Plain(kRed), {kTopLeft}, "", &status_, output_));
  const Session_t async = server_.CreateSession(Desc(), recorder_);
  EXPECT_FALSE(server_.RequestSync(async, Plain(kRed), "", &status_, output_));
  EXPECT_EQ(Status::STATUS_COUNT, status_);
  EXPECT_TRUE(server_.DestroySession(async));
}

TEST_F(VideoServer, HasTheRequestsOfItsBase) {
  const Session_t session = Sync();
  PackagePtr input = Package::Create(2, "mixed");
  input->data[0].Set(OpencvFrame{cv::Mat(4, 4, CV_8UC3, cv::Scalar(1, 2, 3)), PixelFmt::RGB24, {}});
  input->data[1].Set(Plain(kBlue));
  ASSERT_TRUE(server_.RequestSync(session, input, &status_, output_));
  EXPECT_EQ((std::vector<Color>{{1, 2, 3}, kBlue}), Colors(output_));
}

TEST_F(VideoServer, ReadsMemoryOfADeviceThatTheHostReads) {
  const Session_t session = Sync();
  const VideoFrame host = Plain(kGreen);
  VideoFrame frame = host;
  frame.plane[0] = Buffer(host.GetPlaneSize(0), 0);
  frame.plane[0].CopyFrom(host.plane[0], host.GetPlaneSize(0));
  frame.device_id = 0;
  ASSERT_TRUE(server_.RequestSync(session, frame, "", &status_, output_));
  EXPECT_EQ(Status::SUCCESS, status_) << server_.LastError(session);
  EXPECT_EQ(std::vector<Color>{kGreen}, Colors(output_));
}

TEST_F(VideoServer, ServesSeveralThreads) {
  const Session_t session = Sync();
  std::vector<std::thread> threads;
  for (const Color& color : {kRed, kGreen, kBlue, kGray})
    threads.emplace_back([this, session, color] {
      for (int i = 0; i < 50; ++i) {
        Status status = Status::STATUS_COUNT;
        const auto output = std::make_shared<Package>();
        EXPECT_TRUE(server_.RequestSync(session, Plain(color), {kTopLeft, kBottomRight}, "",
                                        &status, output));
        EXPECT_EQ(Status::SUCCESS, status);
        EXPECT_EQ((std::vector<Color>{color, color}), Colors(output));
      }
    });
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace infer_server::video
