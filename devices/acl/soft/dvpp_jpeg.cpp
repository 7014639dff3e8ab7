// SPDX-License-Identifier: Apache-2.0
#include "devices/acl/soft/dvpp_jpeg.h"

#include <algorithm>
#include <csetjmp>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>

#include <jpeglib.h>

#include <jerror.h>

#include "devices/acl/soft/dvpp_scale.h"

namespace infer_server::devices::acl {
namespace {

constexpr uint32_t kMaxSide = 8192;

// libjpeg leaves by longjmp, so nothing between a setjmp and a call of it has a destructor.
struct Errors {
  jpeg_error_mgr base;
  std::jmp_buf leave;
  bool damaged;
  char text[JMSG_LENGTH_MAX];
};

Errors* ErrorsOf(j_common_ptr codec) { return reinterpret_cast<Errors*>(codec->err); }

[[noreturn]] void OnError(j_common_ptr codec) {
  Errors* const errors = ErrorsOf(codec);
  codec->err->format_message(codec, errors->text);
  std::longjmp(errors->leave, 1);
}

// libjpeg goes on after damage and makes grey of it; that is a failure here.
void OnMessage(j_common_ptr codec, int level) {
  if (level >= 0) return;
  const int code = codec->err->msg_code;
  if (code != JWRN_JPEG_EOF && code != JWRN_HIT_MARKER && code != JWRN_HUFF_BAD_CODE &&
      code != JWRN_MUST_RESYNC && code != JWRN_BOGUS_PROGRESSION)
    return;
  Errors* const errors = ErrorsOf(codec);
  if (!errors->damaged) codec->err->format_message(codec, errors->text);
  errors->damaged = true;
}

void SetUp(Errors* errors) {
  jpeg_std_error(&errors->base);
  errors->base.error_exit = OnError;
  errors->base.emit_message = OnMessage;
  errors->damaged = false;
  errors->text[0] = '\0';
}

acldvppJpegFormat SamplingOf(const jpeg_decompress_struct& codec) {
  if (codec.num_components == 1) return ACL_JPEG_CSS_GRAY;
  if (codec.num_components != 3) return ACL_JPEG_CSS_UNKNOWN;
  const jpeg_component_info* const c = codec.comp_info;
  if (c[1].h_samp_factor != c[2].h_samp_factor || c[1].v_samp_factor != c[2].v_samp_factor ||
      c[0].h_samp_factor % c[1].h_samp_factor != 0 || c[0].v_samp_factor % c[1].v_samp_factor != 0)
    return ACL_JPEG_CSS_UNKNOWN;
  const int x = c[0].h_samp_factor / c[1].h_samp_factor;
  const int y = c[0].v_samp_factor / c[1].v_samp_factor;
  if (x == 1) return y == 1 ? ACL_JPEG_CSS_444 : y == 2 ? ACL_JPEG_CSS_440 : ACL_JPEG_CSS_UNKNOWN;
  if (x == 2) return y == 1 ? ACL_JPEG_CSS_422 : y == 2 ? ACL_JPEG_CSS_420 : ACL_JPEG_CSS_UNKNOWN;
  return x == 4 && y == 1 ? ACL_JPEG_CSS_411 : ACL_JPEG_CSS_UNKNOWN;
}

const char* WhyUnsupported(const jpeg_decompress_struct& codec) {
  if (codec.progressive_mode) return "it is progressive";
  if (codec.arith_code) return "it is coded arithmetically";
  if (codec.data_precision != 8) return "its samples are not of 8 bits";
  if (codec.jpeg_color_space != JCS_YCbCr && codec.jpeg_color_space != JCS_GRAYSCALE)
    return "its colours are not YUV or grey";
  const acldvppJpegFormat sampling = SamplingOf(codec);
  if (sampling == ACL_JPEG_CSS_UNKNOWN || sampling == ACL_JPEG_CSS_411)
    return "its chroma is not 4:4:4, 4:2:2, 4:2:0, 4:4:0 or none";
  if (codec.image_width > kMaxSide || codec.image_height > kMaxSide)
    return "a side is longer than 8192";
  return nullptr;
}

void FillInfo(const jpeg_decompress_struct& codec, JpegInfo* info) {
  info->width = codec.image_width;
  info->height = codec.image_height;
  info->components = codec.num_components;
  info->sampling = SamplingOf(codec);
  const char* const why = WhyUnsupported(codec);
  info->unsupported = why == nullptr ? "" : why;
}

// The codec with its errors, released whichever way it is left.
struct Decoder {
  jpeg_decompress_struct codec;
  Errors errors;
  Decoder() {
    SetUp(&errors);
    std::memset(&codec, 0, sizeof codec);
    codec.err = &errors.base;
  }
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;
  ~Decoder() { jpeg_destroy_decompress(&codec); }

