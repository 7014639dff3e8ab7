// SPDX-License-Identifier: Apache-2.0
// Models by URL, against real servers on this machine.
#include <stdexcept>
#include <vector>

#include "infer/model_cache.h"
#include "tests/infer/downloads.h"

namespace infer_server::test {
namespace {

TEST_F(Downloads, AModelIsLoadedFromAUrlOnceAndThenFromTheModelDirectory) {
  const std::string url = server_->Http("good/real.onnx");
  const ModelPtr model = InferServer::LoadModel(url);
  ASSERT_NE(nullptr, model);
  EXPECT_EQ(InDir("real.onnx"), model->Path());
  EXPECT_EQ(InDir("real.onnx") + "_subnet0", model->GetKey());
  EXPECT_EQ(model, InferServer::LoadModel(url));
  EXPECT_EQ(model, InferServer::LoadModel(InDir("real.onnx")));
  EXPECT_EQ(model, InferServer::LoadModel(InDir("../models/./real.onnx")));
  EXPECT_EQ(1u, ModelCache::Shared().size());
  EXPECT_EQ("/good/real.onnx\n", Requests());
}

TEST_F(Downloads, AFileThatIsThereIsUsedWhateverTheServerHas) {
  WriteFile(InDir("a.onnx"), "mine");
  const auto fetched = FetchModel("http://127.0.0.1:1/a.onnx", {});
  ASSERT_TRUE(fetched.ok());
  EXPECT_EQ(InDir("a.onnx"), fetched.value().path);
  EXPECT_EQ("mine", ReadFile(InDir("a.onnx")));
  EXPECT_EQ("", Requests());
}

TEST_F(Downloads, Trap14AFailedDownloadDoesNotPoisonTheModelDirectory) {
  const auto refused = [&](const std::string& path, Code code, const std::string& words) {
    ExpectRefused(server_->Http(path), code, words);
  };
  refused("truncated/a.onnx", Code::kUnavailable, "broke off before the end");
  refused("cut-chunks/a.onnx", Code::kUnavailable, "broke off before the end");
  ExpectRefused(server_->Http("slow/a.onnx"), Code::kTimeout, "too slow", Quick());
  ExpectRefused(server_->Http("silent/a.onnx"), Code::kTimeout, "stall_timeout", Quick());
  refused("good/none.onnx", Code::kNotFound, "answered 404 (no such file); check the URL; or put");
  refused("status/a.onnx?403", Code::kInvalidArgument, "answered 403 (access refused)");
  refused("status/a.onnx?503", Code::kUnavailable, "answered 503 (trouble at the server)");
  refused("status/a.onnx?204", Code::kInvalidArgument, "answered 204; expected 200");
  refused("status/a.onnx?304", Code::kInvalidArgument, "answered 304; expected 200");
  refused("empty/a.onnx", Code::kInvalidArgument, "the server's file is empty");
  refused("login/a.onnx", Code::kInvalidArgument, "https://USER:PASSWORD@host/");
  refused("with space/a.onnx", Code::kInvalidArgument, "%20");
  ExpectRefused("http://127.0.0.1:1/a.onnx", Code::kUnavailable, "cannot be reached");
  ExpectGot(server_->Http("good/a.onnx"));  // And the next time it works.
}

TEST_F(Downloads, WhatProvesNotToBeAModelIsRemovedAgain) {
  std::string error;
  const std::string url = server_->Http("page/real.onnx");
  EXPECT_EQ(nullptr, InferServer::LoadModel(url, ModelOptions(), &error));
  EXPECT_NE(std::string::npos, error.find("; what was downloaded was removed again")) << error;
  EXPECT_EQ(std::set<std::string>(), Dir());
  ModelOptions wrong;
  wrong.engine = "no-such-engine";
  EXPECT_EQ(nullptr, InferServer::LoadModel(server_->Http("good/real.onnx"), wrong, &error));
  EXPECT_EQ(std::set<std::string>{"real.onnx"}, Dir()) << "not the file's fault";
  WriteFile(InDir("real.onnx"), "mine");
  EXPECT_EQ(nullptr, InferServer::LoadModel(url, ModelOptions(), &error));
  EXPECT_EQ("mine", ReadFile(InDir("real.onnx"))) << "it was not downloaded by that call";
}

TEST_F(Downloads, NothingLargerThanTheLimitIsTaken) {
  DownloadOptions options;
  options.max_bytes = Content().size();
  ExpectGot(server_->Http("good/a.onnx"), "a.onnx", options);
  ExpectRefused(server_->Http("endless/a.onnx"), Code::kInvalidArgument, "limit of 300000 bytes",
                options);
  --options.max_bytes;
  ExpectRefused(server_->Http("good/a.onnx"), Code::kInvalidArgument, "limit of 299999", options);
  ExpectRefused(server_->Ftp("a.onnx"), Code::kInvalidArgument, "limit of 299999", options);
  ExpectRefused(server_->Http("huge/a.onnx"), Code::kInvalidArgument, "limit of 2147483647");
  setenv("INFERSERVER_MAX_DOWNLOAD_MB", "1", 1);
  ExpectRefused(server_->Http("endless/a.onnx"), Code::kInvalidArgument, "limit of 1048576 bytes");
  setenv("INFERSERVER_MAX_DOWNLOAD_MB", "many", 1);
  ExpectRefused(server_->Http("huge/a.onnx"), Code::kInvalidArgument, "limit of 2147483647");
}

TEST_F(Downloads, RedirectsAreFollowedByHttpOnlyAndNotForEver) {
  const auto to = [&](const std::string& url) { return server_->Http("to/a.onnx?" + url); };
  ExpectGot(server_->Http("hops/a.onnx?5"));
  ExpectRefused(server_->Http("hops/a.onnx?6"), Code::kInvalidArgument, "redirects too often");
  ExpectRefused(server_->Http("loop/a.onnx"), Code::kInvalidArgument, "redirects too often");
  ExpectRefused(to("file://" + Served("a.onnx")), Code::kInvalidArgument, "not taken from");
  ExpectRefused(to(server_->Ftp("a.onnx")), Code::kInvalidArgument, "not taken from");
  ExpectRefused(to("/status/a.onnx?500&s3cret"), Code::kUnavailable,
                "(redirected to '" + server_->Http("status/a.onnx") + "?...')");
  EXPECT_EQ(std::string::npos, Requests().find("RETR"));
}

TEST_F(Downloads, TheServerDoesNotNameTheFile) {
  ExpectGot(server_->Http("named/a.onnx"));
  ExpectGot(server_->Http("to/here.onnx?/good/a.onnx"), "here.onnx");
  ExpectRefused(server_->Http("good/.."), Code::kInvalidArgument, "names no file");
  EXPECT_FALSE(fs::exists(*root_ / "stolen"));
}

TEST_F(Downloads, UserAndPasswordAreSentAndNeverShown) {
  const auto login = [&](const std::string& who, const std::string& rest) {
    return ModelServer::Url("http", server_->http_port(), rest, who);
  };
  ExpectGot(login("user:s3cret@", "login/a.onnx?token=s3cret"));
  ExpectRefused(login("wrong:s3cret@", "login/a.onnx?token=s3cret"), Code::kInvalidArgument,
                "load model 'http://...@127.0.0.1:");
  ExpectRefused("http://user:s3cret/b@h/a.onnx", Code::kInvalidArgument, "'http://...@h/a.onnx'");
}

TEST_F(Downloads, FtpWorksTheSame) {
  ExpectGot(server_->Ftp("a.onnx"));
  ExpectGot(server_->Ftp("a.onnx", "user:s3cret@"));
  ExpectRefused(server_->Ftp("none.onnx"), Code::kNotFound, "no such file");
  ExpectRefused(server_->Ftp("a.onnx", "other:s3cret@"), Code::kInvalidArgument, "login");
  ExpectRefused(server_->Ftp("cut.onnx"), Code::kUnavailable, "broke off before the end");
}

TEST_F(Downloads, HttpsTrustsOnlyWhomItKnows) {
  if (server_->certificate().empty()) GTEST_SKIP() << "the command openssl is not installed";
  DownloadOptions trusting;
  trusting.ca_file = server_->certificate();
  ExpectGot(server_->Https("good/a.onnx"), "a.onnx", trusting);
  ExpectRefused(server_->Https("good/a.onnx"), Code::kInvalidArgument, "certificate");
  ExpectRefused(server_->Https("to/a.onnx?" + server_->Http("good/a.onnx")), Code::kInvalidArgument,
                "not taken from", trusting);
  const std::string loud = "HTTPS" + server_->Https("to/a.onnx?").substr(5);
  ExpectRefused(loud + server_->Http("good/a.onnx"), Code::kInvalidArgument, "not taken from",
                trusting);
  ExpectGot(loud + server_->Https("good/a.onnx"), "a.onnx", trusting);
  trusting.ca_file = "/no/such.pem";
  ExpectRefused(server_->Https("good/a.onnx"), Code::kInvalidArgument, "ca_file", trusting);
}

TEST_F(Downloads, ADigestDecidesWhatIsUsed) {
  const std::string url = server_->Http("good/a.onnx"), digest = Digest(Content());
  ExpectGot(url + "#sha256=" + digest);
  ExpectRefused(url + "#sha256=" + Digest("other"), Code::kInvalidArgument,
                "its SHA-256 is " + digest + ", not the " + Digest("other"));
  WriteFile(InDir("a.onnx"), "old");
  const std::size_t before = Requests().size();
  EXPECT_FALSE(FetchModel(url + "#sha256=" + Digest("other"), {}).ok());
  EXPECT_LT(before, Requests().size());
  EXPECT_EQ("old", ReadFile(InDir("a.onnx"))) << "stays when the download is not what was asked";
  EXPECT_TRUE(FetchModel(url + "#sha256=" + digest, {}).ok());
  EXPECT_TRUE(Content() == ReadFile(InDir("a.onnx"))) << "replaced";
  const std::size_t after = Requests().size();
  ExpectGot(url + "#sha256=" + digest);
  EXPECT_EQ(after, Requests().size()) << "it is there";
}

TEST_F(Downloads, ProgressGoesFromNothingToAllAndCanCancel) {
  std::vector<DownloadProgress> seen;
  DownloadOptions options;
  options.progress = [&](const DownloadProgress& progress) {
    seen.push_back(progress);
    return true;
  };
  ExpectGot(server_->Http("good/a.onnx?key=s3cret"), "a.onnx", options);
  ASSERT_GE(seen.size(), 2u);
  EXPECT_EQ(0u, seen.front().received);
  EXPECT_EQ(Content().size(), seen.back().received);
  EXPECT_EQ(Content().size(), seen.back().total);
  EXPECT_EQ(server_->Http("good/a.onnx?..."), seen.back().url);
  for (std::size_t i = 1; i < seen.size(); ++i) EXPECT_LE(seen[i - 1].received, seen[i].received);

  options.progress = [](const DownloadProgress& progress) { return progress.received == 0; };
  ExpectRefused(server_->Http("slow/a.onnx"), Code::kCancelled, "cancelled", options);
  options.progress = [](const DownloadProgress& progress) {
    return progress.received < Content().size();
  };
  ExpectRefused(server_->Http("good/a.onnx"), Code::kCancelled, "cancelled", options);
  options.progress = [](const DownloadProgress&) -> bool { throw std::runtime_error("oh"); };
  ExpectRefused(server_->Http("good/a.onnx"), Code::kCancelled, "cancelled", options);
  options.progress = [](const DownloadProgress&) -> bool { throw 1; };
  ExpectRefused(server_->Http("good/a.onnx"), Code::kCancelled, "cancelled", options);
}

}  // namespace
}  // namespace infer_server::test
