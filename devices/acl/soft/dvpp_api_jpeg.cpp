// SPDX-License-Identifier: Apache-2.0
// DVPP: JPEG files. What is asked about a file is answered at once, from any memory; decoding and
// encoding are queued and work on memory of acldvppMalloc.
#include <cinttypes>
#include <cstring>

#include "devices/acl/soft/context.h"
#include "devices/acl/soft/dvpp_check.h"
#include "devices/acl/soft/dvpp_jpeg.h"
#include "devices/acl/soft/fault.h"
#include "devices/acl/soft/memory_map.h"

namespace infer_server::devices::acl {
namespace {

constexpr size_t kOutputAlignment = 16;

// The program's own memory cannot be checked.
aclError CheckFile(const void* data, uint32_t size, const char* function) {
  if (data == nullptr) return Fail(ACL_ERROR_INVALID_PARAM, function, "data must not be NULL");
  const Place place = FindPlace(data);
  if (place.where == Place::Where::kNowhere || size > place.left)
    return Fail(ACL_ERROR_RT_PARAM_INVALID, function,
                "data %p: %u bytes are asked for, the memory has %zu from there on", data, size,
                place.where == Place::Where::kNowhere ? size_t{0} : place.left);
  return ACL_SUCCESS;
}

aclError ReadInfo(const void* data, uint32_t size, JpegInfo* info, const char* function) {
  ACL_RETURN_IF_ERROR(CheckFile(data, size, function));
  const JpegStatus status = ReadJpegInfo(data, size, info);
  if (status.ok()) return ACL_SUCCESS;
  return Fail(status.code, function, "data of %u bytes is no JPEG file: %s", size,
              status.why.c_str());
}

uint32_t RoundUp(uint32_t value, uint32_t to) { return (value + to - 1) / to * to; }

// Strides that decoding chooses for itself: the vendor's, in bytes and rows.
uint32_t DecodedWidthStride(const FormatLayout& layout, uint32_t width) {
  return FormatRowBytes(layout, RoundUp(width, NeedsPaddedRows() ? 128 : 64));
}
uint32_t DecodedHeightStride(uint32_t height) { return RoundUp(height, 16); }

const FormatLayout* LayoutFor(acldvppPixelFormat format, const JpegInfo& info) {
  return FindFormat(format == PIXEL_FORMAT_UNKNOWN ? OwnFormat(info) : format);
}

aclError FailFormat(acldvppPixelFormat format, const char* function) {
  return Fail(ACL_ERROR_INVALID_PARAM, function,
              "output has format %d, must be one of %s, or UNKNOWN for the file's own",
              static_cast<int>(format), FormatNames());
}

struct DecodeJob {
  const char* function;
  const void* data;
  uint32_t size;
  Picture to;
  bool up;
};

// The user may leave sizes and strides at 0.
aclError FillSizes(const DecodeJob& job, const JpegInfo& info, Picture* to) {
  const FormatLayout& layout = *LayoutFor(to->format, info);
  const uint32_t width = DecodedWidth(info, layout, job.up);
  const uint32_t height = DecodedHeight(info, layout, job.up);
  const auto wrong = [](uint32_t set, uint32_t file, uint32_t made) {
    return set != 0 && set != file && set != made;
  };
  if (wrong(to->width, info.width, width) || wrong(to->height, info.height, height))
    return Fail(ACL_ERROR_INVALID_PARAM, job.function,
                "output is described as %u x %u, the file is %u x %u (0 x 0 leaves it open)",
                to->width, to->height, info.width, info.height);
  to->format = layout.format;
  to->width = width;
  to->height = height;
  if (to->width_stride == 0) to->width_stride = DecodedWidthStride(layout, width);
  if (to->height_stride == 0) to->height_stride = DecodedHeightStride(height);
  const auto step_y = static_cast<uint32_t>(layout.step_y());
  if (to->width_stride < FormatRowBytes(layout, width) || to->height_stride < height ||
      to->height_stride % step_y != 0)
    return Fail(ACL_ERROR_INVALID_PARAM, job.function,
                "output has strides of %u bytes and %u rows; %u x %u of %s need %u and %u, a "
                "multiple of %u (0 leaves them open)",
                to->width_stride, to->height_stride, width, height, layout.name,
                FormatRowBytes(layout, width), height, step_y);
  if (to->width_stride > MaxWidthStride(layout) || to->height_stride > kMaxHeightStride)
    return Fail(ACL_ERROR_INVALID_PARAM, job.function,
                "output has strides of %u bytes and %u rows; at most %u and %u are possible",
                to->width_stride, to->height_stride, MaxWidthStride(layout), kMaxHeightStride);
  return ACL_SUCCESS;
}

aclError RunDecode(const DecodeJob& job, Picture* to) {
  ACL_RETURN_IF_ERROR(CheckDvppSpan(job.function, "data", job.data, job.size, 1));
  JpegInfo info;
  ACL_RETURN_IF_ERROR(ReadInfo(job.data, job.size, &info, job.function));
  if (!info.unsupported.empty())
    return Fail(ACL_ERROR_UNSUPPORTED_JPEG, job.function, "the file cannot be decoded: %s",
                info.unsupported.c_str());
  ACL_RETURN_IF_ERROR(FillSizes(job, info, to));
  const FormatLayout& layout = *FindFormat(to->format);
  const uint64_t bytes = FormatBytes(layout, to->width_stride, to->height_stride);
  if (to->size < bytes)
    return Fail(ACL_ERROR_INVALID_PARAM, job.function,
                "output has size %u; %u x %u of %s with strides %u x %u needs %" PRIu64
                " (acldvppJpegPredictDecSize)",
                to->size, to->width, to->height, layout.name, to->width_stride, to->height_stride,
                bytes);
  ACL_RETURN_IF_ERROR(CheckDvppSpan(job.function, "output", to->data, bytes, kOutputAlignment));
  const JpegStatus status = DecodeJpeg(job.data, job.size, FrameOf(*to));
  if (!status.ok())
    return Fail(status.code, job.function, "the file cannot be decoded: %s", status.why.c_str());
  return ACL_SUCCESS;
}

bool IsEncoderInput(acldvppPixelFormat format) {
  return format == PIXEL_FORMAT_YUV_SEMIPLANAR_420 || format == PIXEL_FORMAT_YVU_SEMIPLANAR_420;
}

// Checks what is encoded.
aclError CheckEncoderInput(const Picture& from, const char* function) {
  if (!IsEncoderInput(from.format))
    return Fail(ACL_ERROR_INVALID_PARAM, function,
                "input has format %d, must be YUV_SEMIPLANAR_420 (1) or YVU_SEMIPLANAR_420 (2)",
                static_cast<int>(from.format));
  return CheckPicture(function, "input", from, false);
}

}  // namespace
}  // namespace infer_server::devices::acl

