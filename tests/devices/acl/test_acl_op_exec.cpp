// SPDX-License-Identifier: Apache-2.0
// Executing operators: codes, streams, handles, descriptions in files.
#include <malloc.h>

#include <cstring>
#include <filesystem>
#include <fstream>

#include "acl/ops/acl_cblas.h"
#include "tests/devices/acl/op_test.h"

namespace acl_test {
namespace {

class OpExec : public Operators {};

TEST_F(OpExec, Codes) {
  Tensor a(ACL_FLOAT, {2, 3}), b(ACL_FLOAT, {2, 3}), half(ACL_FLOAT16, {2, 3}), row(ACL_FLOAT, {4}),
      index(ACL_INT32, {2}), text(ACL_STRING, {1}, 8);
  EXPECT_EQ(Run("NoSuchOp", {&a}, b), ACL_ERROR_OP_NOT_FOUND);
  EXPECT_NE(Recent().find("aclopExecuteV2 failed: 100024 (ACL_ERROR_OP_NOT_FOUND): there is no "
                          "operator 'NoSuchOp', only Add, ArgMaxD"),
            std::string::npos);
  EXPECT_EQ(Run("Add", {&a}, b), ACL_ERROR_OP_INPUT_NOT_MATCH);
  EXPECT_EQ(Run("Add", {&a, &row}, b), ACL_ERROR_OP_INPUT_NOT_MATCH);
  EXPECT_NE(Recent().find("Add of [2, 3] and [4]"), std::string::npos);
  EXPECT_EQ(Run("Add", {&a, &b}, row), ACL_ERROR_OP_OUTPUT_NOT_MATCH);
  EXPECT_EQ(Run("Add", {&a, &half}, b), ACL_ERROR_UNSUPPORTED_DATA_TYPE);
  EXPECT_EQ(Run("Cast", {&text}, row), ACL_ERROR_UNSUPPORTED_DATA_TYPE);
  EXPECT_EQ(Run("ArgMaxD", {&a}, index), ACL_ERROR_OP_ATTR_NOT_MATCH);
  aclopSetAttrFloat(attr_, "dimension", 1);
  EXPECT_EQ(Run("ArgMaxD", {&a}, index, attr_), ACL_ERROR_OP_ATTR_NOT_MATCH);
  aclopSetAttrInt(attr_, "dimension", 2);
  EXPECT_EQ(Run("ArgMaxD", {&a}, index, attr_), ACL_ERROR_OP_ATTR_NOT_MATCH);
  aclopSetAttrInt(attr_, "dimension", 1);  // Overwrites.
  EXPECT_EQ(Run("ArgMaxD", {&a}, index, attr_), ACL_SUCCESS);
  aclopSetAttrInt(attr_, "dimensions", 1);
  EXPECT_EQ(Run("ArgMaxD", {&a}, index, attr_), ACL_ERROR_OP_ATTR_NOT_MATCH);
  EXPECT_NE(Recent().find("has no attribute 'dimensions', but these: dimension"),
            std::string::npos);
  EXPECT_EQ(aclopExecuteV2(nullptr, 0, nullptr, nullptr, 0, nullptr, nullptr, nullptr, stream_),
            ACL_ERROR_INVALID_PARAM);
  EXPECT_EQ(aclopExecuteV2("Add", 2, nullptr, nullptr, 0, nullptr, nullptr, nullptr, stream_),
            ACL_ERROR_INVALID_PARAM);
  EXPECT_EQ(aclopExecuteV2("Add", -1, nullptr, nullptr, 0, nullptr, nullptr, nullptr, stream_),
            ACL_ERROR_INVALID_PARAM);
  EXPECT_EQ(Execute("Add", {&a, &b}, b, nullptr, reinterpret_cast<aclrtStream>(uintptr_t{77})),
            ACL_ERROR_RT_PARAM_INVALID);
}

TEST_F(OpExec, BuffersAreChecked) {
  Tensor a(ACL_FLOAT, {4}), b(ACL_FLOAT, {4}), y(ACL_FLOAT, {4});
  std::vector<float> host(4);
  aclUpdateDataBuffer(a.buffer(), a.memory(), 15);
  EXPECT_EQ(Run("Add", {&a, &b}, y), ACL_ERROR_OP_INPUT_NOT_MATCH);
  EXPECT_NE(Recent().find("input buffer 0 has 15 bytes, must have 16"), std::string::npos);
  aclUpdateDataBuffer(a.buffer(), host.data(), 16);
  EXPECT_EQ(Run("Add", {&a, &b}, y), ACL_ERROR_RT_PARAM_INVALID);
  aclUpdateDataBuffer(a.buffer(), nullptr, 0);
  EXPECT_EQ(Run("Add", {&a, &b}, y), ACL_ERROR_OP_INPUT_NOT_MATCH);
  aclUpdateDataBuffer(a.buffer(), a.memory(), 16);
  aclUpdateDataBuffer(y.buffer(), y.memory(), 12);
  EXPECT_EQ(Run("Add", {&a, &b}, y), ACL_ERROR_OP_OUTPUT_NOT_MATCH);
  aclUpdateDataBuffer(y.buffer(), host.data(), 16);
  EXPECT_EQ(Run("Add", {&a, &b}, y), ACL_ERROR_RT_PARAM_INVALID);
  aclUpdateDataBuffer(y.buffer(), y.memory(), 1000);  // More than there is, but that is not used.
  EXPECT_EQ(Run("Add", {&a, &b}, y), ACL_SUCCESS);
}

// A callback that holds the stream until the gate is open.
void Wait(void* gate) { static_cast<Gate*>(gate)->Pass(); }

TEST_F(OpExec, IsQueuedAndTakesCopiesOfDescriptions) {
  Gate gate;
  ReportThread reporter;
  const uint64_t id = reporter.id();
  ASSERT_EQ(aclrtSubscribeReport(id, stream_), ACL_SUCCESS);
  ASSERT_EQ(aclrtLaunchCallback(Wait, &gate, ACL_CALLBACK_BLOCK, stream_), ACL_SUCCESS);
  Tensor a(ACL_INT32, {3}), y(ACL_INT32, {3}), gone(ACL_INT32, {3});
  a.Put(std::vector<int32_t>{1, 2, 3});
  y.Put(std::vector<int32_t>{0, 0, 0});
  {
    const int64_t dims[] = {3};
    aclTensorDesc* desc = aclCreateTensorDesc(ACL_INT32, 1, dims, ACL_FORMAT_ND);
    aclDataBuffer *in = aclCreateDataBuffer(a.memory(), 12),
                  *out = aclCreateDataBuffer(y.memory(), 12);
    const aclTensorDesc* descs[] = {desc, desc};
    const aclDataBuffer* inputs[] = {in, in};
    ASSERT_EQ(aclopExecute("Add", 2, descs, inputs, 1, descs, &out, nullptr, stream_), ACL_SUCCESS);
    aclDestroyTensorDesc(desc);
    aclDestroyDataBuffer(in);
    aclDestroyDataBuffer(out);
  }
  EXPECT_EQ(y.Get<int32_t>(), (std::vector<int32_t>{0, 0, 0}));  // Not run yet.
  // Freed before it runs: the synchronise says so.
  ASSERT_EQ(Execute("Add", {&gone, &a}, y, nullptr, stream_), ACL_SUCCESS);
  gone.Free();
  gate.Open();
  EXPECT_EQ(aclrtSynchronizeStream(stream_), ACL_ERROR_RT_AICORE_EXCEPTION);
  EXPECT_NE(Recent().find("freed or never allocated"), std::string::npos);
  EXPECT_EQ(y.Get<int32_t>(), (std::vector<int32_t>{2, 4, 6}));
  reporter.Join();
  ASSERT_EQ(aclrtUnSubscribeReport(id, stream_), ACL_SUCCESS);
}

TEST_F(OpExec, OpenDimensionsOfTheOutputAreFilledIn) {
  Tensor a(ACL_FLOAT, {2, 3}), b(ACL_FLOAT, {3, 5}), y(ACL_FLOAT, {10});
  const int64_t open[] = {-1, -1};
  aclTensorDesc *desc = aclCreateTensorDesc(ACL_FLOAT, 2, open, ACL_FORMAT_ND),
                *inputs[] = {a.desc(), b.desc()};
  aclDataBuffer *buffers[] = {a.buffer(), b.buffer()}, *out = y.buffer();
  ASSERT_EQ(aclopInferShape("MatMul", 2, inputs, buffers, 1, &desc, nullptr), ACL_SUCCESS);
  EXPECT_EQ(aclGetTensorDescDim(desc, 1), 5);
  aclDestroyTensorDesc(desc);
  desc = aclCreateTensorDesc(ACL_FLOAT, 2, open, ACL_FORMAT_ND);
  ASSERT_EQ(aclopExecuteV2("MatMul", 2, inputs, buffers, 1, &desc, &out, nullptr, stream_),
            ACL_SUCCESS);
  EXPECT_EQ(aclGetTensorDescDim(desc, 0), 2);
  EXPECT_EQ(aclGetTensorDescSize(desc), 40u);
  aclDestroyTensorDesc(desc);
  desc = aclCreateTensorDesc(ACL_FLOAT, 2, open, ACL_FORMAT_ND);
  aclTensorDesc* input = desc;
  EXPECT_EQ(aclopExecuteV2("Softmax", 1, &input, buffers, 1, &desc, &out, nullptr, stream_),
            ACL_ERROR_OP_INPUT_NOT_MATCH);
  aclDestroyTensorDesc(desc);
  ASSERT_EQ(aclrtSynchronizeStream(stream_), ACL_SUCCESS);
}

TEST_F(OpExec, InputsOnTheHostAreCopied) {
  Tensor a(ACL_INT32, {2}), b(ACL_INT32, {2}), y(ACL_INT32, {2});
  a.Put(std::vector<int32_t>{1, 2});
  std::vector<int32_t> host{10, 20};
  aclSetTensorPlaceMent(b.desc(), ACL_MEMTYPE_HOST);
  aclUpdateDataBuffer(b.buffer(), host.data(), 8);
  ASSERT_EQ(Execute("Add", {&a, &b}, y, nullptr, stream_), ACL_SUCCESS);
  host = {0, 0};
  ASSERT_EQ(aclrtSynchronizeStream(stream_), ACL_SUCCESS);
  EXPECT_EQ(y.Get<int32_t>(), (std::vector<int32_t>{11, 22}));
  aclSetTensorPlaceMent(y.desc(), ACL_MEMTYPE_HOST);
  EXPECT_EQ(Run("Add", {&a, &a}, y), ACL_ERROR_OP_OUTPUT_NOT_MATCH);
}

TEST_F(OpExec, CompilingAndOptions) {
  Tensor a(ACL_INT32, {2}), y(ACL_INT32, {2});
  a.Put(std::vector<int32_t>{3, 4});
  aclTensorDesc *descs[] = {a.desc(), a.desc()}, *out_desc = y.desc();
  aclDataBuffer *buffers[] = {a.buffer(), a.buffer()}, *out = y.buffer();
  EXPECT_EQ(aclopCompile("Mul", 2, descs, 1, &out_desc, nullptr, ACL_ENGINE_SYS, ACL_COMPILE_SYS,
                         nullptr),
            ACL_SUCCESS);
  EXPECT_EQ(aclopCompile("Nope", 2, descs, 1, &out_desc, nullptr, ACL_ENGINE_SYS, ACL_COMPILE_SYS,
                         nullptr),
            ACL_ERROR_OP_NOT_FOUND);
  EXPECT_EQ(aclopCompile("Mul", 2, descs, 1, &out_desc, nullptr, static_cast<aclopEngineType>(9),
                         ACL_COMPILE_SYS, nullptr),
            ACL_ERROR_INVALID_PARAM);
  EXPECT_EQ(aclopCompileAndExecute("Mul", 2, descs, buffers, 1, &out_desc, &out, nullptr,
                                   ACL_ENGINE_SYS, ACL_COMPILE_SYS, nullptr, stream_),
            ACL_SUCCESS);
  EXPECT_EQ(aclopCompileAndExecuteV2("Add", 2, descs, buffers, 1, &out_desc, &out, nullptr,
                                     ACL_ENGINE_SYS, ACL_COMPILE_SYS, nullptr, stream_),
            ACL_SUCCESS);
  ASSERT_EQ(aclrtSynchronizeStream(stream_), ACL_SUCCESS);
  EXPECT_EQ(y.Get<int32_t>(), (std::vector<int32_t>{6, 8}));
  char value[32] = "";
  EXPECT_EQ(aclGetCompileoptSize(ACL_PRECISION_MODE), 1u);
  EXPECT_EQ(aclSetCompileopt(ACL_PRECISION_MODE, "allow_fp32_to_fp16"), ACL_SUCCESS);
  EXPECT_EQ(aclGetCompileoptSize(ACL_PRECISION_MODE), 19u);
  EXPECT_EQ(aclGetCompileopt(ACL_PRECISION_MODE, value, 18), ACL_ERROR_INVALID_PARAM);
  EXPECT_EQ(aclGetCompileopt(ACL_PRECISION_MODE, value, sizeof value), ACL_SUCCESS);
  EXPECT_STREQ(value, "allow_fp32_to_fp16");
  EXPECT_EQ(aclSetCompileopt(static_cast<aclCompileOpt>(17), ""), ACL_ERROR_INVALID_PARAM);
  EXPECT_EQ(aclopSetCompileFlag(ACL_OP_COMPILE_FUZZ), ACL_SUCCESS);
  EXPECT_EQ(aclopSetCompileFlag(static_cast<aclOpCompileFlag>(2)), ACL_ERROR_INVALID_PARAM);
}

TEST_F(OpExec, Attributes) {
  const int64_t numbers[] = {1, 2};
  const int64_t* lists[] = {numbers, numbers};
  const int counts[] = {2, 1};
  const uint8_t bools[] = {0, 1};
  const float floats[] = {0.5f};
  const char* texts[] = {"a", "b"};
  const char* missing[] = {nullptr};
  const aclDataType types[] = {ACL_FLOAT};
  EXPECT_EQ(aclopSetAttrBool(attr_, "a", 1), ACL_SUCCESS);
  EXPECT_EQ(aclopSetAttrFloat(attr_, "b", 1), ACL_SUCCESS);
  EXPECT_EQ(aclopSetAttrString(attr_, "c", "x"), ACL_SUCCESS);
  EXPECT_EQ(aclopSetAttrDataType(attr_, "d", ACL_FLOAT), ACL_SUCCESS);
  EXPECT_EQ(aclopSetAttrListDataType(attr_, "e", 1, types), ACL_SUCCESS);
  EXPECT_EQ(aclopSetAttrListBool(attr_, "f", 2, bools), ACL_SUCCESS);
  EXPECT_EQ(aclopSetAttrListFloat(attr_, "g", 1, floats), ACL_SUCCESS);
  EXPECT_EQ(aclopSetAttrListString(attr_, "h", 2, texts), ACL_SUCCESS);
  EXPECT_EQ(aclopSetAttrListListInt(attr_, "i", 2, counts, lists), ACL_SUCCESS);
  EXPECT_EQ(aclopSetAttrListInt(attr_, "j", 0, nullptr), ACL_SUCCESS);
  EXPECT_EQ(aclopSetAttrInt(nullptr, "a", 1), ACL_ERROR_INVALID_PARAM);
  EXPECT_EQ(aclopSetAttrInt(attr_, nullptr, 1), ACL_ERROR_INVALID_PARAM);
  EXPECT_EQ(aclopSetAttrInt(attr_, "", 1), ACL_ERROR_INVALID_PARAM);
  EXPECT_EQ(aclopSetAttrString(attr_, "a", nullptr), ACL_ERROR_INVALID_PARAM);
  EXPECT_EQ(aclopSetAttrListInt(attr_, "a", 2, nullptr), ACL_ERROR_INVALID_PARAM);
  EXPECT_EQ(aclopSetAttrListInt(attr_, "a", -1, numbers), ACL_ERROR_INVALID_PARAM);
  EXPECT_EQ(aclopSetAttrListString(attr_, "a", 1, missing), ACL_ERROR_INVALID_PARAM);
  aclopDestroyAttr(nullptr);
}

TEST_F(OpExec, HandlesRunOnSeveralStreams) {
  Tensor a(ACL_FLOAT, {1000}), b(ACL_FLOAT16, {1000});
  const std::vector<double> numbers = Numbers(1000, -99, 99);
  a.PutNumbers(numbers);
  aclopHandle* handle = nullptr;
  ASSERT_EQ(aclopCreateHandleForCast(a.desc(), b.desc(), 0, &handle), ACL_SUCCESS);
  const aclDataBuffer* input = a.buffer();
  aclDataBuffer* wrong = a.buffer();
  EXPECT_EQ(aclopExecWithHandle(nullptr, 1, &input, 1, &wrong, stream_), ACL_ERROR_INVALID_PARAM);
  EXPECT_EQ(aclopExecWithHandle(handle, 0, nullptr, 1, &wrong, stream_),
            ACL_ERROR_OP_INPUT_NOT_MATCH);
  EXPECT_EQ(aclopExecWithHandle(handle, 1, &input, 0, nullptr, stream_),
            ACL_ERROR_OP_OUTPUT_NOT_MATCH);
  aclrtContext context = nullptr;
  ASSERT_EQ(aclrtGetCurrentContext(&context), ACL_SUCCESS);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      ASSERT_EQ(aclrtSetCurrentContext(context), ACL_SUCCESS);
      aclrtStream stream = nullptr;
      ASSERT_EQ(aclrtCreateStream(&stream), ACL_SUCCESS);
      Tensor half(ACL_FLOAT16, {1000}), sum(ACL_FLOAT16, {1000}), product(ACL_FLOAT, {1, 1}),
          row(ACL_FLOAT, {1, 1000}), column(ACL_FLOAT, {1000, 1});
      row.PutNumbers(numbers);
      column.PutNumbers(numbers);
      double squares = 0;
      for (const double number : numbers) squares += number * number;
      for (int round = 0; round < 30; ++round) {
        aclDataBuffer* output = half.buffer();
        ASSERT_EQ(aclopExecWithHandle(handle, 1, &input, 1, &output, stream), ACL_SUCCESS);
        ASSERT_EQ(Execute("Add", {&half, &half}, sum, nullptr, stream), ACL_SUCCESS);
        ASSERT_EQ(Execute("MatMul", {&row, &column}, product, nullptr, stream), ACL_SUCCESS);
      }
      ASSERT_EQ(aclrtSynchronizeStream(stream), ACL_SUCCESS);
      const std::vector<double> got = sum.Numbers();
      for (size_t i = 0; i < got.size(); ++i) ASSERT_EQ(got[i], 2 * numbers[i]);
      EXPECT_EQ(product.Numbers()[0], squares);
      ASSERT_EQ(aclrtDestroyStream(stream), ACL_SUCCESS);
    });
  for (std::thread& thread : threads) thread.join();
  aclopDestroyHandle(handle);
  aclopDestroyHandle(nullptr);
}

