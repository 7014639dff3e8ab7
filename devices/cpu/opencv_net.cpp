// SPDX-License-Identifier: Apache-2.0
#include "devices/cpu/opencv_net.h"

#include <algorithm>
#include <new>
#include <opencv2/core/utils/logger.hpp>
#include <utility>

#include "devices/base/mutex.h"
#include "devices/cpu/wire_reader.h"
#include "devices/model_files.h"

namespace infer_server::devices {
namespace {

constexpr std::size_t kLongestReason = 300;

std::string_view View(const ModelBytes& bytes) { return {bytes.data(), bytes.size()}; }

// The kind of file that goes with one.
struct Partner {
  ModelFormat format;
  const char* family;
  const char* own_ending;
  const char* ending;
};

Partner PartnerOf(ModelFormat format) {
  switch (format) {
    case ModelFormat::kCaffeWeights:
      return {ModelFormat::kCaffeText, "Caffe", ".caffemodel", ".prototxt"};
    case ModelFormat::kCaffeText:
      return {ModelFormat::kCaffeWeights, "Caffe", ".prototxt", ".caffemodel"};
    case ModelFormat::kDarknetWeights:
      return {ModelFormat::kDarknetText, "Darknet", ".weights", ".cfg"};
    default:
      return {ModelFormat::kDarknetWeights, "Darknet", ".cfg", ".weights"};
  }
}

Result<ModelBytes> ReadPartner(const ModelBytes& bytes, const Partner& partner) {
  const std::string why =
      std::string("is the ") + partner.own_ending + " half of a " + partner.family + " network";
  if (bytes.path.empty())
    return Status(Code::kInvalidArgument,
                  Describe(bytes) + " " + why +
                      ", which is in two files; only ONNX can be loaded from memory");
  const std::string path = WithEnding(bytes.path, partner.ending);
  Result<ModelBytes> other = ReadModelFile(path);
  if (!other.ok())
    return Status(other.status().code(),
                  Describe(bytes) + " " + why + "; its other " + other.status().message());
  const ModelFormat format = SniffModelFormat(View(other.value()));
  if (format != partner.format)
    return Status(Code::kInvalidArgument, Describe(bytes) + " " + why + ", but file '" + path +
                                              "' beside it is not a " + partner.family + " " +
                                              partner.ending);
  return other;
}

// The text between `begin` and `end`, or nothing.
std::string Between(const std::string& text, const std::string& begin, const std::string& end) {
  const std::size_t from = text.find(begin);
  if (from == std::string::npos) return "";
  const std::size_t start = from + begin.size();
  const std::size_t to = text.find(end, start);
  return to == std::string::npos ? "" : text.substr(start, to - start);
}

// "OpenCV(4.6.0) ./modules/dnn/…: error: (-215:Assertion failed) x == y in function 'f'" → "x ==
// y".
std::string Reason(std::string text) {
  const std::size_t error = text.rfind("error: (");
  if (error != std::string::npos) {
    const std::size_t close = text.find(") ", error);
    if (close != std::string::npos) text.erase(0, close + 2);
  }
  text = text.substr(0, text.find(" in function '"));
  std::replace(text.begin(), text.end(), '\n', ' ');
  const std::size_t last = text.find_last_not_of(" >");
  text.erase(last == std::string::npos ? 0 : last + 1);
  return text.substr(0, kLongestReason);
}

cv::dnn::Net Parse(const NetFiles& files) {
  const ModelBytes &text = files.text, &weights = files.weights;
  switch (files.format) {
    case ModelFormat::kCaffeWeights:
      return cv::dnn::readNetFromCaffe(text.data(), text.size(), weights.data(), weights.size());
    case ModelFormat::kDarknetWeights:
      return cv::dnn::readNetFromDarknet(text.data(), text.size(), weights.data(), weights.size());
    default:
      return cv::dnn::readNetFromONNX(weights.data(), weights.size());
  }
}

// Protobuf cannot tell a .caffemodel that was cut off between two layers from a whole one, but all
// others.
Status CheckCaffeWeights(const ModelBytes& weights) {
  WireReader reader(View(weights));
  for (WireField field; reader.Next(&field);) {
  }
  if (reader.state() == WireReader::State::kEnd) return Status();
  return Status(Code::kInvalidArgument,
                Describe(weights) +
                    (reader.state() == WireReader::State::kTruncated
                         ? " is truncated: it has " + std::to_string(weights.size()) +
                               " bytes and breaks off inside a layer; copy or download it again"
                         : " is not a Caffe network: it cannot be read from byte " +
                               std::to_string(reader.field_start()) + " on"));
}

// OpenCV reads a .weights file that is too short without a word and computes with rubbish.
Status CheckDarknetSize(const NetFiles& files, cv::dnn::Net* net) {
  std::size_t numbers = 0;
  for (const cv::String& name : net->getLayerNames()) {
    const cv::Ptr<cv::dnn::Layer> layer = net->getLayer(net->getLayerId(name));
    if (layer->type != "Convolution" && layer->type != "BatchNorm" && layer->type != "InnerProduct")
      continue;
    for (const cv::Mat& blob : layer->blobs) numbers += blob.total();
  }
  const std::size_t needed = 16 + sizeof(float) * numbers;  // The shorter of the two headers.
  if (files.weights.size() >= needed) return Status();
  return Status(Code::kInvalidArgument,
                "file '" + files.weights.path + "' is truncated: it has " +
                    std::to_string(files.weights.size()) + " bytes, and the layers of '" +
                    files.text.path + "' need " + std::to_string(needed) +
                    "; copy or download it again, or give the .cfg it belongs to");
}

Mutex g_quiet_mutex;
int g_quiet INFER_GUARDED_BY(g_quiet_mutex) = 0;
cv::utils::logging::LogLevel g_level INFER_GUARDED_BY(g_quiet_mutex);

}  // namespace

QuietOpencv::QuietOpencv() {
  MutexLock lock(&g_quiet_mutex);
  if (g_quiet++ == 0)
    g_level = cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
}

QuietOpencv::~QuietOpencv() {
  MutexLock lock(&g_quiet_mutex);
  if (--g_quiet == 0) cv::utils::logging::setLogLevel(g_level);
}

std::string OpencvName() { return "OpenCV DNN " + cv::getVersionString(); }

Status FromException(const std::exception& e, const std::string& doing) {
  const auto* error = dynamic_cast<const cv::Exception*>(&e);
  if (dynamic_cast<const std::bad_alloc*>(&e) != nullptr ||
      (error != nullptr && error->code == cv::Error::StsNoMem))
    return Status(Code::kOutOfMemory, doing + ": it needs more memory than there is");
  const std::string text = error != nullptr ? error->err : e.what();
  // "Node [Gate@ai.onnx]:(onnx_node!gate_1) parse error: …", or "… layer \"x\" of type \"Gate\"".
  const bool missing = text.find("Can't create layer") != std::string::npos;
  std::string op = Between(text, "Node [", "]");
  if (op.empty() && missing) op = Between(text, "of type \"", "\"");
  const std::size_t at = op.find("@ai.onnx");
  if (at != std::string::npos) op.erase(at);
  if (missing)
    return Status(Code::kUnsupported,
                  doing + ": it lacks the operator '" + op + "' that the network needs");
  if (!op.empty())
    return Status(Code::kUnsupported, doing + ": its operator '" + op +
                                          "' refuses what the network asks: " + Reason(text));
  return Status(Code::kUnsupported, doing + ": " + Reason(text));
}

Result<NetFiles> FindNetFiles(const ModelBytes& bytes) {
  const ModelFormat format = SniffModelFormat(View(bytes));
  NetFiles files;
  if (format == ModelFormat::kUnknown)
    return Status(Code::kInvalidArgument,
                  Describe(bytes) +
                      " is not a network: expected an ONNX file, a Caffe .caffemodel with its "
                      ".prototxt or a Darknet .weights with its .cfg");
  if (format == ModelFormat::kOnnx) {
    files.format = format;
    files.weights = bytes;
    return files;
  }
  const Partner partner = PartnerOf(format);
  Result<ModelBytes> other = ReadPartner(bytes, partner);
  if (!other.ok()) return other.status();
  const bool is_weights =
      format == ModelFormat::kCaffeWeights || format == ModelFormat::kDarknetWeights;
  files.format = is_weights ? format : partner.format;
  files.weights = is_weights ? bytes : std::move(other).value();
  files.text = is_weights ? std::move(other).value() : bytes;
  return files;
}

Result<NetGraph> DescribeNet(const NetFiles& files) {
  const bool onnx = files.format == ModelFormat::kOnnx;
  const ModelBytes& described = onnx ? files.weights : files.text;
  Result<NetGraph> graph = onnx ? ReadOnnxGraph(View(described))
                           : files.format == ModelFormat::kCaffeWeights
                               ? ReadCaffeText(View(described))
                               : ReadDarknetText(View(described));
  if (!graph.ok())
    return Status(graph.status().code(), Describe(described) + " " + graph.status().message());
  if (files.format == ModelFormat::kCaffeWeights)
    INFER_RETURN_IF_ERROR(CheckCaffeWeights(files.weights));
  // Refused before OpenCV sees them: it loads some quantised files and then gives the same output
  // for every input.
  const char* kind = graph.value().quantized        ? "operators on 8-bit integers (quantised)"
                     : graph.value().half_precision ? "16-bit floating-point weights"
                                                    : nullptr;
  if (kind != nullptr)
    return Status(Code::kUnsupported, Describe(described) + " has " + kind + ", which " +
                                          OpencvName() +
                                          " cannot compute with; give the 32-bit version of it");
  return graph;
}

Result<cv::dnn::Net> ReadNet(const NetFiles& files) {
  const std::string doing = OpencvName() + " cannot load the " + Describe(files.weights);
  const QuietOpencv quiet;
  try {
    cv::dnn::Net net = Parse(files);
    if (net.empty())
      return Status(Code::kInvalidArgument, Describe(files.weights) + " has no layers");
    if (files.format == ModelFormat::kDarknetWeights)
      INFER_RETURN_IF_ERROR(CheckDarknetSize(files, &net));
    net.setPreferableBackend(cv::dnn::DNN_BACKEND_OPENCV);
    net.setPreferableTarget(cv::dnn::DNN_TARGET_CPU);
    return net;
  } catch (const std::exception& e) {
    return FromException(e, doing);
  }
}

}  // namespace infer_server::devices
