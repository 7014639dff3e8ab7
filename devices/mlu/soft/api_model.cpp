// SPDX-License-Identifier: Apache-2.0
// Models: loading, and what is known of them.
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>
#include <fstream>
#include <string>

#include "devices/acl/soft/model_file.h"
#include "devices/mlu/soft/memory.h"
#include "devices/mlu/soft/objects.h"

namespace infer_server::devices::mlu {
namespace {

constexpr const char* kAboutVendor =
    "; a .cambricon file made by the vendor's tools holds instructions of their processors, which "
    "a "
    "CPU cannot run: give the ONNX file it was made from, or a container of inferserver-atc";

cnrtRet_t Load(std::string_view bytes, const char* what, cnrtModel_t* model, const char* function) {
  Result<std::shared_ptr<Network>> network = Network::Load(bytes);
  if (!network.ok()) {
    const bool is_model = acl::MeasureModel(bytes).ok();
    return FailStatus(Status(network.status().code(),
                             network.status().message() + (is_model ? "" : kAboutVendor)),
                      CNRT_RET_ERR_UNSUPPORTED, what, function);
  }
  *model = static_cast<cnrtModel_t>(Models().Add(std::move(network).value()));
  return CNRT_RET_SUCCESS;
}

// Opens at the end; -1: *code is reported.
std::streamoff Open(const char* path, std::ifstream* file, cnrtRet_t* code, const char* function) {
  file->open(path, std::ios::binary | std::ios::ate);
  if (!*file) {
    *code = Fail(errno == ENOENT ? CNRT_RET_ERR_NO_EXIST : CNRT_RET_ERR_IO, function,
                 "cannot open model file '%s': %s", path, std::strerror(errno));
    return -1;
  }
  const std::streamoff size = file->tellg();
  if (size >= 0 && size <= INT_MAX) return size;
  *code = Fail(CNRT_RET_ERR_IO, function, "model file '%s' is not a file of at most 2 GiB", path);
  return -1;
}

// How many bytes from `address` on are there to be read, at most `most`.
size_t MappedBytes(const void* address, size_t most) {
  const uintptr_t page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  const uintptr_t begin = reinterpret_cast<uintptr_t>(address);
  uintptr_t end = begin & ~(page - 1);
  unsigned char resident[1024];
  for (size_t pages = sizeof resident; pages > 0 && end - begin + page < most;) {
    if (mincore(reinterpret_cast<void*>(end), pages * page, resident) == 0)
      end += pages * page;
    else
      pages /= 2;
  }
  return end > begin ? std::min(static_cast<size_t>(end - begin), most) : 0;
}

}  // namespace
}  // namespace infer_server::devices::mlu

using namespace infer_server::devices::mlu;
using infer_server::devices::Result;

cnrtRet_t cnrtLoadModel(cnrtModel_t* model, const char* path) {
  MLU_ENTRY();
  MLU_REQUIRE_NOT_NULL(model);
  MLU_REQUIRE_NOT_NULL(path);
  cnrtRet_t code = CNRT_RET_SUCCESS;
  std::ifstream file;
  const std::streamoff size = Open(path, &file, &code, __func__);
  if (size < 0) return code;
  std::string bytes(static_cast<size_t>(size), '\0');
  file.seekg(0);
  if (!file.read(bytes.data(), size))
    return MLU_FAIL(CNRT_RET_ERR_IO, "cannot read model file '%s'", path);
  return Load(bytes, path, model, __func__);
}

cnrtRet_t cnrtLoadModelFromMem(cnrtModel_t* model, char* memory) {
  MLU_ENTRY();
  MLU_REQUIRE_NOT_NULL(model);
  Place place;
  MLU_RETURN_IF_ERROR(CheckSpan(__func__, "memory", memory, 1, Side::kHost, &place));
  const size_t reachable =
      place.where == Place::Where::kBlock ? place.left : MappedBytes(memory, size_t{INT_MAX});
  const Result<size_t> length = infer_server::devices::acl::MeasureModel({memory, reachable});
  if (!length.ok())
    return MLU_FAIL(CNRT_RET_ERR_UNSUPPORTED, "the model in memory: %s%s",
                    length.status().message().c_str(), kAboutVendor);
  return Load({memory, length.value()}, "the model in memory", model, __func__);
}

cnrtRet_t cnrtUnloadModel(cnrtModel_t model) {
  MLU_ENTRY();
  if (Models().Take(model) != nullptr) return CNRT_RET_SUCCESS;
  return MLU_FAIL(CNRT_RET_ERR_INVALID, "model %p does not exist (any more)",
                  static_cast<void*>(model));
}

cnrtRet_t cnrtGetModelSize(const char* path, int* bytes) {
  MLU_ENTRY_HOST();
  MLU_REQUIRE_NOT_NULL(path);
  MLU_REQUIRE_NOT_NULL(bytes);
  cnrtRet_t code = CNRT_RET_SUCCESS;
  std::ifstream file;
  const std::streamoff size = Open(path, &file, &code, __func__);
  if (size < 0) return code;
  *bytes = static_cast<int>(size);
  return CNRT_RET_SUCCESS;
}

// Programs of the early versions take it for the batch size.
cnrtRet_t cnrtQueryModelParallelism(cnrtModel_t model, int* parallelism) {
  MLU_ENTRY();
  MLU_REQUIRE_NOT_NULL(parallelism);
  const std::shared_ptr<Network> found = FindModel(model, __func__);
  if (found == nullptr) return CNRT_RET_ERR_INVALID;
  *parallelism = found->rows();
  return CNRT_RET_SUCCESS;
}

// What runs here has the stack of its thread.
cnrtRet_t cnrtQueryModelStackSize(cnrtModel_t model, uint64_t* bytes) {
  MLU_ENTRY();
  MLU_REQUIRE_NOT_NULL(bytes);
  if (FindModel(model, __func__) == nullptr) return CNRT_RET_ERR_INVALID;
  *bytes = 0;
  return CNRT_RET_SUCCESS;
}

cnrtRet_t cnrtQueryCoreVersion(cnrtModel_t model, cnrtCoreVersion_t* version) {
  MLU_ENTRY();
  MLU_REQUIRE_NOT_NULL(version);
  if (FindModel(model, __func__) == nullptr) return CNRT_RET_ERR_INVALID;
  *version = CNRT_MLU270;
  return CNRT_RET_SUCCESS;
}

cnrtRet_t cnrtGetFunctionNumber(cnrtModel_t model, int* count) {
  MLU_ENTRY();
  MLU_REQUIRE_NOT_NULL(count);
  if (FindModel(model, __func__) == nullptr) return CNRT_RET_ERR_INVALID;
  *count = 1;
  return CNRT_RET_SUCCESS;
}