TEST_F(OpExec, TenThousandOfEachLeaveNothing) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "a sanitizer keeps what is freed";
#endif
  Tensor a(ACL_FLOAT, {8}), b(ACL_FLOAT16, {8});
  const auto cycle = [&](int count) {
    for (int i = 0; i < count; ++i) {
      const int64_t dims[] = {1, 3, 224, 224};
      aclTensorDesc* desc = aclCreateTensorDesc(ACL_FLOAT, 4, dims, ACL_FORMAT_NCHW);
      aclSetTensorConst(desc, const_cast<int64_t*>(dims), sizeof dims);
      aclSetTensorDescName(desc, "a name that does not fit into the object itself");
      aclopAttr* attr = aclopCreateAttr();
      aclopSetAttrListInt(attr, "axes", 4, dims);
      aclDataBuffer* buffer = aclCreateDataBuffer(a.memory(), 32);
      aclopHandle *handle = nullptr, *product = nullptr;
      ASSERT_EQ(aclopCreateHandleForCast(a.desc(), b.desc(), 0, &handle), ACL_SUCCESS);
      ASSERT_EQ(aclblasCreateHandleForHgemm(ACL_TRANS_N, ACL_TRANS_N, ACL_TRANS_N, 3, 4, 5,
                                            ACL_COMPUTE_HIGH_PRECISION, &product),
                ACL_SUCCESS);
      aclopDestroyHandle(product);
      aclopDestroyHandle(handle);
      aclDestroyDataBuffer(buffer);
      aclopDestroyAttr(attr);
      aclDestroyTensorDesc(desc);
    }
  };
  cycle(100);
  const size_t before = mallinfo2().uordblks;
  cycle(10000);
  EXPECT_LT(mallinfo2().uordblks, before + 16384);
}

