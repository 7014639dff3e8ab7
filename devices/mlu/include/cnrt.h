// SPDX-License-Identifier: Apache-2.0
// CNRT, the runtime of Cambricon's MLU cards, as programs of the 4.x family use it: devices,
// memory, queues, notifiers, offline models.
//
// Names, values and signatures are those of the vendor's 4.x ABI. All functions may be called from
// any thread. cnrtInit() comes first; then each thread says by cnrtSetCurrentDevice() which device
// it works with. Functions return CNRT_RET_SUCCESS, or what cnrtGetErrorStr() explains.
#ifndef INFERSERVER_CNRT_H
#define INFERSERVER_CNRT_H

#include <stddef.h>
#include <stdint.h>

#define CNRT_MAJOR_VERSION 4
#define CNRT_MINOR_VERSION 10
#define CNRT_PATCH_VERSION 4
#define CNRT_VERSION (CNRT_MAJOR_VERSION * 10000 + CNRT_MINOR_VERSION * 100 + CNRT_PATCH_VERSION)

#ifndef CNRT_DLL_API
#define CNRT_DLL_API __attribute__((visibility("default")))
#endif

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
  CNRT_RET_SUCCESS = 0,
  CNRT_RET_WARNING_FAKE_DEVICE = 1,
  CNRT_RET_ERR_NOT_READY = 632006,
  CNRT_RET_ERR_INVALID = 632007,
  CNRT_RET_ERR_NOMEM = 632008,
  CNRT_RET_ERR_NODEV = 632009,
  CNRT_RET_ERR_IO = 632010,
  CNRT_RET_ERR_SYS = 632011,
  CNRT_RET_ERR_ACCES = 632012,
  CNRT_RET_ERR_FAULT = 632013,
  CNRT_RET_ERR_BUSY = 632014,
  CNRT_RET_ERR_TIMEOUT = 632015,
  CNRT_RET_ERR_EXIST = 632016,
  CNRT_RET_ERR_NOSYS = 632017,
  CNRT_RET_ERR_AGAIN = 632018,
  CNRT_RET_ERR_NORES = 632019,
  CNRT_RET_ERR_UNSUPPORTED = 632020,
  CNRT_RET_ERR_INVALID_POINTER = 632021,
  CNRT_RET_ERR_NO_EXIST = 632022,
  CNRT_RET_ERR_BROKEN = 632023,
  CNRT_RET_ERR_INIT = 632024,
  CNRT_RET_ERR_STREAM = 632025,
  CNRT_RET_ERR_QUEUE = 632025,
  CNRT_RET_ERR_OUT_RANGE = 632026,
  CNRT_RET_ERR_MATH_OVERFLOW = 632027,
  CNRT_RET_ERR_FUNC_CALL = 632028,
  CNRT_RET_ERR_UNHANDLED = 632029,
  CNRT_RET_ERR_INVALID_TYPE = 632030,
  CNRT_RET_ERR_INVALID_OP = 632031,
  CNRT_RET_ERR_MLU = 632032,
  CNRT_RET_ERR_ONCHIP_CORE = 632033,
  CNRT_RET_ERR_EVENT = 632034,
  CNRT_RET_ERR_NOTIFIER = 632034,
  CNRT_RET_ERR_RESHAPE = 632035,
  CNRT_RET_ERR_MEMCPY = 632036,
  CNRT_RET_ERR_ENCRYPT = 632037,
  CNRT_RET_ERR_INVALID_DATADESC = 632038,
  CNRT_RET_ERR_MAP = 632039,
  CNRT_RET_ERR_UNMAP = 632040,
  CNRT_RET_ERR_CACHE = 632041,
  CNRT_RET_ERR_FIND_DEV_ADDR = 632042,
  CNRT_RET_ERR_KERNEL_VERSION_TOO_HIGH = 632043,
  CNRT_RET_ERR_UNKNOWN = 999991
} cnrtRet_t;

typedef enum cnrtDataType {
  CNRT_INVALID = 0x0,
  CNRT_FLOAT16 = 0x12,
  CNRT_FLOAT32 = 0x13,
  CNRT_FLOAT64 = 0x14,
  CNRT_INT4 = 0x20,
  CNRT_INT8 = 0x21,
  CNRT_INT16 = 0x22,
  CNRT_INT32 = 0x23,
  CNRT_INT64 = 0x24,
  CNRT_AUTO = 0x25,
  CNRT_UINT8 = 0x31,
  CNRT_UINT16 = 0x32,
  CNRT_UINT32 = 0x33,
  CNRT_FIX8 = 0x41,
  CNRT_QUANT8 = 0x51,
  CNRT_BOOL = 0x61
} cnrtDataType_t;

