// SPDX-License-Identifier: Apache-2.0
#include "infer/sha256.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <vector>

namespace infer_server {

using devices::Code;
using devices::Result;

Sha256::Sha256()
    : context_(EVP_MD_CTX_new()),
      ok_(context_ != nullptr && EVP_DigestInit_ex(context_, EVP_sha256(), nullptr) == 1) {}

Sha256::~Sha256() { EVP_MD_CTX_free(context_); }

void Sha256::Update(const void* data, std::size_t size) {
  ok_ = ok_ && EVP_DigestUpdate(context_, data, size) == 1;
}

Result<std::string> Sha256::Finish() {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  if (!ok_ || EVP_DigestFinal_ex(context_, digest, &length) != 1)
    return devices::Status(Code::kUnavailable, "SHA-256 is not available in OpenSSL");
  ok_ = false;
  std::string text;
  constexpr char kHex[] = "0123456789abcdef";
  for (unsigned int i = 0; i < length; ++i) {
    text += kHex[digest[i] >> 4];
    text += kHex[digest[i] & 15];
  }
  return text;
}

Result<std::string> Sha256Of(const void* data, std::size_t size) {
  Sha256 sum;
  sum.Update(data, size);
  return sum.Finish();
}

Result<std::string> Sha256OfFile(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0)
    return devices::Status(errno == ENOENT ? Code::kNotFound : Code::kUnavailable,
                           "cannot read '" + path + "': " + std::strerror(errno));
  Sha256 sum;
  std::vector<char> piece(std::size_t{1} << 16);
  ssize_t count = 0;
  do {
    count = read(file, piece.data(), piece.size());
    if (count > 0) sum.Update(piece.data(), static_cast<std::size_t>(count));
  } while (count > 0 || (count < 0 && errno == EINTR));
  const int error = errno;
  close(file);
  if (count < 0)
    return devices::Status(Code::kUnavailable,
                           "cannot read '" + path + "': " + std::strerror(error));
  return sum.Finish();
}

}  // namespace infer_server
