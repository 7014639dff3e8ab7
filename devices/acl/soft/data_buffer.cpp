// SPDX-License-Identifier: Apache-2.0
#include "devices/acl/soft/data_buffer.h"

#include "devices/acl/soft/error.h"
#include "devices/acl/soft/fault.h"

using namespace infer_server::devices::acl;

// (NULL, 0) is the placeholder of an input that is not used.
aclDataBuffer* aclCreateDataBuffer(void* data, size_t size) {
  ACL_ENTRY_OR(nullptr);
  return CreateLive<aclDataBuffer>(__func__, data, size);
}

aclError aclDestroyDataBuffer(const aclDataBuffer* dataBuffer) {
  ACL_ENTRY();
  return DestroyLive(dataBuffer, __func__, "dataBuffer");
}

aclError aclUpdateDataBuffer(aclDataBuffer* dataBuffer, void* data, size_t size) {
  ACL_ENTRY();
  ACL_REQUIRE_LIVE(dataBuffer);
  dataBuffer->data = data;
  dataBuffer->size = size;
  return ACL_SUCCESS;
}

void* aclGetDataBufferAddr(const aclDataBuffer* dataBuffer) {
  return CheckLive(dataBuffer, __func__, "dataBuffer") == 0 ? dataBuffer->data : nullptr;
}

uint32_t aclGetDataBufferSize(const aclDataBuffer* dataBuffer) {
  return static_cast<uint32_t>(aclGetDataBufferSizeV2(dataBuffer));
}

size_t aclGetDataBufferSizeV2(const aclDataBuffer* dataBuffer) {
  return CheckLive(dataBuffer, __func__, "dataBuffer") == 0 ? dataBuffer->size : 0;
}
