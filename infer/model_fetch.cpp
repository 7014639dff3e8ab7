// SPDX-License-Identifier: Apache-2.0
#include "infer/model_fetch.h"

#include <sys/stat.h>

#include "devices/base/mutex.h"

namespace infer_server {

using devices::Code;
using devices::MutexLock;
using devices::Result;

namespace {

struct Directory {
  devices::Mutex mutex;
  std::string path INFER_GUARDED_BY(mutex) = ".";
};

Directory& TheDirectory() {
  static auto* const directory = new Directory;
  return *directory;
}

bool IsUrl(const std::string& uri) {
  for (const char* scheme : {"http://", "https://", "ftp://"})
    if (uri.rfind(scheme, 0) == 0) return true;
  return false;
}

// "http://host/a/b.onnx?x#y" → "b.onnx"; empty when there is no name.
std::string NameIn(const std::string& url) {
  const std::string path = url.substr(0, url.find_first_of("?#"));
  const std::size_t start = path.find('/', path.find("://") + 3);
  if (start == std::string::npos) return "";
  const std::string name = path.substr(path.rfind('/') + 1);
  return name == "." || name == ".." ? "" : name;
}

bool IsFile(const std::string& path) {
  struct stat info = {};
  return stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode);
}

}  // namespace

bool SetModelDir(const std::string& directory) {
  struct stat info = {};
  if (stat(directory.c_str(), &info) != 0 || !S_ISDIR(info.st_mode)) return false;
  MutexLock lock(&TheDirectory().mutex);
  TheDirectory().path = directory;
  return true;
}

Result<std::string> FetchModel(const std::string& uri) {
  if (!IsUrl(uri)) return uri;
  const std::string name = NameIn(uri);
  if (name.empty())
    return devices::Status(Code::kInvalidArgument,
                           "load model '" + uri +
                               "': the URL names no file; expected one that "
                               "ends in the model's file name");
  std::string directory;
  {
    MutexLock lock(&TheDirectory().mutex);
    directory = TheDirectory().path;
  }
  const std::string path = directory + "/" + name;
  if (IsFile(path)) return path;
  return devices::Status(Code::kUnsupported,
                         "load model '" + uri + "': there is no '" + path +
                             "' and this build does not download; fetch it to that place, or give "
                             "SetModelDir() the directory it is in");
}

}  // namespace infer_server