// What ATC is given with --singleop, and what is made of it.
class OpFiles : public Operators {
 protected:
  static std::string Describe(const std::string& op) {
    return R"([{"op": ")" + op +
           R"(", "input_desc": [{"format": "ND", "shape": [2, 3], "type": "float16"},
      {"format": "ND", "shape": [1], "type": "int32", "is_const": true, "const_value": [0]}],
      "output_desc": [{"format": "ND", "shape": [3], "type": "int32"}], "attr": []}])";
  }
};

TEST_F(OpFiles, ConstantsComeFromTheDescription) {
  Tensor x(ACL_FLOAT16, {2, 3}), dimension(ACL_INT32, {1}), index(ACL_INT32, {3});
  x.PutNumbers({1, 5, 2, 3, 4, 9});
  aclUpdateDataBuffer(dimension.buffer(), nullptr, 0);
  EXPECT_EQ(Run("ArgMaxV2", {&x, &dimension}, index), ACL_ERROR_OP_INPUT_NOT_MATCH);
  EXPECT_NE(Recent().find("use aclSetTensorConst"), std::string::npos);
  const std::string json = Describe("ArgMaxV2");
  ASSERT_EQ(aclopLoad(json.data(), json.size()), ACL_SUCCESS) << Recent();
  ASSERT_EQ(Run("ArgMaxV2", {&x, &dimension}, index), ACL_SUCCESS) << Recent();
  EXPECT_EQ(index.Get<int32_t>(), (std::vector<int32_t>{1, 0, 1}));
}

