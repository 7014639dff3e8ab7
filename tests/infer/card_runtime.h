// SPDX-License-Identifier: Apache-2.0
// A runtime "card" for tests: one device as cards are, whose streams only queue and call back, and
// whose memory the host may not use. Its models are those of the cpu runtime; its runs can be held.
#pragma once

namespace infer_server::test {

// Registers it; again does nothing.
void RegisterCardRuntime();

// What the card is told; for all runs of the process.
struct Card {
  // Runs do not end until Release(), or until they are stopped.
  static void Hold();
  static void Release();
  // Until `count` runs are held at once.
  static void WaitHeld(int count);
  // Runs that were stopped so far.
  static int Stopped();
  // Callbacks are made inside Stream::Callback(), all work being done by then.
  static void CallBackAtOnce(bool at_once);
  // False: its streams do not queue, and whoever asks waits.
  static void Queue(bool queue);
  // The next call of Stream::Callback() does not return until ReleaseCalls().
  static void HoldCall();
  static void ReleaseCalls();
  // Until a call is held.
  static void WaitCallHeld();
  // The next calls of Stream::Callback() fail.
  static void FailCallbacks(int count);
};

}  // namespace infer_server::test
