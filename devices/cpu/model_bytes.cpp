// SPDX-License-Identifier: Apache-2.0
#include "devices/cpu/model_bytes.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>
#include <utility>

namespace infer_server::devices {
namespace {

constexpr std::size_t kMaxRead = std::size_t{1} << 30;  // Of one read().

// Owns a file descriptor.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  const int fd_;
};

Status CheckSize(std::size_t size) {
  if (size == 0) return Status(Code::kInvalidArgument, "is empty (0 bytes); expected a network");
  if (size > kMaxModelBytes)
    return Status(Code::kInvalidArgument, "has " + std::to_string(size) +
                                              " bytes; the largest that can be loaded has " +
                                              std::to_string(kMaxModelBytes));
  return Status();
}

Status ReadAll(const std::string& path, std::vector<char>* content) {
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat info = {};
  if (file.get() < 0 || fstat(file.get(), &info) != 0) {
    const int error = errno;
    if (error == ENOENT || error == ENOTDIR)
      return Status(Code::kNotFound, "does not exist; give the path of a network file");
    return Status(Code::kUnavailable, std::string("cannot be opened: ") + std::strerror(error));
  }
  if (!S_ISREG(info.st_mode))
    return Status(Code::kInvalidArgument, S_ISDIR(info.st_mode)
                                              ? "is a folder; expected a network file"
                                              : "is not a regular file");
  INFER_RETURN_IF_ERROR(CheckSize(static_cast<std::size_t>(info.st_size)));
  content->resize(static_cast<std::size_t>(info.st_size));
  std::size_t done = 0;
  while (done < content->size()) {
    const ssize_t got =
        read(file.get(), content->data() + done, std::min(content->size() - done, kMaxRead));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0)
      return Status(Code::kUnavailable, std::string("cannot be read: ") + std::strerror(errno));
    if (got == 0) break;  // It became shorter meanwhile.
    done += static_cast<std::size_t>(got);
  }
  content->resize(done);
  return CheckSize(done);
}

}  // namespace

Result<ModelBytes> ReadModelFile(const std::string& path) {
  ModelBytes bytes;
  bytes.path = path;
  try {
    auto content = std::make_shared<std::vector<char>>();
    Status status = ReadAll(path, content.get());
    if (!status.ok()) return Status(status.code(), "file '" + path + "' " + status.message());
    bytes.content = std::move(content);
  } catch (const std::bad_alloc&) {
    return Status(Code::kOutOfMemory, "file '" + path + "' does not fit into memory");
  }
  return bytes;
}

Result<ModelBytes> ReadModel(const ModelSource& source) {
  if (!source.path.empty()) {
    Result<ModelBytes> bytes = ReadModelFile(source.path);
    if (!bytes.ok()) return Status(bytes.status().code(), "model " + bytes.status().message());
    return bytes;
  }
  if (source.data == nullptr && source.size == 0)
    return Status(Code::kInvalidArgument,
                  "no model is named; expected the path of a network file or its bytes in memory");
  ModelBytes bytes;
  Status status = source.data == nullptr ? Status(Code::kInvalidArgument, "is a null pointer")
                                         : CheckSize(source.size);
  if (!status.ok()) return Status(status.code(), "model in memory " + status.message());
  const char* data = static_cast<const char*>(source.data);
  try {
    bytes.content = std::make_shared<const std::vector<char>>(data, data + source.size);
  } catch (const std::bad_alloc&) {
    return Status(Code::kOutOfMemory, "model in memory does not fit into memory twice");
  }
  return bytes;
}

std::string Describe(const ModelBytes& bytes) {
  return bytes.path.empty() ? "model in memory" : "model file '" + bytes.path + "'";
}

}  // namespace infer_server::devices