TEST_F(OpFiles, DamagedOnesAreRefused) {
  const std::string good = Describe("ArgMaxV2");
  EXPECT_EQ(aclopLoad(nullptr, 5), ACL_ERROR_INVALID_PARAM);
  EXPECT_EQ(aclopLoad(good.data(), 0), ACL_ERROR_INVALID_PARAM);
  EXPECT_EQ(aclopLoad(good.data(), good.size() - 1), ACL_ERROR_OP_LOAD_FAILED);
  const std::string unknown = Describe("NoSuchOp");
  EXPECT_EQ(aclopLoad(unknown.data(), unknown.size()), ACL_ERROR_OP_LOAD_FAILED);
  EXPECT_NE(Recent().find("there is no operator 'NoSuchOp'"), std::string::npos);
  for (
      const char* text :
      {"not it", "[1]", R"([{"op": 5}])", R"([{"op": "Add", "inputs": []}])",
       R"([{"op": "Add", "input_desc": [{"shape": [1], "type": "floaty"}]}])",
       R"([{"op": "Add", "input_desc": [{"shape": [-5], "type": "float"}]}])",
       R"([{"op": "Add", "input_desc": [{"shape": [2], "type": "int8", "is_const": true, "const_value": [1]}]}])",
       R"([{"op": "Add", "input_desc": [{"shape": [1], "type": "int8", "is_const": true, "const_value": [300]}]}])",
       R"([{"op": "Add", "attr": [{"name": "a", "type": "int", "value": "x"}]}])", "ISACLOP\x01",
       "ISACLOP\x01\xff\xff\xff\xff\xff\xff\xff\xff[]"})
    EXPECT_EQ(aclopLoad(text, std::strlen(text)), ACL_ERROR_OP_LOAD_FAILED) << text;
  const std::string deep(100000, '[');
  EXPECT_EQ(aclopLoad(deep.data(), deep.size()), ACL_ERROR_OP_LOAD_FAILED);
  // Every shortened or changed one is refused or taken, and nothing else.
  for (size_t i = 1; i < good.size(); ++i) {
    std::string changed = good;
    changed[i] = static_cast<char>(changed[i] ^ 2);
    aclopLoad(changed.data(), changed.size());
    aclopLoad(good.data(), i);
  }
}

