// SPDX-License-Identifier: Apache-2.0
#include "devices/acl/soft/data_buffer.h"

#include <new>

#include "devices/acl/soft/error.h"
#include "devices/acl/soft/fault.h"

using namespace infer_server::devices::acl;

// (NULL, 0) is the placeholder of an input that is not used.
aclDataBuffer* aclCreateDataBuffer(void* data, size_t size) {
  ACL_ENTRY_OR(nullptr);
  auto* buffer = new (std::nothrow) aclDataBuffer{data, size};
  if (buffer == nullptr) ACL_FAIL(ACL_ERROR_BAD_ALLOC, "out of memory");
  return buffer;
}

aclError aclDestroyDataBuffer(const aclDataBuffer* dataBuffer) {
  ACL_ENTRY();
  ACL_REQUIRE_NOT_NULL(dataBuffer);
  delete dataBuffer;
  return ACL_SUCCESS;
}

aclError aclUpdateDataBuffer(aclDataBuffer* dataBuffer, void* data, size_t size) {
  ACL_ENTRY();
  ACL_REQUIRE_NOT_NULL(dataBuffer);
  *dataBuffer = {data, size};
  return ACL_SUCCESS;
}

void* aclGetDataBufferAddr(const aclDataBuffer* dataBuffer) {
  return dataBuffer == nullptr ? nullptr : dataBuffer->data;
}

uint32_t aclGetDataBufferSize(const aclDataBuffer* dataBuffer) {
  return static_cast<uint32_t>(aclGetDataBufferSizeV2(dataBuffer));
}

size_t aclGetDataBufferSizeV2(const aclDataBuffer* dataBuffer) {
  return dataBuffer == nullptr ? 0 : dataBuffer->size;
}
