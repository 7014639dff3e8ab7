// SPDX-License-Identifier: Apache-2.0
#include "video/text_file.h"

#include <sys/stat.h>

#include <fstream>

namespace infer_server::video {

using devices::Code;
using devices::Result;
using devices::Status;

bool IsRegularFile(const std::string& path) {
  struct stat info {};
  return stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode);
}

Result<std::string> ReadTextFile(const std::string& path, std::size_t most_bytes) {
  if (!IsRegularFile(path))
    return Status(Code::kNotFound, "file '" + path + "' does not exist or is no regular file");
  std::ifstream file(path, std::ios::binary);
  std::string text;
  char part[16384];
  // The file may grow, or not tell its size: what counts is what is read.
  while (file && text.size() <= most_bytes) {
    file.read(part, sizeof(part));
    text.append(part, static_cast<std::size_t>(file.gcount()));
  }
  if (file.bad() || !file.is_open())
    return Status(Code::kInvalidArgument, "file '" + path + "' cannot be read");
  if (text.size() > most_bytes)
    return Status(Code::kInvalidArgument,
                  "file '" + path + "' is larger than " + std::to_string(most_bytes) + " bytes");
  return text;
}

}  // namespace infer_server::video
