// SPDX-License-Identifier: Apache-2.0
// Models and their buffers, for tests of the software AscendCL.
#pragma once

#include <cstring>
#include <vector>

#include "tests/devices/acl/acl_test.h"
#include "tests/files.h"

namespace acl_test {

// A loaded model's description, and datasets with a buffer for each input and output, of the size
// that the description gives, in page-locked memory, which the test may read and write.
class ModelIo {
 public:
  explicit ModelIo(uint32_t id) : desc(aclmdlCreateDesc()) {
    EXPECT_EQ(aclmdlGetDesc(desc, id), ACL_SUCCESS);
    for (size_t i = 0; i < aclmdlGetNumInputs(desc); ++i)
      Add(input, aclmdlGetInputSizeByIndex(desc, i));
    for (size_t i = 0; i < aclmdlGetNumOutputs(desc); ++i)
      Add(output, aclmdlGetOutputSizeByIndex(desc, i));
  }
  ~ModelIo() {
    for (aclmdlDataset* dataset : {input, output}) {
      for (size_t i = 0; i < aclmdlGetDatasetNumBuffers(dataset); ++i) {
        aclDataBuffer* buffer = aclmdlGetDatasetBuffer(dataset, i);
        EXPECT_EQ(aclrtFreeHost(aclGetDataBufferAddr(buffer)), ACL_SUCCESS);
        EXPECT_EQ(aclDestroyDataBuffer(buffer), ACL_SUCCESS);
      }
      EXPECT_EQ(aclmdlDestroyDataset(dataset), ACL_SUCCESS);
    }
    EXPECT_EQ(aclmdlDestroyDesc(desc), ACL_SUCCESS);
  }
  ModelIo(const ModelIo&) = delete;
  ModelIo& operator=(const ModelIo&) = delete;

  template <typename T = float>
  T* in(size_t i) {
    return static_cast<T*>(aclGetDataBufferAddr(aclmdlGetDatasetBuffer(input, i)));
  }
  template <typename T = float>
  T* out(size_t i) {
    return static_cast<T*>(aclGetDataBufferAddr(aclmdlGetDatasetBuffer(output, i)));
  }
  std::vector<int64_t> dims(aclError (*get)(const aclmdlDesc*, size_t, aclmdlIODims*), size_t i) {
    aclmdlIODims dims;
    EXPECT_EQ(get(desc, i, &dims), ACL_SUCCESS);
    return {dims.dims, dims.dims + dims.dimCount};
  }

  aclmdlDesc* const desc;
  aclmdlDataset* const input = aclmdlCreateDataset();
  aclmdlDataset* const output = aclmdlCreateDataset();

 private:
  static void Add(aclmdlDataset* dataset, size_t bytes) {
    void* memory = nullptr;
    ASSERT_EQ(aclrtMallocHost(&memory, bytes), ACL_SUCCESS);
    std::memset(memory, 0, bytes);
    ASSERT_EQ(aclmdlAddDatasetBuffer(dataset, aclCreateDataBuffer(memory, bytes)), ACL_SUCCESS);
  }
};

// A model of tests/data/, or 0.
inline uint32_t LoadData(const std::string& name) {
  uint32_t id = 0;
  EXPECT_EQ(aclmdlLoadFromFile(infer_server::DataPath(name).c_str(), &id), ACL_SUCCESS) << Recent();
  return id;
}

inline uint32_t LoadBytes(const std::string& bytes) {
  uint32_t id = 0;
  EXPECT_EQ(aclmdlLoadFromMem(bytes.data(), bytes.size(), &id), ACL_SUCCESS) << Recent();
  return id;
}

}  // namespace acl_test
