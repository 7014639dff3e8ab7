// SPDX-License-Identifier: Apache-2.0
// Network files for OpenCV DNN: found, described, read; its exceptions put into words.
#pragma once

#include <exception>
#include <opencv2/dnn/dnn.hpp>
#include <string>

#include "devices/base/status.h"
#include "devices/cpu/model_bytes.h"
#include "devices/cpu/model_format.h"
#include "devices/cpu/net_graph.h"

namespace infer_server::devices {

// The one or two files of a network. Immutable; every cv::dnn::Net is made from the same copy,
// since nets share no weights.
struct NetFiles {
  ModelFormat format = ModelFormat::kUnknown;  // kOnnx, kCaffeWeights or kDarknetWeights.
  ModelBytes weights;
  ModelBytes text;  // .prototxt or .cfg; none for ONNX.
};

// Finds out what `bytes` is and, for Caffe and Darknet, reads the other file of the same stem
// beside it. Fails with kInvalidArgument (not a network; from memory but in two files), kNotFound
// (no other file).
Result<NetFiles> FindNetFiles(const ModelBytes& bytes);

// Fails with kInvalidArgument (truncated, not a network), kUnsupported (16-bit floats, operators on
// 8-bit integers).
Result<NetGraph> DescribeNet(const NetFiles& files);

// Fails with kInvalidArgument, kUnsupported (the message names the operator), kOutOfMemory.
Result<cv::dnn::Net> ReadNet(const NetFiles& files);

// What an exception of OpenCV means, in one line without file names and line numbers of OpenCV.
// `doing` begins the message: "OpenCV DNN 4.6.0 cannot run model file 'a.onnx'".
Status FromException(const std::exception& e, const std::string& doing);
std::string OpencvName();  // "OpenCV DNN 4.6.0"

// OpenCV writes errors to standard error besides throwing them. Silent while one of these lives;
// its log level is the process's, and is restored by the last.
class QuietOpencv {
 public:
  QuietOpencv();
  ~QuietOpencv();
  QuietOpencv(const QuietOpencv&) = delete;
  QuietOpencv& operator=(const QuietOpencv&) = delete;
};

}  // namespace infer_server::devices
