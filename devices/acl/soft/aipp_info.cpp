// SPDX-License-Identifier: Apache-2.0
// Static AIPP as aclmdlGetFirstAippInfo tells it.
#include <algorithm>
#include <cstring>

#include "devices/acl/soft/model.h"

namespace infer_server::devices::acl {
namespace {

void WriteDims(const std::string& name, const std::vector<int64_t>& from, aclmdlIODims* to) {
  name.copy(to->name, ACL_MAX_TENSOR_NAME_LEN - 1);
  to->dimCount = from.size();
  std::copy(from.begin(), from.end(), to->dims);
}

}  // namespace

void WriteAippInfo(const ModelInfo& info, size_t index, aclAippInfo* out) {
  std::memset(out, 0, sizeof(*out));
  const AippParams& p = info.file.aipp[static_cast<size_t>(info.aipp[index])].params;
  const AippItem& item = p.items[0];
  const IoTensor& tensor = info.inputs[index];
  out->inputFormat = p.format;
  out->srcImageSizeW = p.src_width;
  out->srcImageSizeH = p.src_height;
  out->cropSwitch = item.crop;
  out->loadStartPosW = item.crop_x;
  out->loadStartPosH = item.crop_y;
  out->cropSizeW = item.crop_width;
  out->cropSizeH = item.crop_height;
  out->resizeSwitch = item.resize;
  out->resizeOutputW = item.resize_width;
  out->resizeOutputH = item.resize_height;
  out->paddingSwitch = item.padding;
  out->leftPaddingSize = item.pad_left;
  out->rightPaddingSize = item.pad_right;
  out->topPaddingSize = item.pad_top;
  out->bottomPaddingSize = item.pad_bottom;
  out->cscSwitch = p.csc;
  out->rbuvSwapSwitch = p.rbuv_swap;
  out->axSwapSwitch = p.ax_swap;
  int32_t* const matrix[9] = {&out->matrixR0C0, &out->matrixR0C1, &out->matrixR0C2,
                              &out->matrixR1C0, &out->matrixR1C1, &out->matrixR1C2,
                              &out->matrixR2C0, &out->matrixR2C1, &out->matrixR2C2};
  for (size_t i = 0; i < 9; ++i) *matrix[i] = p.matrix[i];
  out->outputBias0 = p.output_bias[0];
  out->outputBias1 = p.output_bias[1];
  out->outputBias2 = p.output_bias[2];
  out->inputBias0 = p.input_bias[0];
  out->inputBias1 = p.input_bias[1];
  out->inputBias2 = p.input_bias[2];
  out->meanChn0 = item.mean[0];
  out->meanChn1 = item.mean[1];
  out->meanChn2 = item.mean[2];
  out->meanChn3 = item.mean[3];
  out->minChn0 = item.min[0];
  out->minChn1 = item.min[1];
  out->minChn2 = item.min[2];
  out->minChn3 = item.min[3];
  out->varReciChn0 = item.var_reci[0];
  out->varReciChn1 = item.var_reci[1];
  out->varReciChn2 = item.var_reci[2];
  out->varReciChn3 = item.var_reci[3];
  // The network's own input, which AIPP stands before.
  out->srcFormat = info.file.format == "NHWC" ? ACL_FORMAT_NHWC : ACL_FORMAT_NCHW;
  out->srcDatatype = ACL_FLOAT;
  out->srcDimNum = info.profiles[0].inputs[index].size();
  out->shapeCount = std::min<size_t>(info.profiles.size(), ACL_MAX_SHAPE_COUNT);
  for (size_t i = 0; i < out->shapeCount; ++i) {
    const Profile& profile = info.profiles[i];
    const std::vector<int64_t>& network = profile.inputs[index];
    std::vector<int64_t> picture = tensor.dims;
    picture[0] = profile.rows;
    const bool nhwc = info.file.format == "NHWC";
    if (picture[1] < 0) picture[1] = network[nhwc ? 1 : 2];
    if (picture[2] < 0) picture[2] = network[nhwc ? 2 : 3];
    WriteDims(tensor.name, picture, &out->outDims[i].srcDims);
    WriteDims(tensor.name, network, &out->outDims[i].aippOutdims);
    out->outDims[i].srcSize = profile.input_bytes[index];
    out->outDims[i].aippOutSize = sizeof(float);
    for (const int64_t dim : network) out->outDims[i].aippOutSize *= static_cast<size_t>(dim);
  }
}

}  // namespace infer_server::devices::acl
