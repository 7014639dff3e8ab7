// SPDX-License-Identifier: Apache-2.0
#include "video/draw/ink.h"

#include <cmath>

#include "devices/image/color_matrix.h"

namespace infer_server::video {
namespace {

using devices::Code;
using devices::Result;
using devices::Status;

struct Yuv {
  std::uint8_t y, u, v;
};

std::uint8_t ToByte(double value) {
  return static_cast<std::uint8_t>(std::lround(value < 0 ? 0 : value > 255 ? 255 : value));
}

Yuv ToYuv(Color color, ColorMatrix matrix, ColorRange range) {
  const auto [red, blue] = devices::LumaWeightsOf(matrix);
  const double y = red * color.r + (1 - red - blue) * color.g + blue * color.b;
  const double u = (color.b - y) / (2 * (1 - blue)), v = (color.r - y) / (2 * (1 - red));
  if (range == ColorRange::kFull) return {ToByte(y), ToByte(u + 128), ToByte(v + 128)};
  return {ToByte(16 + y * 219 / 255), ToByte(128 + u * 224 / 255), ToByte(128 + v * 224 / 255)};
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

Result<Color> ParseColor(const std::string& text) {
  const std::string digits = !text.empty() && text[0] == '#' ? text.substr(1) : text;
  bool good = digits.size() == 6 || digits.size() == 3;
  for (char c : digits) good = good && HexDigit(c) >= 0;
  if (!good)
    return Status(Code::kInvalidArgument, "colour '" + text +
                                              "' is not red, green and blue in hexadecimal, as in "
                                              "#ff8000");
  const std::size_t each = digits.size() / 3;
  std::uint8_t value[3];
  for (std::size_t i = 0; i < 3; ++i) {
    const int high = HexDigit(digits[i * each]), low = HexDigit(digits[i * each + each - 1]);
    value[i] = static_cast<std::uint8_t>(high * 16 + low);
  }
  return Color{value[0], value[1], value[2]};
}

Color ContrastTo(Color background) {
  const int luma = 299 * background.r + 587 * background.g + 114 * background.b;
  return luma > 140 * 1000 ? Color{0, 0, 0} : Color{255, 255, 255};
}

Ink MakeInk(Color color, PixelFormat format, ColorMatrix matrix, ColorRange range) {
  const Yuv c = ToYuv(color, matrix, range);
  switch (format) {
    case PixelFormat::kNV12:
      return {{{{c.y}, 1, 0}, {{c.u, c.v}, 2, 1}, {}}, 2};
    case PixelFormat::kNV21:
      return {{{{c.y}, 1, 0}, {{c.v, c.u}, 2, 1}, {}}, 2};
    case PixelFormat::kI420:
      return {{{{c.y}, 1, 0}, {{c.u}, 1, 1}, {{c.v}, 1, 1}}, 3};
    case PixelFormat::kRGB:
      return {{{{color.r, color.g, color.b}, 3, 0}, {}, {}}, 1};
    case PixelFormat::kBGR:
      return {{{{color.b, color.g, color.r}, 3, 0}, {}, {}}, 1};
    case PixelFormat::kRGBA:
      return {{{{color.r, color.g, color.b, 255}, 4, 0}, {}, {}}, 1};
    case PixelFormat::kBGRA:
      return {{{{color.b, color.g, color.r, 255}, 4, 0}, {}, {}}, 1};
    case PixelFormat::kARGB:
      return {{{{255, color.r, color.g, color.b}, 4, 0}, {}, {}}, 1};
    case PixelFormat::kABGR:
      return {{{{255, color.b, color.g, color.r}, 4, 0}, {}, {}}, 1};
    case PixelFormat::kGray8:
      return {{{{ToYuv(color, ColorMatrix::kBT601, ColorRange::kFull).y}, 1, 0}, {}, {}}, 1};
  }
  return {};
}

}  // namespace infer_server::video