typedef enum cnrtDimOrder {
  CNRT_NCHW = 0x0123,
  CNRT_NHWC = 0x0231,
  CNRT_HWCN = 0x2310,
  CNRT_TNC = 0x401,
  CNRT_NTC = 0x041
} cnrtDimOrder_t;

typedef enum {
  CNRT_MEM_TRANS_DIR_HOST2DEV = 0,
  CNRT_MEM_TRANS_DIR_DEV2DEV = 1,
  CNRT_MEM_TRANS_DIR_DEV2HOST = 2,
  CNRT_MEM_TRANS_DIR_HOST2HOST = 3,
  CNRT_MEM_TRANS_DIR_PEER2PEER = 4,
  CNRT_MEM_TRANS_DIR_NODIR = 5
} cnrtMemTransDir_t;

typedef enum {
  CNRT_MEMTYPE_DEFAULT = 0,
  CNRT_MEMTYPE_CACHED = 1,
  CNRT_MEMTYPE_LOCKED = 2
} cnrtMemType_t;

typedef enum {
  CNRT_CHANNEL_TYPE_DUPLICATE = -2,
  CNRT_CHANNEL_TYPE_NONE = -1,
  CNRT_CHANNEL_TYPE_0 = 0,
  CNRT_CHANNEL_TYPE_1 = 1,
  CNRT_CHANNEL_TYPE_2 = 2,
  CNRT_CHANNEL_TYPE_3 = 3
} cnrtChannelType_t;

typedef enum {
  CNRT_1H8 = 0,
  CNRT_1H16 = 1,
  CNRT_MLU100 = 3,
  CNRT_1H8MINI = 4,
  CNRT_MLU270 = 5,
  CNRT_MLU220 = 6,
  CNRT_MLU290 = 7
} cnrtCoreVersion_t;

typedef enum {
  CNRT_FUNC_TYPE_MUTABLE = -1,
  CNRT_FUNC_TYPE_BLOCK = 1,
  CNRT_FUNC_TYPE_UNION1 = 4,
  CNRT_FUNC_TYPE_UNION2 = 8,
  CNRT_FUNC_TYPE_UNION4 = 16,
  CNRT_FUNC_TYPE_UNION8 = 32,
  CNRT_FUNC_TYPE_UNION16 = 64
} cnrtFunctionType_t;

// How a thread waits for a queue: cnrtSetDeviceFlag().
#define CNRT_QUEUE_SYNC_SPIN 0
#define CNRT_QUEUE_SYNC_BLOCK 1

typedef uint64_t cnrtDev_t;
typedef struct cnrtModel* cnrtModel_t;
typedef struct cnrtFunction* cnrtFunction_t;
typedef struct cnrtRuntimeContext* cnrtRuntimeContext_t;
typedef struct cnrtQueue* cnrtQueue_t;
typedef struct cnrtNotifier* cnrtNotifier_t;
typedef struct cnrtQuantizedParam* cnrtQuantizedParam_t;
typedef struct cnrtParamDesc* cnrtParamDesc_t;

typedef struct {
  unsigned int x, y, z;
} cnrtDim3_t;

typedef struct {
  char device_name[64];
  cnrtCoreVersion_t core_version;
  int core_num;
} cnrtDeviceInfo_t;

// --- The library
// -----------------------------------------------------------------------------------

// Once in a process, before all else; again: nothing happens. `flags` is 0; 1, a device that is not
// there, is CNRT_RET_ERR_UNSUPPORTED.
CNRT_DLL_API cnrtRet_t cnrtInit(unsigned int flags);
// Ends everything: queues are stopped, device memory is freed, handles are no more.
CNRT_DLL_API void cnrtDestroy(void);
// In words; never NULL. Static.
CNRT_DLL_API const char* cnrtGetErrorStr(cnrtRet_t error);
// The thread's last failure.
CNRT_DLL_API cnrtRet_t cnrtGetLastErr(void);
CNRT_DLL_API cnrtRet_t cnrtGetVersion(unsigned int* version);  // CNRT_VERSION
CNRT_DLL_API void cnrtGetLibVersion(int* major, int* minor, int* patch);

// --- Devices
// ---------------------------------------------------------------------------------------

