// SPDX-License-Identifier: Apache-2.0
#include "devices/acl/soft/dataset.h"

#include "devices/acl/soft/data_buffer.h"
#include "devices/acl/soft/error.h"
#include "devices/acl/soft/fault.h"

using namespace infer_server::devices::acl;

aclmdlDataset* aclmdlCreateDataset() {
  ACL_ENTRY_OR(nullptr);
  return CreateLive<aclmdlDataset>(__func__);
}

aclError aclmdlDestroyDataset(const aclmdlDataset* dataset) {
  ACL_ENTRY();
  return DestroyLive(dataset, __func__, "dataset");
}

aclError aclmdlAddDatasetBuffer(aclmdlDataset* dataset, aclDataBuffer* dataBuffer) {
  ACL_ENTRY();
  ACL_REQUIRE_LIVE(dataset);
  ACL_REQUIRE_LIVE(dataBuffer);
  dataset->buffers.push_back(dataBuffer);
  return ACL_SUCCESS;
}

size_t aclmdlGetDatasetNumBuffers(const aclmdlDataset* dataset) {
  return CheckLive(dataset, __func__, "dataset") == 0 ? dataset->buffers.size() : 0;
}

aclDataBuffer* aclmdlGetDatasetBuffer(const aclmdlDataset* dataset, size_t index) {
  if (CheckLive(dataset, __func__, "dataset") != 0) return nullptr;
  if (index < dataset->buffers.size()) return dataset->buffers[index];
  ACL_FAIL(ACL_ERROR_INVALID_PARAM, "index is %zu, the dataset has %zu buffers", index,
           dataset->buffers.size());
  return nullptr;
}
