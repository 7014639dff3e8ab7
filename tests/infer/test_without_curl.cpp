// SPDX-License-Identifier: Apache-2.0
// What a build without libcurl says; built with CNIS_WITH_CURL 0.
#include <filesystem>

#include "infer/model_fetch.h"
#include "tests/files.h"

namespace infer_server {
namespace {

TEST(WithoutCurl, AUrlIsTheFileInTheModelDirectoryOrAnErrorThatHelps) {
  char folder[] = "/tmp/without-curl-XXXXXX";
  const std::string models = mkdtemp(folder);
  ASSERT_TRUE(SetModelDir(models));
  const std::string url = "http://user:s3cret@host/net.onnx";
  const auto refused = FetchModel(url, {});
  EXPECT_EQ(devices::Code::kUnsupported, refused.status().code());
  EXPECT_EQ(
      "load model 'http://...@host/net.onnx': this build does not download (meson option curl); "
      "build with -Dcurl=enabled and libcurl4-openssl-dev; or put the file at '" +
          models + "/net.onnx' yourself",
      refused.status().message());
  EXPECT_TRUE(std::filesystem::is_empty(models));
  WriteFile(models + "/net.onnx", "there");
  EXPECT_EQ(models + "/net.onnx", FetchModel(url, {}).value().path);
  std::filesystem::remove_all(models);
}

}  // namespace
}  // namespace infer_server
