// SPDX-License-Identifier: Apache-2.0
// Walks the fields of a protobuf message without knowing its type. Reads nothing outside the bytes
// given, allocates nothing, survives any content.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace infer_server::devices {

// One field: its number, and either a number (wire types 0, 1, 5) or bytes (wire type 2).
struct WireField {
  std::uint32_t number = 0;
  int wire_type = 0;
  std::uint64_t value = 0;
  std::string_view bytes;
};

class WireReader {
 public:
  enum class State {
    kMore,
    kEnd,        // Ended at the end of a field.
    kTruncated,  // The last field goes on past the end.
    kMalformed,  // Not the encoding of any message.
  };

  explicit WireReader(std::string_view bytes) : rest_(bytes), size_(bytes.size()) {}

  // Reads the next field into `field`. False when there is none: see state().
  bool Next(WireField* field) {
    if (state_ != State::kMore) return false;
    if (rest_.empty()) return Stop(State::kEnd);
    start_ = size_ - rest_.size();
    std::uint64_t tag = 0;
    if (!Varint(&tag)) return false;
    field->number = static_cast<std::uint32_t>(tag >> 3);
    field->wire_type = static_cast<int>(tag & 7);
    if (tag >> 32 != 0 || field->number == 0) return Stop(State::kMalformed);
    switch (field->wire_type) {
      case 0:
        return Varint(&field->value);
      case 1:
        return Fixed(8, &field->value);
      case 2:
        return Bytes(&field->bytes);
      case 5:
        return Fixed(4, &field->value);
      default:
        return Stop(State::kMalformed);
    }
  }

  State state() const { return state_; }
  // Byte at which the field read last begins, and what it would need beyond the end (after
  // kTruncated; 0 when unknown).
  std::size_t field_start() const { return start_; }
  std::uint64_t missing() const { return missing_; }
  // Bytes that were not read yet.
  std::size_t left() const { return rest_.size(); }

 private:
  bool Stop(State state) {
    state_ = state;
    return false;
  }

  bool Varint(std::uint64_t* value) {
    *value = 0;
    for (unsigned shift = 0; shift < 70; shift += 7) {
      if (rest_.empty()) return Stop(State::kTruncated);
      const auto byte = static_cast<unsigned char>(rest_.front());
      rest_.remove_prefix(1);
      if (shift < 64) *value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if ((byte & 0x80) == 0) return true;
    }
    return Stop(State::kMalformed);
  }

  bool Fixed(std::size_t bytes, std::uint64_t* value) {
    if (rest_.size() < bytes) return Stop(State::kTruncated);
    *value = 0;
    for (std::size_t i = 0; i < bytes; ++i)
      *value |= static_cast<std::uint64_t>(static_cast<unsigned char>(rest_[i])) << (8 * i);
    rest_.remove_prefix(bytes);
    return true;
  }

  bool Bytes(std::string_view* bytes) {
    std::uint64_t length = 0;
    if (!Varint(&length)) return false;
    if (length > rest_.size()) {
      missing_ = length - rest_.size();
      return Stop(State::kTruncated);
    }
    *bytes = rest_.substr(0, static_cast<std::size_t>(length));
    rest_.remove_prefix(static_cast<std::size_t>(length));
    return true;
  }

  std::string_view rest_;
  const std::size_t size_;
  std::size_t start_ = 0;
  std::uint64_t missing_ = 0;
  State state_ = State::kMore;
};

}  // namespace infer_server::devices
