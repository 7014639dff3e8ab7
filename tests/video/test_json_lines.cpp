// SPDX-License-Identifier: Apache-2.0
#include "video/json_lines.h"

#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <random>

#include "tests/video/json_samples.h"

namespace infer_server::video {
namespace {

using nlohmann::json;

std::string LineOf(const FrameResult& frame) {
  std::string line;
  AppendJsonLine(frame, &line);
  return line;
}

TEST(JsonLine, HasEveryKeyOfAnEmptyFrame) {
  FrameResult frame;
  frame.source = "cam";
  EXPECT_EQ(
      "{\"schema_version\":1,\"frame\":0,\"pts_ns\":null,\"source\":\"cam\",\"width\":0,"
      "\"height\":0,\"inference\":[],\"attributes\":[],\"objects\":[]}\n",
      LineOf(frame));
}

#define MASK                                                                                     \
  "{\"width\":3,\"height\":2,\"classes\":[{\"label_id\":0,\"label\":\"none\",\"cells\":2},{"     \
  "\"label_id\":1,\"label\":\"coat\",\"cells\":1},{\"label_id\":2,\"label\":null,\"cells\":3}]," \
  "\"runs\":[0,2,2,3,1,1]}"

TEST(JsonLine, HasEveryKeyOfAnObject) {
  FrameResult frame = FullFrame();
  frame.source = "cam";
  EXPECT_EQ(
      "{\"schema_version\":1,\"frame\":41,\"pts_ns\":1366666667,\"source\":\"cam\",\"width\":768,"
      "\"height\":576,\"inference\":[{\"model\":\"yolox_nano\",\"status\":\"ran\",\"age_frames\":0,"
      "\"mask\":" MASK
      ",\"embedding\":[1,0]},"
      "{\"model\":\"gender\",\"status\":\"held\",\"age_frames\":3,\"mask\":null,\"embedding\":null}"
      "],\"attributes\":[{\"name\":"
      "\"weather\",\"label\":\"rain\",\"label_id\":2,\"score\":0.5,\"model\":\"weather_net\"}],"
      "\"objects\":[{\"id\":1,\"parent_id\":null,\"track_id\":7,\"label\":\"person\",\"label_id\":"
      "0,"
      "\"score\":0.875,\"box\":{\"x\":10.5,\"y\":20,\"w\":30.25,\"h\":40},\"model\":\"yolox_nano\","
      "\"attributes\":[{\"name\":\"gender\",\"label\":\"woman\",\"label_id\":0,\"score\":0.75,"
      "\"model\":\"gender\"}],\"keypoints\":[{\"x\":1,\"y\":2,\"score\":0.5},{\"x\":3,\"y\":4,"
      "\"score\":1}],\"mask\":null,\"embedding\":[0.25,-1,1e-20]},{\"id\":2,\"parent_id\":1,"
      "\"track_id\":null,\"label\":null,\"label_id\":null,\"score\":null,\"box\":{\"x\":1e+30,"
      "\"y\":null,\"w\":null,\"h\":1},\"model\":null,\"attributes\":[],\"keypoints\":[],"
      "\"mask\":" MASK ",\"embedding\":null}]}\n",
      LineOf(frame));
}

TEST(JsonLine, AppendsOneLineAFrame) {
  std::string lines;
  for (const FrameResult& frame : SampleFrames()) AppendJsonLine(frame, &lines);
  EXPECT_EQ(static_cast<long>(SampleFrames().size()), std::count(lines.begin(), lines.end(), '\n'));
}

TEST(JsonLine, EscapesTextAndReplacesBadBytes) {
  FrameResult frame;
  const std::pair<std::string, std::string> cases[] = {
      {"a\"b\\c", "a\"b\\c"},         {"tab\tline\n", "tab\tline\n"},
      {"\xC3\xA9", "\xC3\xA9"},       {"\x01\x7f", "\x01\x7f"},
      {"bad\xff", "bad\xEF\xBF\xBD"}, {std::string("a\0b", 3), std::string("a\0b", 3)}};
  for (const auto& [text, expected] : cases) {
    frame.source = text;
    EXPECT_EQ(expected, json::parse(LineOf(frame))["source"].get<std::string>());
  }
}

TEST(JsonLine, RoundTripsNumbers) {
  std::mt19937 random(5);
  FrameResult frame;
  frame.frame = std::numeric_limits<std::uint64_t>::max();
  frame.pts_ns = std::numeric_limits<std::int64_t>::max();
  frame.objects.resize(1);
  std::vector<float>& values = frame.objects[0].embedding;
  while (values.size() < 2000) {
    const std::uint32_t bits = static_cast<std::uint32_t>(random());
    float value;
    std::memcpy(&value, &bits, sizeof(value));
    if (std::isfinite(value)) values.push_back(value);
  }
  const json line = json::parse(LineOf(frame));
  EXPECT_EQ(frame.frame, line["frame"].get<std::uint64_t>());
  EXPECT_EQ(frame.pts_ns, line["pts_ns"].get<std::int64_t>());
  const json& read = line["objects"][0]["embedding"];
  ASSERT_EQ(values.size(), read.size());
  for (std::size_t i = 0; i < values.size(); ++i) EXPECT_EQ(values[i], read[i].get<float>());
}

TEST(JsonLine, RunsGiveBackTheMask) {
  std::mt19937 random(6);
  for (int round = 0; round < 50; ++round) {
    auto mask = std::make_shared<ClassMask>();
    mask->width = 1 + static_cast<int>(random() % 20);
    mask->height = 1 + static_cast<int>(random() % 20);
    while (mask->cells.size() < static_cast<std::size_t>(mask->width * mask->height))
      mask->cells.push_back(random() % 3 == 0 || mask->cells.empty()
                                ? static_cast<std::uint8_t>(random())
                                : mask->cells.back());
    FrameResult frame;
    frame.objects.resize(1);
    frame.objects[0].mask = mask;
    const json read = json::parse(LineOf(frame))["objects"][0]["mask"];
    std::vector<std::uint8_t> cells;
    for (std::size_t i = 0; i + 1 < read["runs"].size(); i += 2)
      cells.insert(cells.end(), read["runs"][i + 1].get<std::size_t>(),
                   read["runs"][i].get<std::uint8_t>());
    EXPECT_EQ(mask->cells, cells);
    for (const json& one : read["classes"])
      EXPECT_EQ(std::count(cells.begin(), cells.end(), one["label_id"].get<std::uint8_t>()),
                one["cells"].get<long>());
  }
}

}  // namespace
}  // namespace infer_server::video
