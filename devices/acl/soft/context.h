// SPDX-License-Identifier: Apache-2.0
// Devices, contexts, and which context a thread works in.
//
// What other files need: CurrentContext() at the start of a call that works on a device,
// FindStream() for its stream argument.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "acl/acl_rt.h"
#include "devices/acl/soft/handle_table.h"
#include "devices/acl/soft/stream.h"
#include "devices/base/mutex.h"

namespace infer_server::devices::acl {

// Thread-safe.
class Context : public std::enable_shared_from_this<Context> {
 public:
  explicit Context(int device) : device_(device) {}

  int device() const { return device_; }
  void* handle() const { return handle_; }
  void set_handle(void* handle) { handle_ = handle; }  // Before it is known to others.

  // Made at the first call. nullptr: the context is closed.
  std::shared_ptr<Stream> default_stream();
  // A new stream of the context. nullptr: the context is closed.
  std::shared_ptr<Stream> NewStream(uint32_t priority, uint32_t flags);
  void Forget(const Stream* stream);
  // All, the default one included.
  std::vector<std::shared_ptr<Stream>> streams() const;
  // Ends all streams, after their work with `drain`. Idempotent.
  void Close(bool drain);

  // False: it was not set.
  bool sys_param(aclSysParamOpt opt, int64_t* value) const;
  void set_sys_param(aclSysParamOpt opt, int64_t value);

 private:
  const int device_;
  void* handle_ = nullptr;
  mutable Mutex mutex_;
  bool closed_ INFER_GUARDED_BY(mutex_) = false;
  std::shared_ptr<Stream> default_stream_ INFER_GUARDED_BY(mutex_);
  std::vector<std::shared_ptr<Stream>> streams_ INFER_GUARDED_BY(mutex_);
  std::optional<int64_t> sys_params_[2] INFER_GUARDED_BY(mutex_);
};

HandleTable<Context>& Contexts();
HandleTable<Stream>& Streams();

// The thread's context. nullptr: it has none, or it was destroyed; then 107002 is reported in the
// name of `function`, unless that is nullptr.
std::shared_ptr<Context> CurrentContext(const char* function);
// nullptr: none.
void SetCurrentContext(const std::shared_ptr<Context>& context);

// The stream of an API call: a handle, or NULL for the default stream of the current context.
// nullptr: *code says why and is reported in the name of `function` (107002 this thread has no
// context; 107000 or 107017 no such stream; with INFERSERVER_ACL_STRICT=1, 107003 a stream of
// another context).
std::shared_ptr<Stream> FindStream(aclrtStream stream, aclError* code, const char* function);

// aclrtSetDevice, aclrtResetDevice (which are counted), aclrtResetDeviceForce.
aclError SetDevice(int device, const char* function);
aclError ResetDevice(int device, bool force, const char* function);
aclError CheckDeviceId(int device, const char* function);
// Whether it is a device's default context, which only aclrtResetDevice ends.
bool IsDefault(const Context* context);
// Ends everything of all devices, memory excepted: aclFinalize.
void ResetAllDevices();

}  // namespace infer_server::devices::acl