  // False: errors.text says why.
  bool ReadHeader(const void* data, size_t size) {
    if (setjmp(errors.leave) != 0) return false;
    jpeg_create_decompress(&codec);
    jpeg_mem_src(&codec, static_cast<const unsigned char*>(data), static_cast<unsigned long>(size));
    jpeg_read_header(&codec, TRUE);
    return true;
  }
  bool Start() {
    if (setjmp(errors.leave) != 0) return false;
    codec.raw_data_out = TRUE;
    codec.dct_method = JDCT_ISLOW;
    codec.do_fancy_upsampling = FALSE;
    jpeg_start_decompress(&codec);
    return true;
  }
  // rows[c][i] is row i of component c, for all rows with padding.
  bool ReadRows(JSAMPARRAY const* rows) {
    if (setjmp(errors.leave) != 0) return false;
    while (codec.output_scanline < codec.output_height) {
      JSAMPARRAY at[MAX_COMPONENTS];
      for (int c = 0; c < codec.num_components; ++c) {
        const JDIMENSION group = codec.output_scanline / GroupRows();
        at[c] = rows[c] + group * static_cast<JDIMENSION>(RowsOfGroup(c));
      }
      if (jpeg_read_raw_data(&codec, at, GroupRows()) == 0) return false;
    }
    jpeg_finish_decompress(&codec);
    return true;
  }
  JDIMENSION GroupRows() const {
    return static_cast<JDIMENSION>(codec.max_v_samp_factor * DCTSIZE);
  }
  int RowsOfGroup(int component) const {
    return codec.comp_info[component].v_samp_factor * DCTSIZE;
  }
};

constexpr PlaneLayout kGreyPlane{1, 0, 0, 1, {0, 0, 0}, {0, 0, 0}};

// A layout of as many planes as components, as libjpeg gives them.
FormatLayout PlanarLayout(const jpeg_decompress_struct& codec) {
  FormatLayout layout{PIXEL_FORMAT_UNKNOWN, "JPEG", false, codec.num_components, {}};
  layout.planes[0] = kGreyPlane;
  for (int c = 1; c < codec.num_components; ++c) {
    const int half_x = codec.comp_info[0].h_samp_factor / codec.comp_info[c].h_samp_factor - 1;
    const int half_y = codec.comp_info[0].v_samp_factor / codec.comp_info[c].v_samp_factor - 1;
    layout.planes[c] = {1, half_x, half_y, 1, {0, 0, 0}, {c, 0, 0}};
  }
  return layout;
}

JpegStatus Decode(const void* data, size_t size, const Frame& to) {
  Decoder decoder;
  jpeg_decompress_struct& codec = decoder.codec;
  if (!decoder.ReadHeader(data, size)) return {ACL_ERROR_PARSE_FILE, decoder.errors.text};
  if (const char* const why = WhyUnsupported(codec)) return {ACL_ERROR_UNSUPPORTED_JPEG, why};
  if (!decoder.Start()) return {ACL_ERROR_PARSE_FILE, decoder.errors.text};

  // Whole blocks, as they are decoded.
  const FormatLayout layout = PlanarLayout(codec);
  const JDIMENSION groups = (codec.output_height + decoder.GroupRows() - 1) / decoder.GroupRows();
  std::vector<uint8_t> planes[3];
  std::vector<JSAMPROW> rows[3];
  JSAMPARRAY row_tables[3] = {};
  Frame from;
  from.layout = &layout;
  from.width = to.width;  // May be one more than the file's: blocks go on.
  from.height = to.height;
  for (int c = 0; c < codec.num_components; ++c) {
    const size_t count = size_t{groups} * static_cast<size_t>(decoder.RowsOfGroup(c));
    const auto mcu_columns = static_cast<size_t>(codec.max_h_samp_factor * DCTSIZE);
    const size_t mcus = (codec.output_width + mcu_columns - 1) / mcu_columns;
    const size_t stride = mcus * static_cast<size_t>(codec.comp_info[c].h_samp_factor) * DCTSIZE;
    planes[c].resize(count * stride);
    rows[c].resize(count);
    for (size_t i = 0; i < count; ++i) rows[c][i] = planes[c].data() + i * stride;
    row_tables[c] = rows[c].data();
    from.data[c] = planes[c].data();
    from.stride[c] = static_cast<ptrdiff_t>(stride);
  }
  if (!decoder.ReadRows(row_tables) || decoder.errors.damaged)
    return {ACL_ERROR_PARSE_FILE, decoder.errors.text};
  DrawFrame(from, to, Filter::kBilinear, ACL_DVPP_CSC_MATRIX_BT601_WIDE);
  return {};
}

struct Encoder {
  jpeg_compress_struct codec;
  Errors errors;
  unsigned char* bytes = nullptr;
  unsigned long size = 0;
  Encoder() {
    SetUp(&errors);
    std::memset(&codec, 0, sizeof codec);
    codec.err = &errors.base;
  }
  Encoder(const Encoder&) = delete;
  Encoder& operator=(const Encoder&) = delete;
  ~Encoder() {
    jpeg_destroy_compress(&codec);
    std::free(bytes);
  }

