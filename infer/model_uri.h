// SPDX-License-Identifier: Apache-2.0
// What the text says that names a model.
#pragma once

#include <string>

#include "devices/base/status.h"

namespace infer_server {

struct ModelUri {
  bool remote = false;
  std::string where;   // A local path, or the URL without its fragment.
  std::string name;    // Remote: the last part of the URL's path as it stands there; never a path.
  std::string sha256;  // 64 lower-case hexadecimal digits; empty = none was asked for.
  std::string shown;   // `where`, as messages may show it.
};

// Takes a path, file:///path (percent-encoded), or an http, https or ftp URL; each may end in
// "#sha256=DIGITS", and another fragment of a URL is dropped. Fails with kInvalidArgument (no file
// name, not a digest, a host's file) or kUnsupported (another scheme).
devices::Result<ModelUri> ParseModelUri(const std::string& uri);

// `url` without what may be secret: user and password, query, fragment.
std::string ShownUrl(const std::string& url);

}  // namespace infer_server
