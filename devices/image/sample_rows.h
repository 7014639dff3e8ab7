// SPDX-License-Identifier: Apache-2.0
// Samples one plane along one output row into float rows, one a component. Internal.
//
// Interpolation gathers the two neighbouring samples of every output as they lie in memory, so that
// the arithmetic afterwards runs over contiguous arrays. Averaging adds whole source rows first and
// then along the row.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "devices/image/sampling.h"

namespace infer_server::devices {

// Samples the outputs 0..outputs − 1 of a row. Keeps its tables' memory when set up again.
class PlaneSampler {
 public:
  struct Source {
    const std::uint8_t* data = nullptr;
    std::ptrdiff_t stride = 0;  // Bytes.
    int sample_bytes = 1;       // 1..4.
    int components = 1;         // 1..3.
    int byte[3] = {0, 1, 2};    // Where each component is in the sample.
  };

  // Throws std::bad_alloc.
  void SetUp(const Source& source, const SampleAxis& x, const SampleAxis& y, int outputs);
  // Writes component c of output row `row` at rows[c], `outputs` floats of 0..255.
  // May throw std::bad_alloc when it is the first of its size.
  void Sample(int row, float* const* rows);

 private:
  void SetUpLinear();
  void SetUpArea();
  void Gather(int row, std::uint32_t* head, std::uint32_t* tail);
  void SampleLinear(int row, float* const* rows);
  void SampleArea(int row, float* const* rows);
  const std::uint8_t* Row(int row) const { return source_.data + row * source_.stride; }

  Source source_;
  SampleAxis x_, y_;
  int outputs_ = 0;
  // Interpolation, one entry an output: byte offset of the left sample, weight of the right one;
  // then of the upper and the lower row, the bytes of both samples.
  std::vector<int> offset_;
  std::vector<float> weight_;
  std::vector<std::uint32_t> gathered_;
  // Averaging.
  std::vector<TapRange> range_;
  std::vector<float> range_weights_, row_weights_, sum_;
};

// A plane of a frame, its components in the order Y, U, V or R, G, B.
PlaneSampler::Source SourceOf(const ImageView& frame, int plane);

}  // namespace infer_server::devices
