// SPDX-License-Identifier: Apache-2.0
// AIPP: what is done to pictures before they reach the network. Crop, resize, colour conversion by
// a matrix of 1/256, (value − mean − min) · var_reci, padding.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "acl/acl_mdl.h"
#include "devices/base/status.h"
#include "devices/tensor.h"

namespace infer_server::devices::acl {

// Of one picture of a batch.
struct AippItem {
  bool crop = false;
  int crop_x = 0, crop_y = 0, crop_width = 0, crop_height = 0;
  bool resize = false;
  int resize_in_width = 0, resize_in_height = 0;  // 0: not said.
  int resize_width = 0, resize_height = 0;
  bool padding = false;
  int pad_top = 0, pad_bottom = 0, pad_left = 0, pad_right = 0;
  float pad_value = 0;  // Written as it is.
  std::array<int, 4> mean{};
  std::array<float, 4> min{}, var_reci{1, 1, 1, 1};
};

struct AippParams {
  aclAippInputFormat format = ACL_AIPP_RESERVED;
  int src_width = 0, src_height = 0;  // 0: that of the network's input.
  bool csc = false;
  std::array<int, 9> matrix{};  // By rows; 256 is 1.
  std::array<int, 3> output_bias{}, input_bias{};
  bool rbuv_swap = false, ax_swap = false;
  std::vector<AippItem> items;  // One, or one for each picture of the batch.
};

// What a model says of an input.
struct AippConfig {
  size_t input = 0;  // Among the network's.
  bool dynamic = false;
  size_t max_src_bytes = 0;  // Dynamic: of a whole batch.
  AippParams params;         // Static.
};

// Bytes of a picture; 0: a format that is not supported here or with an odd size.
size_t AippPictureBytes(aclAippInputFormat format, int width, int height);
// "YUV420SP_U8" and back; nullptr and ACL_AIPP_RESERVED when there is none.
const char* AippFormatName(aclAippInputFormat format);
aclAippInputFormat AippFormatOf(const char* name);
// Fails with kInvalidArgument or kUnsupported when these cannot give a picture of the network's
// size. `channels` are the network's.
Status CheckAipp(const AippParams& params, const AippItem& item, int width, int height,
                 int channels);

// Makes `rows` pictures, one behind the other at `pictures`, into network input at `out`, of
// `tensor`'s shape (dimension 0 is 1), layout and type. Fails as CheckAipp. Thread-safe.
Status RunAipp(const AippParams& params, const TensorInfo& tensor, int rows, const void* pictures,
               void* out);

}  // namespace infer_server::devices::acl
