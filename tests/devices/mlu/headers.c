// SPDX-License-Identifier: Apache-2.0
// The headers are C.
#include "cn_codec_common.h"
#include "cnrt.h"

int main(void) {
  cnrtDim3_t dim = {1, 1, 1};
  return cnrtGetErrorStr(CNRT_RET_SUCCESS) == 0 || dim.x != 1;
}
