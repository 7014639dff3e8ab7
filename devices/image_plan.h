// SPDX-License-Identifier: Apache-2.0
// ImageProcessor::Plan() from a device's limits. Internal to the devices.
#pragma once

#include "devices/image_processor.h"

namespace infer_server::devices {

// The formats that ImageProcessor::Converts() promises everywhere.
bool ConvertsEverywhere(PixelFormat from, PixelFormat to);

// As ImageProcessor::Plan(). REQUIRES: the formats can be converted.
Result<ImageTask> PlanImageTask(const ImageLimits& limits, const ImageTask& task);

}  // namespace infer_server::devices
