// SPDX-License-Identifier: Apache-2.0
#include "devices/acl/soft/singleop.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <limits>
#include <nlohmann/json.hpp>

#include "devices/acl/soft/element.h"
#include "devices/acl/soft/tensor_desc.h"

namespace infer_server::devices::acl {
namespace {

using nlohmann::json;

constexpr size_t kHeader = 16;
constexpr size_t kLargest = size_t{1} << 24;  // Of a file.
constexpr int kDeepest = 8;

Status Bad(const std::string& text) { return Status(Code::kInvalidArgument, text); }

// ATC's names of types beside ours.
bool TypeOf(const std::string& name, aclDataType* type) {
  *type = name == "float32" || name == "fp32" ? ACL_FLOAT
          : name == "fp16"                    ? ACL_FLOAT16
          : name == "float64"                 ? ACL_DOUBLE
          : name == "bf16"                    ? ACL_BF16
                                              : ACL_DT_UNDEFINED;
  for (int each = 0; *type == ACL_DT_UNDEFINED && each < 64; ++each)
    if (BitsOf(static_cast<aclDataType>(each)) > 0 &&
        NameOf(static_cast<aclDataType>(each)) == name)
      *type = static_cast<aclDataType>(each);
  return *type != ACL_DT_UNDEFINED;
}

Status CheckKeys(const json& object, const char* what, std::initializer_list<const char*> keys) {
  if (!object.is_object()) return Bad(std::string(what) + " must be an object");
  for (const auto& entry : object.items())
    if (std::find(keys.begin(), keys.end(), entry.key()) == keys.end())
      return Bad(std::string(what) + " has no key '" + entry.key() + "'");
  return Status();
}

template <typename T>
bool Get(const json& value, T* to) {
  if constexpr (std::is_same_v<T, bool>) {
    if (!value.is_boolean()) return false;
  } else if constexpr (std::is_same_v<T, int64_t>) {
    if (!value.is_number_integer() ||
        (value.is_number_unsigned() && value.get<uint64_t>() > uint64_t{INT64_MAX}))
      return false;
  } else if constexpr (std::is_same_v<T, float>) {
    if (!value.is_number()) return false;
  } else {
    if (!value.is_string()) return false;
  }
  *to = value.get<T>();
  return true;
}

template <typename T>
bool GetList(const json& value, std::vector<T>* to) {
  if (!value.is_array()) return false;
  for (const json& each : value) {
    T element{};
    if (!Get(each, &element)) return false;
    to->push_back(element);
  }
  return true;
}

// The numbers of a constant as bytes.
bool ConstantOf(const json& values, aclDataType type, std::string* bytes) {
  bool good = values.is_array();
  const bool known = WithNumber(type, [&](auto tag) {
    using T = decltype(tag);
    for (size_t i = 0; good && i < values.size(); ++i) {
      T element{};
      if constexpr (kIsFloating<T>) {
        good = values[i].is_number();
        if (good)
          element = FromFloat<T>(
              values[i].get<std::conditional_t<std::is_same_v<T, double>, double, float>>());
      } else {
        int64_t number = 0;
        good = Get(values[i], &number);
        element = static_cast<T>(number);
        good =
            good && static_cast<int64_t>(element) == number && (number >= 0 || std::is_signed_v<T>);
      }
      bytes->append(reinterpret_cast<const char*>(&element), sizeof element);
    }
  });
  return known && good;
}

Result<OpTensor> ReadTensor(const json& object) {
  const Status keys = CheckKeys(object, "a tensor",
                                {"format", "shape", "type", "name", "is_const", "const_value",
                                 "shape_range", "origin_format", "origin_shape", "dynamic_input"});
  if (!keys.ok()) return keys;
  OpTensor tensor;
  std::string type;
  if (!object.contains("type") || !Get(object["type"], &type) || !TypeOf(type, &tensor.type))
    return Bad("a tensor needs \"type\", a name such as \"float16\" or \"int32\"");
  if (!object.contains("shape") || !GetList(object["shape"], &tensor.dims))
    return Bad("a tensor needs \"shape\", a list of whole numbers");
  for (const int64_t dim : tensor.dims)
    if (dim < -1 && !(tensor.dims.size() == 1 && dim == -2))
      return Bad("a dimension is " + std::to_string(dim) + ", must be -1 or more");
  bool constant = false;
  if (object.contains("is_const") && !Get(object["is_const"], &constant))
    return Bad("\"is_const\" must be true or false");
  if (!constant) return tensor;
  std::string bytes;
  const int64_t wanted = BytesOf(tensor.type, CountOf(tensor.dims));
  if (!object.contains("const_value") || !ConstantOf(object["const_value"], tensor.type, &bytes) ||
      wanted < 0 || bytes.size() != static_cast<size_t>(wanted))
    return Bad("\"const_value\" must be a list with a " + NameOf(tensor.type) +
               " for each element of " + TextOf(tensor.dims));
  tensor.value = std::make_shared<const std::string>(std::move(bytes));
  return tensor;
}

template <typename T>
bool SetAs(const json& value, AttrValue* attr) {
  T read{};
  const bool good = Get(value, &read);
  *attr = read;
  return good;
}

template <typename T>
bool SetAsList(const json& value, AttrValue* attr) {
  std::vector<T> read;
  const bool good = GetList(value, &read);
  *attr = read;
  return good;
}

bool ReadAttr(const std::string& type, const json& value, AttrValue* attr) {
  if (type == "bool") return SetAs<bool>(value, attr);
  if (type == "int") return SetAs<int64_t>(value, attr);
  if (type == "float") return SetAs<float>(value, attr);
  if (type == "string") return SetAs<std::string>(value, attr);
  if (type == "list_bool") return SetAsList<bool>(value, attr);
  if (type == "list_int") return SetAsList<int64_t>(value, attr);
  if (type == "list_float") return SetAsList<float>(value, attr);
  if (type == "list_string") return SetAsList<std::string>(value, attr);
  if (type == "data_type") {
    std::string name;
    aclDataType named = ACL_DT_UNDEFINED;
    if (!Get(value, &name) || !TypeOf(name, &named)) return false;
    *attr = named;
    return true;
  }
  if (type != "list_list_int" || !value.is_array()) return false;
  std::vector<std::vector<int64_t>> lists;
  for (const json& each : value)
    if (!GetList(each, &lists.emplace_back())) return false;
  *attr = lists;
  return true;
}

Result<SingleOp> ReadOp(const json& object) {
  const Status keys = CheckKeys(
      object, "an operator", {"op", "name", "input_desc", "output_desc", "attr", "compile_flag"});
  if (!keys.ok()) return keys;
  SingleOp op;
  if (!object.contains("op") || !Get(object["op"], &op.request.op) || op.request.op.empty())
    return Bad("an operator needs \"op\", the name of its type");
  for (const bool input : {true, false}) {
    const char* key = input ? "input_desc" : "output_desc";
    if (!object.contains(key)) continue;
    if (!object[key].is_array()) return Bad(std::string(key) + " must be a list of tensors");
    for (const json& each : object[key]) {
      Result<OpTensor> tensor = ReadTensor(each);
      if (!tensor.ok())
        return Status(tensor.status()).WithContext(std::string(key) + " of " + op.request.op);
      (input ? op.request.inputs : op.request.outputs).push_back(std::move(tensor).value());
    }
  }
  if (object.contains("attr")) {
    if (!object["attr"].is_array()) return Bad("attr must be a list");
    for (const json& each : object["attr"]) {
      const Status attr_keys = CheckKeys(each, "an attribute", {"name", "type", "value"});
      if (!attr_keys.ok()) return attr_keys;
      std::string name, type;
      AttrValue value;
      if (!each.contains("name") || !Get(each["name"], &name) || !each.contains("type") ||
          !Get(each["type"], &type) || !each.contains("value") ||
          !ReadAttr(type, each["value"], &value))
        return Bad("an attribute of " + op.request.op +
                   " needs \"name\", \"type\" (bool, int, float, string, data_type, list_int, …) "
                   "and a \"value\" of that type");
      op.request.attrs.values[name] = value;
    }
  }
  op.json = object.dump();
  return op;
}

Result<std::vector<SingleOp>> ReadJson(std::string_view text) {
  bool deep = false;
  const json all = json::parse(
      text.begin(), text.end(),
      [&](int depth, json::parse_event_t, json&) {
        deep = deep || depth > kDeepest;
        return !deep;
      },
      false);
  if (deep) return Bad("nested more than " + std::to_string(kDeepest) + " deep");
  if (all.is_discarded()) return Bad("not JSON");
  if (!all.is_array() && !all.is_object()) return Bad("must be a list of operators");
  std::vector<SingleOp> ops;
  for (const json& each : all.is_array() ? all : json::array({all})) {
    Result<SingleOp> op = ReadOp(each);
    if (!op.ok()) return Status(op.status()).WithContext("operator " + std::to_string(ops.size()));
    ops.push_back(std::move(op).value());
  }
  return ops;
}

}  // namespace

bool LooksLikeSingleOps(std::string_view begin) {
  if (begin.substr(0, kSingleOpMagic.size()) == kSingleOpMagic) return true;
  const size_t first = begin.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && (begin[first] == '[' || begin[first] == '{');
}

Result<std::vector<SingleOp>> ReadSingleOps(std::string_view bytes) {
  if (bytes.size() > kLargest)
    return Bad("has " + std::to_string(bytes.size()) + " bytes, can have 16 MB at most");
  if (!LooksLikeSingleOps(bytes))
    return Bad("not a description of operators; make one by inferserver-atc --singleop");
  if (bytes.substr(0, kSingleOpMagic.size()) != kSingleOpMagic) return ReadJson(bytes);
  uint64_t length = 0;
  if (bytes.size() >= kHeader) std::memcpy(&length, bytes.data() + 8, sizeof length);
  if (length < kHeader || length > bytes.size())
    return Bad("truncated: " + std::to_string(bytes.size()) + " bytes of " +
               std::to_string(length));
  return ReadJson(bytes.substr(kHeader, static_cast<size_t>(length) - kHeader));
}

std::string WriteSingleOp(const SingleOp& op) {
  const uint64_t length = kHeader + op.json.size();
  std::string bytes(kSingleOpMagic);
  bytes.append(reinterpret_cast<const char*>(&length), sizeof length);
  return bytes + op.json;
}

std::string SingleOpFileName(size_t index, const SingleOp& op) {
  std::string name = std::to_string(index) + "_" + op.request.op;
  for (const auto* tensors : {&op.request.inputs, &op.request.outputs})
    for (const OpTensor& tensor : *tensors) {
      name += "_" + NameOf(tensor.type);
      for (const int64_t dim : tensor.dims) name += "_" + std::to_string(dim);
    }
  for (char& c : name)
    if (c == '/' || c == ' ') c = '-';
  return name.substr(0, 200) + ".om";
}

}  // namespace infer_server::devices::acl
