// SPDX-License-Identifier: Apache-2.0
// A runtime "far" for tests: one device whose memory the host may not touch. Its addresses are
// numbers that fault when followed; only its streams know what lies behind them. Its models are
// those of the cpu runtime.
#pragma once

namespace infer_server::test {

// Registers it; again does nothing.
void RegisterFarRuntime();
// Blocks of its memory not freed.
int FarBlocks();

}  // namespace infer_server::test
