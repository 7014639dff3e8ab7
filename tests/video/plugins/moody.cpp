// SPDX-License-Identifier: Apache-2.0
// A post-processor that does what the first number of its input says (tests/video/plugins/moody.h).
#include "tests/video/plugins/moody.h"

#include <inferserver_postprocess.h>

#include <cmath>
#include <cstring>
#include <stdexcept>

namespace {

struct Instance {
  uint32_t labels;
  float least_score;
};

void DefaultInput(const inferserver_network* network, inferserver_input* input) {
  input->color_order = network->inputs[0].shape[1] == 1 ? INFERSERVER_GRAY : INFERSERVER_RGB;
  input->scale[0] = input->scale[1] = input->scale[2] = 0.5f;
  input->mean[1] = NAN;
  input->std[2] = 0;
  input->keep_aspect_ratio = input->centered = 1;
  input->pad_value = 300;
}

int Open(const inferserver_network* network, void** self, char* error, size_t error_size) {
  if (network->output_count != 1 || std::strcmp(network->outputs[0].name, "refuse me") == 0) {
    std::strncpy(error, "wants one output,\nand a nice one", error_size);
    return 1;
  }
  if (std::strcmp(network->outputs[0].name, "throw") == 0) throw std::runtime_error("open");
  *self = new Instance{network->label_count, network->least_score};
  return 0;
}

int AddMany(const inferserver_item* item, int count) {
  for (int i = 0; i < count; ++i) {
    const auto at = static_cast<float>(i);
    const inferserver_point points[] = {{at, at, 0.5f}, {at + 1, at + 2, 2}};
    inferserver_object object = {at, at, at + 4, at + 4, 0.9f, i, points};
    if (i == 2) object.points = nullptr;
    if (item->add_object(item->results, &object) != 0) return 0;  // Forgets the failure.
  }
  return 0;
}

int AddOne(const inferserver_item* item, float x, float score, int label, float point) {
  const inferserver_point points[] = {{point, 1, 1}, {1, 1, 1}};
  const inferserver_object object = {x, 0, 10, 10, score, label, points};
  return item->add_object(item->results, &object);
}

int Process(void* self, const inferserver_item* item, char* error, size_t error_size) {
  const auto* instance = static_cast<const Instance*>(self);
  const float numbers[] = {3, 4, NAN};
  const uint8_t cells[] = {0, 1, 2, 3, 4, 5};
  switch (static_cast<int>(item->outputs[0][0])) {
    case kObjects:
      return AddMany(item, 3);
    case kTooManyObjects:
      return AddMany(item, 5);
    case kBadNumbers:
      AddOne(item, NAN, 0.9f, 0, 1);
      AddOne(item, -INFINITY, 0.9f, 0, 1);
      AddOne(item, 0, NAN, 0, 1);
      return AddOne(item, 0, 0.9f, 0, NAN);
    case kBadLabel:
      AddOne(item, 0, 0.9f, static_cast<int>(instance->labels), 1);
      return 0;
    case kNegativeLabel:
      return AddOne(item, 0, 0.9f, -1, 1);
    case kNull:
      return item->add_object(item->results, nullptr);
    case kFails:
      std::strncpy(error, "the moon is full", error_size);
      return 7;
    case kFailsSilently:
      AddOne(item, 0, 0.9f, 0, 1);
      return -1;
    case kLongError:
      std::memset(error, '\xff', error_size);  // Without its end.
      return 1;
    case kThrows:
      throw std::runtime_error("process");
    case kThrowsNumber:
      throw 5;
    case kClassAndEmbedding:
      item->add_class(item->results, 1, 0.75f);
      item->add_class(item->results, 0, 0.01f);  // Below the threshold.
      item->set_mask(item->results, cells, 3, 2);
      return item->set_embedding(item->results, numbers, 2);
    case kBadEmbedding:
      return item->set_embedding(item->results, numbers, 3);
    case kEmptyEmbedding:
      return item->set_embedding(item->results, nullptr, 3);
    case kBadMask:
      return item->set_mask(item->results, cells, 3, -2);
    case kBadScore:
      return item->add_class(item->results, 0, NAN);
    case kManyClasses:
      for (int i = 0; i < 100; ++i) item->add_class(item->results, 0, 1);
      return 0;
    default:
      return 0;
  }
}

void Close(void* self) { delete static_cast<Instance*>(self); }

constexpr inferserver_postprocess kTable = {
    INFERSERVER_POSTPROCESS_ABI, 4, 2, DefaultInput, Open, Process, Close};

}  // namespace

const inferserver_postprocess* inferserver_postprocess_entry() { return &kTable; }
