// SPDX-License-Identifier: Apache-2.0
#include "devices/cpu/model_format.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "devices/cpu/net_graph.h"
#include "devices/cpu/wire_reader.h"

namespace infer_server::devices {
namespace {

constexpr std::size_t kSniffed = 64 * 1024;  // Bytes of a text that are looked at.

bool IsText(std::string_view bytes) {
  return std::none_of(bytes.begin(), bytes.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\r' && c != '\t';
  });
}

// A line that begins with `word` after blanks.
bool HasLine(std::string_view text, std::string_view word) {
  for (std::size_t at = text.find(word); at != std::string_view::npos;
       at = text.find(word, at + 1)) {
    std::size_t before = at;
    while (before > 0 && (text[before - 1] == ' ' || text[before - 1] == '\t')) --before;
    if (before == 0 || text[before - 1] == '\n') return true;
  }
  return false;
}

// NetParameter: 1 = name, 2 = layers (old), 3 = input, 100 = layer.
bool LooksLikeCaffe(std::string_view bytes) {
  WireReader reader(bytes);
  WireField field;
  for (int i = 0; i < 64 && reader.Next(&field); ++i) {
    if (field.wire_type == 2 && (field.number == 2 || field.number == 100)) return true;
    if (field.number > 8) return false;
  }
  return reader.state() == WireReader::State::kTruncated && field.wire_type == 2 &&
         (field.number == 2 || field.number == 100);
}

// Three 32-bit numbers: major, minor, revision; then the count of images seen.
bool LooksLikeDarknet(std::string_view bytes) {
  std::uint32_t version[3] = {};
  if (bytes.size() < 20) return false;
  std::memcpy(version, bytes.data(), sizeof version);
  return version[0] == 0 && (version[1] == 1 || version[1] == 2) && version[2] < 100;
}

}  // namespace

ModelFormat SniffModelFormat(std::string_view bytes) {
  const std::string_view head = bytes.substr(0, kSniffed);
  if (IsText(head)) {
    if (HasLine(head, "[net]") || HasLine(head, "[network]")) return ModelFormat::kDarknetText;
    if (HasLine(head, "layer") || HasLine(head, "input_dim") || HasLine(head, "input_shape"))
      return ModelFormat::kCaffeText;
    return ModelFormat::kUnknown;
  }
  if (LooksLikeOnnx(bytes)) return ModelFormat::kOnnx;
  if (LooksLikeDarknet(bytes)) return ModelFormat::kDarknetWeights;
  if (LooksLikeCaffe(bytes)) return ModelFormat::kCaffeWeights;
  return ModelFormat::kUnknown;
}

}  // namespace infer_server::devices
