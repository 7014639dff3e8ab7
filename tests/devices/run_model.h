// SPDX-License-Identifier: Apache-2.0
// Models loaded and run in a line, for tests of the cpu device's engines.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "devices/runtime.h"

namespace infer_server::devices {

inline Result<std::shared_ptr<Model>> Load(const std::string& path, int batch_size = 0,
                                           const std::string& engine = "auto") {
  ModelSource source;
  source.path = path;
  ModelOptions options;
  options.batch_size = batch_size;
  options.engine = engine;
  return OpenDevice({"cpu", 0}).value()->LoadModel(source, options);
}

using Tensors = std::vector<std::vector<float>>;

inline Tensors Noise(const std::vector<TensorInfo>& infos, int rows, unsigned seed,
                     float high = 1) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> value(0, high);
  Tensors tensors;
  for (const TensorInfo& info : infos) {
    tensors.emplace_back(info.ItemElements() * static_cast<std::size_t>(rows));
    for (float& element : tensors.back()) element = value(random);
  }
  return tensors;
}

// Runs float tensors through `engine`.
inline Tensors RunOn(const Model& model, Engine* engine, const Tensors& inputs, int rows) {
  Tensors outputs;
  for (const TensorInfo& info : model.Outputs())
    outputs.emplace_back(info.ItemElements() * static_cast<std::size_t>(rows), -1.0f);
  std::vector<const void*> in;
  std::vector<void*> out;
  for (const auto& tensor : inputs) in.push_back(tensor.data());
  for (auto& tensor : outputs) out.push_back(tensor.data());
  const Status status = engine->Run(in.data(), out.data(), rows);
  EXPECT_TRUE(status.ok()) << status.ToString();
  return outputs;
}

}  // namespace infer_server::devices
