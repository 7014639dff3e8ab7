// SPDX-License-Identifier: Apache-2.0
// Whatever a model's URI says, a URL's file name leads out of no folder and no password is shown.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "infer/model_uri.h"

using infer_server::ModelUri;
using infer_server::ParseModelUri;
using infer_server::ShownUrl;

static void Require(bool good) {
  if (!good) std::abort();
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const std::string password = "8cf1dd0b95a14e3c";
  if (text.find(password) != std::string::npos) return 0;  // It may stand in the path, too.
  for (const std::string& uri : {text, "http://h/" + text, "ftp://user:" + password + "@" + text}) {
    const auto parsed = ParseModelUri(uri);
    if (uri.find(password) != std::string::npos) {
      Require(ShownUrl(uri).find(password) == std::string::npos);
      Require(parsed.status().message().find(password) == std::string::npos);
      if (parsed.ok()) Require(parsed.value().shown.find(password) == std::string::npos);
    }
    if (!parsed.ok()) continue;
    const ModelUri& model = parsed.value();
    Require(model.sha256.empty() ||
            (model.sha256.size() == 64 &&
             model.sha256.find_first_not_of("0123456789abcdef") == std::string::npos));
    if (!model.remote) continue;
    Require(!model.name.empty() && model.name != "." && model.name != "..");
    Require(model.name.find('/') == std::string::npos);
    Require(model.name.find('\0') == std::string::npos);
    Require(model.where.find('#') == std::string::npos);
  }
  return 0;
}
