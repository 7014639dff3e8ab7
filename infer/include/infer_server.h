// SPDX-License-Identifier: Apache-2.0
// The InferServer: load models, make sessions, request inference. (Seed 004; API of CNIS 0.6/0.7
// with the additions marked "ours".)
#pragma once

#include <cfloat>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "buffer.h"
#include "devices/base/export.h"
#include "infer_data.h"
#include "shape.h"
#include "util/any.h"
#include "util/base_object.h"

// The version of the API: all of 0.7, with what 1.0 added where it does not contradict. For #if.
#define CNIS_VERSION_MAJOR 0
#define CNIS_VERSION_MINOR 7
#define CNIS_VERSION_PATCH 0
#define CNIS_GET_VERSION(major, minor, patch) (((major) << 20) | ((minor) << 10) | (patch))
#define CNIS_VERSION CNIS_GET_VERSION(CNIS_VERSION_MAJOR, CNIS_VERSION_MINOR, CNIS_VERSION_PATCH)

namespace infer_server {

// "0.7.0"
inline std::string Version() {
  return std::to_string(CNIS_VERSION_MAJOR) + "." + std::to_string(CNIS_VERSION_MINOR) + "." +
         std::to_string(CNIS_VERSION_PATCH);
}

// What a call or a request came to. A request has that of the first of its items that failed.
enum class Status {
  SUCCESS = 0,
  ERROR_READWRITE = 1,  // A file could not be read or written.
  ERROR_MEMORY = 2,     // Of the host or the device: there was not enough.
  INVALID_PARAM = 3,    // A parameter or an argument is missing or wrong.
  WRONG_TYPE = 4,       // An `any` held another type than asked for.
  ERROR_BACKEND = 5,    // A processor, the engine or the device failed.
  NOT_IMPLEMENTED = 6,  // Nothing here can do that, such as an unknown layout.
  TIMEOUT = 7,
  STATUS_COUNT = 8,  // Not a status: their number.
};
// "SUCCESS", "ERROR_READWRITE", ...; "UNKNOWN" for what is none. Never null (1.0).
INFER_API const char* StatusStr(Status status) noexcept;

// How items come into batches. (Seed 004 "Batch".)
enum class BatchStrategy {
  DYNAMIC = 0,   // Batches are filled across requests and sessions: throughput.
  STATIC = 1,    // Each request is batched alone, and at once: latency.
  SEQUENCE = 2,  // Refused: there are no models with a state.
  STRATEGY_COUNT = 3,
};
// "BatchStrategy::DYNAMIC", ...; "Unknown" for what is none.
INFER_API std::string ToString(BatchStrategy strategy) noexcept;
INFER_API std::ostream& operator<<(std::ostream& os, BatchStrategy strategy);

// Of an element of a tensor. INVALID: a type of the network's own that has no name here.
enum class DataType { UINT8, FLOAT32, FLOAT16, INT16, INT32, INVALID };
// Order of the dimensions of a tensor in memory, the outermost first. NONE: as the network has it.
enum class DimOrder { NCHW, NHWC, HWCN, TNC, NTC, NONE, INVALID };
// Bytes of one element; 0 for INVALID.
INFER_API std::size_t GetTypeSize(DataType type) noexcept;
// How a tensor lies in memory.
struct DataLayout {
  DataType dtype;
  DimOrder order;
  bool operator==(const DataLayout& other) const noexcept {
    return dtype == other.dtype && order == other.order;
  }
};

// The devices of the default runtime (1.0). Each call of this API names its device, or takes device
// 0 of the default runtime: nothing depends on what the calling thread is bound to. Thread-safe.
INFER_API std::uint32_t TotalDeviceCount() noexcept;  // 0, with the reason in the log, on failure.
// Whether 0 <= device_id < TotalDeviceCount().
INFER_API bool CheckDevice(int device_id) noexcept;
// As CheckDevice(), for programs of 1.0 that bind their threads; binds nothing.
INFER_API bool SetCurrentDevice(int device_id) noexcept;

// A loaded network, which goes when its last ModelPtr goes. Immutable; thread-safe. Sessions take
// those of LoadModel() only. (Seed 004 "ModelInfo".)
class INFER_API ModelInfo {
 public:
  virtual ~ModelInfo() = default;

