// SPDX-License-Identifier: Apache-2.0
// The InferServer: load models, make sessions, request inference. (Seed 004; API of CNIS 0.6/0.7
// with the additions marked "ours".) Includes all other headers of the API.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <type_traits>

#include "buffer.h"
#include "devices/base/export.h"
#include "infer_data.h"
#include "model_info.h"
#include "model_options.h"
#include "session_desc.h"
#include "shape.h"
#include "types.h"
#include "util/any.h"
#include "util/base_object.h"

namespace infer_server {

// The devices of the default runtime (1.0). Each call of this API names its device, or takes device
// 0 of the default runtime: nothing depends on what the calling thread is bound to. Thread-safe.
INFER_API std::uint32_t TotalDeviceCount() noexcept;  // 0, with the reason in the log, on failure.
// Whether 0 <= device_id < TotalDeviceCount().
INFER_API bool CheckDevice(int device_id) noexcept;
// As CheckDevice(), for programs of 1.0 that bind their threads; binds nothing.
INFER_API bool SetCurrentDevice(int device_id) noexcept;

class ServerCore;

// A light handle, free to copy: instances of one device share its sessions and one scheduler.
// Thread-safe; no call throws or aborts. A session that is null, gone, or of another device makes a
// call fail, or return nothing, without harm. A call that is refused says why in the log, on
// standard error, unless the session is closed or full. (Seed 004 "InferServer".)
class INFER_API InferServer {
 public:
  // Device `device_id` of the default runtime. A device that is not there is logged; every call
  // then fails and does no harm.
  explicit InferServer(int device_id) noexcept;
  // Device by name (ours): "acl:0"; empty = device 0 of the default runtime.
  explicit InferServer(const std::string& device) noexcept;
  // The runtime of InferServer(int) and LoadModel() without a device: INFERSERVER_RUNTIME, else
  // "cpu". False, with the reason in the log, when there is none of that name.
  static bool SetDefaultRuntime(const std::string& name) noexcept;

  // Null observer: a synchronous session. Returns null, with the reason in the log and in `error`
  // (ours), when the model is null or of another device, the preprocessor is null or fails to
  // initialise, the strategy is SEQUENCE or engine_num is not 1..256.
  // Sessions of equal chains (model, processor types and parameters, strategy, layouts and
  // priority) share engines; there are then as many as the session that asked for most.
  Session_t CreateSession(SessionDesc desc, std::shared_ptr<Observer> observer,
                          std::string* error = nullptr) noexcept;
  Session_t CreateSyncSession(SessionDesc desc) noexcept { return CreateSession(desc, nullptr); }

  // Refuses new requests, waits until every accepted one is answered, and frees the session. False,
  // without harm, for null, a session of another device, or when called from its own observer.
  bool DestroySession(Session_t session) noexcept;

  // Takes over the items of `input` (its elements become null) and answers once through the
  // observer. Blocks while the session has as many items in flight as it may; `timeout` in ms
  // bounds that (<= 0: none). An empty package is answered in order. `input` with a predict_io, a
  // ModelIO of all its items in the network's own layout, skips preprocessing: for STATIC sessions
  // whose PreprocessorHost has no function, up to the batch size. False, nothing taken, when the
  // session is synchronous, being destroyed, not of this device, still full after `timeout`, or
  // `input` is null, has null items, or a predict_io that does not fit.
  bool Request(Session_t session, PackagePtr input, any user_data, int timeout = -1) noexcept;

  // Requests and waits, `timeout` ms in all (<= 0: for ever). True with *status TIMEOUT when it was
  // sent but not answered in time, or dropped by DiscardTask(): nothing of the caller's is touched
  // later. True with another *status: `response` is the answer as Observer::Response() gets it.
  // False with *status TIMEOUT when it could not be sent in time, INVALID_PARAM for an empty or
  // wrong package or a null `response`; false and *status untouched for an asynchronous session, or
  // one being destroyed. Several threads may do so at once.
  bool RequestSync(Session_t session, PackagePtr input, Status* status, PackagePtr response,
                   int timeout = -1) noexcept;

