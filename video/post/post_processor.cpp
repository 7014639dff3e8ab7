// SPDX-License-Identifier: Apache-2.0
#include "video/post/post_processor.h"

namespace infer_server::video {

devices::Registry<PostProcessor>& PostProcessors() {
  // Never destroyed: objects that register themselves may outlive a static one.
  static auto* const registry = new devices::Registry<PostProcessor>("post-processor");
  return *registry;
}

}  // namespace infer_server::video
