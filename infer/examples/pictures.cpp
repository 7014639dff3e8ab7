// SPDX-License-Identifier: Apache-2.0
// Asks a network about pictures: load a model, make a session, send requests, wait, let go. (The
// flow of seed 004, with nothing but the public headers.)
//
//   pictures MODEL PICTURE.ppm...
//
// Prints for each picture which of the network's outputs is the largest: the class, if the network
// tells classes. Odd pictures go in as "stream_0", even ones as "stream_1"; answers come in the
// order of the requests whatever the stream. The last picture is then asked for again, and waited
// for on the spot. Exits with 0 when every picture was answered.
#include <infer_server.h>
#include <processor.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

using namespace infer_server;

namespace {

// Three bytes a pixel, red first, rows from the top without gaps.
struct Picture {
  int width = 0, height = 0;
  std::vector<std::uint8_t> pixels;
};

// What the network says of one picture.
struct Largest {
  std::int64_t index = -1;
  float value = 0;
};

// A binary PPM file, as `convert picture.jpg picture.ppm` writes it; null when it is none.
std::shared_ptr<Picture> ReadPicture(const std::string& path) {
  constexpr int kMaxSide = 16384;
  auto picture = std::make_shared<Picture>();
  std::ifstream file(path, std::ios::binary);
  std::string magic;
  int maximum = 0;
  file >> magic >> picture->width >> picture->height >> maximum;
  file.get();
  const int width = picture->width, height = picture->height;
  if (!file || magic != "P6" || maximum != 255 || width < 1 || height < 1 || width > kMaxSide ||
      height > kMaxSide)
    return nullptr;
  picture->pixels.resize(3 * static_cast<std::size_t>(width) * static_cast<std::size_t>(height));
  file.read(reinterpret_cast<char*>(picture->pixels.data()),
            static_cast<std::streamsize>(picture->pixels.size()));
  return file ? picture : nullptr;
}

// Called for each picture, on several threads at once: writes what the network takes, in the
// session's host_input_layout. Here the nearest pixels of the picture, bytes in the order NHWC;
// the session makes planes and floats of them if the network wants those.
bool ToNetwork(ModelIO* input, const InferData& item, const ModelInfo&) {
  const auto& picture = *item.GetLref<std::shared_ptr<Picture>>();
  const Shape& shape = input->shapes[0];
  if (input->shapes.size() != 1 || shape.Size() != 4 || shape[3] != 3) return false;
  const std::int64_t height = shape[1], width = shape[2];
  auto* to = static_cast<std::uint8_t*>(input->buffers[0].MutableData());
  for (std::int64_t y = 0; y < height; ++y)
    for (std::int64_t x = 0; x < width; ++x) {
      const auto row = y * picture.height / height, column = x * picture.width / width;
      const std::int64_t from = 3 * (row * picture.width + column);
      to = std::copy_n(picture.pixels.data() + from, 3, to);
    }
  return true;
}

// Called for each answer, likewise: makes a result of what the network gives, which is floats.
bool FromNetwork(InferData* result, const ModelIO& output, const ModelInfo&) {
  const auto* values = static_cast<const float*>(output.buffers[0].Data());
  const std::int64_t count = output.shapes[0].DataCount();
  const float* largest = std::max_element(values, values + count);
  result->Set(Largest{largest - values, *largest});
  return true;
}

void Print(const std::string& what, const Package& answer) {
  for (const InferDataPtr& item : answer.data) {
    const auto& largest = item->GetLref<Largest>();
    std::printf("%s %s: output %d is the largest, %.3f\n", what.c_str(),
                item->GetUserData<std::string>().c_str(), static_cast<int>(largest.index),
                static_cast<double>(largest.value));
  }
}

// Given each answer, one at a time, in the order of the requests.
class Printer : public Observer {
 public:
  void Response(Status status, PackagePtr answer, any user_data) override {
    if (status == Status::SUCCESS) {
      Print(answer->tag, *answer);
      ++answered;
    } else {
      std::fprintf(stderr, "request %d: %s\n", any_cast<int>(user_data), StatusStr(status));
    }
  }
  int answered = 0;  // To be read after WaitTaskDone().
};

// A request for one picture. What is set as user data comes back with the answer.
PackagePtr Ask(const std::string& path, const std::shared_ptr<Picture>& picture,
               const std::string& tag) {
  auto package = Package::Create(1, tag);
  package->data[0]->Set(picture);
  package->data[0]->SetUserData(path);
  return package;
}

int Run(const std::string& model_path, const std::vector<std::string>& paths) {
  InferServer server(0);
  SessionDesc desc;
  desc.name = "pictures";
  desc.model = InferServer::LoadModel(model_path);
  if (desc.model == nullptr) return 1;  // The log says why.
  desc.batch_timeout = 20;              // ms that a picture waits for others to go with.
  desc.preproc = PreprocessorHost::Create();
  desc.preproc->SetParams("process_function", ToNetwork, "parallel", 2);
  desc.postproc = Postprocessor::Create();
  desc.postproc->SetParams("process_function", FromNetwork);
  auto printer = std::make_shared<Printer>();
  Session_t session = server.CreateSession(desc, printer);
  if (session == nullptr) return 1;

  std::shared_ptr<Picture> picture;
  int sent = 0;
  for (const std::string& path : paths) {
    picture = ReadPicture(path);
    if (picture == nullptr) {
      std::fprintf(stderr, "%s: not a binary PPM file (P6, 255)\n", path.c_str());
      break;
    }
    // Waits while the session has as much to do as it may.
    if (server.Request(session, Ask(path, picture, "stream_" + std::to_string(sent % 2)), sent))
      ++sent;
  }
  server.WaitTaskDone(session, "stream_0");
  server.WaitTaskDone(session, "stream_1");
  const bool all = printer->answered == static_cast<int>(paths.size());
  server.DestroySession(session);
  if (!all) return 1;

  // The same with a session that is waited for. Its processors are its own.
  desc.preproc = PreprocessorHost::Create();
  desc.preproc->SetParams("process_function", ToNetwork);
  desc.postproc = Postprocessor::Create();
  desc.postproc->SetParams("process_function", FromNetwork);
  Session_t sync_session = server.CreateSyncSession(desc);
  Status status = Status::SUCCESS;
  auto answer = std::make_shared<Package>();
  if (sync_session == nullptr ||
      !server.RequestSync(sync_session, Ask(paths.back(), picture, "again"), &status, answer) ||
      status != Status::SUCCESS) {
    std::fprintf(stderr, "synchronous request: %s\n", StatusStr(status));
    return 1;
  }
  Print(answer->tag, *answer);
  return server.DestroySession(sync_session) ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: %s MODEL PICTURE.ppm...\n", argv[0]);
    return 2;
  }
  return Run(argv[1], {argv + 2, argv + argc});
}
