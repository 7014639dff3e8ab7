// SPDX-License-Identifier: Apache-2.0
#include "video/line_writer.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <thread>

namespace infer_server::video {
namespace {

using devices::Code;

std::string ReadAll(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

class LineWriterTest : public testing::Test {
 protected:
  void TearDown() override { unlink(path_.c_str()); }
  const std::string path_ =
      testing::TempDir() + "lines_" + testing::UnitTest::GetInstance()->current_test_info()->name();
};

TEST_F(LineWriterTest, WritesEverythingInOrder) {
  std::string expected;
  {
    auto writer = std::move(LineWriter::Open(path_)).value();
    for (int i = 0; i < 20000; ++i) {
      const std::string line = "line " + std::to_string(i) + "\n";
      expected += line;
      ASSERT_TRUE(writer->Write(line).ok());
    }
    EXPECT_TRUE(writer->Close().ok());
    EXPECT_EQ(Code::kCancelled, writer->Write("late\n").code());
  }
  EXPECT_EQ(expected, ReadAll(path_));
}

TEST_F(LineWriterTest, FlushMakesItVisible) {
  auto writer = std::move(LineWriter::Open(path_)).value();
  EXPECT_EQ("", ReadAll(path_));
  for (const char* line : {"one\n", "two\n"}) {
    ASSERT_TRUE(writer->Write(line).ok());
    ASSERT_TRUE(writer->Flush().ok());
    EXPECT_NE(std::string::npos, ReadAll(path_).find(line));
  }
}

// Without a flush the text arrives too; how soon is not asserted.
TEST_F(LineWriterTest, WritesWithoutBeingAsked) {
  ASSERT_EQ(0, mkfifo(path_.c_str(), 0600));
  const int reader = open(path_.c_str(), O_RDONLY | O_NONBLOCK);
  fcntl(reader, F_SETFL, 0);
  auto writer = std::move(LineWriter::Open(path_)).value();
  ASSERT_TRUE(writer->Write("one\n").ok());
  char text[8] = {};
  EXPECT_EQ(4, read(reader, text, sizeof text));
  EXPECT_STREQ("one\n", text);
  close(reader);
}

TEST_F(LineWriterTest, EmptiesTheFileFirst) {
  std::ofstream(path_) << "old";
  auto writer = std::move(LineWriter::Open(path_)).value();
  EXPECT_TRUE(writer->Close().ok());
  EXPECT_EQ("", ReadAll(path_));
}

TEST_F(LineWriterTest, SaysWhyAFileCannotBeOpened) {
  const auto missing = LineWriter::Open("/nowhere/x.jsonl");
  EXPECT_EQ(Code::kNotFound, missing.status().code());
  EXPECT_EQ(
      "cannot write '/nowhere/x.jsonl': No such file or directory; name a file in a folder that "
      "exists and may be written to, or - for standard output",
      missing.status().message());
  EXPECT_EQ(Code::kUnavailable, LineWriter::Open("/").status().code());
  ASSERT_EQ(0, mkfifo(path_.c_str(), 0600));
  EXPECT_NE(std::string::npos,
            LineWriter::Open(path_).status().message().find("nobody reads this pipe yet"));
}

TEST_F(LineWriterTest, AFullDiskIsAnError) {
  if (access("/dev/full", W_OK) != 0) GTEST_SKIP() << "no /dev/full";
  auto writer = std::move(LineWriter::Open("/dev/full")).value();
  ASSERT_TRUE(writer->Write("x\n").ok());
  const auto status = writer->Flush();
  EXPECT_EQ(Code::kOutOfMemory, status.code());
  EXPECT_EQ("cannot write to '/dev/full': No space left on device", status.message());
  EXPECT_EQ(Code::kOutOfMemory, writer->Write("y\n").code());
}

TEST_F(LineWriterTest, AReaderThatGoesAwayIsAnErrorNotASignal) {
  ASSERT_EQ(0, mkfifo(path_.c_str(), 0600));
  const int reader = open(path_.c_str(), O_RDONLY | O_NONBLOCK);
  auto writer = std::move(LineWriter::Open(path_)).value();
  close(reader);
  ASSERT_TRUE(writer->Write("x\n").ok());
  EXPECT_EQ("cannot write to '" + path_ + "': Broken pipe", writer->Flush().message());
}

TEST_F(LineWriterTest, UnblockEndsTheWaitForASlowReader) {
  ASSERT_EQ(0, mkfifo(path_.c_str(), 0600));
  const int reader = open(path_.c_str(), O_RDONLY | O_NONBLOCK);  // Reads nothing.
  auto writer = std::move(LineWriter::Open(path_)).value();
  const std::string megabyte(1 << 20, 'x');
  std::thread unblock([&] { writer->Unblock(); });
  // The pipe and the queue hold two of them at most.
  devices::Status status;
  for (int i = 0; i < 4 && status.ok(); ++i) status = writer->Write(megabyte);
  EXPECT_EQ(Code::kCancelled, status.code());
  unblock.join();
  EXPECT_EQ(Code::kTimeout, writer->Close().code());
  close(reader);
}

}  // namespace
}  // namespace infer_server::video
