// SPDX-License-Identifier: Apache-2.0
// A post-processor of one's own: reads what pipelines/models/person_vtest.onnx puts out, as the
// built-in "yolox" does. To be used as a pattern; pipelines/README.md says how to build it.
//
// The network's output is [1,N,6], one row for each cell of grids of 8, 16 and 32 pixels: x and y
// from the cell, logarithms of width and height, all in strides; objectness; probability.
#include <inferserver_postprocess.h>

#include <cmath>
#include <cstdio>
#include <new>

namespace {

constexpr int kStrides[] = {8, 16, 32};
constexpr int kRow = 6;
constexpr unsigned kMostObjects = 20000;

// One for each engine that runs the network.
struct Boxes {
  int columns[3], rows[3];
  float least_score;
};

// The network wants BGR 0..255, letterboxed top-left on grey.
void DefaultInput(const inferserver_network*, inferserver_input* input) {
  input->keep_aspect_ratio = 1;
  input->pad_value = 114;
}

// Looks at the tensors once, and says what is wrong with them.
int Open(const inferserver_network* network, void** self, char* error, size_t error_size) {
  if (network->input_count != 1 || network->inputs[0].rank != 4 || network->output_count != 1 ||
      network->outputs[0].rank != 3 || network->outputs[0].shape[2] != kRow) {
    std::snprintf(error, error_size, "expected one picture in and one output [1,N,%d]", kRow);
    return -1;
  }
  auto* boxes = new (std::nothrow) Boxes{{}, {}, network->least_score};
  if (boxes == nullptr) return -1;
  int64_t cells = 0;
  for (int i = 0; i < 3; ++i) {
    boxes->rows[i] = static_cast<int>(network->inputs[0].shape[2] / kStrides[i]);
    boxes->columns[i] = static_cast<int>(network->inputs[0].shape[3] / kStrides[i]);
    cells += static_cast<int64_t>(boxes->rows[i]) * boxes->columns[i];
  }
  if (cells != network->outputs[0].shape[1] || cells > kMostObjects) {
    std::snprintf(error, error_size, "expected %ld rows for the input's size",
                  static_cast<long>(cells));
    delete boxes;
    return -1;
  }
  *self = boxes;
  return 0;
}

// Called for every frame: no memory is allocated here.
int Process(void* self, const inferserver_item* item, char*, size_t) {
  const auto* boxes = static_cast<const Boxes*>(self);
  const float* row = item->outputs[0];
  for (int level = 0; level < 3; ++level) {
    const auto stride = static_cast<float>(kStrides[level]);
    for (int y = 0; y < boxes->rows[level]; ++y) {
      for (int x = 0; x < boxes->columns[level]; ++x, row += kRow) {
        const float score = row[4] * row[5];
        if (!(score >= boxes->least_score)) continue;
        const float cx = (row[0] + static_cast<float>(x)) * stride;
        const float cy = (row[1] + static_cast<float>(y)) * stride;
        const float w = std::exp(row[2]) * stride / 2, h = std::exp(row[3]) * stride / 2;
        const inferserver_object person = {cx - w, cy - h, cx + w, cy + h, score, 0, nullptr};
        if (item->add_object(item->results, &person) != 0) return -1;
      }
    }
  }
  return 0;
}

void Close(void* self) { delete static_cast<Boxes*>(self); }

constexpr inferserver_postprocess kTable = {
    INFERSERVER_POSTPROCESS_ABI, kMostObjects, 0, DefaultInput, Open, Process, Close};

}  // namespace

const inferserver_postprocess* inferserver_postprocess_entry() { return &kTable; }
