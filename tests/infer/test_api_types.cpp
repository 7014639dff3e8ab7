// SPDX-License-Identifier: Apache-2.0
// Every type, constant and default of the public headers, as versions 0.6, 0.7 and 1.0 document
// them: what this file uses compiles for their users, too.
#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <sstream>
#include <type_traits>
#include <vector>

#include "infer_server.h"

namespace infer_server {
namespace {

template <typename Printable>
std::string Print(const Printable& value) {
  std::ostringstream out;
  out << value;
  return out.str();
}

TEST(Api, StatusHasTheDocumentedValues) {
  const std::pair<Status, int> values[] = {
      {Status::SUCCESS, 0},         {Status::ERROR_READWRITE, 1}, {Status::ERROR_MEMORY, 2},
      {Status::INVALID_PARAM, 3},   {Status::WRONG_TYPE, 4},      {Status::ERROR_BACKEND, 5},
      {Status::NOT_IMPLEMENTED, 6}, {Status::TIMEOUT, 7},         {Status::STATUS_COUNT, 8}};
  std::map<std::string, int> names;
  for (const auto& [status, value] : values) {
    EXPECT_EQ(value, static_cast<int>(status));
    ++names[StatusStr(status)];
  }
  EXPECT_EQ(9u, names.size()) << "each has a name of its own";
  EXPECT_NE(nullptr, StatusStr(static_cast<Status>(77)));
}

TEST(Api, BatchStrategyHasTheDocumentedValuesAndNames) {
  EXPECT_EQ(0, static_cast<int>(BatchStrategy::DYNAMIC));
  EXPECT_EQ(1, static_cast<int>(BatchStrategy::STATIC));
  EXPECT_EQ(2, static_cast<int>(BatchStrategy::SEQUENCE));
  EXPECT_EQ(3, static_cast<int>(BatchStrategy::STRATEGY_COUNT));
  EXPECT_EQ("BatchStrategy::DYNAMIC", ToString(BatchStrategy::DYNAMIC));
  EXPECT_EQ("BatchStrategy::STATIC", ToString(BatchStrategy::STATIC));
  EXPECT_EQ("BatchStrategy::SEQUENCE", Print(BatchStrategy::SEQUENCE));
  EXPECT_EQ("Unknown", ToString(BatchStrategy::STRATEGY_COUNT));
}

TEST(Api, DataTypesAndOrdersHaveTheDocumentedValues) {
  const DataType types[] = {DataType::UINT8, DataType::FLOAT32, DataType::FLOAT16,
                            DataType::INT16, DataType::INT32,   DataType::INVALID};
  const std::size_t bytes[] = {1, 4, 2, 2, 4, 0};
  for (int i = 0; i < 6; ++i) {
    EXPECT_EQ(i, static_cast<int>(types[i]));
    EXPECT_EQ(bytes[i], GetTypeSize(types[i]));
  }
  const DimOrder orders[] = {DimOrder::NCHW, DimOrder::NHWC, DimOrder::HWCN,   DimOrder::TNC,
                             DimOrder::NTC,  DimOrder::NONE, DimOrder::INVALID};
  for (int i = 0; i < 7; ++i) EXPECT_EQ(i, static_cast<int>(orders[i]));
  const DataLayout layout{DataType::UINT8, DimOrder::NHWC};
  EXPECT_EQ(DataType::UINT8, layout.dtype);
  EXPECT_EQ(DimOrder::NHWC, layout.order);
}

TEST(Api, TheVersionIsANumberAndAText) {
  EXPECT_EQ((1 << 20) | (2 << 10) | 3, CNIS_GET_VERSION(1, 2, 3));
  EXPECT_EQ(CNIS_GET_VERSION(CNIS_VERSION_MAJOR, CNIS_VERSION_MINOR, CNIS_VERSION_PATCH),
            CNIS_VERSION);
  EXPECT_GE(CNIS_VERSION, CNIS_GET_VERSION(0, 7, 0)) << "all of 0.7 is there";
  EXPECT_EQ(std::to_string(CNIS_VERSION_MAJOR) + "." + std::to_string(CNIS_VERSION_MINOR) + "." +
                std::to_string(CNIS_VERSION_PATCH),
            Version());
}

TEST(Api, DevicesAreCountedCheckedAndBound) {
  static_assert(noexcept(SetCurrentDevice(0))&& noexcept(CheckDevice(0)));
  static_assert(std::is_same_v<std::uint32_t, decltype(TotalDeviceCount())>);
  EXPECT_EQ(1u, TotalDeviceCount()) << "the host";
  EXPECT_TRUE(CheckDevice(0));
  EXPECT_TRUE(SetCurrentDevice(0));
  for (const int absent : {-1, 1, 1000}) {
    EXPECT_FALSE(CheckDevice(absent));
    EXPECT_FALSE(SetCurrentDevice(absent));
  }
}

TEST(Api, AnyIsAValueOfAnyType) {
  any value;
  EXPECT_FALSE(value.has_value());
  value = 5;
  EXPECT_EQ(5, any_cast<int>(value));
  any_cast<int&>(value) = 6;
  EXPECT_EQ(6, *any_cast<int>(&value));
  EXPECT_EQ(nullptr, any_cast<float>(&value));
  EXPECT_THROW(any_cast<float>(value), bad_any_cast);
  static_assert(std::is_base_of_v<std::bad_cast, bad_any_cast>);
  value.emplace<std::string>(3, 'x');
  EXPECT_TRUE(value.type() == typeid(std::string));
  any other;
  other.swap(value);
  EXPECT_EQ("xxx", any_cast<std::string>(other));
  other.reset();
  EXPECT_FALSE(other.has_value());
}

TEST(Api, ShapesCountTheirElements) {
  static_assert(std::is_same_v<std::int64_t, Shape::value_type>);
  Shape shape(std::vector<Shape::value_type>{2, 4, 5, 3});
  EXPECT_EQ(4u, shape.Size());
  EXPECT_FALSE(shape.Empty());
  EXPECT_EQ(2, shape.BatchSize());
  EXPECT_EQ(60, static_cast<int>(shape.DataCount()));
  EXPECT_EQ(120, static_cast<int>(shape.BatchDataCount()));
  EXPECT_EQ(2, shape.GetN());
  EXPECT_EQ(4, shape.GetH());
  EXPECT_EQ(5, shape.GetW());
  EXPECT_EQ(3, shape.GetC());
  EXPECT_EQ("Shape (2, 4, 5, 3)", Print(shape));
  EXPECT_EQ((std::vector<Shape::value_type>{2, 4, 5, 3}), shape.Vectorize());
  shape[0] = 7;
  const Shape same(shape);
  EXPECT_EQ(7, same[0]);
  EXPECT_TRUE(shape == same);
  shape = std::vector<Shape::value_type>{1, 2};
  EXPECT_TRUE(shape != same);
  EXPECT_EQ(0, shape.GetN() + shape.GetH() + shape.GetW() + shape.GetC()) << "not of 4 dimensions";
  const Shape moved(std::move(shape));
  EXPECT_EQ(2u, moved.Size());
  const std::vector<int> ints = {1, 2, 3};  // As 0.x has them.
  EXPECT_EQ((Shape{1, 2, 3}), Shape(ints));
  EXPECT_EQ((std::vector<Shape::value_type>{9, 8}), Shape(std::vector<int>{9, 8}).Vectorize());
}

TEST(Api, AShapeOfNothingIsHarmless) {
  const Shape empty;
  EXPECT_TRUE(empty.Empty());
  EXPECT_EQ(0u, empty.Size());
  EXPECT_EQ(0, empty.BatchSize());
  EXPECT_EQ(0, empty.BatchDataCount());
  EXPECT_EQ(0, empty.GetN());
  EXPECT_EQ("Shape ()", Print(empty));
  EXPECT_EQ("Shape (4)", Print(Shape{4}));
}

TEST(Api, ParametersAreKeptByName) {
  BaseObject object;
  object.SetParams("a", 1);
  object.SetParams("b", std::string("two"), "c", 3.0f, "d", "four");
  EXPECT_EQ(1, object.GetParam<int>("a"));
  EXPECT_EQ("two", object.GetParam<std::string>("b"));
  EXPECT_STREQ("four", object.GetParam<const char*>("d"));
  EXPECT_TRUE(object.HaveParam("c"));
  EXPECT_EQ((std::vector<std::string>{"a", "b", "c", "d"}), object.GetParamNames());
  EXPECT_EQ(3.0f, object.PopParam<float>("c"));
  EXPECT_FALSE(object.HaveParam("c"));
  EXPECT_THROW(object.GetParam<float>("c"), std::out_of_range);
  EXPECT_THROW(object.GetParam<float>("a"), bad_any_cast);
  EXPECT_THROW(object.PopParam<float>("a"), bad_any_cast);
  EXPECT_TRUE(object.HaveParam("a")) << "a wrong type takes nothing away";
  BaseObject other;
  other.SetParams("x", 1);
  other.CopyParamsFrom(object);
  EXPECT_EQ((std::vector<std::string>{"a", "b", "d"}), other.GetParamNames());
  other.SetParams("a", 2L);
  EXPECT_EQ(2L, other.GetParam<long>("a")) << "the type may change";
  EXPECT_EQ(1, object.GetParam<int>("a"));
}

TEST(Api, ItemsAndPackages) {
  InferData item;
  EXPECT_FALSE(item.HasValue());
  item.Set(std::string("one"));
  EXPECT_TRUE(item.HasValue());
  EXPECT_EQ("one", item.Get<std::string>());
  item.GetLref<std::string>() += "!";
  const InferData& constant = item;
  EXPECT_EQ("one!", constant.GetLref<std::string>());
  EXPECT_EQ("one!", any_cast<std::string>(item.data));
  EXPECT_THROW(item.Get<int>(), bad_any_cast);
  item.SetUserData(5);
  EXPECT_EQ(5, constant.GetUserData<int>());
  item.GetUserData<int&>() = 6;
  EXPECT_EQ(6, any_cast<int>(item.user_data));
  EXPECT_THROW(item.GetUserData<float>(), bad_any_cast);

  const PackagePtr package = Package::Create(3, "tag");
  static_assert(std::is_same_v<PackagePtr, std::shared_ptr<Package>>);
  static_assert(std::is_same_v<BatchData, std::vector<InferDataPtr>>);
  EXPECT_EQ("tag", package->tag);
  EXPECT_EQ("", Package::Create(0)->tag);
  EXPECT_EQ(3u, package->data.size());
  EXPECT_FALSE(package->data[2]->HasValue());
  EXPECT_EQ(nullptr, package->predict_io);
  static_assert(std::is_same_v<std::map<std::string, float>, decltype(Package::perf)>);
  EXPECT_TRUE(package->perf.empty());
  package->data.push_back(std::make_shared<InferData>());
  const std::shared_ptr<InferData> plain = package->data[0];
  EXPECT_EQ(2, plain.use_count());
}

TEST(Api, DefaultsAreTheDocumentedOnes) {
  const SessionDesc desc;
  EXPECT_EQ("", desc.name);
  EXPECT_EQ(nullptr, desc.model);
  EXPECT_EQ(BatchStrategy::DYNAMIC, desc.strategy);
  EXPECT_EQ((DataLayout{DataType::UINT8, DimOrder::NHWC}), desc.host_input_layout);
  EXPECT_EQ((DataLayout{DataType::FLOAT32, DimOrder::NHWC}), desc.host_output_layout);
  EXPECT_EQ(nullptr, desc.preproc);
  EXPECT_EQ(nullptr, desc.postproc);
  static_assert(std::is_same_v<std::uint32_t, decltype(SessionDesc::batch_timeout)>);
  EXPECT_EQ(100u, desc.batch_timeout);
  EXPECT_EQ(0, desc.priority);
  EXPECT_EQ(1u, desc.engine_num);
  EXPECT_TRUE(desc.show_perf);

  const LatencyStatistic latency;
  EXPECT_EQ(0u, latency.unit_cnt);
  EXPECT_EQ(0.0, latency.total);
  EXPECT_EQ(0.0f, latency.max);
  EXPECT_EQ(FLT_MAX, latency.min);
  const ThroughoutStatistic rate;
  EXPECT_EQ(0u, rate.request_cnt + rate.unit_cnt);
  EXPECT_EQ(0.0f, rate.rps + rate.ups + rate.rps_rt + rate.ups_rt);
}

}  // namespace
}  // namespace infer_server