using namespace infer_server::devices::acl;

aclError acldvppJpegGetImageInfo(const void* data, uint32_t size, uint32_t* width, uint32_t* height,
                                 int32_t* components) {
  ACL_ENTRY();
  JpegInfo info;
  ACL_RETURN_IF_ERROR(ReadInfo(data, size, &info, __func__));
  if (width != nullptr) *width = info.width;
  if (height != nullptr) *height = info.height;
  if (components != nullptr) *components = info.components;
  return ACL_SUCCESS;
}

aclError acldvppJpegGetImageInfoV2(const void* data, uint32_t size, uint32_t* width,
                                   uint32_t* height, int32_t* components,
                                   acldvppJpegFormat* format) {
  ACL_ENTRY();
  JpegInfo info;
  ACL_RETURN_IF_ERROR(ReadInfo(data, size, &info, __func__));
  if (width != nullptr) *width = info.width;
  if (height != nullptr) *height = info.height;
  if (components != nullptr) *components = info.components;
  if (format != nullptr) *format = info.sampling;
  return ACL_SUCCESS;
}

aclError acldvppJpegPredictDecSize(const void* data, uint32_t dataSize,
                                   acldvppPixelFormat outputPixelFormat, uint32_t* decSize) {
  ACL_ENTRY();
  ACL_REQUIRE_NOT_NULL(decSize);
  JpegInfo info;
  ACL_RETURN_IF_ERROR(ReadInfo(data, dataSize, &info, __func__));
  if (!info.unsupported.empty())
    return ACL_FAIL(ACL_ERROR_UNSUPPORTED_JPEG, "the file cannot be decoded: %s",
                    info.unsupported.c_str());
  const FormatLayout* const layout = LayoutFor(outputPixelFormat, info);
  if (layout == nullptr) return FailFormat(outputPixelFormat, __func__);
  *decSize = static_cast<uint32_t>(
      FormatBytes(*layout, DecodedWidthStride(*layout, DecodedWidth(info, *layout, true)),
                  DecodedHeightStride(DecodedHeight(info, *layout, true))));
  return ACL_SUCCESS;
}

