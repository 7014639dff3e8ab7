// SPDX-License-Identifier: Apache-2.0
// Pictures as VPC wants them: one block, rows of 16 pixels, an even number of rows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "devices/acl/acl_api.h"
#include "devices/acl/acl_picture_memory.h"
#include "devices/image/image.h"

namespace infer_server::devices {

// As acldvppPicDesc has it: sizes in pixels, the width's stride in bytes, the height's in rows.
struct VpcPicture {
  void* data = nullptr;
  PixelFormat format = PixelFormat::kNV12;
  std::uint32_t width = 0, height = 0;
  std::uint32_t width_stride = 0, height_stride = 0;
  std::uint32_t bytes = 0;
};

// False: VPC has no such format, or not here.
bool FindVpcFormat(PixelFormat format, acldvppPixelFormat* found);

// The layout that suits VPC best, without memory. Odd sizes of NV12 and NV21 lose their last column
// or row, unless `whole`, when the layout has room for all of them.
VpcPicture VpcLayout(PixelFormat format, int width, int height, bool whole);
// Its planes.
MutableImage VpcPlanes(const VpcPicture& picture);

// The picture where it lies, if VPC can use it so: memory of DVPP, planes one behind the other.
// `written`: VPC may write up to the strides, which must therefore be the picture's own.
std::optional<VpcPicture> VpcInPlace(const ImageView& image, bool written,
                                     AclPictureRanges* ranges);

}  // namespace infer_server::devices
