// SPDX-License-Identifier: Apache-2.0
// The small functions of the public headers.
#include <stdexcept>
#include <utility>

#include "infer/status_code.h"
#include "infer/type_name.h"
#include "infer_server.h"

namespace infer_server {

const char* StatusStr(Status status) noexcept {
  switch (status) {
    case Status::SUCCESS:
      return "SUCCESS";
    case Status::ERROR_READWRITE:
      return "ERROR_READWRITE";
    case Status::ERROR_MEMORY:
      return "ERROR_MEMORY";
    case Status::INVALID_PARAM:
      return "INVALID_PARAM";
    case Status::WRONG_TYPE:
      return "WRONG_TYPE";
    case Status::ERROR_BACKEND:
      return "ERROR_BACKEND";
    case Status::NOT_IMPLEMENTED:
      return "NOT_IMPLEMENTED";
    case Status::TIMEOUT:
      return "TIMEOUT";
    case Status::STATUS_COUNT:
      break;
  }
  return "UNKNOWN";
}

Status ToPublicStatus(devices::Code code) {
  switch (code) {
    case devices::Code::kOk:
      return Status::SUCCESS;
    case devices::Code::kInvalidArgument:
      return Status::INVALID_PARAM;
    case devices::Code::kNotFound:
      return Status::ERROR_READWRITE;
    case devices::Code::kOutOfMemory:
      return Status::ERROR_MEMORY;
    case devices::Code::kUnsupported:
      return Status::NOT_IMPLEMENTED;
    case devices::Code::kTimeout:
      return Status::TIMEOUT;
    case devices::Code::kUnavailable:
    case devices::Code::kCancelled:
    case devices::Code::kDeviceError:
      break;
  }
  return Status::ERROR_BACKEND;
}

std::string ToString(BatchStrategy strategy) noexcept {
  switch (strategy) {
    case BatchStrategy::DYNAMIC:
      return "BatchStrategy::DYNAMIC";
    case BatchStrategy::STATIC:
      return "BatchStrategy::STATIC";
    case BatchStrategy::SEQUENCE:
      return "BatchStrategy::SEQUENCE";
    case BatchStrategy::STRATEGY_COUNT:
      break;
  }
  return "Unknown";
}

std::ostream& operator<<(std::ostream& os, BatchStrategy strategy) {
  return os << ToString(strategy);
}

std::size_t GetTypeSize(DataType type) noexcept {
  switch (type) {
    case DataType::UINT8:
      return 1;
    case DataType::FLOAT16:
    case DataType::INT16:
      return 2;
    case DataType::FLOAT32:
    case DataType::INT32:
      return 4;
    case DataType::INVALID:
      break;
  }
  return 0;
}

namespace detail {
namespace {

class WrongType : public bad_any_cast {
 public:
  explicit WrongType(std::string what) : what_(std::move(what)) {}
  const char* what() const noexcept override { return what_.c_str(); }

 private:
  const std::string what_;
};

}  // namespace

void ThrowWrongType(const std::string& what, const any& value, const std::type_info& asked) {
  throw WrongType(what + " holds " + (value.has_value() ? NameOfType(value.type()) : "nothing") +
                  "; asked for " + NameOfType(asked));
}

}  // namespace detail

void BaseObject::ThrowMissing(const std::string& name) const {
  std::string all;
  for (const std::string& other : GetParamNames()) all += (all.empty() ? "'" : ", '") + other + "'";
  throw std::out_of_range("no parameter '" + name + "'; " +
                          (all.empty() ? "none is set" : "there are: " + all));
}

InferData& InferDataPtr::Item() const {
  if (get() == nullptr) throw std::logic_error("InferDataPtr: there is no item");
  return *get();
}

PackagePtr Package::Create(std::uint32_t data_num, const std::string& tag) {
  auto package = std::make_shared<Package>();
  package->data.resize(data_num);
  for (InferDataPtr& item : package->data) item = std::make_shared<InferData>();
  package->tag = tag;
  return package;
}

}  // namespace infer_server
