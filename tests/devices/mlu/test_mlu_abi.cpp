// SPDX-License-Identifier: Apache-2.0
// The vendor's ABI: sizes, offsets, values. Nothing of it is checked at run time.
#include <cstddef>
#include <type_traits>

#include "cnrt.h"

#include <gtest/gtest.h>

static_assert(sizeof(cnrtRet_t) == 4 && sizeof(cnrtDataType_t) == 4 && sizeof(cnrtDev_t) == 8);
static_assert(sizeof(cnrtDim3_t) == 12 && offsetof(cnrtDim3_t, z) == 8);
static_assert(sizeof(cnrtDeviceInfo_t) == 72 && offsetof(cnrtDeviceInfo_t, core_version) == 64 &&
              offsetof(cnrtDeviceInfo_t, core_num) == 68);
static_assert(sizeof(cnrtQueue_t) == 8 && std::is_pointer_v<cnrtModel_t>);

static_assert(CNRT_RET_SUCCESS == 0);
static_assert(CNRT_RET_WARNING_FAKE_DEVICE == 1);
static_assert(CNRT_RET_ERR_NOT_READY == 632006);
static_assert(CNRT_RET_ERR_INVALID == 632007);
static_assert(CNRT_RET_ERR_NOMEM == 632008);
static_assert(CNRT_RET_ERR_NODEV == 632009);
static_assert(CNRT_RET_ERR_IO == 632010);
static_assert(CNRT_RET_ERR_SYS == 632011);
static_assert(CNRT_RET_ERR_ACCES == 632012);
static_assert(CNRT_RET_ERR_FAULT == 632013);
static_assert(CNRT_RET_ERR_BUSY == 632014);
static_assert(CNRT_RET_ERR_TIMEOUT == 632015);
static_assert(CNRT_RET_ERR_EXIST == 632016);
static_assert(CNRT_RET_ERR_NOSYS == 632017);
static_assert(CNRT_RET_ERR_AGAIN == 632018);
static_assert(CNRT_RET_ERR_NORES == 632019);
static_assert(CNRT_RET_ERR_UNSUPPORTED == 632020);
static_assert(CNRT_RET_ERR_INVALID_POINTER == 632021);
static_assert(CNRT_RET_ERR_NO_EXIST == 632022);
static_assert(CNRT_RET_ERR_BROKEN == 632023);
static_assert(CNRT_RET_ERR_INIT == 632024);
static_assert(CNRT_RET_ERR_STREAM == 632025);
static_assert(CNRT_RET_ERR_QUEUE == 632025);
static_assert(CNRT_RET_ERR_OUT_RANGE == 632026);
static_assert(CNRT_RET_ERR_MATH_OVERFLOW == 632027);
static_assert(CNRT_RET_ERR_FUNC_CALL == 632028);
static_assert(CNRT_RET_ERR_UNHANDLED == 632029);
static_assert(CNRT_RET_ERR_INVALID_TYPE == 632030);
static_assert(CNRT_RET_ERR_INVALID_OP == 632031);
static_assert(CNRT_RET_ERR_MLU == 632032);
static_assert(CNRT_RET_ERR_ONCHIP_CORE == 632033);
static_assert(CNRT_RET_ERR_EVENT == 632034);
static_assert(CNRT_RET_ERR_NOTIFIER == 632034);
static_assert(CNRT_RET_ERR_RESHAPE == 632035);
static_assert(CNRT_RET_ERR_MEMCPY == 632036);
static_assert(CNRT_RET_ERR_ENCRYPT == 632037);
static_assert(CNRT_RET_ERR_INVALID_DATADESC == 632038);
static_assert(CNRT_RET_ERR_MAP == 632039);
static_assert(CNRT_RET_ERR_UNMAP == 632040);
static_assert(CNRT_RET_ERR_CACHE == 632041);
static_assert(CNRT_RET_ERR_FIND_DEV_ADDR == 632042);
static_assert(CNRT_RET_ERR_KERNEL_VERSION_TOO_HIGH == 632043);
static_assert(CNRT_RET_ERR_UNKNOWN == 999991);