CNRT_DLL_API cnrtRet_t cnrtGetDeviceCount(unsigned int* count);
// `ordinal` counts from 0. CNRT_RET_ERR_NODEV: there is none.
CNRT_DLL_API cnrtRet_t cnrtGetDeviceHandle(cnrtDev_t* device, int ordinal);
// For the calling thread.
CNRT_DLL_API cnrtRet_t cnrtSetCurrentDevice(cnrtDev_t device);
CNRT_DLL_API cnrtRet_t cnrtGetCurrentDevice(cnrtDev_t* device);
CNRT_DLL_API cnrtRet_t cnrtGetDeviceInfo(cnrtDeviceInfo_t* info, int ordinal);
// Which memory channel the thread's next allocations come from; -1 leaves it open.
CNRT_DLL_API cnrtRet_t cnrtSetCurrentChannel(cnrtChannelType_t channel);
CNRT_DLL_API cnrtRet_t cnrtSetDeviceFlag(unsigned int flags);
// Waits for all queues of the thread's device; the first code that one of them has.
CNRT_DLL_API cnrtRet_t cnrtSyncDevice(void);

// --- Memory
// ----------------------------------------------------------------------------------------

// Of the thread's device, 64-byte aligned. CNRT_RET_ERR_NOMEM: there is not so much left.
CNRT_DLL_API cnrtRet_t cnrtMalloc(void** memory, size_t bytes);
// The same for the video codecs.
CNRT_DLL_API cnrtRet_t cnrtMallocFrameBuffer(void** memory, size_t bytes);
CNRT_DLL_API cnrtRet_t cnrtFree(void* memory);
CNRT_DLL_API cnrtRet_t cnrtMallocHost(void** memory, size_t bytes, cnrtMemType_t type);
CNRT_DLL_API cnrtRet_t cnrtFreeHost(void* memory);
CNRT_DLL_API cnrtRet_t cnrtMemGetInfo(size_t* free,
                                      size_t* total);  // Bytes of the thread's device.
// CNRT_RET_ERR_INVALID_POINTER: an end is not where `dir` says, or its memory was freed;
// CNRT_RET_ERR_OUT_RANGE: an end goes past its allocation. DEV2DEV stays on one device, PEER2PEER
// goes from one to another; NODIR goes by the addresses. src is only read.
CNRT_DLL_API cnrtRet_t cnrtMemcpy(void* dst, void* src, size_t bytes, cnrtMemTransDir_t dir);
// What fails in the queue comes out of cnrtSyncQueue(). An end in memory that is not
// cnrtMallocHost's makes the call wait for the copy.
CNRT_DLL_API cnrtRet_t cnrtMemcpyAsync(void* dst, void* src, size_t bytes, cnrtQueue_t queue,
                                       cnrtMemTransDir_t dir);
CNRT_DLL_API cnrtRet_t cnrtMemcpyPeer(void* dst, int dst_device, void* src, int src_device,
                                      size_t bytes);
CNRT_DLL_API cnrtRet_t cnrtMemcpyPeerAsync(void* dst, int dst_device, void* src, int src_device,
                                           size_t bytes, cnrtQueue_t queue);
CNRT_DLL_API cnrtRet_t cnrtGetPeerAccessibility(unsigned int* can_access, int device, int peer);
// Device memory.
CNRT_DLL_API cnrtRet_t cnrtMemset(void* memory, int value, size_t bytes);
CNRT_DLL_API cnrtRet_t cnrtMemsetAsync(void* memory, int value, size_t bytes, cnrtQueue_t queue);

// --- Queues and notifiers
// --------------------------------------------------------------------------

// Of the thread's device. CNRT_RET_ERR_NORES: there are 4094.
CNRT_DLL_API cnrtRet_t cnrtCreateQueue(cnrtQueue_t* queue);
// After its work is done.
CNRT_DLL_API cnrtRet_t cnrtDestroyQueue(cnrtQueue_t queue);
// The first code of what was queued since the last cnrtSyncQueue().
CNRT_DLL_API cnrtRet_t cnrtSyncQueue(cnrtQueue_t queue);
// CNRT_RET_ERR_NOT_READY: there is work left.
CNRT_DLL_API cnrtRet_t cnrtQueryQueue(cnrtQueue_t queue);

