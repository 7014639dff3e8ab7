// SPDX-License-Identifier: Apache-2.0
// From what a file says, and what OpenCV makes of it, to the tensors of a model.
#pragma once

#include <opencv2/dnn/dnn.hpp>
#include <string>

#include "devices/base/status.h"
#include "devices/cpu/net_graph.h"
#include "devices/cpu/opencv_runner.h"

namespace infer_server::devices {

// Sets the shapes of graph->inputs, all but their batch, from "3x480x640;4". Fails with
// kInvalidArgument when the text or the number of tensors or dimensions does not fit.
Status SetInputShapes(const std::string& text, NetGraph* graph);

// Runs `net` once on zeros to learn the shapes of its outputs. `model` is how messages call it.
//
// The batch: when all inputs begin with 1 or an open dimension, that is it. When all begin with the
// same K > 1 and the outputs do too, the file's batch is fixed at K (rows_per_run = K, pad).
// Otherwise inputs that do not begin with 1 are one item as they are. Outputs that do not begin
// with the batch, such as the [N,85] of Darknet's region layers, get a leading 1.
//
// Fails with kUnsupported (a size left open, an element type that cannot be had, a layer that
// cannot be run), kInvalidArgument (too large), kOutOfMemory.
Result<NetPlan> PlanNet(const std::string& model, const NetGraph& graph, const cv::dnn::Net& net);

}  // namespace infer_server::devices
