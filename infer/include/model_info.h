// SPDX-License-Identifier: Apache-2.0
// What a loaded network tells of itself. (Seed 004 "ModelInfo".)
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "buffer.h"
#include "devices/base/export.h"
#include "shape.h"
#include "types.h"

namespace infer_server {

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

}  // namespace infer_server
