// SPDX-License-Identifier: Apache-2.0
#include "devices/acl/soft/dvpp_check.h"

#include <cinttypes>

#include "devices/acl/soft/config.h"
#include "devices/acl/soft/memory_map.h"

namespace infer_server::devices::acl {
namespace {

constexpr uint32_t kMinWidth = 10, kMinHeight = 6;
constexpr uint32_t kMaxInput = 8192, kMaxOutput = 4096;
constexpr uint32_t kMinWidthStride = 32, kMinHeightStride = 6;
constexpr uint32_t kMaxEnlarged = 16, kMaxReduced = 32;
constexpr size_t kVpcAlignment = 16;

aclError CheckSize(const char* function, const char* what, const Picture& picture, bool output) {
  const uint32_t max_width = output ? kMaxOutput : kMaxInput;
  const uint32_t max_height = output && NeedsPaddedRows() ? kMaxOutput : kMaxInput;
  if (picture.width < kMinWidth || picture.height < kMinHeight || picture.width > max_width ||
      picture.height > max_height)
    return Fail(ACL_ERROR_INVALID_PARAM, function, "%s is %u x %u, must be %u x %u to %u x %u",
                what, picture.width, picture.height, kMinWidth, kMinHeight, max_width, max_height);
  return ACL_SUCCESS;
}

aclError CheckStrides(const char* function, const char* what, const Picture& picture,
                      const FormatLayout& layout) {
  const bool padded = NeedsPaddedRows();
  const uint32_t row_pixels = padded ? (picture.width + 15) / 16 * 16 : picture.width;
  const uint32_t row = FormatRowBytes(layout, row_pixels);
  const uint32_t most = MaxWidthStride(layout);
  if (picture.width_stride < row || picture.width_stride < kMinWidthStride ||
      picture.width_stride > most)
    return Fail(
        ACL_ERROR_INVALID_PARAM, function,
        "%s: width stride is %u bytes; %u pixels of %s need %u%s, and %u to %u are possible", what,
        picture.width_stride, picture.width, layout.name, row,
        padded ? " (padded to 16 pixels)" : "", kMinWidthStride, most);
  if (padded && picture.width_stride % 16 != 0)
    return Fail(ACL_ERROR_INVALID_PARAM, function,
                "%s: width stride is %u, must be a multiple of 16 on %s", what,
                picture.width_stride, GetConfig().soc.c_str());
  const auto step_y = static_cast<uint32_t>(layout.step_y());
  if (picture.height_stride < picture.height || picture.height_stride < kMinHeightStride ||
      picture.height_stride > kMaxHeightStride || picture.height_stride % step_y != 0)
    return Fail(ACL_ERROR_INVALID_PARAM, function,
                "%s: height stride is %u rows, must be %u to %u and a multiple of %u", what,
                picture.height_stride, picture.height, kMaxHeightStride, step_y);
  return ACL_SUCCESS;
}

}  // namespace

bool NeedsPaddedRows() {
  const std::string& soc = GetConfig().soc;
  return soc.rfind("Ascend310", 0) == 0 && (soc.size() == 9 || (soc[9] != 'P' && soc[9] != 'B'));
}

aclError CheckDvppSpan(const char* function, const char* what, const void* data, uint64_t bytes,
                       size_t alignment) {
  if (data == nullptr) return Fail(ACL_ERROR_INVALID_PARAM, function, "%s is NULL", what);
  const Place place = FindPlace(data);
  if (place.where == Place::Where::kNowhere)
    return Fail(ACL_ERROR_RT_PARAM_INVALID, function,
                "%s %p is device memory that was freed or never allocated", what, data);
  if (place.where == Place::Where::kPlain || place.kind != MemoryKind::kDvpp)
    return Fail(ACL_ERROR_RT_PARAM_INVALID, function, "%s %p must come from acldvppMalloc", what,
                data);
  if (bytes > place.left)
    return Fail(ACL_ERROR_RT_PARAM_INVALID, function,
                "%s %p: %" PRIu64 " bytes are asked for, the allocation has %zu from there on",
                what, data, bytes, place.left);
  if (reinterpret_cast<uintptr_t>(data) % alignment != 0)
    return Fail(ACL_ERROR_MEMORY_ADDRESS_UNALIGNED, function, "%s %p must be a multiple of %zu",
                what, data, alignment);
  return ACL_SUCCESS;
}

aclError CheckPicture(const char* function, const char* what, const Picture& picture, bool output) {
  const FormatLayout* layout = FindFormat(picture.format);
  if (layout == nullptr)
    return Fail(ACL_ERROR_INVALID_PARAM, function,
                "%s has format %d, must be one of %s (acldvppSetPicDescFormat)", what,
                static_cast<int>(picture.format), FormatNames());
  ACL_RETURN_IF_ERROR(CheckSize(function, what, picture, output));
  const auto step_x = static_cast<uint32_t>(layout->step_x());
  const auto step_y = static_cast<uint32_t>(layout->step_y());
  if (picture.width % step_x != 0 || picture.height % step_y != 0)
    return Fail(ACL_ERROR_INVALID_PARAM, function,
                "%s is %u x %u; the width of %s must be a multiple of %u, the height of %u", what,
                picture.width, picture.height, layout->name, step_x, step_y);
  ACL_RETURN_IF_ERROR(CheckStrides(function, what, picture, *layout));
  const uint64_t bytes = FormatBytes(*layout, picture.width_stride, picture.height_stride);
  if (picture.size < bytes)
    return Fail(ACL_ERROR_INVALID_PARAM, function,
                "%s has size %u; %s of stride %u x %u needs %" PRIu64 " bytes", what, picture.size,
                layout->name, picture.width_stride, picture.height_stride, bytes);
  return CheckDvppSpan(function, what, picture.data, bytes, kVpcAlignment);
}

aclError CheckRoi(const char* function, const char* what, const Roi& roi, const Picture& picture) {
  if (roi.left % 2 != 0 || roi.top % 2 != 0 || roi.right % 2 != 1 || roi.bottom % 2 != 1)
    return Fail(ACL_ERROR_INVALID_PARAM, function,
                "%s is left %u, right %u, top %u, bottom %u; left and top must be even, right and "
                "bottom (which are inside) odd",
                what, roi.left, roi.right, roi.top, roi.bottom);
  if (roi.right < roi.left || roi.bottom < roi.top || roi.right >= picture.width ||
      roi.bottom >= picture.height)
    return Fail(ACL_ERROR_INVALID_PARAM, function,
                "%s is left %u, right %u, top %u, bottom %u; it must lie inside a picture of %u x "
                "%u (right and bottom are the last pixels)",
                what, roi.left, roi.right, roi.top, roi.bottom, picture.width, picture.height);
  if (roi.width() < kMinWidth || roi.height() < kMinHeight)
    return Fail(ACL_ERROR_INVALID_PARAM, function, "%s is %u x %u, must be at least %u x %u", what,
                roi.width(), roi.height(), kMinWidth, kMinHeight);
  return ACL_SUCCESS;
}

aclError CheckRatio(const char* function, uint32_t from_width, uint32_t from_height,
                    uint32_t to_width, uint32_t to_height) {
  const auto fits = [](uint32_t from, uint32_t to) {
    return to <= from * kMaxEnlarged && from <= to * kMaxReduced;
  };
  if (!fits(from_width, to_width) || !fits(from_height, to_height))
    return Fail(ACL_ERROR_INVALID_PARAM, function,
                "%u x %u cannot become %u x %u: each side may be enlarged %u times and reduced %u "
                "times at most",
                from_width, from_height, to_width, to_height, kMaxEnlarged, kMaxReduced);
  return ACL_SUCCESS;
}

}  // namespace infer_server::devices::acl
