// SPDX-License-Identifier: Apache-2.0
// From a model file to what runs it.
#include <algorithm>
#include <map>
#include <utility>

#include "devices/acl/soft/model.h"
#include "devices/acl/soft/onnx_inputs.h"
#include "devices/soft/network.h"

namespace infer_server::devices::acl {
namespace {

using Dims = std::vector<int64_t>;

Status Bad(const std::string& why) { return Status(Code::kInvalidArgument, why); }

aclDataType TypeOf(DataType type) {
  switch (type) {
    case DataType::kUint8:
      return ACL_UINT8;
    case DataType::kInt8:
      return ACL_INT8;
    case DataType::kInt16:
      return ACL_INT16;
    case DataType::kInt32:
      return ACL_INT32;
    case DataType::kInt64:
      return ACL_INT64;
    case DataType::kFloat16:
      return ACL_FLOAT16;
    case DataType::kFloat32:
      return ACL_FLOAT;
    case DataType::kFloat64:
      return ACL_DOUBLE;
    case DataType::kBool:
      return ACL_BOOL;
  }
  return ACL_DT_UNDEFINED;
}

Layout LayoutOf(const TensorInfo& tensor, const std::string& format) {
  if (format == "NCHW") return Layout::kNCHW;
  if (format == "NHWC") return Layout::kNHWC;
  return format.empty() ? tensor.layout : Layout::kAny;
}

aclFormat FormatOf(Layout layout) {
  switch (layout) {
    case Layout::kNCHW:
      return ACL_FORMAT_NCHW;
    case Layout::kNHWC:
      return ACL_FORMAT_NHWC;
    case Layout::kAny:
      break;
  }
  return ACL_FORMAT_ND;
}

Dims WithRows(Dims dims, int64_t rows) {
  if (!dims.empty()) dims[0] = rows;
  return dims;
}

}  // namespace

class ModelLoader {
 public:
  Result<std::shared_ptr<LoadedModel>> Load(std::string_view bytes) {
    Result<ModelFile> file = ReadModelFile(bytes);
    if (!file.ok()) return file.status();
    onnx_ = file.value().onnx;
    info_->file = std::move(file.value().profiles);
    INFER_RETURN_IF_ERROR(info_->file.inputs.empty() ? LoadAsItIs() : LoadProfiles());
    INFER_RETURN_IF_ERROR(AddAipp());
    Describe();
    info_->work_bytes = kWorkBytes;
    info_->weight_bytes = onnx_.size();
    model_->info_ = std::move(info_);
    return std::move(model_);
  }

 private:
  using Variant = LoadedModel::Variant;

  Status AddVariant(const std::vector<Dims>& dims, int rows) {
    Result<std::shared_ptr<Model>> model = soft::LoadNetwork(onnx_, info_->file.engine, dims, rows);
    if (!model.ok()) return model.status();
    Result<std::unique_ptr<Engine>> engine = model.value()->NewEngine();
    if (!engine.ok()) return engine.status();
    Variant variant;
    variant.model = std::move(model).value();
    variant.engine = std::move(engine).value();
    variant.staged.resize(variant.model->Inputs().size());
    model_->variants_.push_back(std::move(variant));
    return Status();
  }

  Status LoadAsItIs() {
    INFER_RETURN_IF_ERROR(AddVariant({}, 0));
    Profile profile;
    profile.rows = model_->variants_[0].model->BatchSize();
    AddProfile(std::move(profile));
    return Status();
  }

  // Profiles that differ in their batch only share a network.
  Status LoadProfiles() {
    ModelProfiles& file = info_->file;
    INFER_RETURN_IF_ERROR(OrderInputs(onnx_, &file.inputs));
    std::vector<std::vector<int64_t>> all = file.profiles;
    if (all.empty()) all.emplace_back();
    std::map<std::vector<Dims>, std::pair<size_t, int>> variants;  // Index, most rows.
    std::vector<Profile> made;
    std::vector<std::vector<Dims>> shapes;
    for (const std::vector<int64_t>& values : all) {
      std::vector<Dims> dims = Settle(file, values);
      Profile profile;
      profile.values = values;
      for (const Dims& one : dims)
        if (one[0] != dims[0][0] || one[0] > 1024)
          return Bad("inputs must begin with the same batch of at most 1024; there are " +
                     std::to_string(dims[0][0]) + " and " + std::to_string(one[0]));
      profile.rows = static_cast<int>(dims[0][0]);
      std::vector<Dims> items = dims;
      for (Dims& one : items) one[0] = 1;
      auto& [index, rows] = variants.try_emplace(items, variants.size(), 0).first->second;
      rows = std::max(rows, profile.rows);
      profile.variant = index;
      made.push_back(std::move(profile));
    }
    shapes.resize(variants.size());
    std::vector<int> rows(variants.size());
    for (const auto& [items, variant] : variants) {
      shapes[variant.first] = items;
      rows[variant.first] = variant.second;
    }
    for (size_t i = 0; i < shapes.size(); ++i)
      INFER_RETURN_IF_ERROR(AddVariant(shapes[i], rows[i]));
    for (Profile& profile : made) AddProfile(std::move(profile));
    return Status();
  }

