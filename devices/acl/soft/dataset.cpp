// SPDX-License-Identifier: Apache-2.0
#include "devices/acl/soft/dataset.h"

#include <new>

#include "devices/acl/soft/error.h"
#include "devices/acl/soft/fault.h"

using namespace infer_server::devices::acl;

aclmdlDataset* aclmdlCreateDataset() {
  ACL_ENTRY_OR(nullptr);
  auto* dataset = new (std::nothrow) aclmdlDataset;
  if (dataset == nullptr) ACL_FAIL(ACL_ERROR_BAD_ALLOC, "out of memory");
  return dataset;
}

aclError aclmdlDestroyDataset(const aclmdlDataset* dataset) {
  ACL_ENTRY();
  ACL_REQUIRE_NOT_NULL(dataset);
  delete dataset;
  return ACL_SUCCESS;
}

aclError aclmdlAddDatasetBuffer(aclmdlDataset* dataset, aclDataBuffer* dataBuffer) {
  ACL_ENTRY();
  ACL_REQUIRE_NOT_NULL(dataset);
  ACL_REQUIRE_NOT_NULL(dataBuffer);
  dataset->buffers.push_back(dataBuffer);
  return ACL_SUCCESS;
}

size_t aclmdlGetDatasetNumBuffers(const aclmdlDataset* dataset) {
  return dataset == nullptr ? 0 : dataset->buffers.size();
}

aclDataBuffer* aclmdlGetDatasetBuffer(const aclmdlDataset* dataset, size_t index) {
  return dataset == nullptr || index >= dataset->buffers.size() ? nullptr : dataset->buffers[index];
}
