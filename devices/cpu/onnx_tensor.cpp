// SPDX-License-Identifier: Apache-2.0
#include "devices/cpu/onnx_tensor.h"

#include <algorithm>

#include "devices/cpu/wire_reader.h"

namespace infer_server::devices {
namespace {

constexpr std::uint64_t kMostElements = std::uint64_t{1} << 31;
constexpr std::size_t kMostDims = 16;
constexpr std::uint64_t kString = 8;

// Field numbers of TensorProto.
enum : std::uint32_t {
  kDims = 1,
  kDataType = 2,
  kFloatData = 4,
  kInt32Data = 5,
  kStringData = 6,
  kInt64Data = 7,
  kName = 8,
  kRawData = 9,
  kDoubleData = 10,
  kUint64Data = 11,
  kDataLocation = 14,
};

// Bytes of one element in raw_data; 0 for types that are not numbers.
std::uint64_t RawBytes(std::uint64_t data_type) {
  switch (data_type) {
    case 2:  // uint8
    case 3:  // int8
    case 9:  // bool
      return 1;
    case 4:   // uint16
    case 5:   // int16
    case 10:  // float16
    case 16:  // bfloat16
      return 2;
    case 1:   // float
    case 6:   // int32
    case 12:  // uint32
      return 4;
    case 7:   // int64
    case 11:  // double
    case 13:  // uint64
    case 14:  // complex64
      return 8;
    case 15:  // complex128
      return 16;
    default:
      return 0;
  }
}

// Numbers in a packed list of varints: every last byte has its top bit clear.
std::uint64_t CountVarints(std::string_view bytes) {
  return static_cast<std::uint64_t>(std::count_if(bytes.begin(), bytes.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0x80) == 0;
  }));
}

// What the fields of one tensor add up to.
struct Sums {
  std::uint64_t shape = 1;  // Elements by the shape,
  std::uint64_t typed = 0;  // in the lists of numbers,
  std::uint64_t raw = 0;    // bytes of raw_data.
  std::size_t dims = 0;
  bool too_large = false;
  bool elsewhere = false;
};

void AddDim(std::uint64_t dim, Sums* sums) {
  sums->too_large |= dim > kMostElements || ++sums->dims > kMostDims ||
                     (dim > 0 && sums->shape > kMostElements / dim);
  sums->shape = sums->too_large ? 0 : sums->shape * dim;
}

void AddDims(const WireField& field, Sums* sums) {
  if (field.wire_type == 0) return AddDim(field.value, sums);
  std::uint64_t dim = 0;
  unsigned shift = 0;
  for (const char c : field.bytes) {  // Packed.
    const auto byte = static_cast<unsigned char>(c);
    if (shift < 64) dim |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
    shift += 7;
    if ((byte & 0x80) != 0) continue;
    AddDim(dim, sums);
    dim = 0;
    shift = 0;
  }
}

void AddField(const WireField& field, Sums* sums) {
  const bool packed = field.wire_type == 2;
  switch (field.number) {
    case kDims:
      return AddDims(field, sums);
    case kFloatData:
      sums->typed += packed ? field.bytes.size() / 4 : 1;
      return;
    case kDoubleData:
      sums->typed += packed ? field.bytes.size() / 8 : 1;
      return;
    case kInt32Data:
    case kInt64Data:
    case kUint64Data:
      sums->typed += packed ? CountVarints(field.bytes) : 1;
      return;
    case kStringData:
      ++sums->typed;
      return;
    case kRawData:
      sums->raw = field.bytes.size();
      return;
    case kDataLocation:
      sums->elsewhere = field.wire_type == 0 && field.value == 1;
      return;
    default:
      return;
  }
}

}  // namespace

Result<OnnxTensorHeader> CheckOnnxTensor(std::string_view message) {
  OnnxTensorHeader header;
  Sums sums;
  WireReader reader(message);
  for (WireField field; reader.Next(&field);) {
    if (field.number == kName && field.wire_type == 2) header.name = field.bytes;
    if (field.number == kDataType && field.wire_type == 0) header.data_type = field.value;
    AddField(field, &sums);
  }
  const std::string tensor = "tensor '" + std::string(header.name.substr(0, 100)) + "'";
  if (reader.state() != WireReader::State::kEnd)
    return Status(Code::kInvalidArgument, tensor + " breaks off");
  if (sums.elsewhere)
    return Status(Code::kUnsupported,
                  tensor + " has its data in another file; save the network as one file");
  if (sums.too_large) return Status(Code::kInvalidArgument, tensor + " is too large");
  const std::uint64_t element = RawBytes(header.data_type);
  if (element == 0 && header.data_type != kString)
    return Status(Code::kInvalidArgument,
                  tensor + " has the unknown element type " + std::to_string(header.data_type));
  // Complex numbers are listed as two.
  const std::uint64_t parts = header.data_type == 14 || header.data_type == 15 ? 2 : 1;
  const bool fits = sums.raw > 0 ? sums.raw == sums.shape * element && sums.typed == 0
                                 : sums.typed == sums.shape * parts;
  if (!fits)
    return Status(Code::kInvalidArgument,
                  tensor + " has " +
                      (sums.raw > 0 ? std::to_string(sums.raw) + " bytes"
                                    : std::to_string(sums.typed) + " elements") +
                      " and a shape for " + std::to_string(sums.shape) + " elements" +
                      (sums.raw > 0 ? " of " + std::to_string(element) + " bytes" : ""));
  return header;
}

}  // namespace infer_server::devices
