// SPDX-License-Identifier: Apache-2.0
// Prints the sample frames as JSON Lines, for validate_json.py.
#include <cstdio>

#include "tests/video/json_samples.h"
#include "video/json_lines.h"

int main() {
  std::string lines;
  for (const auto& frame : infer_server::video::SampleFrames())
    infer_server::video::AppendJsonLine(frame, &lines);
  std::fwrite(lines.data(), 1, lines.size(), stdout);
  return 0;
}
