// SPDX-License-Identifier: Apache-2.0
// Options of compiling operators. They are kept and told; nothing is compiled here.
#include <cstring>
#include <map>
#include <string>

#include "acl/acl_op_compiler.h"
#include "devices/acl/soft/error.h"
#include "devices/acl/soft/fault.h"
#include "devices/base/mutex.h"

namespace infer_server::devices::acl {
namespace {

struct Options {
  Mutex mutex;
  std::map<int, std::string> values INFER_GUARDED_BY(mutex);
};

Options& Get() {
  static Options& options = *new Options;
  return options;
}

aclError CheckOption(const char* function, aclCompileOpt opt) {
  if (opt < ACL_PRECISION_MODE || opt > ACL_OP_DEBUG_OPTION)
    return Fail(ACL_ERROR_INVALID_PARAM, function, "opt is %d, which no aclCompileOpt is",
                static_cast<int>(opt));
  return ACL_SUCCESS;
}

}  // namespace
}  // namespace infer_server::devices::acl

using namespace infer_server::devices::acl;
using infer_server::devices::MutexLock;

aclError aclSetCompileopt(aclCompileOpt opt, const char* value) {
  ACL_ENTRY();
  ACL_REQUIRE_NOT_NULL(value);
  ACL_RETURN_IF_ERROR(CheckOption(__func__, opt));
  Options& options = Get();
  MutexLock lock(&options.mutex);
  options.values[opt] = value;
  return ACL_SUCCESS;
}

// With the terminating 0; one that was not set is empty.
size_t aclGetCompileoptSize(aclCompileOpt opt) {
  ACL_ENTRY_OR(0);
  if (CheckOption(__func__, opt) != ACL_SUCCESS) return 0;
  Options& options = Get();
  MutexLock lock(&options.mutex);
  return options.values[opt].size() + 1;
}

aclError aclGetCompileopt(aclCompileOpt opt, char* value, size_t length) {
  ACL_ENTRY();
  ACL_REQUIRE_NOT_NULL(value);
  ACL_RETURN_IF_ERROR(CheckOption(__func__, opt));
  Options& options = Get();
  std::string held;
  {
    MutexLock lock(&options.mutex);
    held = options.values[opt];
  }
  if (length < held.size() + 1)
    return ACL_FAIL(ACL_ERROR_INVALID_PARAM, "length is %zu, must be %zu (aclGetCompileoptSize)",
                    length, held.size() + 1);
  std::memcpy(value, held.c_str(), held.size() + 1);
  return ACL_SUCCESS;
}

aclError aclopSetCompileFlag(aclOpCompileFlag flag) {
  ACL_ENTRY();
  if (flag < ACL_OP_COMPILE_DEFAULT || flag > ACL_OP_COMPILE_FUZZ)
    return ACL_FAIL(ACL_ERROR_INVALID_PARAM, "flag is %d, must be 0 or 1", static_cast<int>(flag));
  return ACL_SUCCESS;
}

// Plans are made anew each time, so there is no queue of them to bound.
aclError aclopSetMaxOpQueueNum(uint64_t maxOpNum) {
  ACL_ENTRY();
  if (maxOpNum == 0)
    return ACL_FAIL(ACL_ERROR_INVALID_MAX_OPQUEUE_NUM_CONFIG, "maxOpNum must be more than 0");
  return ACL_SUCCESS;
}