  void AddProfile(Profile profile) {
    const Model& model = *model_->variants_[profile.variant].model;
    const size_t rows = static_cast<size_t>(profile.rows);
    for (const TensorInfo& tensor : model.Inputs()) {
      profile.inputs.push_back(WithRows(tensor.shape, profile.rows));
      profile.input_bytes.push_back(rows * tensor.ItemBytes());
    }
    for (const TensorInfo& tensor : model.Outputs()) {
      profile.outputs.push_back(WithRows(tensor.shape, profile.rows));
      profile.output_bytes.push_back(rows * tensor.ItemBytes());
    }
    info_->profiles.push_back(std::move(profile));
  }

  // Height, width and channels of a network's input; false: it is no picture.
  bool PictureSize(size_t input, const Dims& dims, int* height, int* width, int* channels) const {
    const Layout layout = LayoutOf(model_->variants_[0].model->Inputs()[input], info_->file.format);
    if (layout == Layout::kAny || dims.size() != 4) return false;
    const bool nchw = layout == Layout::kNCHW;
    *channels = static_cast<int>(dims[nchw ? 1 : 3]);
    *height = static_cast<int>(dims[nchw ? 2 : 1]);
    *width = static_cast<int>(dims[nchw ? 3 : 2]);
    return true;
  }

  Status AddAipp() {
    const std::vector<TensorInfo>& tensors = model_->variants_[0].model->Inputs();
    info_->data_inputs = tensors.size();
    info_->aipp.assign(tensors.size(), -1);
    info_->attached.assign(tensors.size(), ACL_INVALID_NODE_INDEX);
    for (size_t a = 0; a < info_->file.aipp.size(); ++a) {
      const AippConfig& config = info_->file.aipp[a];
      if (config.input >= tensors.size())
        return Bad("aipp_op: related_input_rank is " + std::to_string(config.input) +
                   ", and the network has " + std::to_string(tensors.size()) + " inputs");
      info_->aipp[config.input] = static_cast<int>(a);
      for (Profile& profile : info_->profiles) {
        int height = 0, width = 0, channels = 0;
        if (!PictureSize(config.input, profile.inputs[config.input], &height, &width, &channels))
          return Bad("aipp_op: input '" + tensors[config.input].name +
                     "' is no picture; say --input_format NCHW or NHWC if it is one");
        if (config.dynamic) {
          profile.input_bytes[config.input] = 0;  // Known when the parameters are.
          if (config.max_src_bytes == 0)
            return Bad("aipp_op: max_src_image_size must be given for aipp_mode dynamic");
          continue;
        }
        const AippParams& p = config.params;
        INFER_RETURN_IF_ERROR(CheckAipp(p, p.items[0], width, height, channels));
        profile.input_bytes[config.input] =
            static_cast<size_t>(profile.rows) *
            AippPictureBytes(p.format, p.src_width > 0 ? p.src_width : width,
                             p.src_height > 0 ? p.src_height : height);
      }
    }
    if (!info_->file.aipp.empty())
      for (Variant& variant : model_->variants_)
        for (size_t i = 0; i < tensors.size(); ++i)
          if (info_->aipp[i] >= 0)
            variant.staged[i].resize(variant.model->Inputs()[i].ItemBytes() *
                                     static_cast<size_t>(variant.model->BatchSize()));
    return Status();
  }

  size_t Largest(std::vector<size_t> Profile::*bytes, size_t index) const {
    size_t most = 0;
    for (const Profile& profile : info_->profiles) most = std::max(most, (profile.*bytes)[index]);
    return most;
  }

  // Dimensions of an input under all profiles: -1 where they differ.
  Dims OpenDims(size_t index) const {
    return info_->file.dynamic == Dynamic::kNone ? info_->profiles[0].inputs[index]
                                                 : info_->file.inputs[index].dims;
  }

