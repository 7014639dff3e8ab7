// SPDX-License-Identifier: Apache-2.0
// The public API over ServerCore, Session and ModelCache: checks arguments, lets nothing throw.
#include "infer_server.h"

#include <sys/stat.h>

#include <algorithm>
#include <exception>
#include <utility>

#include "devices/base/log.h"
#include "infer/default_runtime.h"
#include "infer/model_cache.h"
#include "infer/model_fetch.h"
#include "infer/server_core.h"
#include "infer/session.h"

namespace infer_server {

using devices::Result;

namespace {

constexpr char kNoDevice[] =
    "the InferServer has no device: none could be opened when it was made, and the log says why";

// Calls `f`; what it throws is logged, written to `error` unless that is null, and `failed`
// returned.
template <typename T, typename F>
T Guard(const char* what, T failed, F f, std::string* error = nullptr) noexcept {
  try {
    return f();
  } catch (const std::exception& e) {
    INFER_LOG(kError, "server", std::string(what) + ": " + e.what());
    if (error != nullptr) *error = e.what();
  } catch (...) {
    INFER_LOG(kError, "server", std::string(what) + ": unknown exception");
  }
  return failed;
}

std::shared_ptr<ServerCore> OpenCore(const std::string& device) noexcept {
  return Guard("InferServer", std::shared_ptr<ServerCore>(), [&]() -> std::shared_ptr<ServerCore> {
    const auto name = ResolveDevice(device);
    devices::Status status = name.status();
    if (name.ok()) {
      auto core = ServerCore::Of(name.value());
      if (core.ok()) return core.value();
      status = core.status();
    }
    INFER_LOG(kError, "server", "InferServer(\"" + device + "\"): " + status.message());
    return nullptr;
  });
}

template <typename T>
T ValueOr(Result<T> result, const char* what, std::string* error, T none) {
  if (result.ok()) return std::move(result).value();
  INFER_LOG(kError, "server", std::string(what) + ": " + result.status().message());
  if (error != nullptr) *error = result.status().message();
  return none;
}

std::shared_ptr<Session> FindIn(const std::shared_ptr<ServerCore>& core, Session_t session) {
  return core == nullptr || session == nullptr ? nullptr : core->Find(session);
}

// The session, or null with the reason in the log.
std::shared_ptr<Session> FindOrSay(const std::shared_ptr<ServerCore>& core, Session_t session,
                                   const char* call) {
  std::string why;
  if (core == nullptr) {
    why = kNoDevice;
  } else if (session == nullptr) {
    why = "the session is null; CreateSession() says in the log why it made none";
  } else if (auto held = core->Find(session)) {
    return held;
  } else {
    why = "there is no such session on this device: it is destroyed, or of another device";
  }
  INFER_LOG(kError, "server", std::string(call) + ": " + why);
  return nullptr;
}

// Refuses with a reason.
bool Refuse(const Session& session, const std::string& why) {
  INFER_LOG(kError, "session", "Request() of session '" + session.desc().name + "': " + why);
  return false;
}

// True when the items can be taken over.
bool CheckInput(const Session& session, const PackagePtr& input) {
  std::string wrong;
  if (input == nullptr) {
    wrong = "the package is null";
  } else if (std::any_of(input->data.begin(), input->data.end(),
                         [](const InferDataPtr& item) { return item == nullptr; })) {
    wrong = "an item of the package is null; items of a package that was sent are taken over";
  } else if (input->predict_io != nullptr) {
    wrong = session.WhyNotContiguous(*input);
  }
  return wrong.empty() || Refuse(session, wrong);
}

Status CheckSync(const Session& session, const PackagePtr& input, const PackagePtr& response) {
  if (!CheckInput(session, input)) return Status::INVALID_PARAM;
  if (response != nullptr && !input->data.empty()) return Status::SUCCESS;
  Refuse(session, response == nullptr ? "the response is null; expected a Package for the answer"
                                      : "the package has no items to be answered");
  return Status::INVALID_PARAM;
}

}  // namespace

InferServer::InferServer(int device_id) noexcept
    : core_(OpenCore(DefaultRuntime() + ":" + std::to_string(device_id))) {}

InferServer::InferServer(const std::string& device) noexcept : core_(OpenCore(device)) {}

bool InferServer::SetDefaultRuntime(const std::string& name) noexcept {
  return Guard("SetDefaultRuntime", false, [&] {
    const devices::Status status = infer_server::SetDefaultRuntime(name);
    if (!status.ok()) INFER_LOG(kError, "server", "SetDefaultRuntime: " + status.message());
    return status.ok();
  });
}

Session_t InferServer::CreateSession(SessionDesc desc, std::shared_ptr<Observer> observer,
                                     std::string* error) noexcept {
  return Guard(
      "CreateSession", Session_t(),
      [&]() -> Session_t {
        const std::string what = "session '" + desc.name + "'";
        if (core_ == nullptr)
          return ValueOr<Session_t>(
              devices::Status(devices::Code::kUnavailable, what + ": " + kNoDevice),
              "CreateSession", error, nullptr);
        auto session = core_->CreateSession(std::move(desc), std::move(observer));
        if (session.ok()) return session.value();
        return ValueOr<Session_t>(devices::Status(session.status()).WithContext(what),
                                  "CreateSession", error, nullptr);
      },
      error);
}

bool InferServer::DestroySession(Session_t session) noexcept {
  return Guard("DestroySession", false, [&] {
    if (session == nullptr || FindOrSay(core_, session, "DestroySession") == nullptr) return false;
    return core_->DestroySession(session);
  });
}

bool InferServer::Request(Session_t session, PackagePtr input, any user_data,
                          int timeout) noexcept {
  return Guard("Request", false, [&] {
    const auto held = FindOrSay(core_, session, "Request");
    if (held == nullptr) return false;
    if (held->sync())
      return Refuse(*held,
                    "the session has no observer to answer to; use RequestSync(), or give "
                    "CreateSession() an observer");
    if (!CheckInput(*held, input)) return false;
    return held->Request(input, std::move(user_data), timeout);
  });
}

bool InferServer::RequestSync(Session_t session, PackagePtr input, Status* status,
                              PackagePtr response, int timeout) noexcept {
  return Guard("RequestSync", false, [&] {
    const auto held = FindOrSay(core_, session, "RequestSync");
    if (held == nullptr) return false;
    if (!held->sync())
      return Refuse(*held,
                    "the session answers to its observer; use Request(), or make one with "
                    "CreateSyncSession()");
    if (status == nullptr) return Refuse(*held, "the pointer to the status is null");
    if (const Status wrong = CheckSync(*held, input, response); wrong != Status::SUCCESS) {
      *status = wrong;
      return false;
    }
    return held->RequestSync(input, status, response, timeout);
  });
}

void InferServer::WaitTaskDone(Session_t session, const std::string& tag) noexcept {
  Guard("WaitTaskDone", false, [&] {
    if (const auto held = FindIn(core_, session)) held->WaitTaskDone(tag);
    return true;
  });
}

void InferServer::DiscardTask(Session_t session, const std::string& tag) noexcept {
  Guard("DiscardTask", false, [&] {
    if (const auto held = FindIn(core_, session)) held->DiscardTask(tag);
    return true;
  });
}

void InferServer::FlushBatch(Session_t session) noexcept {
  Guard("FlushBatch", false, [&] {
    if (const auto held = FindIn(core_, session)) held->Flush();
    return true;
  });
}

std::string InferServer::LastError(Session_t session) const noexcept {
  return Guard("LastError", std::string(), [&] {
    const auto held = FindIn(core_, session);
    return held == nullptr ? std::string() : held->LastError();
  });
}

ModelPtr InferServer::GetModel(Session_t session) noexcept {
  return Guard("GetModel", ModelPtr(), [&] {
    const auto held = FindIn(core_, session);
    return held == nullptr ? ModelPtr() : held->desc().model;
  });
}

bool InferServer::SetModelDir(const std::string& model_dir) noexcept {
  return Guard("SetModelDir", false, [&] { return infer_server::SetModelDir(model_dir); });
}

ModelPtr InferServer::LoadModel(const std::string& uri, const ModelOptions& options,
                                std::string* error) noexcept {
  return Guard(
      "LoadModel", ModelPtr(),
      [&]() -> ModelPtr {
        const auto fetched = FetchModel(uri, options.download);
        if (!fetched.ok()) return ValueOr<ModelPtr>(fetched.status(), "LoadModel", error, nullptr);
        auto model = ModelCache::Shared().Load(fetched.value().path, options);
        if (!model.ok()) model = DropUnproven(fetched.value(), options.device, model.status());
        return ValueOr<ModelPtr>(std::move(model), "LoadModel", error, nullptr);
      },
      error);
}

ModelPtr InferServer::LoadModel(const std::string& uri, const std::string& func_name,
                                const std::string& device) noexcept {
  return Guard("LoadModel", ModelPtr(), [&] {
    ModelOptions options;
    options.func_name = func_name;
    options.device = device;
    return LoadModel(uri, options);
  });
}

ModelPtr InferServer::LoadModel(const std::string& uri, const std::string& func_name) noexcept {
  return Guard("LoadModel", ModelPtr(), [&] { return LoadModel(uri, func_name, ""); });
}

ModelPtr InferServer::LoadModel(void* mem_ptr, std::size_t size,
                                const std::string& func_name) noexcept {
  return Guard("LoadModel", ModelPtr(), [&]() -> ModelPtr {
    ModelOptions options;
    options.func_name = func_name;
    if (size == 0) {
      INFER_LOG(kError, "server",
                "LoadModel: a model of 0 bytes in memory; give its size, or leave it out for ONNX");
      return nullptr;
    }
    return ValueOr<ModelPtr>(ModelCache::Shared().Load(mem_ptr, size, options), "LoadModel",
                             nullptr, nullptr);
  });
}

ModelPtr InferServer::LoadModel(void* mem_ptr, const std::string& func_name) noexcept {
  return Guard("LoadModel", ModelPtr(), [&] {
    ModelOptions options;
    options.func_name = func_name;
    return ValueOr<ModelPtr>(ModelCache::Shared().Load(mem_ptr, 0, options), "LoadModel", nullptr,
                             nullptr);
  });
}

ModelPtr InferServer::LoadText(const char* text, const std::string& func_name) noexcept {
  return Guard("LoadModel", ModelPtr(), [&]() -> ModelPtr {
    if (text == nullptr) {
      INFER_LOG(kError, "server", "LoadModel: the name of the model is null");
      return nullptr;
    }
    if (*text > 0 && *text < ' ')
      return LoadModel(const_cast<void*>(static_cast<const void*>(text)), func_name);
    return LoadModel(std::string(text), func_name);
  });
}

bool InferServer::UnloadModel(ModelPtr model) noexcept {
  return Guard("UnloadModel", false, [&] { return ModelCache::Shared().Unload(model); });
}

void InferServer::ClearModelCache() noexcept {
  Guard("ClearModelCache", false, [] {
    ModelCache::Shared().Clear();
    return true;
  });
}

std::map<std::string, LatencyStatistic> InferServer::GetLatency(Session_t session) const noexcept {
  return Guard("GetLatency", std::map<std::string, LatencyStatistic>(), [&] {
    const auto held = FindIn(core_, session);
    return held == nullptr ? std::map<std::string, LatencyStatistic>() : held->Latency();
  });
}

LatencyStatistic InferServer::GetLatency(Session_t session, const std::string& tag) const noexcept {
  return Guard("GetLatency", LatencyStatistic(), [&] {
    const auto held = FindIn(core_, session);
    return held == nullptr ? LatencyStatistic() : held->Latency(tag);
  });
}

ThroughoutStatistic InferServer::GetThroughout(Session_t session) const noexcept {
  return Guard("GetThroughout", ThroughoutStatistic(), [&] {
    const auto held = FindIn(core_, session);
    return held == nullptr ? ThroughoutStatistic() : held->Throughout(nullptr);
  });
}

ThroughoutStatistic InferServer::GetThroughout(Session_t session,
                                               const std::string& tag) const noexcept {
  return Guard("GetThroughout", ThroughoutStatistic(), [&] {
    const auto held = FindIn(core_, session);
    return held == nullptr ? ThroughoutStatistic() : held->Throughout(&tag);
  });
}

}  // namespace infer_server