// Last: it is for once in a process.
TEST_F(OpFiles, ZFoldersAreRead) {
  namespace fs = std::filesystem;
  const fs::path folder = fs::path(testing::TempDir()) / "op_models";
  fs::remove_all(folder);
  fs::create_directories(folder / "a" / "b");
  std::ofstream(folder / "a" / "b" / "one.om") << R"({"op": "Transpose", "input_desc": [
      {"shape": [2, 3], "type": "int8"},
      {"shape": [2], "type": "int32", "is_const": true, "const_value": [1, 0]}],
      "output_desc": [{"shape": [3, 2], "type": "int8"}]})";
  std::ofstream(folder / "readme.txt") << "nothing";
  EXPECT_EQ(aclopSetModelDir(nullptr), ACL_ERROR_INVALID_PARAM);
  ASSERT_EQ(aclopSetModelDir(folder.c_str()), ACL_SUCCESS);
  EXPECT_EQ(aclopSetModelDir(folder.c_str()), ACL_ERROR_REPEAT_INITIALIZE);
  Tensor x(ACL_INT8, {2, 3}), perm(ACL_INT32, {2}), y(ACL_INT8, {3, 2});
  x.PutNumbers({1, 2, 3, 4, 5, 6});
  aclUpdateDataBuffer(perm.buffer(), nullptr, 0);
  ASSERT_EQ(Run("Transpose", {&x, &perm}, y), ACL_SUCCESS) << Recent();
  EXPECT_EQ(y.Numbers(), (std::vector<double>{1, 4, 2, 5, 3, 6}));
  fs::remove_all(folder);
}

}  // namespace
}  // namespace acl_test
