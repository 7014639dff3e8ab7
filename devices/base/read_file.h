// SPDX-License-Identifier: Apache-2.0
// A small file as a whole.
#pragma once

#include <fstream>
#include <string>

namespace infer_server::devices {

// False: it cannot be opened or read, as a folder cannot. (std::istreambuf_iterator throws on one.)
inline bool ReadFile(const std::string& path, std::string* bytes) {
  std::ifstream stream(path, std::ios::binary);
  bytes->clear();
  char piece[4096];
  while (stream.read(piece, sizeof piece) || stream.gcount() > 0)
    bytes->append(piece, static_cast<size_t>(stream.gcount()));
  return stream.eof();
}

}  // namespace infer_server::devices
