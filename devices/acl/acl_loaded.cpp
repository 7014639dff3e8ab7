// SPDX-License-Identifier: Apache-2.0
#include "devices/acl/acl_loaded.h"

#include <algorithm>
#include <utility>

#include "devices/acl/acl_error.h"
#include "devices/acl/acl_memory.h"
#include "devices/base/log.h"
#include "devices/cpu/image_layout.h"

namespace infer_server::devices {
namespace {

constexpr char kDynamicAipp[] = "ascend_dynamic_aipp_data";

Result<DataType> ToDataType(aclDataType type) {
  switch (type) {
    case ACL_FLOAT:
      return DataType::kFloat32;
    case ACL_FLOAT16:
      return DataType::kFloat16;
    case ACL_DOUBLE:
      return DataType::kFloat64;
    case ACL_UINT8:
      return DataType::kUint8;
    case ACL_INT8:
      return DataType::kInt8;
    case ACL_INT16:
      return DataType::kInt16;
    case ACL_INT32:
      return DataType::kInt32;
    case ACL_INT64:
      return DataType::kInt64;
    case ACL_BOOL:
      return DataType::kBool;
    default:
      return Status(Code::kUnsupported,
                    "element type " + std::to_string(type) + " (aclDataType) is not supported");
  }
}

// Outputs of converted models are named NODE:INDEX:TENSOR.
std::string ShortName(const char* name) {
  const std::string text = name == nullptr ? "" : name;
  const std::size_t first = text.find(':'), last = text.rfind(':');
  return first != last && last + 1 < text.size() ? text.substr(last + 1) : text;
}

// Bytes by height, width and channels.
bool IsPicture(const TensorInfo& info) {
  return info.type == DataType::kUint8 && info.shape.size() == 4 && info.shape[3] <= 4;
}

struct Tensor {
  TensorInfo info;
  std::size_t bytes = 0;
};

// One tensor of a run of `batch` items, as one of one item.
Result<Tensor> OneItem(const char* name, aclDataType type, const aclmdlIODims& dims,
                       std::size_t bytes, int batch) {
  Tensor tensor;
  tensor.bytes = bytes;
  tensor.info.name = ShortName(name);
  const Result<DataType> element = ToDataType(type);
  const auto failed = [&](const Status& status) {
    return Status(status).WithContext("tensor '" + tensor.info.name + "'");
  };
  if (!element.ok()) return failed(element.status());
  tensor.info.type = element.value();
  for (std::size_t i = 0; i < dims.dimCount && i < ACL_MAX_DIM_CNT; ++i)
    tensor.info.shape.push_back(dims.dims[i]);
  auto& shape = tensor.info.shape;
  if (!shape.empty() && (shape[0] == batch || shape[0] < 0))
    shape[0] = 1;
  else if (batch == 1)
    shape.insert(shape.begin(), 1);
  for (const std::int64_t dim : shape)
    if (dim < 0)
      return failed(
          Status(Code::kUnsupported, "the size is open; convert the model for one image size"));
  const auto items = static_cast<std::size_t>(batch);
  // With static AIPP an input is a picture in a format of its own, such as NV12, whose bytes need
  // not be its height × width × channels.
  if (IsPicture(tensor.info) && tensor.info.ItemBytes() * items != bytes && bytes % items == 0)
    shape = {1, static_cast<std::int64_t>(bytes / items)};
  if (shape.empty() || tensor.info.ItemBytes() * items != bytes)
    return failed(Status(Code::kUnsupported,
                         tensor.info.ToString() + " and " + std::to_string(bytes) +
                             " bytes do not go together for " + std::to_string(batch) + " items"));
  tensor.info.layout = ImageLayout(shape);
  return tensor;
}

struct DescCloser {
  const AclApi* api;
  void operator()(aclmdlDesc* desc) const {
    const aclError code = api->aclmdlDestroyDesc(desc);
    if (code != 0) INFER_LOG(kWarning, "acl", AclFailed(*api, "aclmdlDestroyDesc", code).message());
  }
};

}  // namespace

Result<std::unique_ptr<AclLoaded>> AclLoaded::Load(const std::shared_ptr<AclCard>& card,
                                                   const AclModelSource& source,
                                                   std::shared_ptr<Memory> weights) {
  std::unique_ptr<AclLoaded> loaded(new AclLoaded(card));
  loaded->weights_ = std::move(weights);
  INFER_RETURN_IF_ERROR(loaded->Start(source));
  return loaded;
}

Status AclLoaded::Start(const AclModelSource& source) {
  const AclCard::Use use(*card_);
  INFER_RETURN_IF_ERROR(use.status());
  const AclApi& api = card_->api();
  const bool file = !source.path.empty();
  std::size_t work_bytes = 0, weight_bytes = 0;
  if (file)
    INFER_ACL_CALL(api, aclmdlQuerySize, source.path.c_str(), &work_bytes, &weight_bytes);
  else
    INFER_ACL_CALL(api, aclmdlQuerySizeFromMem, source.bytes.data(), source.bytes.size(),
                   &work_bytes, &weight_bytes);
  Result<Memory> work =
      AllocateAcl(card_, std::max<std::size_t>(work_bytes, 1), MemoryKind::kDevice);
  if (!work.ok()) return Status(work.status()).WithContext("working memory");
  work_ = std::move(work).value();
  if (weights_ == nullptr) {
    Result<Memory> made =
        AllocateAcl(card_, std::max<std::size_t>(weight_bytes, 1), MemoryKind::kDevice);
    if (!made.ok()) return Status(made.status()).WithContext("weights");
    weights_ = std::make_shared<Memory>(std::move(made).value());
  }
  if (file)
    INFER_ACL_CALL(api, aclmdlLoadFromFileWithMem, source.path.c_str(), &id_, work_.data(),
                   work_.size(), weights_->data(), weights_->size());
  else
    INFER_ACL_CALL(api, aclmdlLoadFromMemWithMem, source.bytes.data(), source.bytes.size(), &id_,
                   work_.data(), work_.size(), weights_->data(), weights_->size());
  loaded_ = true;
  return Status();
}

AclLoaded::~AclLoaded() {
  if (!loaded_) return;
  const AclCard::Use use(*card_);
  const aclError code = card_->api().aclmdlUnload(id_);
  if (code != 0)
    INFER_LOG(kWarning, "acl", AclFailed(card_->api(), "aclmdlUnload", code).message());
}

Result<AclModelInfo> AclLoaded::Describe() const {
  const AclCard::Use use(*card_);
  INFER_RETURN_IF_ERROR(use.status());
  const AclApi& api = card_->api();
  const std::unique_ptr<aclmdlDesc, DescCloser> desc(api.aclmdlCreateDesc(), DescCloser{&api});
  if (desc == nullptr)
    return Status(Code::kOutOfMemory, "aclmdlCreateDesc failed: it returned no description");
  INFER_ACL_CALL(api, aclmdlGetDesc, desc.get(), id_);

  AclModelInfo model;
  aclmdlBatch batches = {};
  INFER_ACL_CALL(api, aclmdlGetDynamicBatch, desc.get(), &batches);
  for (std::size_t i = 0; i < batches.batchCount && i < ACL_MAX_BATCH_NUM; ++i)
    model.batches.push_back(static_cast<int>(batches.batch[i]));
  std::sort(model.batches.begin(), model.batches.end());

  const std::size_t inputs = api.aclmdlGetNumInputs(desc.get());
  const std::size_t outputs = api.aclmdlGetNumOutputs(desc.get());
  for (std::size_t i = 0; i < inputs; ++i) {
    const char* name = api.aclmdlGetInputNameByIndex(desc.get(), i);
    const std::size_t bytes = api.aclmdlGetInputSizeByIndex(desc.get(), i);
    if (name != nullptr && std::string(name) == ACL_DYNAMIC_TENSOR_NAME) {
      if (model.batches.empty() || i + 1 != inputs)
        return Status(Code::kUnsupported,
                      "the model has image sizes or dimensions to choose from; convert it for one");
      model.batch_input_bytes = bytes;
      continue;
    }
    if (name != nullptr && std::string(name) == kDynamicAipp)
      return Status(Code::kUnsupported,
                    "the model has dynamic AIPP; convert it with static AIPP or without");
    aclmdlIODims dims = {};
    INFER_ACL_CALL(api, aclmdlGetInputDims, desc.get(), i, &dims);
    if (model.batches.empty())  // The first input says it.
      model.batches.push_back(
          dims.dimCount > 0 ? static_cast<int>(std::max<std::int64_t>(dims.dims[0], 1)) : 1);
    Result<Tensor> tensor =
        OneItem(name, api.aclmdlGetInputDataType(desc.get(), i), dims, bytes, model.largest());
    if (!tensor.ok()) return tensor.status();
    model.inputs.push_back(tensor.value().info);
    model.input_bytes.push_back(bytes);
  }
  if (model.inputs.empty() || outputs == 0)
    return Status(Code::kUnsupported, "the model has no inputs or no outputs");
  for (std::size_t i = 0; i < outputs; ++i) {
    aclmdlIODims dims = {};
    INFER_ACL_CALL(api, aclmdlGetOutputDims, desc.get(), i, &dims);
    const std::size_t bytes = api.aclmdlGetOutputSizeByIndex(desc.get(), i);
    Result<Tensor> tensor =
        OneItem(api.aclmdlGetOutputNameByIndex(desc.get(), i),
                api.aclmdlGetOutputDataType(desc.get(), i), dims, bytes, model.largest());
    if (!tensor.ok()) return tensor.status();
    model.outputs.push_back(tensor.value().info);
    model.output_bytes.push_back(bytes);
  }
  return model;
}

}  // namespace infer_server::devices
