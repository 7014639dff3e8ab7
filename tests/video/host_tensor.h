// SPDX-License-Identifier: Apache-2.0
// What PreprocessorHost hands to a process_function, made by hand.
#pragma once

#include <gtest/gtest.h>

#include <cstring>
#include <string>

#include "devices/image/half.h"
#include "infer/explain.h"
#include "infer_server.h"
#include "processor.h"

namespace infer_server::video {

inline constexpr int kWidth = 14, kHeight = 10;  // Of the model's picture.

inline ModelPtr Model(const std::string& inputs = "3x10x14") {
  ModelOptions options;
  options.engine = "fake:inputs=" + inputs + ",outputs=1";
  std::string error;
  ModelPtr model = InferServer::LoadModel("made-up", options, &error);
  EXPECT_NE(nullptr, model) << error;
  return model;
}

inline ModelIO HostTensor(int channels, DataLayout layout) {
  ModelIO io;
  io.shapes.push_back(layout.order == DimOrder::NCHW ? Shape{1, channels, kHeight, kWidth}
                                                     : Shape{1, kHeight, kWidth, channels});
  io.buffers.emplace_back(static_cast<std::size_t>(channels * kHeight * kWidth) *
                          GetTypeSize(layout.dtype));
  std::memset(io.buffers[0].MutableData(), 0xa5, io.buffers[0].MemorySize());
  io.layouts.push_back(layout);
  return io;
}

inline double ElementOf(const ModelIO& io, int channel, int x, int y) {
  const Shape& s = io.shapes[0];
  const bool planar = io.layouts[0].order == DimOrder::NCHW;
  const auto i = static_cast<std::size_t>(planar ? (channel * s[2] + y) * s[3] + x
                                                 : (y * s[2] + x) * s[3] + channel);
  const void* data = io.buffers[0].Data();
  switch (io.layouts[0].dtype) {
    case DataType::UINT8:
      return static_cast<const std::uint8_t*>(data)[i];
    case DataType::FLOAT16:
      return static_cast<double>(
          devices::FloatFromHalf(static_cast<const std::uint16_t*>(data)[i]));
    default:
      return static_cast<double>(static_cast<const float*>(data)[i]);
  }
}

template <typename Frame>
bool Call(const PreprocessorHost::ProcessFunction& function, const Frame& frame,
          const ModelPtr& model, ModelIO* io) {
  InferData item;
  item.Set(frame);
  TakeExplanation();
  return function(io, item, *model);
}

inline const DataLayout kLayouts[] = {
    {DataType::UINT8, DimOrder::NHWC},   {DataType::UINT8, DimOrder::NCHW},
    {DataType::FLOAT32, DimOrder::NHWC}, {DataType::FLOAT32, DimOrder::NCHW},
    {DataType::FLOAT16, DimOrder::NHWC}, {DataType::FLOAT16, DimOrder::NCHW}};

}  // namespace infer_server::video
