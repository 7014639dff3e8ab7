// SPDX-License-Identifier: Apache-2.0
// JPEG files made by libjpeg, of each kind.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include <jpeglib.h>

namespace acl_test {

struct JpegKind {
  int components = 3;
  J_COLOR_SPACE space = JCS_YCbCr;  // What the samples below are, and what is written.
  int h = 2, v = 2;                 // Luma samples for one of chroma.
  bool progressive = false;
  bool arithmetic = false;
  int restart = 0;
  int quality = 100;
};

// Smooth, and different in every component.
inline uint8_t JpegSample(int component, int x, int y, int width, int height) {
  return static_cast<uint8_t>(60 + component * 30 + x * 60 / width +
                              (component % 2) * 30 * y / height);
}

inline std::vector<uint8_t> MakeJpeg(int width, int height, const JpegKind& kind) {
  jpeg_compress_struct codec;
  jpeg_error_mgr errors;
  codec.err = jpeg_std_error(&errors);
  jpeg_create_compress(&codec);
  unsigned char* bytes = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&codec, &bytes, &size);
  codec.image_width = static_cast<JDIMENSION>(width);
  codec.image_height = static_cast<JDIMENSION>(height);
  codec.input_components = kind.components;
  codec.in_color_space = kind.space;
  jpeg_set_defaults(&codec);
  jpeg_set_colorspace(&codec, kind.space);
  jpeg_set_quality(&codec, kind.quality, TRUE);
  codec.comp_info[0].h_samp_factor = kind.h;
  codec.comp_info[0].v_samp_factor = kind.v;
  for (int c = 1; c < kind.components; ++c)
    codec.comp_info[c].h_samp_factor = codec.comp_info[c].v_samp_factor = 1;
  if (kind.progressive) jpeg_simple_progression(&codec);
  if (kind.arithmetic) codec.arith_code = TRUE;
  codec.restart_interval = static_cast<unsigned int>(kind.restart);
  jpeg_start_compress(&codec, TRUE);
  std::vector<uint8_t> row(static_cast<size_t>(width * kind.components));
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x)
      for (int c = 0; c < kind.components; ++c)
        row[static_cast<size_t>(x * kind.components + c)] = JpegSample(c, x, y, width, height);
    JSAMPROW rows = row.data();
    jpeg_write_scanlines(&codec, &rows, 1);
  }
  jpeg_finish_compress(&codec);
  jpeg_destroy_compress(&codec);
  std::vector<uint8_t> file(bytes, bytes + size);
  std::free(bytes);
  return file;
}

// libjpeg's own way to interleaved pixels.
inline std::vector<uint8_t> ReadJpeg(const std::vector<uint8_t>& file, J_COLOR_SPACE space) {
  jpeg_decompress_struct codec;
  jpeg_error_mgr errors;
  codec.err = jpeg_std_error(&errors);
  jpeg_create_decompress(&codec);
  jpeg_mem_src(&codec, file.data(), static_cast<unsigned long>(file.size()));
  jpeg_read_header(&codec, TRUE);
  codec.out_color_space = space;
  jpeg_start_decompress(&codec);
  const size_t stride = size_t{codec.output_width} * static_cast<size_t>(codec.output_components);
  std::vector<uint8_t> pixels(stride * codec.output_height);
  while (codec.output_scanline < codec.output_height) {
    JSAMPROW row = pixels.data() + codec.output_scanline * stride;
    jpeg_read_scanlines(&codec, &row, 1);
  }
  jpeg_finish_decompress(&codec);
  jpeg_destroy_decompress(&codec);
  return pixels;
}

}  // namespace acl_test