  // Waits until every request of `tag` accepted before the call is answered and its Response() has
  // returned. Runs partial batches at once. From within Response() it returns at once.
  void WaitTaskDone(Session_t session, const std::string& tag) noexcept;
  // Drops the requests of `tag` not yet answered: no Response() for them. Does not wait for what is
  // running.
  void DiscardTask(Session_t session, const std::string& tag) noexcept;
  // Runs what waits for a batch to fill now (ours).
  void FlushBatch(Session_t session) noexcept;

  // Why a batch of this session's chain failed last, in words; empty when none did (ours).
  std::string LastError(Session_t session) const noexcept;

  // The model the session was made with; null without a session.
  ModelPtr GetModel(Session_t session) noexcept;

  // Where downloaded models are kept; false when it is not a directory. Default ".". (Seed 004
  // "model loading and management", as for all that follows.)
  static bool SetModelDir(const std::string& model_dir) noexcept;
  // `uri` is a path, file:///path, or a URL of http, https or ftp. A URL means the file of its last
  // part in the model directory; it is downloaded when there is none. "#sha256=DIGITS" at the end
  // of `uri` is what the content must have: a file in the model directory that differs is
  // downloaded anew, any other is refused. Of a network in two files a URL brings one: the other
  // must lie in the model directory. A file appears in the model directory only when it is
  // complete, also when threads or processes load it at once; what was there stays until then. What
  // was downloaded without a digest and proves not to be a model is removed again. The same
  // device, function, engine, batch size and content are one ModelPtr as long as the cache holds
  // it; a file that changes, or its other half, is another content. At each load those that nobody
  // uses go, the one asked for longest ago first, until there are CNIS_MODEL_CACHE_LIMIT (default
  // 10) at most.
  // Null, with the reason in the log, when it cannot be loaded. Thread-safe; blocks.
  static ModelPtr LoadModel(const std::string& uri,
                            const std::string& func_name = "subnet0") noexcept;
  static ModelPtr LoadModel(const std::string& uri, const std::string& func_name,
                            const std::string& device) noexcept;
  // A `uri`, such as argv[1]. Where the first byte is a control character, as no path's is but that
  // of every ONNX model that exporters write, it is the model itself (ours).
  template <typename T, typename = std::enable_if_t<std::is_same_v<std::remove_const_t<T>, char>>>
  static ModelPtr LoadModel(T* text, const std::string& func_name = "subnet0") noexcept {
    return LoadText(text, func_name);
  }
  // With a size it is always the model itself.
  template <typename T, typename = std::enable_if_t<std::is_same_v<std::remove_const_t<T>, char>>>
  static ModelPtr LoadModel(T* bytes, std::size_t size,
                            const std::string& func_name = "subnet0") noexcept {
    return LoadModel(const_cast<void*>(static_cast<const void*>(bytes)), size, func_name);
  }
  // `mem_ptr` holds an ONNX model; without a size its own top-level fields tell where it ends.
  static ModelPtr LoadModel(void* mem_ptr, const std::string& func_name = "subnet0") noexcept;
  static ModelPtr LoadModel(void* mem_ptr, std::size_t size,
                            const std::string& func_name = "subnet0") noexcept;
  // With every option, and the reason of a failure in `error` (ours).
  static ModelPtr LoadModel(const std::string& uri, const ModelOptions& options,
                            std::string* error = nullptr) noexcept;
  // Drops the model from the cache; it lives on while it is used. False when it was not there.
  static bool UnloadModel(ModelPtr model) noexcept;
  // The same for all models.
  static void ClearModelCache() noexcept;

  // Empty or zero when built without record-perf, or the session is null. Latencies by TypeName()
  // of the stage, and "RequestLatency".
  std::map<std::string, LatencyStatistic> GetLatency(Session_t session) const noexcept;
  // "RequestLatency" of the requests of `tag` alone (ours). A session keeps 1024 tags apart; of
  // further ones it knows nothing.
  LatencyStatistic GetLatency(Session_t session, const std::string& tag) const noexcept;
  ThroughoutStatistic GetThroughout(Session_t session) const noexcept;
  ThroughoutStatistic GetThroughout(Session_t session, const std::string& tag) const noexcept;

 private:
  static ModelPtr LoadText(const char* text, const std::string& func_name) noexcept;

  std::shared_ptr<ServerCore> core_;
};

}  // namespace infer_server

#include "processor.h"
