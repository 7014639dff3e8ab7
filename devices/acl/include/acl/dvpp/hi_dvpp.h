// SPDX-License-Identifier: Apache-2.0
// AscendCL: the media interface of the newer naming; of it, picture memory.
//
// The memory is that of acldvppMalloc: on the device, aligned to 128 bytes, fit for pictures and
// for a model's input.
#ifndef INFERSERVER_ACL_HI_DVPP_H
#define INFERSERVER_ACL_HI_DVPP_H

#include <stdint.h>

#include "acl/acl_base.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef int32_t hi_s32;
typedef uint32_t hi_u32;
typedef uint64_t hi_u64;
typedef void hi_void;

#define HI_SUCCESS 0

// 0, else an AscendCL error code with a message for aclGetRecentErrMsg. Needs no context.
ACL_FUNC_VISIBILITY hi_s32 hi_mpi_dvpp_malloc(hi_u32 dev_id, hi_void** addr, hi_u64 size);
ACL_FUNC_VISIBILITY hi_s32 hi_mpi_dvpp_free(hi_void* addr);

#ifdef __cplusplus
}
#endif

#endif  // INFERSERVER_ACL_HI_DVPP_H
