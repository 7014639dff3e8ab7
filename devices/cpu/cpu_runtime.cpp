// SPDX-License-Identifier: Apache-2.0
// The runtime `cpu`: one device, always there.
#include <memory>
#include <string>

#include "devices/cpu/cpu_device.h"
#include "devices/runtime.h"

namespace infer_server::devices {
namespace {

class CpuRuntime final : public Runtime {
 public:
  const std::string& Name() const override { return name_; }
  const std::string& Flavour() const override { return flavour_; }
  Result<int> Count() override { return 1; }
  Result<std::shared_ptr<Device>> Open(int id) override {
    if (id != 0)
      return Status(Code::kNotFound,
                    "there is no device " + std::to_string(id) + "; the host is cpu:0 alone");
    return std::shared_ptr<Device>(std::make_shared<CpuDevice>());
  }

 private:
  const std::string name_ = "cpu";
  const std::string flavour_ = "host";
};

INFER_REGISTER(Runtimes(), cpu, "cpu", []() -> Result<std::unique_ptr<Runtime>> {
  return std::unique_ptr<Runtime>(std::make_unique<CpuRuntime>());
});

}  // namespace
}  // namespace infer_server::devices
