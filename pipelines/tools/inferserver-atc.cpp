// SPDX-License-Identifier: Apache-2.0
// inferserver-atc: from ONNX to the container that the software AscendCL loads, with the option
// names of the vendor's ATC. What it writes was loaded once for every profile.
#include <cstdio>
#include <fstream>

#include "acl/acl.h"
#include "devices/base/read_file.h"
#include "pipelines/tools/atc_options.h"
#include "pipelines/tools/atc_singleop.h"

namespace {

using infer_server::devices::Result;
using infer_server::devices::acl::AtcOptions;

int Fail(const std::string& why) {
  std::fprintf(stderr, "inferserver-atc: %s\n", why.c_str());
  return 1;
}

void Print(const char* what, const aclmdlIODims& dims, size_t bytes) {
  std::printf("%s %s [", what, dims.name);
  for (size_t d = 0; d < dims.dimCount; ++d)
    std::printf(d == 0 ? "%lld" : ",%lld", static_cast<long long>(dims.dims[d]));
  std::printf("] %zu bytes\n", bytes);
}

// Loads what is to be written, and says what programs will see. False: why is in the recent
// message.
bool Describe(const std::string& bytes) {
  aclmdlDesc* desc = aclmdlCreateDesc();
  const bool good = aclmdlGetDescFromMem(desc, bytes.data(), bytes.size()) == ACL_SUCCESS;
  aclmdlIODims dims;
  for (size_t i = 0; good && i < aclmdlGetNumInputs(desc); ++i) {
    aclmdlGetInputDims(desc, i, &dims);
    Print("input ", dims, aclmdlGetInputSizeByIndex(desc, i));
  }
  for (size_t i = 0; good && i < aclmdlGetNumOutputs(desc); ++i) {
    aclmdlGetOutputDims(desc, i, &dims);
    Print("output", dims, aclmdlGetOutputSizeByIndex(desc, i));
  }
  aclmdlDestroyDesc(desc);
  return good;
}

}  // namespace

int main(int argc, char** argv) {
  const Result<AtcOptions> parsed =
      infer_server::devices::acl::ParseAtcOptions({argv + 1, argv + argc});
  if (!parsed.ok()) return Fail(parsed.status().message());
  const AtcOptions& options = parsed.value();
  if (options.help) {
    std::fputs(infer_server::devices::acl::AtcHelp(), stdout);
    return 0;
  }
  if (!options.singleop.empty()) {
    const auto written =
        infer_server::devices::acl::WriteSingleOps(options.singleop, options.output);
    if (!written.ok()) return Fail(written.status().message());
    for (const std::string& file : written.value()) std::printf("wrote %s\n", file.c_str());
    std::puts("ATC run success");
    return 0;
  }
  std::string onnx;
  if (!infer_server::devices::ReadFile(options.model, &onnx))
    return Fail("cannot read '" + options.model + "'");
  const std::string bytes = infer_server::devices::acl::WriteContainer(options.profiles, onnx);
  if (!Describe(bytes)) {
    const char* why = aclGetRecentErrMsg();
    return Fail(options.model + ": " + (why == nullptr ? "cannot be loaded" : why));
  }
  std::ofstream output(options.output, std::ios::binary);
  output.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (!output.flush()) return Fail("cannot write '" + options.output + "'");
  std::printf("wrote %s\nATC run success\n", options.output.c_str());
  return 0;
}
