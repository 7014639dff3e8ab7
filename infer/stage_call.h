// SPDX-License-Identifier: Apache-2.0
// Calls of stages, which may be the user's code.
#pragma once

#include <exception>
#include <string>

#include "infer/explain.h"
#include "processor.h"

namespace infer_server {

// What `f` returns; what it throws is a failure of `processor`, with the reason noted.
template <typename F>
Status CallStage(const Processor& processor, const F& f) {
  try {
    return f();
  } catch (const std::exception& e) {
    return Explain(Status::ERROR_BACKEND, processor.TypeName() + "::Process() threw: " + e.what());
  } catch (...) {
    return Explain(Status::ERROR_BACKEND, processor.TypeName() + "::Process() threw");
  }
}

}  // namespace infer_server
