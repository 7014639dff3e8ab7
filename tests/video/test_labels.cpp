// SPDX-License-Identifier: Apache-2.0
#include "video/labels.h"

#include <gtest/gtest.h>

#include <fstream>

namespace infer_server::video {
namespace {

using Names = std::vector<std::string>;

std::string WriteFile(const std::string& name, const std::string& content) {
  const std::string path = testing::TempDir() + name;
  std::ofstream(path, std::ios::binary) << content;
  return path;
}

struct Case {
  const char* text;
  Names names;
};

TEST(Labels, ReadsLists) {
  const Case cases[] = {
      {"person", {"person"}},
      {"person,car", {"person", "car"}},
      {" person , traffic light ", {"person", "traffic light"}},
      {"person,", {"person"}},
      {"n/a,", {"n/a"}},
      {"a,,b", {"a", "", "b"}},
      {"tench\\, Tinca tinca,goldfish", {"tench, Tinca tinca", "goldfish"}},
      {"back\\\\slash,b", {"back\\slash", "b"}},
      {"gr\xC3\xBCn,rot", {"gr\xC3\xBCn", "rot"}},
  };
  for (const Case& c : cases) {
    const auto labels = Labels::Parse(c.text);
    ASSERT_TRUE(labels.ok()) << c.text << ": " << labels.status().ToString();
    EXPECT_EQ(c.names, labels.value().names()) << c.text;
    EXPECT_EQ("a list", labels.value().origin());
  }
}

TEST(Labels, ReadsFiles) {
  const Case cases[] = {
      {"person\ncar\n", {"person", "car"}},
      {"\xEF\xBB\xBFperson\r\ncar\r\n\r\n  \n", {"person", "car"}},
      {"a\n\nb", {"a", "", "b"}},
      {"n01440764 tench, Tinca tinca\nn01443537 goldfish\n", {"tench, Tinca tinca", "goldfish"}},
      {"n0144076 seven digits\nnightgown x\n", {"n0144076 seven digits", "nightgown x"}},
  };
  for (const Case& c : cases) {
    const std::string path = WriteFile("labels_case", c.text);
    const auto labels = Labels::Parse(path);
    ASSERT_TRUE(labels.ok()) << c.text << ": " << labels.status().ToString();
    EXPECT_EQ(c.names, labels.value().names()) << c.text;
    EXPECT_EQ("file '" + path + "'", labels.value().origin());
  }
}

TEST(Labels, SaysWhatIsWrong) {
  const std::string empty = WriteFile("labels_empty.txt", "\n \n");
  const std::string binary = WriteFile("labels_binary.txt", "\xff\xfe\n");
  const std::string large = WriteFile("labels_large.txt", std::string((16 << 20) + 1, 'a'));
  const std::pair<std::string, std::string> cases[] = {
      {"no/such",
       "NOT_FOUND: labels file 'no/such' does not exist or is no regular file; give a "
       "file with one label a line, or a list such as person,car"},
      {"coco.txt",
       "NOT_FOUND: labels file 'coco.txt' does not exist or is no regular file; give a "
       "file with one label a line, or a list such as person,car"},
      {"", "INVALID_ARGUMENT: labels of a list are empty; give one label for each class"},
      {",,", "INVALID_ARGUMENT: labels of a list are empty; give one label for each class"},
      {empty,
       "INVALID_ARGUMENT: labels of file '" + empty + "' are empty; give one label for each class"},
      {"a\xff,b", "INVALID_ARGUMENT: labels of a list are not UTF-8 text"},
      {std::string("a\0b", 3), "INVALID_ARGUMENT: labels of a list are not UTF-8 text"},
      {large, "INVALID_ARGUMENT: labels file '" + large +
                  "' is larger than 16777216 bytes; give a file with one label a line, or a list "
                  "such as person,car"},
      {binary, "INVALID_ARGUMENT: labels of file '" + binary + "' are not UTF-8 text"},
  };
  for (const auto& [text, message] : cases) {
    const auto labels = Labels::Parse(text);
    EXPECT_EQ(message, labels.status().ToString());
  }
}

TEST(Labels, NameAClassOrGiveItsNumber) {
  const Labels labels({"person", "", "car"});
  EXPECT_EQ("person", labels.Name(0));
  EXPECT_EQ("1", labels.Name(1));
  EXPECT_EQ("17", labels.Name(17));
  EXPECT_EQ("-1", labels.Name(-1));
}

}  // namespace
}  // namespace infer_server::video
