// SPDX-License-Identifier: Apache-2.0
// The planners of the operators (op.h), each in the file of its name.
#pragma once

#include "devices/acl/soft/op.h"

namespace infer_server::devices::acl {

// x to the type of the output (attribute dst_type, which must agree). Floating to whole numbers
// drops the fraction; whole numbers saturate, NaN becomes 0; anything but 0 is true. Floating to
// narrower floating goes to nearest, ties to even, and toward 0 with `truncate`.
aclError PlanCast(const char* function, const OpRequest& request, OpPlan* plan);
// The index of the first largest element along `dimension`, int32 or int64; NaN counts as largest.
// ArgMaxD has the dimension as an attribute, ArgMaxV2 as its second input.
aclError PlanArgMax(const char* function, const OpRequest& request, OpPlan* plan);
// Numpy's broadcast; whole numbers wrap around.
aclError PlanAdd(const char* function, const OpRequest& request, OpPlan* plan);
aclError PlanMul(const char* function, const OpRequest& request, OpPlan* plan);
// x1 [m, k], x2 [k, n], each transposed by attribute, and an optional bias [n].
aclError PlanMatMul(const char* function, const OpRequest& request, OpPlan* plan);
// a [m, k], b [k, n], c [m, n], alpha, beta: alpha a b + beta c.
aclError PlanGemm(const char* function, const OpRequest& request, OpPlan* plan);
// Dimension i of the output is dimension perm[i] of x; perm is the second input, or an attribute.
aclError PlanTranspose(const char* function, const OpRequest& request, OpPlan* plan);
// Over the neighbouring dimensions `axes` (the last one), or `axis`.
aclError PlanSoftmax(const char* function, const OpRequest& request, OpPlan* plan);

}  // namespace infer_server::devices::acl
