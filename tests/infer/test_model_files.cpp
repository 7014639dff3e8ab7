// SPDX-License-Identifier: Apache-2.0
// The parts under models by name: what a URI says, files that appear whole, SHA-256.
#include <sys/stat.h>

#include <filesystem>
#include <set>

#include "infer/model_fetch.h"
#include "infer/model_uri.h"
#include "infer/sha256.h"
#include "infer/temp_file.h"
#include "tests/files.h"

namespace infer_server {
namespace {

namespace fs = std::filesystem;
using devices::Code;

const std::string kDigest =  // Of "abc", from FIPS 180-2.
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

TEST(ModelUri, IsAPathOrAUrl) {
  const struct {
    const char *uri, *where, *name, *shown;
  } kCases[] = {
      {"a/b.onnx", "a/b.onnx", "", "a/b.onnx"},
      {"odd#name?.onnx", "odd#name?.onnx", "", "odd#name?.onnx"},
      {"file:///a/b%20c%2.onnx", "/a/b c%2.onnx", "", "/a/b c%2.onnx"},
      {"file://localhost/a.onnx", "/a.onnx", "", "/a.onnx"},
      {"http://h/a/b.onnx", "http://h/a/b.onnx", "b.onnx", "http://h/a/b.onnx"},
      {"HTTPS://h/b.onnx?k=v/w#x", "HTTPS://h/b.onnx?k=v/w", "b.onnx", "HTTPS://h/b.onnx?..."},
      {"ftp://u:p@h:21/%2e%2e%2fb", "ftp://u:p@h:21/%2e%2e%2fb", "%2e%2e%2fb",
       "ftp://...@h:21/%2e%2e%2fb"},
      {"http://h/@scope/b", "http://h/@scope/b", "b", "http://h/@scope/b"},
      {"http://[::1]:80/b", "http://[::1]:80/b", "b", "http://[::1]:80/b"},
      {"http://u:p/q@h/b", "http://u:p/q@h/b", "b", "http://...@h/b"},
  };
  for (const auto& c : kCases) {
    const auto uri = ParseModelUri(c.uri);
    ASSERT_TRUE(uri.ok()) << c.uri;
    EXPECT_EQ(c.where, uri.value().where);
    EXPECT_EQ(c.name, uri.value().name);
    EXPECT_EQ(c.shown, uri.value().shown);
    EXPECT_EQ(*c.name != '\0', uri.value().remote);
    EXPECT_EQ("", uri.value().sha256);
    const auto with = ParseModelUri(std::string(c.uri) + "#sha256=" + kDigest);
    ASSERT_TRUE(with.ok()) << c.uri;
    EXPECT_EQ(c.where, with.value().where);
    EXPECT_EQ(kDigest, with.value().sha256);
  }
}

TEST(ModelUri, SaysWhatIsWrong) {
  const auto refused = [](const std::string& uri, Code code, const std::string& words) {
    const auto parsed = ParseModelUri(uri);
    ASSERT_FALSE(parsed.ok()) << uri;
    EXPECT_EQ(code, parsed.status().code());
    EXPECT_NE(std::string::npos, parsed.status().message().find(words))
        << parsed.status().message();
  };
  for (const char* url : {"http://h", "http://h/", "http://h/a/", "http://h/..", "http://h/.?a/b"})
    refused(url, Code::kInvalidArgument, "names no file");
  refused(std::string("http://h/a\0b", 12), Code::kInvalidArgument, "names no file");
  refused("file://server/a.onnx", Code::kInvalidArgument, "the host 'server'");
  refused("file:///a%00b", Code::kInvalidArgument, "zero byte");
  refused("s3://bucket/a.onnx", Code::kUnsupported, "http, https, ftp or file");
  refused("a.onnx#sha256=12", Code::kInvalidArgument, "64 hexadecimal digits");
  refused("a.onnx#sha256=" + std::string(64, 'g'), Code::kInvalidArgument, "sha256sum");
}

TEST(Sha256, IsThatOfTheStandard) {
  EXPECT_EQ(kDigest, Sha256Of("abc", 3).value());
  Sha256 pieces;
  pieces.Update("a", 1);
  pieces.Update("bc", 2);
  EXPECT_EQ(kDigest, pieces.Finish().value());
  EXPECT_EQ(Code::kNotFound, Sha256OfFile("/no/such").status().code());
  EXPECT_EQ(Code::kUnavailable, Sha256OfFile("/").status().code());
}

class Folder : public ::testing::Test {
 protected:
  void SetUp() override {
    char folder[] = "/tmp/model-files-XXXXXX";
    folder_ = mkdtemp(folder);
  }
  void TearDown() override { fs::remove_all(folder_); }
  std::string In(const std::string& name) const { return folder_ + "/" + name; }
  std::set<std::string> Names() const {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder_)) names.insert(entry.path().filename());
    return names;
  }
  std::string folder_;
};

