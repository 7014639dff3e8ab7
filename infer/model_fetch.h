// SPDX-License-Identifier: Apache-2.0
// Where a model's URI leads.
#pragma once

#include <string>

#include "devices/base/status.h"

namespace infer_server {

// Where models named by a URL are kept; false when it is not a directory. Default ".". Thread-safe.
bool SetModelDir(const std::string& directory);

// The local path for `uri`: itself, or for a URL (http, https, ftp) the file of its name in the
// model directory. Fails with kUnsupported when that file is not there: this build downloads
// nothing.
devices::Result<std::string> FetchModel(const std::string& uri);

}  // namespace infer_server
