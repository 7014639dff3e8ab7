// SPDX-License-Identifier: Apache-2.0
// aclmdlDataset: data buffers in order, and what was set for the next execution. Owns no buffer.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "acl/acl_mdl.h"
#include "devices/acl/soft/aipp.h"
#include "devices/acl/soft/live.h"

struct aclmdlDataset : infer_server::devices::acl::Live<aclmdlDataset> {
  static constexpr const char* kWhat = "dataset (aclmdlCreateDataset)";
  std::vector<aclDataBuffer*> buffers;
  // By aclmdlSetDynamicBatchSize and its kin; empty: nothing was set.
  std::vector<int64_t> profile;
  // By aclmdlSetInputAIPP, by the index of the network's input.
  std::map<size_t, std::shared_ptr<const infer_server::devices::acl::AippParams>> aipp;
};
