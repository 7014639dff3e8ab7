// SPDX-License-Identifier: Apache-2.0
// The ground of the tests of downloads: a server with something to serve, and a model directory.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <set>
#include <string>

#include "infer/model_fetch.h"
#include "infer/sha256.h"
#include "infer_server.h"
#include "tests/files.h"
#include "tests/infer/model_server.h"

namespace infer_server::test {

namespace fs = std::filesystem;
using devices::Code;

inline std::string Noise(std::size_t size, unsigned seed) {
  std::string bytes(size, '\0');
  for (char& c : bytes) c = static_cast<char>((seed = seed * 1664525u + 1013904223u) >> 24);
  return bytes;
}
inline const std::string& Content() {
  static const auto* const content = new std::string(Noise(300'000, 1));
  return *content;
}
inline std::string Digest(const std::string& bytes) {
  return Sha256Of(bytes.data(), bytes.size()).value();
}

// A server of a.onnx (Content()), cut.onnx (the same) and real.onnx (a small network), and an empty
// model directory.
class Downloads : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    for (const char* name : {"http_proxy", "https_proxy", "ftp_proxy", "all_proxy", "HTTPS_PROXY",
                             "FTP_PROXY", "ALL_PROXY"})
      unsetenv(name);
    char folder[] = "/tmp/downloads-XXXXXX";
    root_ = new fs::path(mkdtemp(folder));
    fs::create_directory(*root_ / "served");
    WriteFile(Served("a.onnx"), Content());
    WriteFile(Served("cut.onnx"), Content());
    fs::copy_file(DataPath("u8_input.onnx"), Served("real.onnx"));
    server_ = new ModelServer((*root_ / "served").string());
  }
  static void TearDownTestSuite() {
    delete server_;
    fs::remove_all(*root_);
    delete root_;
  }
  void SetUp() override {
    ASSERT_TRUE(server_->running()) << "python3 tests/infer/model_server.py did not start";
    fs::remove_all(*root_ / "models");
    fs::create_directory(*root_ / "models");
    ASSERT_TRUE(InferServer::SetModelDir((*root_ / "models").string()));
    InferServer::ClearModelCache();
    log_before_ = server_->Log().size();
  }
  void TearDown() override {
    InferServer::SetModelDir(".");
    InferServer::ClearModelCache();
    unsetenv("INFERSERVER_MAX_DOWNLOAD_MB");
  }

  static std::string Served(const std::string& name) { return *root_ / "served" / name; }
  static std::string InDir(const std::string& name) { return *root_ / "models" / name; }
  static std::set<std::string> Dir() {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(*root_ / "models"))
      names.insert(entry.path().filename());
    return names;
  }
  // The requests since the test began.
  std::string Requests() const { return server_->Log().substr(log_before_); }

  // Gives up soon where nothing comes.
  static DownloadOptions Quick() {
    DownloadOptions options;
    options.stall_timeout = 1000;
    return options;
  }
  static void ExpectGot(const std::string& uri, const std::string& name = "a.onnx",
                        const DownloadOptions& options = {}) {
    const auto fetched = FetchModel(uri, options);
    ASSERT_TRUE(fetched.ok()) << fetched.status().message();
    EXPECT_EQ(InDir(name), fetched.value().path);
    EXPECT_TRUE(Content() == ReadFile(InDir(name))) << uri;
    EXPECT_EQ(std::set<std::string>{name}, Dir());
    fs::remove(InDir(name));
  }
  // It fails with `code`, says `words`, and the model directory stays empty.
  static void ExpectRefused(const std::string& uri, Code code, const std::string& words,
                            const DownloadOptions& options = {}) {
    const auto fetched = FetchModel(uri, options);
    ASSERT_FALSE(fetched.ok()) << uri;
    const std::string& message = fetched.status().message();
    EXPECT_STREQ(CodeName(code), CodeName(fetched.status().code())) << message;
    EXPECT_NE(std::string::npos, message.find(words)) << message;
    EXPECT_EQ(0u, message.find("load model '")) << message;
    EXPECT_EQ(std::string::npos, message.find("s3cret")) << message;
    EXPECT_EQ(std::set<std::string>(), Dir()) << uri;
  }

  static inline fs::path* root_ = nullptr;
  static inline ModelServer* server_ = nullptr;
  std::size_t log_before_ = 0;
};

}  // namespace infer_server::test
