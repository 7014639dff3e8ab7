// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "devices/base/registry.h"
#include "devices/base/status.h"

namespace infer_server::devices {
namespace {

Status Load(const std::string& path) {
  return Status(Code::kNotFound, "cannot open file").WithContext("load model '" + path + "'");
}

TEST(Status, ContextKeepsTheCode) {
  const Status s = Load("a.onnx");
  EXPECT_EQ(Code::kNotFound, s.code());
  EXPECT_EQ("NOT_FOUND: load model 'a.onnx': cannot open file", s.ToString());
}

TEST(Status, ContextLeavesOkAlone) {
  EXPECT_TRUE(Status().WithContext("load").ok());
  EXPECT_EQ("OK", Status().ToString());
}

TEST(Registry, UnknownNameListsKnownOnes) {
  Registry<int> registry("number");
  EXPECT_TRUE(
      registry.Add("one", [] { return Result<std::unique_ptr<int>>(std::make_unique<int>(1)); }));
  EXPECT_FALSE(
      registry.Add("one", [] { return Result<std::unique_ptr<int>>(std::make_unique<int>(2)); }));
  EXPECT_EQ(1, *registry.Create("one").value());
  EXPECT_EQ("NOT_FOUND: no number 'two'; there are: one",
            registry.Create("two").status().ToString());
}

}  // namespace
}  // namespace infer_server::devices
