// SPDX-License-Identifier: Apache-2.0
// The headers are C, except acl_dvpp.h, under the names that programs use.
#include "acl/acl.h"
#include "acl/acl_base.h"
#include "acl/acl_mdl.h"
#include "acl/acl_op.h"
#include "acl/acl_op_compiler.h"
#include "acl/acl_rt.h"
#include "acl/dvpp/hi_dvpp.h"
#include "acl/ops/acl_cblas.h"

int main(void) { return aclrtGetSocName() == 0; }
