// SPDX-License-Identifier: Apache-2.0
// Operators that aclopSetModelDir, aclopLoad and aclopCompile made known.
#pragma once

#include <string>

#include "devices/acl/soft/op.h"

namespace infer_server::devices::acl {

// Gives inputs without a value the constant that the operator was described with. In strict mode,
// once anything was made known, an operator that was not is 100024 in the name of `function`.
aclError CompleteFromModels(const char* function, OpRequest* request);

// Makes an operator known, once.
void AddOpModel(OpRequest request);

// Loads every description below `folder`, at most three levels down. Files that are none are left
// alone. 100002: this was called already.
aclError LoadOpFolder(const char* function, const std::string& folder);
// A description (singleop.h) as content. 100025: it is none, or of an operator that is not built.
aclError LoadOpModel(const char* function, const std::string& bytes, const std::string& where);

}  // namespace infer_server::devices::acl
