// SPDX-License-Identifier: Apache-2.0
// Files for tests: those of tests/data/, and reading and writing whole ones.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

namespace infer_server {

// A file of tests/data/; INFERSERVER_SOURCE_ROOT (set by meson) is the checkout.
inline std::string DataPath(const std::string& name) {
  const char* root = std::getenv("INFERSERVER_SOURCE_ROOT");
  return std::string(root != nullptr ? root : ".") + "/tests/data/" + name;
}

// The bytes of a file; none when it cannot be read.
inline std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

inline void WriteFile(const std::string& path, const std::string& bytes) {
  std::ofstream file(path, std::ios::binary);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  ASSERT_TRUE(file.good()) << path;
}

}  // namespace infer_server
