// SPDX-License-Identifier: Apache-2.0
// SHA-256, by OpenSSL.
#pragma once

#include <cstddef>
#include <string>

#include "devices/base/status.h"

struct evp_md_ctx_st;

namespace infer_server {

// Of bytes that come piece by piece. One thread at a time.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  void Update(const void* data, std::size_t size);
  // 64 lower-case hexadecimal digits; ends it. Fails with kUnavailable when OpenSSL has no SHA-256.
  devices::Result<std::string> Finish();

 private:
  evp_md_ctx_st* const context_;
  bool ok_;
};

devices::Result<std::string> Sha256Of(const void* data, std::size_t size);
// Also fails with kNotFound or kUnavailable when the file cannot be read.
devices::Result<std::string> Sha256OfFile(const std::string& path);

}  // namespace infer_server
