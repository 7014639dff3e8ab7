// SPDX-License-Identifier: Apache-2.0
#include "devices/acl/soft/live.h"

namespace infer_server::devices::acl {

LiveObjects::Shard& LiveObjects::shard(const void* object) const {
  return shards_[(reinterpret_cast<uintptr_t>(object) >> 5) % kShards];
}

void LiveObjects::Add(const void* object) {
  Shard& shard = this->shard(object);
  MutexLock lock(&shard.mutex);
  shard.hidden.insert(~reinterpret_cast<uintptr_t>(object));
}

bool LiveObjects::Remove(const void* object) {
  Shard& shard = this->shard(object);
  MutexLock lock(&shard.mutex);
  return shard.hidden.erase(~reinterpret_cast<uintptr_t>(object)) > 0;
}

bool LiveObjects::Has(const void* object) const {
  Shard& shard = this->shard(object);
  MutexLock lock(&shard.mutex);
  return shard.hidden.count(~reinterpret_cast<uintptr_t>(object)) > 0;
}

}  // namespace infer_server::devices::acl
