// SPDX-License-Identifier: Apache-2.0
#include "devices/cpu/cpu_device.h"

#include <sys/sysinfo.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <limits>

#include "devices/cpu/cpu_image_processor.h"
#include "devices/cpu/cpu_stream.h"
#include "devices/cpu/engine_registry.h"

namespace infer_server::devices {
namespace {

constexpr std::size_t kAlignment = 64;  // A cache line, and the widest SIMD register.

}  // namespace

const std::string& CpuDevice::Name() const {
  static const auto* const name = new std::string("cpu:0");
  return *name;
}

Result<Memory> CpuDevice::Allocate(std::size_t bytes, MemoryKind kind) {
  if (bytes == 0)
    return Status(Code::kInvalidArgument, "cannot allocate 0 bytes; expected at least 1");
  void* data = nullptr;
  // Beyond PTRDIFF_MAX no allocation can succeed, and sanitizers stop the process for trying.
  if (bytes > static_cast<std::size_t>(std::numeric_limits<std::ptrdiff_t>::max()) - kAlignment ||
      posix_memalign(&data, kAlignment, bytes) != 0)
    return Status(Code::kOutOfMemory, "cannot allocate " + std::to_string(bytes) + " bytes");
  return Memory(data, bytes, kind, &std::free);
}

Result<std::unique_ptr<Stream>> CpuDevice::NewStream(const StreamOptions& options) {
  return NewCpuStream(options);
}

Result<std::shared_ptr<Model>> CpuDevice::LoadModel(const ModelSource& source,
                                                    const ModelOptions& options) {
  return LoadWithCpuEngine(source, options);
}

Result<MemoryUsage> CpuDevice::Usage() {
  struct sysinfo info = {};
  if (sysinfo(&info) != 0)
    return Status(Code::kUnavailable, std::string("sysinfo failed: ") + std::strerror(errno));
  MemoryUsage usage;
  usage.free_bytes = (std::size_t{info.freeram} + info.bufferram) * info.mem_unit;
  usage.total_bytes = std::size_t{info.totalram} * info.mem_unit;
  return usage;
}

Result<std::unique_ptr<ImageProcessor>> CpuDevice::NewImageProcessor() {
  return std::unique_ptr<ImageProcessor>(std::make_unique<CpuImageProcessor>());
}

}  // namespace infer_server::devices
