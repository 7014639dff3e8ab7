// SPDX-License-Identifier: Apache-2.0
// Networks that are stored in two files of one stem: Caffe's and Darknet's.
#pragma once

#include <string>
#include <vector>

#include "devices/base/export.h"

namespace infer_server::devices {

// "a/b.weights", ".cfg" → "a/b.cfg"; a name without an ending gets one.
INFER_API std::string WithEnding(const std::string& path, const std::string& ending);

// The files that loading `path` may read besides: those of its stem with the ending of a half of a
// network, whether they are there or not. What is a half is judged by content, so any name has
// some.
INFER_API std::vector<std::string> PartnerPaths(const std::string& path);

}  // namespace infer_server::devices