  void DescribePicture(size_t index, IoTensor* tensor) const {
    const AippConfig& config = info_->file.aipp[static_cast<size_t>(info_->aipp[index])];
    tensor->type = ACL_UINT8;
    if (config.dynamic) {
      tensor->format = ACL_FORMAT_ND;
      tensor->bytes = config.max_src_bytes;
      tensor->dims = tensor->dims_v2 = {static_cast<int64_t>(config.max_src_bytes)};
      return;
    }
    int height = 0, width = 0, channels = 0;
    PictureSize(index, tensor->dims, &height, &width, &channels);
    if (config.params.src_height > 0) height = config.params.src_height;
    if (config.params.src_width > 0) width = config.params.src_width;
    const aclAippInputFormat format = config.params.format;
    const int64_t depth = format == ACL_XRGB8888_U8 ? 4 : format == ACL_YUV400_U8 ? 1 : 3;
    const int64_t rows = tensor->dims[0];
    tensor->format = ACL_FORMAT_NHWC;
    tensor->dims = tensor->dims_v2 = {rows, height, width, depth};
    if (format == ACL_YUV420SP_U8)
      tensor->dims_v2 = {rows, height > 0 ? height + height / 2 : -1, width, 1};
  }

  void Describe() {
    const Model& model = *model_->variants_[0].model;
    for (size_t i = 0; i < info_->data_inputs; ++i) {
      const TensorInfo& network = model.Inputs()[i];
      IoTensor tensor;
      tensor.name = network.name;
      tensor.dims = tensor.dims_v2 = OpenDims(i);
      tensor.format = FormatOf(LayoutOf(network, info_->file.format));
      tensor.type = TypeOf(network.type);
      tensor.bytes = Largest(&Profile::input_bytes, i);
      if (info_->aipp[i] >= 0) DescribePicture(i, &tensor);
      info_->inputs.push_back(std::move(tensor));
    }
    for (size_t p = 0; p < info_->profiles.size(); ++p)
      if (Weight(p) > Weight(info_->largest)) info_->largest = p;
    for (size_t i = 0; i < model.Outputs().size(); ++i) {
      IoTensor tensor;
      tensor.name = model.Outputs()[i].name;
      tensor.dims = tensor.dims_v2 = info_->profiles[info_->largest].outputs[i];
      tensor.format = FormatOf(model.Outputs()[i].layout);
      tensor.type = TypeOf(model.Outputs()[i].type);
      tensor.bytes = Largest(&Profile::output_bytes, i);
      info_->outputs.push_back(std::move(tensor));
    }
    AddExtraInputs();
  }

  size_t Weight(size_t profile) const {
    size_t weight = 0;
    for (const size_t bytes : info_->profiles[profile].input_bytes) weight += bytes;
    for (const size_t bytes : info_->profiles[profile].output_bytes) weight += bytes;
    return weight;
  }

  void AddExtraInputs() {
    size_t dynamic = 0;
    for (size_t i = 0; i < info_->data_inputs; ++i) {
      if (info_->aipp[i] < 0 || !info_->file.aipp[static_cast<size_t>(info_->aipp[i])].dynamic)
        continue;
      size_t rows = 1, bytes = 0;
      for (const Profile& profile : info_->profiles)
        rows = std::max(rows, static_cast<size_t>(profile.rows));
      aclmdlGetAippDataSize(rows, &bytes);
      IoTensor tensor;
      tensor.name = ACL_DYNAMIC_AIPP_NAME + (dynamic++ == 0 ? "" : "_" + std::to_string(i));
      tensor.dims = tensor.dims_v2 = {static_cast<int64_t>(bytes)};
      tensor.type = ACL_UINT8;
      tensor.bytes = bytes;
      info_->attached[i] = info_->inputs.size();
      info_->inputs.push_back(std::move(tensor));
    }
    if (info_->file.dynamic == Dynamic::kNone) return;
    const size_t numbers = ProfileSize(info_->file);
    IoTensor tensor;
    tensor.name = ACL_DYNAMIC_TENSOR_NAME;
    tensor.dims = tensor.dims_v2 = {static_cast<int64_t>(numbers)};
    tensor.type = ACL_INT64;
    tensor.bytes = numbers * sizeof(int64_t);
    info_->profile_input = info_->inputs.size();
    info_->inputs.push_back(std::move(tensor));
  }

  std::string_view onnx_;
  std::shared_ptr<ModelInfo> info_ = std::make_shared<ModelInfo>();
  std::shared_ptr<LoadedModel> model_{new LoadedModel};
};

Result<std::shared_ptr<LoadedModel>> LoadedModel::Load(std::string_view bytes) {
  try {
    return ModelLoader().Load(bytes);
  } catch (const std::bad_alloc&) {
    return Status(Code::kOutOfMemory, "out of memory");
  }
}

}  // namespace infer_server::devices::acl