aclError acldvppJpegDecodeAsync(acldvppChannelDesc* channelDesc, const void* data, uint32_t size,
                                acldvppPicDesc* outputDesc, aclrtStream stream) {
  QueuedFault fault;
  ACL_ENTRY_QUEUED(&fault);
  ChannelSettings settings;
  aclError code = ACL_SUCCESS;
  if (!FindChannel(channelDesc, DVPP_CHNMODE_JPEGD, __func__, &settings, &code)) return code;
  const auto output = FindDvpp<PicDesc>(outputDesc, __func__, "outputDesc", &code);
  if (output == nullptr) return code;
  if (size == 0) return ACL_FAIL(ACL_ERROR_INVALID_PARAM, "size is 0, must be the file's");
  ACL_RETURN_IF_ERROR(CheckDvppSpan(__func__, "data", data, size, 1));
  const Picture to = output->picture.Get();
  if (to.format != PIXEL_FORMAT_UNKNOWN && FindFormat(to.format) == nullptr)
    return FailFormat(to.format, __func__);
  ACL_RETURN_IF_ERROR(CheckDvppSpan(__func__, "output", to.data, to.size, kOutputAlignment));
  const std::shared_ptr<Stream> found = FindStream(stream, &code, __func__);
  if (found == nullptr) return code;
  const DecodeJob job{__func__, data, size, to,
                      settings.jpegd_precision == JPEGD_PRECISION_ALIGN_UP};
  found->PushWork(__func__, fault, [job, output]() -> aclError {
    Picture made = job.to;
    const aclError result = RunDecode(job, &made);
    if (result == ACL_SUCCESS) {
      output->picture.Change([&](Picture* picture) {
        picture->format = made.format;
        picture->width = made.width;
        picture->height = made.height;
        picture->width_stride = made.width_stride;
        picture->height_stride = made.height_stride;
      });
    }
    output->ret_code = static_cast<uint32_t>(result);
    return result;
  });
  return ACL_SUCCESS;
}

// Enough for the worst file: libjpeg-turbo's own bound for 4:2:0.
aclError acldvppJpegPredictEncSize(const acldvppPicDesc* inputDesc,
                                   const acldvppJpegeConfig* config, uint32_t* size) {
  ACL_ENTRY();
  ACL_REQUIRE_NOT_NULL(size);
  aclError code = ACL_SUCCESS;
  const auto input = FindDvpp<PicDesc>(inputDesc, __func__, "inputDesc", &code);
  if (input == nullptr) return code;
  if (FindDvpp<JpegeConfig>(config, __func__, "config", &code) == nullptr) return code;
  const Picture from = input->picture.Get();
  ACL_RETURN_IF_ERROR(CheckEncoderInput(from, __func__));
  *size = RoundUp(from.width, 16) * RoundUp(from.height, 16) * 3 + 2048;
  return ACL_SUCCESS;
}

aclError acldvppJpegEncodeAsync(acldvppChannelDesc* channelDesc, acldvppPicDesc* inputDesc,
                                const void* data, uint32_t* size, acldvppJpegeConfig* config,
                                aclrtStream stream) {
  QueuedFault fault;
  ACL_ENTRY_QUEUED(&fault);
  ACL_REQUIRE_NOT_NULL(size);
  ChannelSettings settings;
  aclError code = ACL_SUCCESS;
  if (!FindChannel(channelDesc, DVPP_CHNMODE_JPEGE, __func__, &settings, &code)) return code;
  const auto input = FindDvpp<PicDesc>(inputDesc, __func__, "inputDesc", &code);
  if (input == nullptr) return code;
  const auto level = FindDvpp<JpegeConfig>(config, __func__, "config", &code);
  if (level == nullptr) return code;
  const Picture from = input->picture.Get();
  ACL_RETURN_IF_ERROR(CheckEncoderInput(from, __func__));
  const uint32_t room = *size;
  ACL_RETURN_IF_ERROR(CheckDvppSpan(__func__, "data", data, room, 1));
  const std::shared_ptr<Stream> found = FindStream(stream, &code, __func__);
  if (found == nullptr) return code;
  const uint32_t set = level->level.load();
  const int quality = set == 0 ? 100 : static_cast<int>(set);
  found->PushWork(__func__, fault, [=, function = __func__]() -> aclError {
    const uint64_t bytes =
        FormatBytes(*FindFormat(from.format), from.width_stride, from.height_stride);
    ACL_RETURN_IF_ERROR(CheckDvppSpan(function, "input", from.data, bytes, 1));
    ACL_RETURN_IF_ERROR(CheckDvppSpan(function, "data", data, room, 1));
    std::vector<uint8_t> file;
    const JpegStatus status = EncodeJpeg(FrameOf(from), quality, &file);
    if (!status.ok()) return Fail(status.code, function, "cannot encode: %s", status.why.c_str());
    if (file.size() > room)
      return Fail(ACL_ERROR_INVALID_PARAM, function,
                  "the file has %zu bytes, data has room for %u (acldvppJpegPredictEncSize)",
                  file.size(), room);
    std::memcpy(const_cast<void*>(data), file.data(), file.size());
    *size = static_cast<uint32_t>(file.size());
    return ACL_SUCCESS;
  });
  return ACL_SUCCESS;
}
