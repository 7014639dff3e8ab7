// SPDX-License-Identifier: Apache-2.0
// A file that gets its name when it is complete, and leaves nothing behind when it never is.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <utility>

#include "devices/base/status.h"

namespace infer_server {

// Several of one folder do not disturb each other. One thread at a time.
class TempFile {
 public:
  // kNameless has no name at all until MoveTo(), so that not even a killed process leaves one;
  // where the file system cannot do that it is kNamed: a hidden file that the destructor removes.
  enum class Kind { kNameless, kNamed };

  // Fails with kUnavailable, with the system's reason.
  static devices::Result<std::unique_ptr<TempFile>> Create(const std::string& folder,
                                                           Kind kind = Kind::kNameless);
  ~TempFile();
  TempFile(const TempFile&) = delete;
  TempFile& operator=(const TempFile&) = delete;

  devices::Status Write(const void* data, std::size_t size);
  // Puts it on the disk and gives it its name, in the same folder, in one step: whoever opens
  // `path` gets what was there before or all of this. The last call.
  devices::Status MoveTo(const std::string& path);
  Kind kind() const { return name_.empty() ? Kind::kNameless : Kind::kNamed; }

 private:
  TempFile(std::string folder, int file, std::string name)
      : folder_(std::move(folder)), file_(file), name_(std::move(name)) {}
  devices::Status GiveName();

  const std::string folder_;
  const int file_;
  std::string name_;  // Empty = has none.
};

}  // namespace infer_server