TEST_F(Folder, AFileAppearsWholeOrNotAtAll) {
  for (const TempFile::Kind kind : {TempFile::Kind::kNameless, TempFile::Kind::kNamed}) {
    {
      auto given_up = TempFile::Create(folder_, kind);
      ASSERT_TRUE(given_up.ok());
      EXPECT_TRUE(given_up.value()->Write("half", 4).ok());
    }
    EXPECT_EQ(std::set<std::string>(), Names());
    auto first = TempFile::Create(folder_, kind), second = TempFile::Create(folder_, kind);
    ASSERT_TRUE(first.ok() && second.ok());
    EXPECT_TRUE(first.value()->Write("one", 3).ok());
    EXPECT_TRUE(second.value()->Write("an", 2).ok() && second.value()->Write("other", 5).ok());
    EXPECT_FALSE(fs::exists(In("a")));
    EXPECT_TRUE(first.value()->MoveTo(In("a")).ok());
    EXPECT_EQ("one", ReadFile(In("a")));
    EXPECT_TRUE(second.value()->MoveTo(In("a")).ok());
    EXPECT_EQ("another", ReadFile(In("a")));
    EXPECT_EQ(std::set<std::string>{"a"}, Names());
    struct stat info = {};
    EXPECT_EQ(0, stat(In("a").c_str(), &info));
    const mode_t mask = umask(0);
    umask(mask);
    EXPECT_EQ(0666u & ~mask, info.st_mode & 0777u) << "as any file the process makes";
    fs::remove(In("a"));
    fs::create_directory(In("b"));
    auto blocked = TempFile::Create(folder_, kind);
    EXPECT_EQ(Code::kUnavailable, blocked.value()->MoveTo(In("b")).code());
    blocked = devices::Status(Code::kCancelled, "");
    EXPECT_EQ(std::set<std::string>{"b"}, Names());
    fs::remove(In("b"));
    EXPECT_EQ(Code::kUnavailable, TempFile::Create("/no/such", kind).status().code());
  }
}

TEST_F(Folder, ALocalFileIsUsedWhereItLiesAndItsDigestChecked) {
  WriteFile(In("a b.onnx"), "abc");
  const std::string url = "file://" + folder_ + "/a%20b.onnx";
  EXPECT_EQ(In("a b.onnx"), FetchModel(url, {}).value().path);
  EXPECT_EQ(In("a b.onnx"), FetchModel(url + "#sha256=" + kDigest, {}).value().path);
  std::string upper = kDigest;
  for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  EXPECT_TRUE(FetchModel(In("a b.onnx#sha256=") + upper, {}).ok());
  WriteFile(In("a b.onnx"), "abd");
  const auto changed = FetchModel(url + "#sha256=" + kDigest, {});
  EXPECT_EQ(Code::kInvalidArgument, changed.status().code());
  EXPECT_NE(std::string::npos, changed.status().message().find("not the " + kDigest));
  EXPECT_EQ(Code::kNotFound, FetchModel(In("c#sha256=") + kDigest, {}).status().code());
}

}  // namespace
}  // namespace infer_server