CNRT_DLL_API cnrtRet_t cnrtCreateNotifier(cnrtNotifier_t* notifier);
// Sets *notifier to NULL.
CNRT_DLL_API cnrtRet_t cnrtDestroyNotifier(cnrtNotifier_t* notifier);
// The notifier is done when the queue gets here.
CNRT_DLL_API cnrtRet_t cnrtPlaceNotifier(cnrtNotifier_t notifier, cnrtQueue_t queue);
// CNRT_RET_ERR_NOT_READY: not done, or never placed.
CNRT_DLL_API cnrtRet_t cnrtQueryNotifier(cnrtNotifier_t notifier);
CNRT_DLL_API cnrtRet_t cnrtWaitNotifier(cnrtNotifier_t notifier);
// What is queued afterwards waits. `flags` is 0.
CNRT_DLL_API cnrtRet_t cnrtQueueWaitNotifier(cnrtNotifier_t notifier, cnrtQueue_t queue,
                                             unsigned int flags);
// Microseconds from the one to the other. CNRT_RET_ERR_NOT_READY: one of them is not done.
CNRT_DLL_API cnrtRet_t cnrtNotifierDuration(cnrtNotifier_t start, cnrtNotifier_t end, float* us);

// --- Models and functions
// --------------------------------------------------------------------------

// CNRT_RET_ERR_NO_EXIST: no such file; CNRT_RET_ERR_UNSUPPORTED: not a model that can be run here.
CNRT_DLL_API cnrtRet_t cnrtLoadModel(cnrtModel_t* model, const char* path);
// The length is read from the model; what is behind it stays unread only when the model is a
// container.
CNRT_DLL_API cnrtRet_t cnrtLoadModelFromMem(cnrtModel_t* model, char* memory);
// Functions made of it go on.
CNRT_DLL_API cnrtRet_t cnrtUnloadModel(cnrtModel_t model);
CNRT_DLL_API cnrtRet_t cnrtGetModelSize(const char* path, int* bytes);
CNRT_DLL_API cnrtRet_t cnrtQueryModelParallelism(cnrtModel_t model, int* parallelism);
CNRT_DLL_API cnrtRet_t cnrtQueryModelStackSize(cnrtModel_t model, uint64_t* bytes);
CNRT_DLL_API cnrtRet_t cnrtQueryCoreVersion(cnrtModel_t model, cnrtCoreVersion_t* version);
CNRT_DLL_API cnrtRet_t cnrtGetFunctionNumber(cnrtModel_t model, int* count);

CNRT_DLL_API cnrtRet_t cnrtCreateFunction(cnrtFunction_t* function);
// Makes a created function that of the model which is named `symbol`. CNRT_RET_ERR_NO_EXIST: it has
// no such function.
CNRT_DLL_API cnrtRet_t cnrtExtractFunction(cnrtFunction_t* function, cnrtModel_t model,
                                           const char* symbol);
// `*dst` is made.
CNRT_DLL_API cnrtRet_t cnrtCopyFunction(cnrtFunction_t* dst, cnrtFunction_t src);
CNRT_DLL_API cnrtRet_t cnrtDestroyFunction(cnrtFunction_t function);

// The arrays belong to the function. Sizes are bytes of a whole batch.
CNRT_DLL_API cnrtRet_t cnrtGetInputDataSize(int64_t** sizes, int* count, cnrtFunction_t function);
CNRT_DLL_API cnrtRet_t cnrtGetOutputDataSize(int64_t** sizes, int* count, cnrtFunction_t function);
CNRT_DLL_API cnrtRet_t cnrtGetInputDataType(cnrtDataType_t** types, int* count,
                                            cnrtFunction_t function);
CNRT_DLL_API cnrtRet_t cnrtGetOutputDataType(cnrtDataType_t** types, int* count,
                                             cnrtFunction_t function);
// The caller frees *dims by free(). Four dimensions are NHWC.
CNRT_DLL_API cnrtRet_t cnrtGetInputDataShape(int** dims, int* count, int index,
                                             cnrtFunction_t function);
CNRT_DLL_API cnrtRet_t cnrtGetOutputDataShape(int** dims, int* count, int index,
                                              cnrtFunction_t function);

// Shapes of one invocation.
CNRT_DLL_API cnrtRet_t cnrtCreateParamDesc(cnrtParamDesc_t* desc);
CNRT_DLL_API cnrtRet_t cnrtDestroyParamDesc(cnrtParamDesc_t desc);
CNRT_DLL_API cnrtRet_t cnrtSetShapeToParamDesc(cnrtParamDesc_t desc, int* dims, int count);
// The caller frees *dims by free().
CNRT_DLL_API cnrtRet_t cnrtGetShapeFromParamDesc(cnrtParamDesc_t desc, int** dims, int* count);
CNRT_DLL_API cnrtRet_t cnrtInferFunctionOutputShape(cnrtFunction_t function, int input_count,
                                                    cnrtParamDesc_t inputs[], int output_count,
                                                    cnrtParamDesc_t outputs[]);

