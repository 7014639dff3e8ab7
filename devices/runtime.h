// SPDX-License-Identifier: Apache-2.0
// A device family, and how to find a device by name.
#pragma once

#include <memory>
#include <string>

#include "devices/base/export.h"
#include "devices/base/registry.h"
#include "devices/base/status.h"
#include "devices/device.h"

namespace infer_server::devices {

// Thread-safe.
class INFER_API Runtime {
 public:
  virtual ~Runtime() = default;

  virtual const std::string& Name() const = 0;  // "cpu", "acl", "mlu"
  // Whose library does the work: "vendor", "software" (ours, in the vendor's place), or "host" for
  // cpu, where there is no vendor to stand in for; "none" as long as no library is loaded.
  virtual const std::string& Flavour() const = 0;
  // Says which flavour to use: "auto" (the vendor's where there is one), "vendor" or "software",
  // before the first device is opened; loads the library. Fails with kInvalidArgument (no such
  // flavour), kUnavailable (not there, or another is in use: a process has one), kUnsupported.
  virtual Status Choose(const std::string& flavour);
  // Devices present now; 0 is not an error.
  virtual Result<int> Count() = 0;
  // Fails with kNotFound when `id` is not in 0..Count()-1.
  virtual Result<std::shared_ptr<Device>> Open(int id) = 0;
};

// The runtimes built in: each registers itself from its own file.
INFER_API Registry<Runtime>& Runtimes();

// A device's name taken apart: "acl:1" → {"acl", 1}; "acl" means "acl:0".
struct DeviceName {
  std::string runtime;
  int id = 0;
  std::string ToString() const { return runtime + ":" + std::to_string(id); }
};
// Fails with kInvalidArgument unless `text` is NAME or NAME:NUMBER.
INFER_API Result<DeviceName> ParseDeviceName(const std::string& text);

// The device of that name. While somebody holds it, everybody gets the same one; it closes with its
// last holder. Fails with kNotFound (no such runtime or device; lists what there is) or as the
// runtime does. Thread-safe.
INFER_API Result<std::shared_ptr<Device>> OpenDevice(const DeviceName& name);

// Runtime::Choose() and then Flavour() of the runtime of that name. Fails with kNotFound or as
// Choose() does. Thread-safe.
INFER_API Result<std::string> ChooseFlavour(const std::string& runtime, const std::string& flavour);

// How many devices the runtime of that name has now. Fails with kNotFound or as the runtime does.
// Thread-safe.
INFER_API Result<int> CountDevices(const std::string& runtime);

}  // namespace infer_server::devices