  // In the network's own order, with the batch size as the batch dimension. An index that is not in
  // 0..InputNum()-1 or OutputNum()-1 gets an empty shape, and a layout of INVALID.
  virtual const Shape& InputShape(int index) const noexcept = 0;
  virtual const Shape& OutputShape(int index) const noexcept = 0;
  // Element type and dimension order as the engine has them.
  virtual const DataLayout& InputLayout(int index) const noexcept = 0;
  virtual const DataLayout& OutputLayout(int index) const noexcept = 0;
  virtual std::uint32_t InputNum() const noexcept = 0;
  virtual std::uint32_t OutputNum() const noexcept = 0;
  // Items that one run of the network takes at most; at least 1.
  virtual std::uint32_t BatchSize() const noexcept = 0;
  // What the cache knows it by: path, or "sha256:…" of the content for a model from memory; "_";
  // function name.
  virtual std::string GetKey() const noexcept = 0;
  // The local file, that of a URL too; "memory" for a model from memory.
  virtual const std::string& Path() const noexcept = 0;
  virtual const std::string& FunctionName() const noexcept = 0;

  // A buffer for a whole batch of each input or output, of element type and shape as told above, in
  // memory of device `device_id` of the model's runtime. The caller's. Empty, with the reason in
  // the log, when there is no such device or not the memory.
  virtual std::vector<Buffer> AllocMluInput(int device_id) const noexcept = 0;
  virtual std::vector<Buffer> AllocMluOutput(int device_id) const noexcept = 0;
  // Whether the shapes of the outputs are known before a run. They are.
  virtual bool FixedOutputShape() const noexcept { return true; }
};
using ModelPtr = std::shared_ptr<ModelInfo>;

class Processor;

// Receives the answers of an asynchronous session, which shares it. (Seed 004 "Observer".)
class INFER_API Observer {
 public:
  virtual ~Observer() = default;
  // Called once for each request, in the order of the requests, never twice at a time for one
  // session, on a thread of the session's own: taking long delays this session only. `output` has
  // the tag and the items of the request, each at its place with its result and its user data, and
  // null for those that failed (then `status` is not SUCCESS); it is the receiver's, and may
  // outlive the session. `user_data` is what Request() was given. May call everything: Request()
  // then does not wait, WaitTaskDone() returns at once, DestroySession() of this session is
  // refused. An exception is logged and dropped.
  virtual void Response(Status status, PackagePtr output, any user_data) = 0;
};

// What a session is made of. A plain value. (Seed 004 "Session" and "Scheduling".)
struct SessionDesc {
  std::string name;  // For messages; need not be unique.
  ModelPtr model;    // Of LoadModel().
  BatchStrategy strategy{BatchStrategy::DYNAMIC};
  // What PreprocessorHost's function writes and Postprocessor's function reads. NCHW, NHWC and HWCN
  // are for pictures, that is, tensors of 4 dimensions whose order the network tells; NTC and TNC
  // for tensors of 3. NCHW and NHWC leave other tensors as they are, NONE leaves all.
  DataLayout host_input_layout{DataType::UINT8, DimOrder::NHWC};
  DataLayout host_output_layout{DataType::FLOAT32, DimOrder::NHWC};
  // Objects of this session alone: further engines get forks of them.
  std::shared_ptr<Processor> preproc;
  std::shared_ptr<Processor> postproc;  // Null = a Postprocessor that only copies.
  // Longest time the oldest item of a batch waits for others, in ms (DYNAMIC only); 0 = no limit.
  std::uint32_t batch_timeout{100};
  int priority{0};              // 0..9, clamped; 9 is served first.
  std::uint32_t engine_num{1};  // Batches that are run side by side, each with tensors of its own.
  // Writes the session's rates and latencies to the log at level info: a line every 2 s while it
  // answers and one when it is destroyed. Nothing below that level, nor without record-perf.
  bool show_perf{true};
  // Longest time that a device may take over a batch, or a copy of it, in ms (ours): then it is
  // stopped, and the batch fails. 0 = no limit. Ignored on the CPU, where nothing can be stopped.
  std::uint32_t engine_timeout{0};
};

// Belongs to its server, from CreateSession() to DestroySession().
class Session;
using Session_t = Session*;

// Of a stage, a unit is an item, which takes its share of its batch's time; of "RequestLatency", a
// request, from the moment it is accepted to just before Response().
struct LatencyStatistic {
  std::uint32_t unit_cnt{0};
  double total{0};     // ms
  float max{0};        // ms
  float min{FLT_MAX};  // ms
  // What 50, 95 and 99 of 100 units took at most, in ms, to within 1/32; 0 without units (ours).
  float p50{0};
  float p95{0};
  float p99{0};
};

struct ThroughoutStatistic {
  std::uint32_t request_cnt{0};  // Answered.
  std::uint32_t unit_cnt{0};     // Items of them.
  float rps{0};                  // Requests per second, over the time at least one was outstanding.
  float ups{0};                  // Items per second.
  float rps_rt{0};               // The same over the last 2 s.
  float ups_rt{0};
};

// How far a download is (ours).
struct DownloadProgress {
  std::string url;             // As asked for, without user, password and query.
  std::uint64_t received = 0;  // Bytes so far.
  std::uint64_t total = 0;     // Bytes in all; 0 = not known.
};

// How LoadModel() downloads (ours). A plain value.
struct DownloadOptions {
  // Largest file taken, in bytes. 0 = INFERSERVER_MAX_DOWNLOAD_MB (in 2^20 bytes), else 2 GiB, more
  // than which no engine loads.
  std::uint64_t max_bytes = 0;
  std::uint32_t connect_timeout = 15000;  // ms until the connection stands.
  // ms at less than 100 bytes a second, in whole seconds, after which it is given up.
  std::uint32_t stall_timeout = 30000;
  std::uint32_t max_redirects = 5;
  std::string ca_file;  // PEM, the certificates to trust; empty = the system's.
  // Called on the thread that loads: first with nothing received, after every piece, at the end,
  // and about once a second while nothing comes; also while another thread downloads the same file.
  // False cancels. Must not load models. What it throws cancels, too.
  std::function<bool(const DownloadProgress&)> progress;
};

// How a model is loaded (ours).
struct ModelOptions {
  std::string func_name = "subnet0";
  std::string device;            // "acl:0"; empty = device 0 of the default runtime.
  std::string engine = "auto";   // See devices/model.h.
  std::uint32_t batch_size = 0;  // 0 = what the file says.
  DownloadOptions download;
};

class ServerCore;

// A light handle, free to copy: instances of one device share its sessions and one scheduler.
// Thread-safe; no call throws or aborts. A session that is null, gone, or of another device makes a
// call fail, or return nothing, without harm. (Seed 004 "InferServer".)
class INFER_API InferServer {
 public:
  // Device `device_id` of the default runtime. A device that is not there is logged; every call
  // then fails and does no harm.
  explicit InferServer(int device_id) noexcept;
  // Device by name (ours): "acl:0".
  explicit InferServer(const std::string& device) noexcept;
  // The runtime of InferServer(int) and LoadModel() without a device: INFERSERVER_RUNTIME, else
  // "cpu". False, with the reason in the log, when there is none of that name.
  static bool SetDefaultRuntime(const std::string& name) noexcept;

  // Null observer: a synchronous session. Returns null, with the reason in the log and in `error`
  // (ours), when the model is null or of another device, the preprocessor is null or fails to
  // initialise, the strategy is SEQUENCE or engine_num is 0.
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
  std::shared_ptr<ServerCore> core_;
};

}  // namespace infer_server

#include "processor.h"
