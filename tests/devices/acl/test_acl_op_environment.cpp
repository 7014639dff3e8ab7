// SPDX-License-Identifier: Apache-2.0
// Single operators and cblas when the environment says otherwise: strict mode, faults on order.
#include <chrono>
#include <cstdlib>
#include <functional>
#include <map>

#include "acl/ops/acl_cblas.h"
#include "tests/devices/acl/op_test.h"

namespace acl_test {
namespace {

using std::chrono::steady_clock;

// aclInit reads the environment again.
class OpEnvironment : public testing::Test {
 protected:
  void Start(const std::string& variable, const std::string& value) {
    variable_ = variable;
    setenv(variable.c_str(), value.c_str(), 1);
    ASSERT_EQ(aclInit(nullptr), ACL_SUCCESS);
    ASSERT_EQ(aclrtSetDevice(0), ACL_SUCCESS);
    ASSERT_EQ(aclrtCreateStream(&stream_), ACL_SUCCESS);
    Recent();
  }
  void TearDown() override {
    unsetenv(variable_.c_str());
    EXPECT_EQ(aclrtDestroyStream(stream_), ACL_SUCCESS);
    aclrtResetDevice(0);
    EXPECT_EQ(aclFinalize(), ACL_SUCCESS);
    ASSERT_EQ(aclInit(nullptr), ACL_SUCCESS);  // The next start is without faults.
    ASSERT_EQ(aclFinalize(), ACL_SUCCESS);
  }
  std::string variable_;
  aclrtStream stream_ = nullptr;
};

std::string Description(const char* op, const char* type) {
  const std::string desc = std::string(R"({"shape": [3], "type": ")") + type + R"("})";
  return std::string(R"([{"op": ")") + op + R"(", "input_desc": [)" + desc + ", " + desc +
         R"(], "output_desc": [)" + desc + "]}]";
}

TEST_F(OpEnvironment, InStrictModeOnlyWhatIsDescribedRuns) {
  Start("INFERSERVER_ACL_STRICT", "1");
  {
    Tensor a(ACL_INT32, {3}), y(ACL_INT32, {3}), f(ACL_FLOAT, {3}), four(ACL_INT32, {4});
    a.Put(std::vector<int32_t>{1, 2, 3});
    // As long as nothing is described, what is built in runs.
    EXPECT_EQ(Execute("Add", {&a, &a}, y, nullptr, stream_), ACL_SUCCESS) << Recent();
    EXPECT_EQ(aclrtSynchronizeStream(stream_), ACL_SUCCESS);
    const std::string add = Description("Add", "int32");
    ASSERT_EQ(aclopLoad(add.data(), add.size()), ACL_SUCCESS) << Recent();
    EXPECT_EQ(Execute("Add", {&a, &a}, y, nullptr, stream_), ACL_SUCCESS) << Recent();
    EXPECT_EQ(Execute("Mul", {&a, &a}, y, nullptr, stream_), ACL_ERROR_OP_NOT_FOUND);
    EXPECT_NE(Recent().find("aclopExecuteV2 failed: 100024 (ACL_ERROR_OP_NOT_FOUND)"),
              std::string::npos);
    EXPECT_EQ(Execute("Add", {&f, &f}, f, nullptr, stream_), ACL_ERROR_OP_NOT_FOUND);
    EXPECT_EQ(Execute("Add", {&four, &four}, four, nullptr, stream_), ACL_ERROR_OP_NOT_FOUND);
    const std::string mul = Description("Mul", "int32");
    ASSERT_EQ(aclopLoad(mul.data(), mul.size()), ACL_SUCCESS) << Recent();
    EXPECT_EQ(Execute("Mul", {&a, &a}, y, nullptr, stream_), ACL_SUCCESS) << Recent();
    EXPECT_EQ(aclrtSynchronizeStream(stream_), ACL_SUCCESS);
    EXPECT_EQ(y.Get<int32_t>(), (std::vector<int32_t>{1, 4, 9}));
  }
}

// The calls that compute, each on operands of its own, with what it must give at [0].
struct Operands {
  Tensor a{ACL_FLOAT, {4, 4}}, b{ACL_FLOAT, {4, 4}}, c{ACL_FLOAT, {4, 4}}, one{ACL_FLOAT, {1}},
      half_a{ACL_FLOAT16, {4, 4}}, half_b{ACL_FLOAT16, {4, 4}}, half_c{ACL_FLOAT16, {4, 4}},
      half_one{ACL_FLOAT16, {1}}, byte_a{ACL_INT8, {4, 4}}, byte_b{ACL_INT8, {4, 4}},
      int_c{ACL_INT32, {4, 4}}, int_one{ACL_INT32, {1}};
  Operands() {
    for (Tensor* tensor : {&a, &b, &c, &one, &half_a, &half_b, &half_c, &half_one, &byte_a, &byte_b,
                           &int_c, &int_one})
      tensor->PutNumbers(std::vector<double>(Count(tensor->dims()), 1));
  }
};

using Call = std::function<aclError(const Operands&, aclrtStream)>;

const std::map<std::string, Call>& Calls() {
  static const std::map<std::string, Call> calls = {
      {"aclopExecuteV2",
       [](const Operands& o, aclrtStream s) {
         return Execute("Add", {&o.a, &o.b}, o.c, nullptr, s);
       }},
      {"aclopExecute",
       [](const Operands& o, aclrtStream s) {
         const aclTensorDesc* descs[] = {o.a.desc(), o.b.desc()};
         const aclDataBuffer* in[] = {o.a.buffer(), o.b.buffer()};
         const aclTensorDesc* out = o.c.desc();
         aclDataBuffer* buffer = o.c.buffer();
         return aclopExecute("Add", 2, descs, in, 1, &out, &buffer, nullptr, s);
       }},
      {"aclopCast",
       [](const Operands& o, aclrtStream s) {
         return aclopCast(o.a.desc(), o.a.buffer(), o.half_c.desc(), o.half_c.buffer(), 0, s);
       }},
      {"aclblasGemmEx",
       [](const Operands& o, aclrtStream s) {
         return aclblasGemmEx(ACL_TRANS_N, ACL_TRANS_N, ACL_TRANS_N, 4, 4, 4, o.one.memory(),
                              o.a.memory(), -1, ACL_FLOAT, o.b.memory(), -1, ACL_FLOAT,
                              o.one.memory(), o.c.memory(), -1, ACL_FLOAT,
                              ACL_COMPUTE_HIGH_PRECISION, s);
       }},
      {"aclblasGemvEx",
       [](const Operands& o, aclrtStream s) {
         return aclblasGemvEx(ACL_TRANS_N, 4, 4, o.one.memory(), o.a.memory(), -1, ACL_FLOAT,
                              o.b.memory(), -1, ACL_FLOAT, o.one.memory(), o.c.memory(), -1,
                              ACL_FLOAT, ACL_COMPUTE_HIGH_PRECISION, s);
       }},
      {"aclblasHgemm",
       [](const Operands& o, aclrtStream s) {
         const auto half = [](const Tensor& t) { return static_cast<aclFloat16*>(t.memory()); };
         return aclblasHgemm(ACL_TRANS_N, ACL_TRANS_N, ACL_TRANS_N, 4, 4, 4, half(o.half_one),
                             half(o.half_a), -1, half(o.half_b), -1, half(o.half_one),
                             half(o.half_c), -1, ACL_COMPUTE_HIGH_PRECISION, s);
       }},
      {"aclblasS8gemm",
       [](const Operands& o, aclrtStream s) {
         const auto byte = [](const Tensor& t) { return static_cast<int8_t*>(t.memory()); };
         const auto word = [](const Tensor& t) { return static_cast<int32_t*>(t.memory()); };
         return aclblasS8gemm(ACL_TRANS_N, ACL_TRANS_N, ACL_TRANS_N, 4, 4, 4, word(o.int_one),
                              byte(o.byte_a), -1, byte(o.byte_b), -1, word(o.int_one),
                              word(o.int_c), -1, ACL_COMPUTE_HIGH_PRECISION, s);
       }},
  };
  return calls;
}

class EachOpCall : public OpEnvironment, public testing::WithParamInterface<std::string> {};

TEST_P(EachOpCall, FailsInWordsWithoutQueueingAnything) {
  Start("INFERSERVER_FAULT", GetParam() + ":2=507015");
  {
    const Operands operands;
    const Call& call = Calls().at(GetParam());
    EXPECT_EQ(call(operands, stream_), ACL_SUCCESS) << Recent();
    EXPECT_EQ(aclrtSynchronizeStream(stream_), ACL_SUCCESS);
    const auto before = operands.c.Numbers();
    EXPECT_EQ(call(operands, stream_), ACL_ERROR_RT_AICORE_EXCEPTION);
    EXPECT_NE(Recent().find(GetParam() + " failed: 507015 "), std::string::npos);
    EXPECT_EQ(aclrtSynchronizeStream(stream_), ACL_SUCCESS);
    EXPECT_EQ(operands.c.Numbers(), before);
    EXPECT_EQ(call(operands, stream_), ACL_SUCCESS) << Recent();
    EXPECT_EQ(aclrtSynchronizeStream(stream_), ACL_SUCCESS);
  }
}

TEST_P(EachOpCall, IsLateOnItsStreamNotInTheCall) {
  Start("INFERSERVER_FAULT", GetParam() + ":1=delay:150");
  {
    const Operands operands;
    const auto begin = steady_clock::now();
    ASSERT_EQ(Calls().at(GetParam())(operands, stream_), ACL_SUCCESS) << Recent();
    aclrtStreamStatus status = ACL_STREAM_STATUS_COMPLETE;
    ASSERT_EQ(aclrtStreamQuery(stream_, &status), ACL_SUCCESS);
    const bool early = steady_clock::now() - begin < std::chrono::milliseconds(100);
    EXPECT_TRUE(!early || status == ACL_STREAM_STATUS_NOT_READY);
    EXPECT_EQ(aclrtSynchronizeStream(stream_), ACL_SUCCESS);
    EXPECT_GE(steady_clock::now() - begin, std::chrono::milliseconds(150));
  }
}

TEST_P(EachOpCall, ThatHangsEndsWithItsStream) {
  Start("INFERSERVER_FAULT", GetParam() + ":1=hang");
  {
    const Operands operands;
    ASSERT_EQ(Calls().at(GetParam())(operands, stream_), ACL_SUCCESS) << Recent();
    EXPECT_EQ(aclrtSynchronizeStreamWithTimeout(stream_, 20), ACL_ERROR_RT_STREAM_SYNC_TIMEOUT);
    EXPECT_EQ(aclrtStreamAbort(stream_), ACL_SUCCESS);
    aclrtSynchronizeStream(stream_);
  }
}

std::vector<std::string> CallNames() {
  std::vector<std::string> names;
  for (const auto& [name, call] : Calls()) names.push_back(name);
  return names;
}

INSTANTIATE_TEST_SUITE_P(Of, EachOpCall, testing::ValuesIn(CallNames()),
                         [](const auto& test) { return test.param; });

}  // namespace
}  // namespace acl_test