// Loads the function for the thread's device, for cnrtInvokeFunction().
CNRT_DLL_API cnrtRet_t cnrtInitFunctionMemory(cnrtFunction_t function, cnrtFunctionType_t type);
// params: addresses of the inputs, then of the outputs, in device memory. Returns at once; the
// queue does it.
CNRT_DLL_API cnrtRet_t cnrtInvokeFunction(cnrtFunction_t function, cnrtDim3_t dim, void** params,
                                          cnrtFunctionType_t type, cnrtQueue_t queue, void* extra);

// --- Runtime contexts
// ------------------------------------------------------------------------------

// One executable instance of a function: create, set, initialise, invoke.
CNRT_DLL_API cnrtRet_t cnrtCreateRuntimeContext(cnrtRuntimeContext_t* context,
                                                cnrtFunction_t function, void* extra);
CNRT_DLL_API cnrtRet_t cnrtSetRuntimeContextChannel(cnrtRuntimeContext_t context,
                                                    cnrtChannelType_t channel);
// Without, it is the device of the thread that initialises it.
CNRT_DLL_API cnrtRet_t cnrtSetRuntimeContextDeviceId(cnrtRuntimeContext_t context, int ordinal);
CNRT_DLL_API cnrtRet_t cnrtInitRuntimeContext(cnrtRuntimeContext_t context, void* extra);
// Another one of an initialised context: it shares what does not change and has its own working
// memory, so that both may run at once. Initialised already; destroyed for itself.
CNRT_DLL_API cnrtRet_t cnrtForkRuntimeContext(cnrtRuntimeContext_t* fork,
                                              cnrtRuntimeContext_t source, void* extra);
CNRT_DLL_API cnrtRet_t cnrtRuntimeContextCreateQueue(cnrtRuntimeContext_t context,
                                                     cnrtQueue_t* queue);
// Makes the context's device that of the thread.
CNRT_DLL_API cnrtRet_t cnrtSetCurrentContextDevice(cnrtRuntimeContext_t context);
// What is queued is still done.
CNRT_DLL_API cnrtRet_t cnrtDestroyRuntimeContext(cnrtRuntimeContext_t context);
// params: addresses of the inputs, then of the outputs, in memory of the context's device. Returns
// at once; what fails in the queue comes out of cnrtSyncQueue().
CNRT_DLL_API cnrtRet_t cnrtInvokeRuntimeContext(cnrtRuntimeContext_t context, void** params,
                                                cnrtQueue_t queue, void* extra);
// descs: the shapes of params, which may have fewer items than the model's batch. NULL: as the
// model's.
CNRT_DLL_API cnrtRet_t cnrtInvokeRuntimeContext_V2(cnrtRuntimeContext_t context,
                                                   cnrtParamDesc_t* descs, void** params,
                                                   cnrtQueue_t queue, void* extra);

// --- On the host
// -----------------------------------------------------------------------------------

// A number q of a quantized type stands for (q - offset) * 2^position / scale.
CNRT_DLL_API cnrtRet_t cnrtCreateQuantizedParam(cnrtQuantizedParam_t* param, int position,
                                                float scale, int offset);
CNRT_DLL_API cnrtRet_t cnrtDestroyQuantizedParam(cnrtQuantizedParam_t param);
// Bytes of an element; 0: no such type, or less than a byte.
CNRT_DLL_API int cnrtDataTypeSize(cnrtDataType_t type);
// `count` elements in host memory. Whole numbers are rounded to the nearest and saturate.
CNRT_DLL_API cnrtRet_t cnrtCastDataType(void* src, cnrtDataType_t src_type, void* dst,
                                        cnrtDataType_t dst_type, int count,
                                        cnrtQuantizedParam_t param);
// Dimension i of dst is dimension order[i] of src, whose sizes are dims. src and dst do not
// overlap.
CNRT_DLL_API cnrtRet_t cnrtTransDataOrder(void* src, cnrtDataType_t type, void* dst, int dim_count,
                                          int dims[], int order[]);
CNRT_DLL_API cnrtRet_t cnrtTransOrderAndCast(void* src, cnrtDataType_t src_type, void* dst,
                                             cnrtDataType_t dst_type, cnrtQuantizedParam_t param,
                                             int dim_count, int dims[], int order[]);

#ifdef __cplusplus
}
#endif

#endif
