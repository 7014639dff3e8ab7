// SPDX-License-Identifier: Apache-2.0
// What DVPP refuses: formats, sizes, strides, memory, regions and ratios. All report in the name of
// `function`; `what` names the argument. 100000 unless stated.
//
// Stride rules are those of the chip that INFERSERVER_ACL_SOC names: an Ascend310 needs rows padded
// to 16 pixels, later ones take any.
#pragma once

#include "devices/acl/soft/dvpp_format.h"

namespace infer_server::devices::acl {

// Largest strides: rows, and bytes of a row (a 32-bit format has four a pixel).
inline constexpr uint32_t kMaxHeightStride = 16384;
inline uint32_t MaxWidthStride(const FormatLayout& layout) {
  return layout.rgb ? 4 * 16384 : 16384;
}

// Whether the chip is one that needs padded rows.
bool NeedsPaddedRows();

// Memory of acldvppMalloc: `bytes` of it from `data` on (107000), aligned (200003).
aclError CheckDvppSpan(const char* function, const char* what, const void* data, uint64_t bytes,
                       size_t alignment);

// A picture that VPC reads, or with `output` writes.
aclError CheckPicture(const char* function, const char* what, const Picture& picture, bool output);

// A region of a picture.
aclError CheckRoi(const char* function, const char* what, const Roi& roi, const Picture& picture);

// The sizes before and after resizing, on both axes.
aclError CheckRatio(const char* function, uint32_t from_width, uint32_t from_height,
                    uint32_t to_width, uint32_t to_height);

}  // namespace infer_server::devices::acl
