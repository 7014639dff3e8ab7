// SPDX-License-Identifier: Apache-2.0
// The guide's flow as a program outside the tree: compiled with nothing but what is installed, by
// test_install_consumer.py. Exits with 0 when every item came back through its own functions.
#include <cnis/infer_server.h>
#include <infer_server.h>
#include <processor.h>

#include <atomic>
#include <cstdio>

using namespace infer_server;

namespace {

class MyObserver : public Observer {
 public:
  void Response(Status status, PackagePtr output, any user_data) override {
    if (status != Status::SUCCESS || output->tag != "stream_0") return;
    for (auto& item : output->data) sum += item->Get<float>();
    requests += any_cast<int>(user_data);
  }
  std::atomic<int> requests{0};
  float sum = 0;  // Read after WaitTaskDone().
};

bool PreprocFunction(ModelIO* io, const InferData& item, const ModelInfo& info) {
  auto* out = static_cast<float*>(io->buffers[0].MutableData());
  for (int64_t i = 0; i < info.InputShape(0).DataCount(); ++i) out[i] = item.Get<float>();
  return true;
}

}  // namespace

int main() {
  ModelOptions options;
  options.engine = "fake:inputs=3x4x4,outputs=1";
  InferServer server(0);
  SessionDesc desc;
  desc.name = "sample infer";
  desc.model = InferServer::LoadModel("made-up.onnx", options);
  desc.host_input_layout = {DataType::FLOAT32, DimOrder::NCHW};
  desc.preproc = PreprocessorHost::Create();
  desc.postproc = Postprocessor::Create();
  desc.preproc->SetParams("process_function", PreprocFunction);
  desc.postproc->SetParams("process_function",
                           [](InferData* item, const ModelIO& io, const ModelInfo&) {
                             item->Set(*static_cast<const float*>(io.buffers[0].Data()));
                             return true;
                           });
  auto observer = std::make_shared<MyObserver>();
  Session_t session = server.CreateSession(desc, observer);
  auto input = Package::Create(2, "stream_0");
  input->data[0].Set<float>(20);
  input->data[1]->Set(22.0f);
  server.Request(session, input, 1);
  server.WaitTaskDone(session, "stream_0");
  server.DestroySession(session);
  std::printf("%d request, sum %g\n", observer->requests.load(), observer->sum);
  return observer->requests == 1 && observer->sum == 42 ? 0 : 1;
}
