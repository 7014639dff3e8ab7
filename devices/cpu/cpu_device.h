// SPDX-License-Identifier: Apache-2.0
// The host as a device: its memory, streams that run on its threads, the engines built in.
#pragma once

#include <memory>
#include <string>

#include "devices/device.h"

namespace infer_server::devices {

// Thread-safe, without state. All kinds of memory are the process's own, 64-byte aligned.
class CpuDevice final : public Device {
 public:
  const std::string& Name() const override;
  bool HostReads() const override { return true; }
  Result<Memory> Allocate(std::size_t bytes, MemoryKind kind) override;
  Result<std::unique_ptr<Stream>> NewStream(const StreamOptions& options) override;
  // See devices/cpu/engine_registry.h for what ModelOptions::engine may say.
  Result<std::shared_ptr<Model>> LoadModel(const ModelSource& source,
                                           const ModelOptions& options) override;
  Result<MemoryUsage> Usage() override;  // Of the machine's RAM.
  Result<std::unique_ptr<ImageProcessor>> NewImageProcessor() override;
};

}  // namespace infer_server::devices
