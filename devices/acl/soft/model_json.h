// SPDX-License-Identifier: Apache-2.0
// The JSON of the container (model_file.h).
#pragma once

#include <string>
#include <string_view>

#include "devices/acl/soft/model_file.h"

namespace infer_server::devices::acl {

// Fails with kInvalidArgument: not JSON, an unknown or missing key, a value of the wrong type.
Result<ModelProfiles> ProfilesFromJson(std::string_view text);
std::string ProfilesToJson(const ModelProfiles& profiles);

// Sets what the key of ATC's insert_op_conf names ("src_image_size_w", "mean_chn_0", …).
// kInvalidArgument: no such key, or a value that cannot be.
Status SetAippKey(const std::string& key, double value, AippConfig* config);
Status SetAippKey(const std::string& key, const std::string& value, AippConfig* config);

}  // namespace infer_server::devices::acl