static_assert(CNRT_INVALID == 0);
static_assert(CNRT_FLOAT16 == 0x12);
static_assert(CNRT_FLOAT32 == 0x13);
static_assert(CNRT_FLOAT64 == 0x14);
static_assert(CNRT_INT4 == 0x20);
static_assert(CNRT_INT8 == 0x21);
static_assert(CNRT_INT16 == 0x22);
static_assert(CNRT_INT32 == 0x23);
static_assert(CNRT_INT64 == 0x24);
static_assert(CNRT_AUTO == 0x25);
static_assert(CNRT_UINT8 == 0x31);
static_assert(CNRT_UINT16 == 0x32);
static_assert(CNRT_UINT32 == 0x33);
static_assert(CNRT_FIX8 == 0x41);
static_assert(CNRT_QUANT8 == 0x51);
static_assert(CNRT_BOOL == 0x61);
static_assert(CNRT_NCHW == 0x0123);
static_assert(CNRT_NHWC == 0x0231);
static_assert(CNRT_HWCN == 0x2310);
static_assert(CNRT_TNC == 0x401);
static_assert(CNRT_NTC == 0x041);
static_assert(CNRT_MEM_TRANS_DIR_HOST2DEV == 0);
static_assert(CNRT_MEM_TRANS_DIR_DEV2DEV == 1);
static_assert(CNRT_MEM_TRANS_DIR_DEV2HOST == 2);
static_assert(CNRT_MEM_TRANS_DIR_HOST2HOST == 3);
static_assert(CNRT_MEM_TRANS_DIR_PEER2PEER == 4);
static_assert(CNRT_MEM_TRANS_DIR_NODIR == 5);
static_assert(CNRT_CHANNEL_TYPE_DUPLICATE == -2);
static_assert(CNRT_CHANNEL_TYPE_NONE == -1);
static_assert(CNRT_CHANNEL_TYPE_0 == 0);
static_assert(CNRT_CHANNEL_TYPE_3 == 3);
static_assert(CNRT_1H8 == 0);
static_assert(CNRT_1H16 == 1);
static_assert(CNRT_MLU100 == 3);
static_assert(CNRT_1H8MINI == 4);
static_assert(CNRT_MLU270 == 5);
static_assert(CNRT_MLU220 == 6);
static_assert(CNRT_MLU290 == 7);
static_assert(CNRT_FUNC_TYPE_BLOCK == 1);
static_assert(CNRT_FUNC_TYPE_UNION1 == 4);
static_assert(CNRT_FUNC_TYPE_UNION2 == 8);
static_assert(CNRT_FUNC_TYPE_UNION4 == 16);
static_assert(CNRT_FUNC_TYPE_UNION8 == 32);
static_assert(CNRT_FUNC_TYPE_UNION16 == 64);
static_assert(CNRT_FUNC_TYPE_MUTABLE == -1);
static_assert(CNRT_QUEUE_SYNC_SPIN == 0);
static_assert(CNRT_QUEUE_SYNC_BLOCK == 1);
static_assert(CNRT_VERSION == 41004);

// Signatures that programs pass around.
static_assert(
    std::is_same_v<decltype(&cnrtMemcpy), cnrtRet_t (*)(void*, void*, size_t, cnrtMemTransDir_t)>);
static_assert(std::is_same_v<decltype(&cnrtMemcpyAsync),
                             cnrtRet_t (*)(void*, void*, size_t, cnrtQueue_t, cnrtMemTransDir_t)>);
static_assert(std::is_same_v<decltype(&cnrtDestroyNotifier), cnrtRet_t (*)(cnrtNotifier_t*)>);
static_assert(std::is_same_v<decltype(&cnrtInvokeRuntimeContext),
                             cnrtRet_t (*)(cnrtRuntimeContext_t, void**, cnrtQueue_t, void*)>);
static_assert(std::is_same_v<decltype(&cnrtLoadModelFromMem), cnrtRet_t (*)(cnrtModel_t*, char*)>);
static_assert(std::is_same_v<decltype(&cnrtGetInputDataShape),
                             cnrtRet_t (*)(int**, int*, int, cnrtFunction_t)>);
static_assert(std::is_same_v<decltype(&cnrtTransDataOrder),
                             cnrtRet_t (*)(void*, cnrtDataType_t, void*, int, int*, int*)>);

TEST(Abi, Compiles) { SUCCEED(); }
