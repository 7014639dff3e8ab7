// SPDX-License-Identifier: Apache-2.0
// The JSON file of aclInit.
#pragma once

#include "acl/acl_base.h"

namespace infer_server::devices::acl {

struct InitFile {
  bool messages_by_process = false;  // "err_msg_mode": "1" is by process, "0" by thread.
};

// 100003 for a file that cannot be read, 100006 for one that is no JSON object or is nested more
// than 10 deep, 100048 for a max_opqueue_num that is no positive number; reported in the name of
// `function`. The keys dump, profiler and max_opqueue_num are accepted and do nothing.
aclError ReadInitFile(const char* path, InitFile* file, const char* function);

}  // namespace infer_server::devices::acl
