// SPDX-License-Identifier: Apache-2.0
#include "infer/temp_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <random>

namespace infer_server {

using devices::Code;
using devices::Result;

namespace {

constexpr mode_t kMode = 0666;  // Less the process's umask.

devices::Status Failed(const std::string& what) {
  return devices::Status(Code::kUnavailable, what + ": " + std::strerror(errno));
}

// Random, so that processes that share a folder but not their ids do not meet.
std::string NewName(const std::string& folder) {
  std::random_device random;
  char name[40];
  std::snprintf(name, sizeof name, "/.inferserver-%08x%08x", random(), random());
  return folder + name;
}

std::string OfProcess(int file) { return "/proc/self/fd/" + std::to_string(file); }

}  // namespace

Result<std::unique_ptr<TempFile>> TempFile::Create(const std::string& folder, Kind kind) {
  using Made = std::unique_ptr<TempFile>;
  if (kind == Kind::kNameless) {
    const int file = open(folder.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, kMode);
    // A name is given through /proc.
    if (file >= 0 && access(OfProcess(file).c_str(), F_OK) == 0)
      return Made(new TempFile(folder, file, ""));
    if (file >= 0) close(file);
  }
  for (int tries = 0; tries < 100; ++tries) {
    std::string name = NewName(folder);
    const int file = open(name.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, kMode);
    if (file >= 0) return Made(new TempFile(folder, file, std::move(name)));
    if (errno != EEXIST) break;
  }
  return Failed("cannot write a file in folder '" + folder + "'");
}

TempFile::~TempFile() {
  close(file_);
  if (!name_.empty()) unlink(name_.c_str());
}

devices::Status TempFile::Write(const void* data, std::size_t size) {
  const char* from = static_cast<const char*>(data);
  while (size > 0) {
    const ssize_t count = write(file_, from, size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return Failed("cannot write to folder '" + folder_ + "'");
    from += count;
    size -= static_cast<std::size_t>(count);
  }
  return devices::Status();
}

// rename() needs one; linkat() alone would not replace a file that is there.
devices::Status TempFile::GiveName() {
  for (int tries = 0; name_.empty() && tries < 100; ++tries) {
    std::string name = NewName(folder_);
    if (linkat(AT_FDCWD, OfProcess(file_).c_str(), AT_FDCWD, name.c_str(), AT_SYMLINK_FOLLOW) == 0)
      name_ = std::move(name);
    else if (errno != EEXIST)
      break;
  }
  return name_.empty() ? Failed("cannot write a file in folder '" + folder_ + "'")
                       : devices::Status();
}

devices::Status TempFile::MoveTo(const std::string& path) {
  // Without it a crash of the machine could leave the name with no content.
  if (fsync(file_) != 0) return Failed("cannot write to folder '" + folder_ + "'");
  INFER_RETURN_IF_ERROR(GiveName());
  if (rename(name_.c_str(), path.c_str()) != 0) return Failed("cannot write '" + path + "'");
  name_.clear();
  const int folder = open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder >= 0) {  // Not every file system can; the name is there in any case.
    fsync(folder);
    close(folder);
  }
  return devices::Status();
}

}  // namespace infer_server
