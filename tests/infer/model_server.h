// SPDX-License-Identifier: Apache-2.0
// tests/infer/model_server.py, running: files by HTTP, HTTPS and FTP, well or badly served.
#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <string>

#include "tests/files.h"

namespace infer_server::test {

// Serves the files of `folder` for as long as it lives. The requests are lines of Log().
class ModelServer {
 public:
  explicit ModelServer(const std::string& folder) : log_(folder + "/requests.log") {
    const char* root = std::getenv("INFERSERVER_SOURCE_ROOT");
    const std::string script =
        std::string(root != nullptr ? root : ".") + "/tests/infer/model_server.py";
    int in[2], out[2];
    if (pipe(in) != 0 || pipe(out) != 0) return;
    pid_ = fork();
    if (pid_ == 0) {
      dup2(in[0], STDIN_FILENO);
      dup2(out[1], STDOUT_FILENO);
      for (const int end : {in[0], in[1], out[0], out[1]}) close(end);
      execlp("python3", "python3", script.c_str(), folder.c_str(), log_.c_str(), nullptr);
      _exit(127);
    }
    close(in[0]);
    close(out[1]);
    stdin_ = in[1];
    char line[4096] = "";
    FILE* const answer = fdopen(out[0], "r");
    if (std::fgets(line, sizeof line, answer) != nullptr)
      std::istringstream(line) >> http_ >> https_ >> ftp_ >> certificate_;
    std::fclose(answer);
  }
  ~ModelServer() {
    if (pid_ <= 0) return;
    close(stdin_);  // Ends it.
    waitpid(pid_, nullptr, 0);
  }
  ModelServer(const ModelServer&) = delete;
  ModelServer& operator=(const ModelServer&) = delete;

  bool running() const { return http_ != 0; }
  // "good/a.onnx" → "http://127.0.0.1:PORT/good/a.onnx"
  std::string Http(const std::string& path) const { return Url("http", http_, path); }
  std::string Https(const std::string& path) const { return Url("https", https_, path); }
  std::string Ftp(const std::string& path, const std::string& login = "") const {
    return Url("ftp", ftp_, path, login);
  }
  static std::string Url(const std::string& scheme, int port, const std::string& path,
                         const std::string& login = "") {
    return scheme + "://" + login + "127.0.0.1:" + std::to_string(port) + "/" + path;
  }
  int http_port() const { return http_; }
  // Of the HTTPS server, in a PEM file; empty when there is no such server.
  std::string certificate() const { return https_ == 0 ? "" : certificate_; }
  std::string Log() const { return ReadFile(log_); }

 private:
  const std::string log_;
  pid_t pid_ = -1;
  int stdin_ = -1;
  int http_ = 0, https_ = 0, ftp_ = 0;
  std::string certificate_;
};

}  // namespace infer_server::test
