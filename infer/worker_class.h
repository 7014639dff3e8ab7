// SPDX-License-Identifier: Apache-2.0
// The operating-system priorities of worker threads.
#pragma once

#include <array>
#include <cstddef>

namespace infer_server {

// How much nicer than the thread that made the scheduler its workers are: the classes of sessions
// in use, highest first; classes beyond the last share that. Each step leaves the class about a
// tenth, a thirtieth, a seventieth of a core that the first wants too. Nicer threads still run:
// locks that they hold for a moment come free.
inline constexpr std::array<int, 4> kNiceSteps = {0, 10, 15, 19};

// Nice value of the calling thread.
int NiceOfThisThread();
// Makes the calling thread, a worker of `step`, as nice as `base` + kNiceSteps[step]; nicer than
// that it stays. A thread cannot be made less nice again without privileges.
void BecomeWorkerOfStep(std::size_t step, int base);
// The calling thread is a worker of a step other than 0.
bool OnLowWorker();

}  // namespace infer_server
