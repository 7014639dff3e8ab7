// SPDX-License-Identifier: Apache-2.0
// Single operators in tests: tensors on the device, and numbers in and out of them.
#pragma once

#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "acl/acl_op_compiler.h"
#include "tests/devices/acl/acl_test.h"

namespace acl_test {

using Dims = std::vector<int64_t>;

inline size_t Count(const Dims& dims) {
  size_t count = 1;
  for (const int64_t dim : dims) count *= static_cast<size_t>(dim);
  return count;
}

// A description, memory on the device (`spare` bytes more than needed), and a buffer of it.
class Tensor {
 public:
  Tensor(aclDataType type, const Dims& dims, size_t bytes = SIZE_MAX)
      : type_(type),
        dims_(dims),
        bytes_(bytes == SIZE_MAX ? Count(dims) * aclDataTypeSize(type) : bytes),
        desc_(
            aclCreateTensorDesc(type, static_cast<int>(dims.size()), dims.data(), ACL_FORMAT_ND)) {
    EXPECT_EQ(aclrtMalloc(&memory_, bytes_ + 1, ACL_MEM_MALLOC_HUGE_FIRST), ACL_SUCCESS);
    buffer_ = aclCreateDataBuffer(memory_, bytes_);
  }
  Tensor(const Tensor&) = delete;
  Tensor& operator=(const Tensor&) = delete;
  ~Tensor() {
    if (memory_ != nullptr) Free();
    aclDestroyDataBuffer(buffer_);
    aclDestroyTensorDesc(desc_);
  }

  aclDataType type() const { return type_; }
  const Dims& dims() const { return dims_; }
  aclTensorDesc* desc() const { return desc_; }
  aclDataBuffer* buffer() const { return buffer_; }
  void* memory() const { return memory_; }
  size_t bytes() const { return bytes_; }
  void Free() {
    EXPECT_EQ(aclrtFree(memory_), ACL_SUCCESS);
    memory_ = nullptr;
  }

  template <typename T>
  void Put(const std::vector<T>& values) {
    ASSERT_LE(values.size() * sizeof(T), bytes_);
    if (values.empty()) return;
    ASSERT_EQ(aclrtMemcpy(memory_, bytes_, values.data(), values.size() * sizeof(T),
                          ACL_MEMCPY_HOST_TO_DEVICE),
              ACL_SUCCESS);
  }
  template <typename T>
  std::vector<T> Get() const {
    std::vector<T> values(bytes_ / sizeof(T));
    if (!values.empty()) {
      EXPECT_EQ(aclrtMemcpy(values.data(), bytes_, memory_, bytes_, ACL_MEMCPY_DEVICE_TO_HOST),
                ACL_SUCCESS);
    }
    return values;
  }

  // By value, rounded as the type rounds; what does not fit must not be given.
  void PutNumbers(const std::vector<double>& numbers);
  std::vector<double> Numbers() const;

