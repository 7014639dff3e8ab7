// SPDX-License-Identifier: Apache-2.0
// An observer quick enough to be called on the scheduler's own threads.
#pragma once

#include "infer_server.h"

namespace infer_server {

// A session with a DirectObserver has no thread of its own: the worker that finishes a request
// calls Response(), in order and with no lock held. Response() must only mark and notify: no I/O,
// no lock that is held for long, no call of a session. For elements and synchronous sessions.
class INFER_API DirectObserver : public Observer {};

}  // namespace infer_server
