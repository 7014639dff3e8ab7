// SPDX-License-Identifier: Apache-2.0
// From a model's URI to a local file: downloads what is not there.
#pragma once

#include <string>

#include "devices/base/status.h"
#include "infer_server.h"

namespace infer_server {

struct FetchedModel {
  std::string path;
  bool unproven = false;  // Downloaded by this call, and no digest says that it is what was meant.
};

// Where models named by a URL are kept; false when it is not a directory. Default ".". Thread-safe.
bool SetModelDir(const std::string& directory);

// The local file for `uri`, as InferServer::LoadModel() describes. Thread-safe; of several threads
// that want one file one downloads, and the others take what it got. Fails as ParseModelUri() and
// Download(), with kUnavailable when the model directory cannot be written, and with
// kInvalidArgument when the content has not the digest; the model directory is then as it was.
devices::Result<FetchedModel> FetchModel(const std::string& uri, const DownloadOptions& options);

// For a file that did not load for reason `why`: removes it when it is unproven and `device` (as in
// ModelOptions) does not load it with default options either, since it would be used the next time.
// Returns `why`, and says so.
devices::Status DropUnproven(const FetchedModel& fetched, const std::string& device,
                             devices::Status why);

}  // namespace infer_server
