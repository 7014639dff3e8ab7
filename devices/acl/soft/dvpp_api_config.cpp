// SPDX-License-Identifier: Apache-2.0
// DVPP: regions and the settings of resizing, borders and JPEG encoding.
#include <cmath>

#include "devices/acl/soft/dvpp_desc.h"
#include "devices/acl/soft/fault.h"

namespace infer_server::devices::acl {
namespace {

template <typename F>
aclError ChangeRoi(const acldvppRoiConfig* config, const char* function, F change) {
  aclError code = ACL_SUCCESS;
  const auto found = FindDvpp<RoiConfig>(config, function, "config", &code);
  if (found != nullptr) found->roi.Change(change);
  return code;
}

template <typename F>
aclError ChangeBorder(const acldvppBorderConfig* config, const char* function, F change) {
  aclError code = ACL_SUCCESS;
  const auto found = FindDvpp<BorderConfig>(config, function, "borderConfig", &code);
  if (found != nullptr) found->border.Change(change);
  return code;
}

Border BorderOf(const acldvppBorderConfig* config, const char* function) {
  aclError code = ACL_SUCCESS;
  const auto found = FindDvpp<BorderConfig>(config, function, "borderConfig", &code);
  return found == nullptr ? Border() : found->border.Get();
}

}  // namespace
}  // namespace infer_server::devices::acl

using namespace infer_server::devices::acl;

// Bounds are checked against the picture when the region is used.
acldvppRoiConfig* acldvppCreateRoiConfig(uint32_t left, uint32_t right, uint32_t top,
                                         uint32_t bottom) {
  ACL_ENTRY_OR(nullptr);
  acldvppRoiConfig* config = CreateDvpp<RoiConfig, acldvppRoiConfig>(__func__);
  if (config != nullptr) acldvppSetRoiConfig(config, left, right, top, bottom);
  return config;
}

aclError acldvppDestroyRoiConfig(acldvppRoiConfig* roiConfig) {
  ACL_ENTRY();
  return DestroyDvpp<RoiConfig>(roiConfig, __func__, "roiConfig");
}

aclError acldvppSetRoiConfig(acldvppRoiConfig* config, uint32_t left, uint32_t right, uint32_t top,
                             uint32_t bottom) {
  ACL_ENTRY();
  return ChangeRoi(config, __func__, [=](Roi* roi) { *roi = {left, right, top, bottom}; });
}

#define ROI_FIELD(name, field)                                                   \
  aclError acldvppSetRoiConfig##name(acldvppRoiConfig* config, uint32_t value) { \
    ACL_ENTRY();                                                                 \
    return ChangeRoi(config, __func__, [=](Roi* roi) { roi->field = value; });   \
  }

ROI_FIELD(Left, left)
ROI_FIELD(Right, right)
ROI_FIELD(Top, top)
ROI_FIELD(Bottom, bottom)

acldvppResizeConfig* acldvppCreateResizeConfig() {
  ACL_ENTRY_OR(nullptr);
  return CreateDvpp<ResizeConfig, acldvppResizeConfig>(__func__);
}

aclError acldvppDestroyResizeConfig(acldvppResizeConfig* resizeConfig) {
  ACL_ENTRY();
  return DestroyDvpp<ResizeConfig>(resizeConfig, __func__, "resizeConfig");
}

aclError acldvppSetResizeConfigInterpolation(acldvppResizeConfig* resizeConfig,
                                             uint32_t interpolation) {
  ACL_ENTRY();
  aclError code = ACL_SUCCESS;
  const auto config = FindDvpp<ResizeConfig>(resizeConfig, __func__, "resizeConfig", &code);
  if (config == nullptr) return code;
  if (interpolation > 2)
    return ACL_FAIL(ACL_ERROR_INVALID_PARAM,
                    "interpolation is %u, must be 0 (default), 1 (bilinear) or 2 (nearest)",
                    interpolation);
  config->interpolation = interpolation;
  return ACL_SUCCESS;
}

