// SPDX-License-Identifier: Apache-2.0
// The hardware scaler of an MLU220: crop, resize and colour conversion of one picture in one call.
//
// It is in the same library as cnrt.h. Names and values are the vendor's.
#ifndef INFERSERVER_CN_CODEC_COMMON_H
#define INFERSERVER_CN_CODEC_COMMON_H

#include <stdint.h>

#ifndef CNCODEC_DLL_API
#define CNCODEC_DLL_API __attribute__((visibility("default")))
#endif

#ifdef __cplusplus
extern "C" {
#endif

typedef int32_t i32_t;
typedef uint32_t u32_t;
typedef uint64_t u64_t;

#define CNCODEC_SUCCESS 0
#define CNCODEC_MAX_PLANE_NUM 6

typedef enum {
  CNCODEC_PIX_FMT_NV12 = 0,
  CNCODEC_PIX_FMT_NV21 = 1,
  CNCODEC_PIX_FMT_I420 = 2,
  CNCODEC_PIX_FMT_YV12 = 3,
  CNCODEC_PIX_FMT_ARGB = 11,
  CNCODEC_PIX_FMT_ABGR = 12,
  CNCODEC_PIX_FMT_BGRA = 13,
  CNCODEC_PIX_FMT_RGBA = 14
} cncodecPixelFormat;

typedef enum {
  CNCODEC_COLOR_SPACE_BT_709 = 0,
  CNCODEC_COLOR_SPACE_BT_601 = 1,
  CNCODEC_COLOR_SPACE_BT_2020 = 2
} cncodecColorSpace;

typedef enum {
  CNCODEC_Filter_BiLinear = 0,
  CNCODEC_Filter_BiCubic = 1,
  CNCODEC_Filter_Lanczos2 = 2,
  CNCODEC_Filter_Lanczos3 = 3
} cncodecFilter;

// Device memory.
typedef struct {
  u64_t addr;
  u32_t size;  // Bytes.
  u32_t reserved;
  void* privData;
} cncodecDevMemory;

typedef struct {
  cncodecPixelFormat pixelFmt;
  cncodecColorSpace colorSpace;
  u32_t width, height;  // Pixels.
  u32_t planeNum;
  cncodecDevMemory plane[CNCODEC_MAX_PLANE_NUM];
  u32_t stride[CNCODEC_MAX_PLANE_NUM];  // Bytes.
  u32_t channel;
  i32_t deviceId;
} cncodecFrame;

// Pixels; right and bottom are the first outside.
typedef struct {
  u32_t left, top, right, bottom;
} cncodecRectangle;

typedef struct {
  struct {
    u32_t instance;  // 0, 1, or 2: whichever is free.
    u32_t batchNum;  // 0 or 1 here.
    i32_t cardId;    // The device of both frames.
    u32_t mode;      // 0; 1 = grey is not built.
    u32_t cropNum;   // 0 here.
  } inMsg;
} cncodecWorkInfo;

// Draws the part srcRect of src (NULL: all) over the part dstRect of dst (NULL: all) and returns
// when it is done. From NV12, NV21, I420, YV12 or a format of four bytes to one of four bytes,
// bilinear, by src's colour matrix of limited range; alpha is 255. A row of dst has width · 4
// bytes, rounded up to 128. At most 64 times as large on each axis. CNCODEC_SUCCESS, or a code of
// cnrtRet_t.
CNCODEC_DLL_API i32_t cncodecImageTransform(cncodecFrame* dst, cncodecRectangle* dstRect,
                                            cncodecFrame* src, cncodecRectangle* srcRect,
                                            cncodecFilter filter, cncodecWorkInfo* workInfo);

#ifdef __cplusplus
}
#endif

#endif
