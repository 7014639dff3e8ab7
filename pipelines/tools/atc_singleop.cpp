// SPDX-License-Identifier: Apache-2.0
#include "pipelines/tools/atc_singleop.h"

#include <filesystem>
#include <fstream>

#include "acl/acl.h"
#include "devices/acl/soft/singleop.h"
#include "devices/base/read_file.h"

namespace infer_server::devices::acl {

Result<std::vector<std::string>> WriteSingleOps(const std::string& description,
                                                const std::string& folder) {
  std::string text;
  if (!ReadFile(description, &text))
    return Status(Code::kNotFound, "--singleop: cannot read '" + description + "'");
  Result<std::vector<SingleOp>> ops = ReadSingleOps(text);
  if (!ops.ok())
    return Status(ops.status().code(),
                  "--singleop: " + description + ": " + ops.status().message());
  if (aclopLoad(text.data(), text.size()) != ACL_SUCCESS) {
    const char* why = aclGetRecentErrMsg();
    return Status(Code::kUnsupported,
                  "--singleop: " + description + ": " + (why == nullptr ? "not loaded" : why));
  }
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  std::vector<std::string> written;
  for (const SingleOp& op : ops.value()) {
    written.push_back(
        (std::filesystem::path(folder) / SingleOpFileName(written.size(), op)).string());
    const std::string bytes = WriteSingleOp(op);
    std::ofstream output(written.back(), std::ios::binary);
    output.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    if (!output.flush())
      return Status(Code::kInvalidArgument, "--output: cannot write '" + written.back() + "'");
  }
  return written;
}

}  // namespace infer_server::devices::acl