 private:
  const aclDataType type_;
  const Dims dims_;
  const size_t bytes_;
  aclTensorDesc* const desc_;
  void* memory_ = nullptr;
  aclDataBuffer* buffer_ = nullptr;
};

// Calls f with a value of the type that holds elements of `type`; 16-bit floats are uint16_t.
template <typename F>
void WithHostType(aclDataType type, const F& f) {
  switch (type) {
    case ACL_FLOAT:
      return f(float{});
    case ACL_DOUBLE:
      return f(double{});
    case ACL_INT8:
      return f(int8_t{});
    case ACL_INT16:
      return f(int16_t{});
    case ACL_INT32:
      return f(int32_t{});
    case ACL_INT64:
      return f(int64_t{});
    case ACL_UINT8:
    case ACL_BOOL:
      return f(uint8_t{});
    case ACL_UINT16:
    case ACL_FLOAT16:
    case ACL_BF16:
      return f(uint16_t{});
    case ACL_UINT32:
      return f(uint32_t{});
    case ACL_UINT64:
      return f(uint64_t{});
    default:
      FAIL() << "type " << type;
  }
}

inline void Tensor::PutNumbers(const std::vector<double>& numbers) {
  WithHostType(type_, [&](auto tag) {
    using T = decltype(tag);
    std::vector<T> values;
    for (const double number : numbers) {
      if (type_ == ACL_FLOAT16) {
        values.push_back(static_cast<T>(aclFloatToFloat16(static_cast<float>(number))));
      } else if (type_ == ACL_BF16) {
        const float value = static_cast<float>(number);
        uint32_t bits;
        std::memcpy(&bits, &value, sizeof bits);
        values.push_back(static_cast<T>(bits >> 16));
      } else {
        values.push_back(static_cast<T>(number));
      }
    }
    Put(values);
  });
}

inline std::vector<double> Tensor::Numbers() const {
  std::vector<double> numbers;
  WithHostType(type_, [&](auto tag) {
    for (const auto value : Get<decltype(tag)>()) {
      if (type_ == ACL_FLOAT16) {
        numbers.push_back(static_cast<double>(aclFloat16ToFloat(static_cast<aclFloat16>(value))));
      } else if (type_ == ACL_BF16) {
        const uint32_t bits = static_cast<uint32_t>(value) << 16;
        float number;
        std::memcpy(&number, &bits, sizeof number);
        numbers.push_back(static_cast<double>(number));
      } else {
        numbers.push_back(static_cast<double>(value));
      }
    }
  });
  return numbers;
}

// aclopExecuteV2 with these, without waiting.
inline aclError Execute(const char* op, const std::vector<const Tensor*>& inputs,
                        const Tensor& output, aclopAttr* attr, aclrtStream stream) {
  std::vector<aclTensorDesc*> descs;
  std::vector<aclDataBuffer*> buffers;
  for (const Tensor* input : inputs) {
    descs.push_back(input->desc());
    buffers.push_back(input->buffer());
  }
  aclTensorDesc* out_desc = output.desc();
  aclDataBuffer* out_buffer = output.buffer();
  return aclopExecuteV2(op, static_cast<int>(inputs.size()), descs.data(), buffers.data(), 1,
                        &out_desc, &out_buffer, attr, stream);
}

// A stream, and numbers that are the same in every run.
class Operators : public Runtime {
 protected:
  void SetUp() override {
    Runtime::SetUp();
    ASSERT_EQ(aclrtCreateStream(&stream_), ACL_SUCCESS);
    attr_ = aclopCreateAttr();
  }
  void TearDown() override {
    aclopDestroyAttr(attr_);
    EXPECT_EQ(aclrtDestroyStream(stream_), ACL_SUCCESS);
    Runtime::TearDown();
  }
  aclError Run(const char* op, const std::vector<const Tensor*>& inputs, const Tensor& output,
               aclopAttr* attr = nullptr) {
    const aclError code = Execute(op, inputs, output, attr, stream_);
    return code != ACL_SUCCESS ? code : aclrtSynchronizeStream(stream_);
  }
  void NewAttr() {
    aclopDestroyAttr(attr_);
    attr_ = aclopCreateAttr();
  }
  int Pick(int least, int most) { return std::uniform_int_distribution<int>(least, most)(random_); }
  Dims Shape(int most_dims, int largest) {
    Dims dims(static_cast<size_t>(Pick(0, most_dims)));
    for (int64_t& dim : dims) dim = Pick(1, largest);
    return dims;
  }
  // Whole numbers: every type holds them, and sums of products are exact.
  std::vector<double> Numbers(size_t count, int least, int most) {
    std::vector<double> numbers(count);
    for (double& number : numbers) number = Pick(least, most);
    return numbers;
  }

  aclrtStream stream_ = nullptr;
  aclopAttr* attr_ = nullptr;
  std::mt19937 random_{2024};
};

}  // namespace acl_test
