// SPDX-License-Identifier: Apache-2.0
#include "devices/acl/soft/model_file.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "devices/acl/soft/model_json.h"
#include "devices/cpu/wire_reader.h"

namespace infer_server::devices::acl {
namespace {

constexpr size_t kHeader = 24;
constexpr std::string_view kOmMagic = "IMOD";  // What the vendor's compiler writes.
constexpr size_t kMostDims = 8;

Status Bad(const std::string& why) { return Status(Code::kInvalidArgument, why); }

uint64_t ReadNumber(std::string_view bytes, size_t at) {
  uint64_t value = 0;
  for (size_t i = 0; i < 8; ++i)
    value |= static_cast<uint64_t>(static_cast<unsigned char>(bytes[at + i])) << (8 * i);
  return value;
}

void AppendNumber(uint64_t value, std::string* bytes) {
  for (int i = 0; i < 8; ++i) bytes->push_back(static_cast<char>(value >> (8 * i) & 0xFF));
}

bool IsContainer(std::string_view bytes) {
  return bytes.substr(0, kContainerMagic.size()) == kContainerMagic;
}

// The wire type of a field of ONNX's ModelProto; -1: it has no such field.
int OnnxWireType(uint32_t field) {
  switch (field) {
    case 1:  // ir_version
    case 5:  // model_version
      return 0;
    case 2:   // producer_name
    case 3:   // producer_version
    case 4:   // domain
    case 6:   // doc_string
    case 7:   // graph
    case 8:   // opset_import
    case 14:  // metadata_props
    case 20:  // training_info
    case 25:  // functions
      return 2;
    default:
      return -1;
  }
}

// How far `bytes` are fields of an ONNX file; 0 without version and graph.
size_t OnnxLength(std::string_view bytes) {
  WireReader reader(bytes);
  bool version = false, graph = false;
  size_t end = 0;
  for (WireField field; reader.Next(&field);) {
    if (OnnxWireType(field.number) != field.wire_type) break;
    version |= field.number == 1;
    graph |= field.number == 7;
    end = bytes.size() - reader.left();
  }
  return version && graph ? end : 0;
}

Status NotAModel(std::string_view bytes) {
  if (bytes.substr(0, kOmMagic.size()) == kOmMagic)
    return Bad(
        "this is an OM file, compiled for the vendor's processors, which has no network that a CPU "
        "can run; give the ONNX file it was made from, or convert that with inferserver-atc");
  return Bad("this is neither ONNX nor a container of inferserver-atc (" +
             std::to_string(bytes.size()) + " bytes)");
}

Status CheckLength(std::string_view bytes, uint64_t length) {
  if (length < kHeader)
    return Bad("the container is damaged: it says it has " + std::to_string(length) + " bytes");
  if (length > bytes.size())
    return Bad("the container is truncated: it has " + std::to_string(bytes.size()) +
               " bytes and should have " + std::to_string(length));
  return Status();
}

size_t OpenDims(const std::vector<int64_t>& dims) {
  return static_cast<size_t>(std::count(dims.begin(), dims.end(), -1));
}

}  // namespace

Result<ModelFile> ReadModelFile(std::string_view bytes) {
  ModelFile file;
  if (!IsContainer(bytes)) {
    // The rest is judged by who reads the network; it says what is wrong with damaged ONNX.
    WireReader reader(bytes);
    WireField first;
    if (!reader.Next(&first) || OnnxWireType(first.number) != first.wire_type)
      return NotAModel(bytes);
    file.onnx = bytes;
    return file;
  }
  if (bytes.size() < kHeader)
    return Bad("the container is truncated: it has " + std::to_string(bytes.size()) + " bytes");
  const uint64_t length = ReadNumber(bytes, 8), json = ReadNumber(bytes, 16);
  INFER_RETURN_IF_ERROR(CheckLength(bytes, length));
  if (json > length - kHeader)
    return Bad("the container is damaged: its JSON is said to have " + std::to_string(json) +
               " bytes of " + std::to_string(length));
  const size_t text = static_cast<size_t>(json);
  Result<ModelProfiles> profiles = ProfilesFromJson(bytes.substr(kHeader, text));
  if (!profiles.ok()) return profiles.status();
  INFER_RETURN_IF_ERROR(CheckProfiles(profiles.value()));
  file.profiles = std::move(profiles).value();
  file.onnx = bytes.substr(kHeader + text, static_cast<size_t>(length) - kHeader - text);
  return file;
}

Result<size_t> MeasureModel(std::string_view bytes) {
  if (IsContainer(bytes)) {
    if (bytes.size() < kHeader) return Bad("the container is truncated");
    const uint64_t length = ReadNumber(bytes, 8);
    INFER_RETURN_IF_ERROR(CheckLength(bytes, length));
    return static_cast<size_t>(length);
  }
  const size_t length = OnnxLength(bytes);
  if (length == 0) return NotAModel(bytes);
  return length;
}

size_t ProfileSize(const ModelProfiles& profiles) {
  switch (profiles.dynamic) {
    case Dynamic::kNone:
      return 0;
    case Dynamic::kBatch:
      return 1;
    case Dynamic::kImageSize:
      return 2;
    case Dynamic::kDims:
      break;
  }
  size_t open = 0;
  for (const InputShape& input : profiles.inputs) open += OpenDims(input.dims);
  return open;
}

Status CheckProfiles(const ModelProfiles& p) {
  size_t open = 0;
  for (const InputShape& input : p.inputs) {
    const std::string who = "input '" + input.name + "'";
    if (input.dims.empty() || input.dims.size() > kMostDims)
      return Bad(who + " has " + std::to_string(input.dims.size()) + " dimensions, must be 1 to " +
                 std::to_string(kMostDims));
    for (size_t d = 0; d < input.dims.size(); ++d) {
      const int64_t dim = input.dims[d];
      if (dim != -1 && (dim < 1 || dim > INT32_MAX))
        return Bad(who + " has dimension " + std::to_string(dim) +
                   ", must be 1 or more, or -1 for a size that profiles give");
      if (dim == -1 && p.dynamic == Dynamic::kBatch && d != 0)
        return Bad(who + " leaves another size than the batch open");
    }
    const size_t here = OpenDims(input.dims);
    if (p.dynamic == Dynamic::kImageSize && here != 0 && (here != 2 || input.dims[0] == -1))
      return Bad(who + " must leave height and width open, and nothing else");
    open += here;
  }
  if ((p.dynamic == Dynamic::kNone) != (open == 0))
    return Bad(open == 0 ? "there are profiles, but no input leaves a size open (-1)"
                         : "inputs leave sizes open (-1), but there are no profiles");
  if (p.dynamic == Dynamic::kNone) {
    if (!p.profiles.empty()) return Bad("there are profiles of a model that has none");
    return Status();
  }
  if (p.profiles.empty() || p.profiles.size() > kMostProfiles)
    return Bad("there are " + std::to_string(p.profiles.size()) + " profiles, must be 1 to " +
               std::to_string(kMostProfiles));
  for (const std::vector<int64_t>& profile : p.profiles) {
    if (profile.size() != ProfileSize(p))
      return Bad("a profile has " + std::to_string(profile.size()) + " numbers, must have " +
                 std::to_string(ProfileSize(p)));
    for (const int64_t value : profile)
      if (value < 1 || value > INT32_MAX)
        return Bad("a profile has the number " + std::to_string(value) + ", must be 1 or more");
    if (std::count(p.profiles.begin(), p.profiles.end(), profile) != 1)
      return Bad("a profile is there twice");
  }
  return Status();
}

std::vector<std::vector<int64_t>> Settle(const ModelProfiles& profiles,
                                         const std::vector<int64_t>& profile) {
  std::vector<std::vector<int64_t>> settled;
  size_t next = 0;
  for (const InputShape& input : profiles.inputs) {
    settled.push_back(input.dims);
    for (int64_t& dim : settled.back())
      if (dim == -1) dim = profile[next++ % profile.size()];
  }
  return settled;
}

std::string WriteContainer(const ModelProfiles& profiles, std::string_view onnx) {
  const std::string json = ProfilesToJson(profiles);
  std::string bytes(kContainerMagic);
  AppendNumber(kHeader + json.size() + onnx.size(), &bytes);
  AppendNumber(json.size(), &bytes);
  return bytes.append(json).append(onnx);
}

}  // namespace infer_server::devices::acl
