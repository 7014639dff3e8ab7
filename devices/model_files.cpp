// SPDX-License-Identifier: Apache-2.0
#include "devices/model_files.h"

namespace infer_server::devices {

std::string WithEnding(const std::string& path, const std::string& ending) {
  const std::size_t slash = path.rfind('/');
  const std::size_t dot = path.rfind('.');
  const bool has_ending = dot != std::string::npos && (slash == std::string::npos || dot > slash);
  return path.substr(0, has_ending ? dot : path.size()) + ending;
}

std::vector<std::string> PartnerPaths(const std::string& path) {
  std::vector<std::string> partners;
  for (const char* ending : {".caffemodel", ".cfg", ".prototxt", ".weights"}) {
    std::string partner = WithEnding(path, ending);
    if (partner != path) partners.push_back(std::move(partner));
  }
  return partners;
}

}  // namespace infer_server::devices
