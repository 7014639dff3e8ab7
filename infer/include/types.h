// SPDX-License-Identifier: Apache-2.0
// Version, statuses, batch strategies and how tensors lie in memory. (Seed 004; the constants of
// CNIS 0.6/0.7 with those of 1.0 that do not contradict.)
#pragma once

#include <cstddef>
#include <ostream>
#include <string>

#include "devices/base/export.h"

// The version of the API: all of 0.7, with what 1.0 added where it does not contradict. For #if.
#define CNIS_VERSION_MAJOR 0
#define CNIS_VERSION_MINOR 7
#define CNIS_VERSION_PATCH 0
#define CNIS_GET_VERSION(major, minor, patch) (((major) << 20) | ((minor) << 10) | (patch))
#define CNIS_VERSION CNIS_GET_VERSION(CNIS_VERSION_MAJOR, CNIS_VERSION_MINOR, CNIS_VERSION_PATCH)

namespace infer_server {

// "0.7.0"
inline std::string Version() {
  return std::to_string(CNIS_VERSION_MAJOR) + "." + std::to_string(CNIS_VERSION_MINOR) + "." +
         std::to_string(CNIS_VERSION_PATCH);
}

// What a call or a request came to. A request has that of the first of its items that failed.
enum class Status {
  SUCCESS = 0,          // All items have their results.
  ERROR_READWRITE = 1,  // A file could not be read or written.
  ERROR_MEMORY = 2,     // Of the host or the device: there was not enough.
  INVALID_PARAM = 3,    // A parameter or an argument is missing or wrong.
  WRONG_TYPE = 4,       // An `any` held another type than asked for.
  ERROR_BACKEND = 5,    // A processor, the engine or the device failed.
  NOT_IMPLEMENTED = 6,  // Nothing here can do that, such as an unknown layout.
  TIMEOUT = 7,          // Not in time, or dropped: see InferServer::RequestSync().
  STATUS_COUNT = 8,     // Not a status: their number.
};
// "SUCCESS", "ERROR_READWRITE", ...; "UNKNOWN" for what is none. Never null (1.0).
INFER_API const char* StatusStr(Status status) noexcept;

// How items come into batches. (Seed 004 "Batch".)
enum class BatchStrategy {
  DYNAMIC = 0,   // Batches are filled across requests and sessions: throughput.
  STATIC = 1,    // Each request is batched alone, and at once: latency.
  SEQUENCE = 2,  // Refused: there are no models with a state.
  STRATEGY_COUNT = 3,
};
// "BatchStrategy::DYNAMIC", ...; "Unknown" for what is none.
INFER_API std::string ToString(BatchStrategy strategy) noexcept;
INFER_API std::ostream& operator<<(std::ostream& os, BatchStrategy strategy);

// Of an element of a tensor. INVALID: a type of the network's own that has no name here.
enum class DataType { UINT8, FLOAT32, FLOAT16, INT16, INT32, INVALID };
// Order of the dimensions of a tensor in memory, the outermost first. NONE: as the network has it.
enum class DimOrder { NCHW, NHWC, HWCN, TNC, NTC, NONE, INVALID };
// Bytes of one element; 0 for INVALID.
INFER_API std::size_t GetTypeSize(DataType type) noexcept;
// How a tensor lies in memory.
struct DataLayout {
  DataType dtype;  // Of each element.
  DimOrder order;  // Of the dimensions.
  bool operator==(const DataLayout& other) const noexcept {
    return dtype == other.dtype && order == other.order;
  }
};

}  // namespace infer_server