  // rows[c] are the rows of component c, enough for whole blocks.
  bool Write(int width, int height, int quality, JSAMPARRAY const* rows) {
    if (setjmp(errors.leave) != 0) return false;
    jpeg_create_compress(&codec);
    jpeg_mem_dest(&codec, &bytes, &size);
    codec.image_width = static_cast<JDIMENSION>(width);
    codec.image_height = static_cast<JDIMENSION>(height);
    codec.input_components = 3;
    codec.in_color_space = JCS_YCbCr;
    jpeg_set_defaults(&codec);  // 4:2:0.
    jpeg_set_quality(&codec, quality, TRUE);
    codec.raw_data_in = TRUE;
    jpeg_start_compress(&codec, TRUE);
    while (codec.next_scanline < codec.image_height) {
      const JDIMENSION row = codec.next_scanline;
      JSAMPARRAY at[3] = {rows[0] + row, rows[1] + row / 2, rows[2] + row / 2};
      jpeg_write_raw_data(&codec, at, 2 * DCTSIZE);
    }
    jpeg_finish_compress(&codec);
    return true;
  }
};

JpegStatus Encode(const Frame& from, int quality, std::vector<uint8_t>* file) {
  // Whole blocks, the edges repeated.
  const int width = (from.width + 15) / 16 * 16, height = (from.height + 15) / 16 * 16;
  std::vector<uint8_t> planes[3];
  std::vector<JSAMPROW> rows[3];
  JSAMPARRAY row_tables[3];
  for (int c = 0; c < 3; ++c) {
    const int half = c > 0 ? 1 : 0;
    const int plane = half;
    const PlaneLayout& layout = from.layout->planes[plane];
    const int byte = c == 2 ? layout.byte[1] : layout.byte[0];
    const int columns = width >> half, count = height >> half;
    planes[c].resize(static_cast<size_t>(columns) * static_cast<size_t>(count));
    for (int y = 0; y < count; ++y) {
      uint8_t* const row = planes[c].data() + static_cast<ptrdiff_t>(y) * columns;
      rows[c].push_back(row);
      const uint8_t* const source =
          from.data[plane] + std::min(y, from.rows(plane) - 1) * from.stride[plane];
      for (int x = 0; x < columns; ++x)
        row[x] = source[std::min(x, from.columns(plane) - 1) * layout.sample_bytes + byte];
    }
    row_tables[c] = rows[c].data();
  }
  Encoder encoder;
  if (!encoder.Write(from.width, from.height, quality, row_tables))
    return {ACL_ERROR_INTERNAL_ERROR, encoder.errors.text};
  file->assign(encoder.bytes, encoder.bytes + encoder.size);
  return {};
}

uint32_t Decoded(uint32_t side, int step, bool up) {
  if (step == 1) return side;
  return up || side < 2 ? (side + 1) / 2 * 2 : side / 2 * 2;
}

}  // namespace

JpegStatus ReadJpegInfo(const void* data, size_t size, JpegInfo* info) {
  Decoder decoder;
  if (!decoder.ReadHeader(data, size)) return {ACL_ERROR_INVALID_PARAM, decoder.errors.text};
  FillInfo(decoder.codec, info);
  return {};
}

acldvppPixelFormat OwnFormat(const JpegInfo& info) {
  switch (info.sampling) {
    case ACL_JPEG_CSS_GRAY:
      return PIXEL_FORMAT_YUV_400;
    case ACL_JPEG_CSS_444:
      return PIXEL_FORMAT_YVU_SEMIPLANAR_444;
    case ACL_JPEG_CSS_422:
      return PIXEL_FORMAT_YVU_SEMIPLANAR_422;
    case ACL_JPEG_CSS_440:
      return PIXEL_FORMAT_YVU_SEMIPLANAR_440;
    default:
      return PIXEL_FORMAT_YVU_SEMIPLANAR_420;
  }
}

uint32_t DecodedWidth(const JpegInfo& info, const FormatLayout& layout, bool up) {
  return Decoded(info.width, layout.step_x(), up);
}

uint32_t DecodedHeight(const JpegInfo& info, const FormatLayout& layout, bool up) {
  return Decoded(info.height, layout.step_y(), up);
}

JpegStatus DecodeJpeg(const void* data, size_t size, const Frame& to) {
  try {
    return Decode(data, size, to);
  } catch (const std::bad_alloc&) {
    return {ACL_ERROR_BAD_ALLOC, "out of memory"};
  }
}

JpegStatus EncodeJpeg(const Frame& from, int quality, std::vector<uint8_t>* file) {
  try {
    return Encode(from, quality, file);
  } catch (const std::bad_alloc&) {
    return {ACL_ERROR_BAD_ALLOC, "out of memory"};
  }
}

}  // namespace infer_server::devices::acl
