// SPDX-License-Identifier: Apache-2.0
// Models of the acl device.
#pragma once

#include <memory>

#include "devices/acl/acl_card.h"
#include "devices/model.h"

namespace infer_server::devices {

// Loads an OM file, or for the software AscendCL an ONNX file, too. A model of a fixed batch is
// loaded as it is; other batch sizes are run in pieces of it. Image sizes and dimensions must be
// fixed. Fails as Device::LoadModel() says.
Result<std::shared_ptr<Model>> LoadAclModel(const std::shared_ptr<AclCard>& card,
                                            const ModelSource& source, const ModelOptions& options);

}  // namespace infer_server::devices
