// SPDX-License-Identifier: Apache-2.0
// Requests made of video frames. (Seed 004 "contrib"; the class of the CNIS 0.7 header
// contrib/video_helper.h, which includes this one.)
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "devices/base/export.h"
#include "infer_server.h"
#include "video_frame.h"

namespace infer_server::video {

// An InferServer with requests for whole frames (primary inference) and for boxes on a frame
// (secondary inference). Items of these requests hold a VideoFrame each, so the session's
// preprocessor must take VideoFrames: PreprocessorHost with DefaultOpencvPreproc, OpencvPreproc
// (opencv_frame.h) or a function of one's own.
//
// The frame is copied as a value: the planes' memory is shared until the request is answered, and
// must not be written before. What wraps memory without owning it must outlive the answer.
//
// A light handle like its base, with which it shares sessions and engines. Thread-safe.
class INFER_API VideoInferServer : public InferServer {
 public:
  // As InferServer(int).
  explicit VideoInferServer(int device_id) noexcept : InferServer(device_id) {}
  // As InferServer(const std::string&): "acl:0" (ours).
  explicit VideoInferServer(const std::string& device) noexcept : InferServer(device) {}

  using InferServer::Request;
  using InferServer::RequestSync;

  // One item: the part of the frame that `vframe.roi` names, the whole frame when it is all zero.
  // `user_data` goes to Response(), and a copy is the item's user data, where the post-processing
  // function finds it (the copy is ours). `timeout` in ms and the result are those of
  // InferServer::Request(); on false nothing of the frame is held.
  bool Request(Session_t session, const VideoFrame& vframe, const std::string& tag, any user_data,
               int timeout = -1) noexcept;

  // One item for each box, in this order, with the box as its `roi`; vframe.roi is not looked at.
  // A box without a part on the frame fails its item. Without boxes the request is an empty
  // package: answered in order, with no items. Otherwise as above.
  bool Request(Session_t session, const VideoFrame& vframe, const std::vector<BoundingBox>& objs,
               const std::string& tag, any user_data, int timeout = -1) noexcept;

  // The same for synchronous sessions; `timeout`, `*status` and the result are those of
  // InferServer::RequestSync(). Items have no user data. No boxes: false with INVALID_PARAM.
  bool RequestSync(Session_t session, const VideoFrame& vframe, const std::string& tag,
                   Status* status, PackagePtr output, int timeout = -1) noexcept;
  bool RequestSync(Session_t session, const VideoFrame& vframe,
                   const std::vector<BoundingBox>& objs, const std::string& tag, Status* status,
                   PackagePtr output, int timeout = -1) noexcept;
};

}  // namespace infer_server::video
