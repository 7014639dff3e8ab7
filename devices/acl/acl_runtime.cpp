// SPDX-License-Identifier: Apache-2.0
// The runtime `acl`: cards driven by AscendCL, the vendor's or ours.
#include <memory>
#include <string>

#include "devices/acl/acl_device.h"
#include "devices/acl/acl_error.h"
#include "devices/acl/loader.h"
#include "devices/runtime.h"

namespace infer_server::devices {
namespace {

Result<int> CountCards(const AclLibrary& library) {
  std::uint32_t count = 0;
  INFER_ACL_CALL(library.api, aclrtGetDeviceCount, &count);
  return static_cast<int>(count);
}

class AclRuntime final : public Runtime {
 public:
  const std::string& Name() const override { return name_; }
  const std::string& Flavour() const override {
    const AclLibrary* library = LoadedAcl();
    return library == nullptr ? none_ : library->flavour;
  }
  Status Choose(const std::string& flavour) override;
  Result<int> Count() override;
  Result<std::shared_ptr<Device>> Open(int id) override;

 private:
  const std::string name_ = "acl";
  const std::string none_ = "none";
};

Status AclRuntime::Choose(const std::string& flavour) {
  AclFlavour wanted = AclFlavour::kAuto;
  if (flavour == "vendor")
    wanted = AclFlavour::kVendor;
  else if (flavour == "software")
    wanted = AclFlavour::kSoftware;
  else if (flavour != "auto")
    return Status(Code::kInvalidArgument,
                  "flavour '" + flavour + "'; expected auto, vendor or software");
  return LoadAcl(wanted).status();
}

Result<int> AclRuntime::Count() {
  const auto library = LoadAcl(AclFlavour::kAuto);
  return library.ok() ? CountCards(*library.value()) : Result<int>(library.status());
}

Result<std::shared_ptr<Device>> AclRuntime::Open(int id) {
  const auto library = LoadAcl(AclFlavour::kAuto);
  if (!library.ok()) return library.status();
  const Result<int> count = CountCards(*library.value());
  if (!count.ok()) return count.status();
  if (id < 0 || id >= count.value())
    return Status(Code::kNotFound, "there is no device " + std::to_string(id) + "; the " +
                                       library.value()->flavour + " AscendCL has " +
                                       std::to_string(count.value()) +
                                       (count.value() == 1 ? " device" : " devices"));
  return AclDevice::Open(*library.value(), id);
}

INFER_REGISTER(Runtimes(), acl, "acl", []() -> Result<std::unique_ptr<Runtime>> {
  return std::unique_ptr<Runtime>(std::make_unique<AclRuntime>());
});

}  // namespace
}  // namespace infer_server::devices
