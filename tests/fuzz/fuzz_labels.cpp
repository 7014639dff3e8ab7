// SPDX-License-Identifier: Apache-2.0
// Label lists and label files of any bytes.
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>

#include "video/labels.h"

using infer_server::video::Labels;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

void Check(const std::string& text) {
  const auto labels = Labels::Parse(text);
  if (!labels.ok()) return;
  if (labels.value().empty()) std::abort();
  for (std::size_t i = 0; i < labels.value().size(); ++i) {
    const std::string& name = labels.value().names()[i];
    (void)nlohmann::json(name).dump();  // Throws, and ends the program, unless it is UTF-8.
    if (!name.empty() && labels.value().Name(static_cast<int>(i)) != name) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  if (text.find('/') == std::string::npos) Check(text);

  static const int file = memfd_create("labels", 0);
  if (file < 0 || ftruncate(file, 0) != 0) std::abort();
  if (pwrite(file, data, size, 0) != static_cast<ssize_t>(size)) std::abort();
  Check("/proc/self/fd/" + std::to_string(file));
  return 0;
}
