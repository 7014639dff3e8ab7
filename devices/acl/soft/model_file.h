// SPDX-License-Identifier: Apache-2.0
// Model files: plain ONNX, or the container that inferserver-atc writes, told apart by content.
//
// The container, all numbers little-endian: 8 bytes of magic, u64 length of everything, u64 length
// of the JSON text, the JSON text, the ONNX bytes. The JSON is an object:
//   {"version": 1, "input_format": "NCHW", "inputs": [{"name": "data", "dims": [-1, 3, 224, 224]}],
//    "dynamic": "batch", "profiles": [[1], [2], [4]], "engine": "auto", "aipp": [{…}]}
// -1 stands for what a profile settles. "batch": a profile is one number, for every -1;
// "image_size": height and width, for the two -1 of each input that has any; "dims": a number for
// each -1, in the order of the inputs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "devices/acl/soft/aipp.h"
#include "devices/base/status.h"

namespace infer_server::devices::acl {

inline constexpr std::string_view kContainerMagic = "ISACLMD\x01";
inline constexpr size_t kMostProfiles = 128;  // What aclmdlBatch and aclmdlHW can hold.

enum class Dynamic { kNone, kBatch, kImageSize, kDims };

struct InputShape {
  std::string name;
  std::vector<int64_t> dims;
};

// What a model is to be loaded as. The default is plain ONNX as it is.
struct ModelProfiles {
  std::string format;              // "NCHW", "NHWC" or "ND" for all inputs; empty: as found.
  std::vector<InputShape> inputs;  // Empty: as in the network.
  Dynamic dynamic = Dynamic::kNone;
  std::vector<std::vector<int64_t>> profiles;  // Not empty when dynamic.
  std::string engine = "auto";                 // devices/cpu/engine_registry.h
  std::vector<AippConfig> aipp;                // At most one for an input.
};

struct ModelFile {
  ModelProfiles profiles;
  std::string_view onnx;  // Within the bytes given.
};

// Fails with kInvalidArgument: not a model (an OM file of the vendor's is told so), truncated,
// damaged. Survives any bytes.
Result<ModelFile> ReadModelFile(std::string_view bytes);

// The length of the model that begins at `bytes.data()`: the container's own, or as far as ONNX's
// top-level fields go. Never reads past `bytes`. Fails as ReadModelFile.
Result<size_t> MeasureModel(std::string_view bytes);

// Fails with kInvalidArgument when `profiles` do not hold together.
Status CheckProfiles(const ModelProfiles& profiles);
// How many numbers a profile has.
size_t ProfileSize(const ModelProfiles& profiles);
// The dimensions of the inputs under a profile.
std::vector<std::vector<int64_t>> Settle(const ModelProfiles& profiles,
                                         const std::vector<int64_t>& profile);

std::string WriteContainer(const ModelProfiles& profiles, std::string_view onnx);

}  // namespace infer_server::devices::acl
