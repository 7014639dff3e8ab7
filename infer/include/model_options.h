// SPDX-License-Identifier: Apache-2.0
// How InferServer::LoadModel() downloads and loads (ours).
#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace infer_server {

// How far a download is (ours).
struct DownloadProgress {
  std::string url;             // As asked for, without user, password and query.
  std::uint64_t received = 0;  // Bytes so far.
  std::uint64_t total = 0;     // Bytes in all; 0 = not known.
};

// How LoadModel() downloads (ours). A plain value.
struct DownloadOptions {
  // Largest file taken, in bytes. 0 = INFERSERVER_MAX_DOWNLOAD_MB (in 2^20 bytes), else 2 GiB, more
  // than which no engine loads.
  std::uint64_t max_bytes = 0;
  std::uint32_t connect_timeout = 15000;  // ms until the connection stands.
  // ms at less than 100 bytes a second, in whole seconds, after which it is given up.
  std::uint32_t stall_timeout = 30000;
  std::uint32_t max_redirects = 5;
  std::string ca_file;  // PEM, the certificates to trust; empty = the system's.
  // Called on the thread that loads: first with nothing received, after every piece, at the end,
  // and about once a second while nothing comes; also while another thread downloads the same file.
  // False cancels. Must not load models. What it throws cancels, too.
  std::function<bool(const DownloadProgress&)> progress;
};

// How a model is loaded (ours).
struct ModelOptions {
  std::string func_name = "subnet0";
  std::string device;            // "acl:0"; empty = device 0 of the default runtime.
  std::string engine = "auto";   // See devices/model.h.
  std::uint32_t batch_size = 0;  // 0 = what the file says.
  DownloadOptions download;
};

}  // namespace infer_server
