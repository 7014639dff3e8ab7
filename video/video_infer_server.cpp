// SPDX-License-Identifier: Apache-2.0
#include "video_infer_server.h"

#include <exception>

#include "devices/base/log.h"

namespace infer_server::video {
namespace {

// Calls `send`; what making the package throws is logged.
template <typename F>
bool Guard(const char* what, F send) noexcept {
  try {
    return send();
  } catch (const std::exception& e) {
    INFER_LOG(kError, "video", std::string("VideoInferServer::") + what + "(): " + e.what());
  } catch (...) {
    INFER_LOG(kError, "video", std::string("VideoInferServer::") + what + "(): unknown exception");
  }
  return false;
}

PackagePtr WholeFrame(const VideoFrame& vframe, const std::string& tag) {
  PackagePtr package = Package::Create(1, tag);
  package->data[0]->Set(vframe);
  return package;
}

PackagePtr PartsOf(const VideoFrame& vframe, const std::vector<BoundingBox>& objs,
                   const std::string& tag) {
  PackagePtr package = Package::Create(static_cast<std::uint32_t>(objs.size()), tag);
  for (std::size_t i = 0; i < objs.size(); ++i) {
    VideoFrame part = vframe;
    part.roi = objs[i];
    package->data[i]->Set(std::move(part));
  }
  return package;
}

PackagePtr WithUserData(PackagePtr package, const any& user_data) {
  for (const InferDataPtr& item : package->data) item->user_data = user_data;
  return package;
}

}  // namespace

bool VideoInferServer::Request(Session_t session, const VideoFrame& vframe, const std::string& tag,
                               any user_data, int timeout) noexcept {
  return Guard("Request", [&] {
    PackagePtr package = WithUserData(WholeFrame(vframe, tag), user_data);
    return InferServer::Request(session, std::move(package), std::move(user_data), timeout);
  });
}

bool VideoInferServer::Request(Session_t session, const VideoFrame& vframe,
                               const std::vector<BoundingBox>& objs, const std::string& tag,
                               any user_data, int timeout) noexcept {
  return Guard("Request", [&] {
    PackagePtr package = WithUserData(PartsOf(vframe, objs, tag), user_data);
    return InferServer::Request(session, std::move(package), std::move(user_data), timeout);
  });
}

bool VideoInferServer::RequestSync(Session_t session, const VideoFrame& vframe,
                                   const std::string& tag, Status* status, PackagePtr output,
                                   int timeout) noexcept {
  return Guard("RequestSync", [&] {
    return InferServer::RequestSync(session, WholeFrame(vframe, tag), status, std::move(output),
                                    timeout);
  });
}

bool VideoInferServer::RequestSync(Session_t session, const VideoFrame& vframe,
                                   const std::vector<BoundingBox>& objs, const std::string& tag,
                                   Status* status, PackagePtr output, int timeout) noexcept {
  return Guard("RequestSync", [&] {
    return InferServer::RequestSync(session, PartsOf(vframe, objs, tag), status, std::move(output),
                                    timeout);
  });
}

}  // namespace infer_server::video
