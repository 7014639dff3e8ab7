// SPDX-License-Identifier: Apache-2.0
// Streams of the acl device.
#pragma once

#include <chrono>
#include <memory>

#include "devices/acl/acl_card.h"
#include "devices/stream.h"

namespace infer_server::devices {

// Work runs on the card; its end is told by a callback on the card's thread, so that waiting for it
// can be given up. A failure on the card does not keep the pieces behind it from running (not every
// AscendCL can), but what they did counts for nothing: Synchronize() fails. Runs engines of the acl
// device only. `limit` as in
// StreamOptions. Fails as AscendCL does.
Result<std::unique_ptr<Stream>> NewAclStream(std::shared_ptr<AclCard> card,
                                             std::chrono::milliseconds limit);

}  // namespace infer_server::devices