uint32_t acldvppGetResizeConfigInterpolation(const acldvppResizeConfig* resizeConfig) {
  aclError code = ACL_SUCCESS;
  const auto config = FindDvpp<ResizeConfig>(resizeConfig, __func__, "resizeConfig", &code);
  return config == nullptr ? 0 : config->interpolation.load();
}

acldvppBorderConfig* acldvppCreateBorderConfig() {
  ACL_ENTRY_OR(nullptr);
  return CreateDvpp<BorderConfig, acldvppBorderConfig>(__func__);
}

aclError acldvppDestroyBorderConfig(acldvppBorderConfig* borderConfig) {
  ACL_ENTRY();
  return DestroyDvpp<BorderConfig>(borderConfig, __func__, "borderConfig");
}

aclError acldvppSetBorderConfigValue(acldvppBorderConfig* borderConfig, uint32_t index,
                                     double value) {
  ACL_ENTRY();
  if (index > 3) return ACL_FAIL(ACL_ERROR_INVALID_PARAM, "index is %u, must be 0 to 3", index);
  if (!std::isfinite(value))
    return ACL_FAIL(ACL_ERROR_INVALID_PARAM, "value is not a finite number");
  return ChangeBorder(borderConfig, __func__,
                      [=](Border* border) { border->value[index] = value; });
}

double acldvppGetBorderConfigValue(const acldvppBorderConfig* borderConfig, uint32_t index) {
  return index > 3 ? 0 : BorderOf(borderConfig, __func__).value[index];
}

aclError acldvppSetBorderConfigBorderType(acldvppBorderConfig* borderConfig,
                                          acldvppBorderType borderType) {
  ACL_ENTRY();
  if (borderType < BORDER_CONSTANT || borderType > BORDER_REFLECT_101)
    return ACL_FAIL(ACL_ERROR_INVALID_PARAM, "borderType is %d, none of acldvppBorderType",
                    borderType);
  return ChangeBorder(borderConfig, __func__, [=](Border* border) { border->type = borderType; });
}

acldvppBorderType acldvppGetBorderConfigBorderType(const acldvppBorderConfig* borderConfig) {
  return BorderOf(borderConfig, __func__).type;
}

#define BORDER_FIELD(name, field)                                                                \
  aclError acldvppSetBorderConfig##name(acldvppBorderConfig* borderConfig, uint32_t value) {     \
    ACL_ENTRY();                                                                                 \
    return ChangeBorder(borderConfig, __func__, [=](Border* border) { border->field = value; }); \
  }                                                                                              \
  uint32_t acldvppGetBorderConfig##name(const acldvppBorderConfig* borderConfig) {               \
    return BorderOf(borderConfig, __func__).field;                                               \
  }

BORDER_FIELD(Top, top)
BORDER_FIELD(Bottom, bottom)
BORDER_FIELD(Left, left)
BORDER_FIELD(Right, right)

acldvppJpegeConfig* acldvppCreateJpegeConfig() {
  ACL_ENTRY_OR(nullptr);
  return CreateDvpp<JpegeConfig, acldvppJpegeConfig>(__func__);
}

aclError acldvppDestroyJpegeConfig(acldvppJpegeConfig* jpegeConfig) {
  ACL_ENTRY();
  return DestroyDvpp<JpegeConfig>(jpegeConfig, __func__, "jpegeConfig");
}

// 0 is the best as 100 is.
aclError acldvppSetJpegeConfigLevel(acldvppJpegeConfig* jpegeConfig, uint32_t level) {
  ACL_ENTRY();
  aclError code = ACL_SUCCESS;
  const auto config = FindDvpp<JpegeConfig>(jpegeConfig, __func__, "jpegeConfig", &code);
  if (config == nullptr) return code;
  if (level > 100) return ACL_FAIL(ACL_ERROR_INVALID_PARAM, "level is %u, must be 0 to 100", level);
  config->level = level;
  return ACL_SUCCESS;
}

uint32_t acldvppGetJpegeConfigLevel(const acldvppJpegeConfig* jpegeConfig) {
  aclError code = ACL_SUCCESS;
  const auto config = FindDvpp<JpegeConfig>(jpegeConfig, __func__, "jpegeConfig", &code);
  return config == nullptr ? 0 : config->level.load();
}
