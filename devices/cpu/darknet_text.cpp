// SPDX-License-Identifier: Apache-2.0
// Reads the input out of a .cfg: width, height and channels of its first section, [net].
#include <charconv>

#include "devices/cpu/net_graph.h"

namespace infer_server::devices {
namespace {

constexpr std::int64_t kMostPixels = 1 << 16;

std::string_view Trim(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

Status NotDarknet(const std::string& why) {
  return Status(Code::kInvalidArgument, "is not a Darknet network text: " + why);
}

}  // namespace

Result<NetGraph> ReadDarknetText(std::string_view text) {
  std::int64_t width = 0, height = 0, channels = 0;
  int sections = 0;
  while (!text.empty() && sections < 2) {
    const std::size_t end = text.find('\n');
    const std::string_view line = Trim(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    if (line.empty() || line.front() == '#' || line.front() == ';') continue;
    if (line.front() == '[') {
      if (++sections == 1 && line != "[net]" && line != "[network]")
        return NotDarknet("its first section is " + std::string(line.substr(0, 40)) +
                          "; expected [net]");
      continue;
    }
    const std::size_t equal = line.find('=');
    if (equal == std::string_view::npos) continue;
    const std::string_view key = Trim(line.substr(0, equal));
    std::int64_t* target = key == "width"      ? &width
                           : key == "height"   ? &height
                           : key == "channels" ? &channels
                                               : nullptr;
    if (target == nullptr) continue;
    const std::string_view value = Trim(line.substr(equal + 1));
    const auto parsed = std::from_chars(value.data(), value.data() + value.size(), *target);
    if (parsed.ec != std::errc() || *target < 1 || *target > kMostPixels)
      return NotDarknet(std::string(key) + "=" + std::string(value.substr(0, 40)) +
                        " is not a size");
  }
  if (sections == 0) return NotDarknet("it has no section [net]");
  if (sections == 1)
    return Status(Code::kInvalidArgument,
                  "is truncated: it has no layer after [net]; copy or download it again");
  if (width == 0 || height == 0 || channels == 0)
    return NotDarknet("[net] does not give width, height and channels");
  NetGraph graph;
  graph.inputs.push_back({"data", DataType::kFloat32, {1, channels, height, width}});
  return graph;
}

}  // namespace infer_server::devices
