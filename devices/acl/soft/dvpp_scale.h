// SPDX-License-Identifier: Apache-2.0
// One picture drawn over another: crop, resize, paste and colour conversion are this.
//
// Definition. Output sample i of a plane with n samples is at (i + 0.5) · m / n − 0.5 of an input
// plane that has m samples for the same pixels (m and n not rounded: a plane at half size of 5
// pixels has 2.5). Each input component is interpolated there between its four nearest samples;
// outside the frame given the edge repeats. kNearest takes sample floor(i · m / n), as OpenCV does.
// Between YUV and RGB one matrix follows. Values are rounded once, half up. A component that the
// input has not is 128 for U and V and 255 for alpha.
#pragma once

#include "devices/acl/soft/dvpp_format.h"

namespace infer_server::devices::acl {

enum class Filter { kBilinear, kNearest };

// `csc_matrix` is one of acldvppCscMatrix; WIDE is the full range 0..255, NARROW 16..235. The
// frames do not overlap, unless they are the same and of one size. Throws std::bad_alloc.
void DrawFrame(const Frame& from, const Frame& to, Filter filter, uint32_t csc_matrix);

// Fills what is outside `inner` of the frame by what is inside it. Chroma takes part of the bounds
// that its samples have.
void FillBorder(const Frame& frame, const Roi& inner, const Border& border);

}  // namespace infer_server::devices::acl
