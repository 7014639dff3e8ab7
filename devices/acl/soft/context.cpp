// SPDX-License-Identifier: Apache-2.0
#include "devices/acl/soft/context.h"

#include <algorithm>
#include <map>
#include <utility>

#include "devices/acl/soft/config.h"
#include "devices/acl/soft/error.h"
#include "devices/acl/soft/memory_map.h"

namespace infer_server::devices::acl {
namespace {

thread_local std::weak_ptr<Context> t_current;

struct DeviceState {
  uint64_t set = 0;  // SetDevice less ResetDevice.
  std::shared_ptr<Context> default_context;
};

struct Devices {
  Mutex mutex;
  std::map<int, DeviceState> by_id INFER_GUARDED_BY(mutex);
};

Devices& AllDevices() {
  static Devices& devices = *new Devices;
  return devices;
}

// Explicit contexts keep the device's memory.
bool HasContexts(int device) {
  for (const std::shared_ptr<Context>& context : Contexts().All())
    if (context->device() == device) return true;
  return false;
}

void End(const std::shared_ptr<Context>& context, bool drain) {
  Contexts().Take(context->handle());
  context->Close(drain);
}

}  // namespace

std::shared_ptr<Stream> Context::default_stream() {
  MutexLock lock(&mutex_);
  if (closed_) return nullptr;
  if (default_stream_ == nullptr) default_stream_ = Stream::Create(shared_from_this(), 0, 0);
  return default_stream_;
}

std::shared_ptr<Stream> Context::NewStream(uint32_t priority, uint32_t flags) {
  MutexLock lock(&mutex_);
  if (closed_) return nullptr;
  streams_.push_back(Stream::Create(shared_from_this(), priority, flags));
  return streams_.back();
}

void Context::Forget(const Stream* stream) {
  std::shared_ptr<Stream> held;  // Ends without the lock.
  MutexLock lock(&mutex_);
  const auto found =
      std::find_if(streams_.begin(), streams_.end(),
                   [=](const std::shared_ptr<Stream>& one) { return one.get() == stream; });
  if (found == streams_.end()) return;
  held = std::move(*found);
  *found = std::move(streams_.back());
  streams_.pop_back();
}

std::vector<std::shared_ptr<Stream>> Context::streams() const {
  MutexLock lock(&mutex_);
  std::vector<std::shared_ptr<Stream>> all = streams_;
  if (default_stream_ != nullptr) all.push_back(default_stream_);
  return all;
}

void Context::Close(bool drain) {
  std::vector<std::shared_ptr<Stream>> all;
  {
    MutexLock lock(&mutex_);
    closed_ = true;
    all.swap(streams_);
    if (default_stream_ != nullptr) all.push_back(std::move(default_stream_));
  }
  for (const std::shared_ptr<Stream>& stream : all) {
    if (stream->handle() != nullptr) Streams().Take(stream->handle());
    stream->Close(drain);
  }
}

bool Context::sys_param(aclSysParamOpt opt, int64_t* value) const {
  MutexLock lock(&mutex_);
  if (sys_params_[opt]) *value = *sys_params_[opt];
  return sys_params_[opt].has_value();
}

void Context::set_sys_param(aclSysParamOpt opt, int64_t value) {
  MutexLock lock(&mutex_);
  sys_params_[opt] = value;
}

HandleTable<Context>& Contexts() {
  static HandleTable<Context>& contexts = *new HandleTable<Context>(1);
  return contexts;
}

HandleTable<Stream>& Streams() {
  static HandleTable<Stream>& streams = *new HandleTable<Stream>(2);
  return streams;
}

std::shared_ptr<Context> CurrentContext(const char* function) {
  std::shared_ptr<Context> context = t_current.lock();
  if (context == nullptr && function != nullptr)
    Fail(ACL_ERROR_RT_CONTEXT_NULL, function,
         "this thread has no context; call aclrtSetDevice, aclrtCreateContext or "
         "aclrtSetCurrentContext in it first");
  return context;
}

void SetCurrentContext(const std::shared_ptr<Context>& context) { t_current = context; }

std::shared_ptr<Stream> FindStream(aclrtStream handle, aclError* code, const char* function) {
  std::shared_ptr<Stream> stream = handle == nullptr ? nullptr : Streams().Find(handle);
  if (handle != nullptr && stream == nullptr) {
    *code = Fail(Streams().CodeOfMissing(handle), function, "stream %p does not exist (any more)",
                 handle);
    return nullptr;
  }
  const std::shared_ptr<Context> context = CurrentContext(function);
  if (context != nullptr && handle == nullptr) stream = context->default_stream();
  if (context == nullptr || stream == nullptr) {
    *code = ACL_ERROR_RT_CONTEXT_NULL;
    return nullptr;
  }
  if (handle == nullptr || !GetConfig().strict || stream->BelongsTo(context.get())) return stream;
  *code = Fail(ACL_ERROR_RT_STREAM_CONTEXT, function,
               "stream %p belongs to another context than this thread's; call "
               "aclrtSetCurrentContext with it first (INFERSERVER_ACL_STRICT=1)",
               handle);
  return nullptr;
}

aclError CheckDeviceId(int device, const char* function) {
  const int devices = GetConfig().devices;
  if (device >= 0 && device < devices) return ACL_SUCCESS;
  return Fail(ACL_ERROR_RT_INVALID_DEVICEID, function,
              "device %d does not exist; there are %d, counted from 0 (INFERSERVER_ACL_DEVICES)",
              device, devices);
}

aclError SetDevice(int device, const char* function) {
  ACL_RETURN_IF_ERROR(CheckDeviceId(device, function));
  std::shared_ptr<Context> context;
  {
    Devices& devices = AllDevices();
    MutexLock lock(&devices.mutex);
    DeviceState& state = devices.by_id[device];
    ++state.set;
    if (state.default_context == nullptr) {
      state.default_context = std::make_shared<Context>(device);
      state.default_context->set_handle(Contexts().Add(state.default_context));
    }
    context = state.default_context;
  }
  SetCurrentContext(context);
  return ACL_SUCCESS;
}

aclError ResetDevice(int device, bool force, const char* function) {
  ACL_RETURN_IF_ERROR(CheckDeviceId(device, function));
  std::shared_ptr<Context> ended;
  bool was_set = false;
  {
    Devices& devices = AllDevices();
    MutexLock lock(&devices.mutex);
    DeviceState& state = devices.by_id[device];
    was_set = state.set > 0;
    if (was_set) state.set = force ? 0 : state.set - 1;
    if (state.set == 0) ended = std::move(state.default_context);
  }
  if (!was_set)
    return Fail(ACL_ERROR_RT_CONTEXT_NULL, function,
                "device %d is not set; each reset needs an aclrtSetDevice before it", device);
  if (ended == nullptr) return ACL_SUCCESS;
  if (force) Faults::ReleaseHangs();
  End(ended, !force);
  if (force)
    for (const std::shared_ptr<Context>& context : Contexts().All())
      if (context->device() == device) End(context, false);
  if (!HasContexts(device)) FreeDeviceMemory(device);
  return ACL_SUCCESS;
}

bool IsDefault(const Context* context) {
  Devices& devices = AllDevices();
  MutexLock lock(&devices.mutex);
  const auto found = devices.by_id.find(context->device());
  return found != devices.by_id.end() && found->second.default_context.get() == context;
}

void ResetAllDevices() {
  std::map<int, DeviceState> all;
  {
    Devices& devices = AllDevices();
    MutexLock lock(&devices.mutex);
    all.swap(devices.by_id);
  }
  for (const std::shared_ptr<Context>& context : Contexts().All()) End(context, false);
}

}  // namespace infer_server::devices::acl
