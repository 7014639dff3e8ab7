// SPDX-License-Identifier: Apache-2.0
// Getting a file from a server. Built with CNIS_WITH_CURL 0 (meson option `curl`) it can only say
// that it cannot.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "devices/base/status.h"
#include "infer_server.h"

namespace infer_server {

// Where what is downloaded goes. Called on the thread that downloads.
class DownloadSink {
 public:
  virtual ~DownloadSink() = default;
  // A failure ends the download with it.
  virtual devices::Status Write(const char* data, std::size_t size) = 0;
  // After every piece, and about once a second while none comes; `total` bytes are expected, 0 =
  // not known. False ends the download with kCancelled.
  virtual bool Progress(std::uint64_t total) = 0;
};

// Gets `url` (http, https or ftp; redirects lead to http and https only, those of an https `url` to
// https only). All of it was written when this returns OK; what was written else is of no use. Blocks.
// Thread-safe. Fails with kInvalidArgument (the URL, the login or the certificate is wrong; larger
// than options.max_bytes, which must be set), kNotFound, kTimeout, kUnavailable (network or
// server), kCancelled, kUnsupported (built without curl).
devices::Status Download(const std::string& url, const DownloadOptions& options,
                         DownloadSink* sink);

}  // namespace infer_server
