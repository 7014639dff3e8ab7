// SPDX-License-Identifier: Apache-2.0
#include "infer/onnx_length.h"

#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <limits>

namespace infer_server {

using devices::Code;
using devices::Result;

namespace {

constexpr std::uint32_t kVarint = 0, kBytes = 2;
constexpr std::uint32_t kGraph = 7, kOpsetImport = 8;

// The fields of ModelProto: number and wire type.
constexpr struct {
  std::uint32_t number, wire;
} kFields[] = {{1, kVarint}, {2, kBytes}, {3, kBytes},  {4, kBytes},  {5, kVarint}, {6, kBytes},
               {7, kBytes},  {8, kBytes}, {14, kBytes}, {20, kBytes}, {25, kBytes}, {26, kBytes}};

// Bytes at an address that may not be readable.
class Peek {
 public:
  explicit Peek(const void* base) : base_(static_cast<const char*>(base)) {}

  // Up to `size` bytes at `offset`; fewer where memory ends.
  std::size_t Read(std::size_t offset, unsigned char* to, std::size_t size) const {
    while (size > 0) {  // A read across the end of mapped memory may fail as a whole.
      iovec local{to, size};
      iovec remote{const_cast<char*>(base_) + offset, size};
      const ssize_t got = process_vm_readv(getpid(), &local, 1, &remote, 1, 0);
      if (got > 0) return static_cast<std::size_t>(got);
      --size;
    }
    return 0;
  }

 private:
  const char* base_;
};

// Reads a base-128 number at `bytes`; returns its length, 0 when there is none.
std::size_t ParseVarint(const unsigned char* bytes, std::size_t size, std::uint64_t* value) {
  *value = 0;
  for (std::size_t i = 0; i < std::min<std::size_t>(size, 10); ++i) {
    *value |= static_cast<std::uint64_t>(bytes[i] & 0x7f) << (7 * i);
    if ((bytes[i] & 0x80) == 0) return i + 1;
  }
  return 0;
}

struct Field {
  std::uint32_t number = 0;
  std::size_t size = 0;  // Tag, length and content.
};

// The field at `offset`, or one of number 0 when there is none that a ModelProto may have.
Field FieldAt(const Peek& peek, std::size_t offset) {
  unsigned char head[20];
  const std::size_t have = peek.Read(offset, head, sizeof head);
  std::uint64_t tag = 0, value = 0;
  const std::size_t tag_size = ParseVarint(head, have, &tag);
  if (tag_size == 0) return {};
  const std::size_t value_size = ParseVarint(head + tag_size, have - tag_size, &value);
  if (value_size == 0) return {};
  const auto known = std::find_if(std::begin(kFields), std::end(kFields), [&](const auto& field) {
    return tag == (field.number << 3 | field.wire);
  });
  if (known == std::end(kFields)) return {};
  std::size_t size = tag_size + value_size;
  if (known->wire == kBytes) {
    if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int32_t>::max())) return {};
    size += value;  // All of it must be there: look at its last byte.
    unsigned char last = 0;
    if (value > 0 && peek.Read(offset + size - 1, &last, 1) == 0) return {};
  }
  return {known->number, size};
}

}  // namespace

Result<std::size_t> OnnxLength(const void* data) {
  const Peek peek(data);
  unsigned char first = 0;
  errno = 0;
  if (peek.Read(0, &first, 1) == 0 && errno != EFAULT)
    return devices::Status(
        Code::kUnavailable,
        std::string("this system does not let a process look at memory of unknown size "
                    "(process_vm_readv: ") +
            std::strerror(errno) + "); give the model's size: LoadModel(mem_ptr, size)");
  std::size_t length = 0;
  std::uint32_t last = 0;
  bool graph = false, opset = false;
  while (true) {
    const Field field = FieldAt(peek, length);
    const bool repeats = field.number == last && field.number >= kOpsetImport;
    if (field.number == 0 || (field.number <= last && !repeats)) break;
    last = field.number;
    graph = graph || field.number == kGraph;
    opset = opset || field.number == kOpsetImport;
    length += field.size;
  }
  if (graph && opset) return length;
  return devices::Status(Code::kInvalidArgument,
                         "the memory does not hold an ONNX model (no graph and operator set among "
                         "its top-level fields); for another kind of model, or one whose fields "
                         "are not in order, give its size: LoadModel(mem_ptr, size)");
}

}  // namespace infer_server
