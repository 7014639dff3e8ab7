// SPDX-License-Identifier: Apache-2.0
// Images on the host, by the kernels of devices/image/.
#pragma once

#include <cstddef>

#include "devices/image_processor.h"

namespace infer_server::devices {

class CpuImageProcessor final : public ImageProcessor {
 public:
  const ImageLimits& Limits() const override;
  bool Converts(PixelFormat from, PixelFormat to) const override;  // I420 too.
  Result<ImageTask> Plan(const ImageTask& task) const override;
  Result<DevicePicture> NewPicture(PixelFormat format, int width, int height) override;
};

// Does planned tasks, one after the other. Thread-safe. Fails with kOutOfMemory.
Status DrawImages(const ImageTask* tasks, std::size_t count);

}  // namespace infer_server::devices
