// SPDX-License-Identifier: Apache-2.0
// main() of every test that uses GStreamer.
#include <gst/gst.h>
#include <gtest/gtest.h>

int main(int argc, char** argv) {
  // Scan plugins in this process: under ASan the separate scanner, which is not instrumented,
  // cannot load ours.
  gst_registry_fork_set_enabled(FALSE);
  gst_init(&argc, &argv);
  testing::InitGoogleTest(&argc, argv);
  const int rc = RUN_ALL_TESTS();
  gst_deinit();  // The leaks tracer reports here.
  return rc;
}
