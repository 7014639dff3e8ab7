// SPDX-License-Identifier: Apache-2.0
// The folder of real models, pictures and clips, which is not part of the project: tests that need
// it are skipped without it.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

namespace infer_server {

// $INFERSERVER_ASSETS, else shared/assets beside the checkout; empty when there is none.
inline std::string AssetFolder() {
  const char* set = std::getenv("INFERSERVER_ASSETS");
  const char* root = std::getenv("INFERSERVER_SOURCE_ROOT");
  std::filesystem::path folder;
  if (set != nullptr && *set != '\0')
    folder = set;
  else if (root != nullptr)
    folder = std::filesystem::path(root) / ".." / "shared" / "assets";
  std::error_code error;
  return !folder.empty() && std::filesystem::is_directory(folder / "models", error)
             ? folder.string()
             : "";
}

// "models/yolox_nano_416.onnx" -> where it is.
inline std::string AssetPath(const std::string& name) { return AssetFolder() + "/" + name; }

}  // namespace infer_server

#define INFER_SKIP_WITHOUT_ASSETS()                                                             \
  if (::infer_server::AssetFolder().empty())                                                    \
  GTEST_SKIP() << "no folder of models and pictures: set INFERSERVER_ASSETS, or put it beside " \
                  "the checkout as shared/assets"
