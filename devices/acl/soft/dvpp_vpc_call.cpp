// SPDX-License-Identifier: Apache-2.0
#include "devices/acl/soft/dvpp_vpc_call.h"

#include <new>

#include "devices/acl/soft/context.h"
#include "devices/acl/soft/dvpp_check.h"

namespace infer_server::devices::acl {
namespace {

uint64_t BytesOf(const Picture& picture) {
  return FormatBytes(*FindFormat(picture.format), picture.width_stride, picture.height_stride);
}

}  // namespace

VpcCall::VpcCall(const char* function, const acldvppChannelDesc* channel) : function_(function) {
  FindChannel(channel, DVPP_CHNMODE_VPC, function, &settings_, &code_);
}

bool VpcCall::Require(const void* pointer, const char* name) {
  if (ok() && pointer == nullptr)
    code_ = Fail(ACL_ERROR_INVALID_PARAM, function_, "%s must not be NULL", name);
  return ok();
}

void VpcCall::SetFilter(const acldvppResizeConfig* config) {
  if (!ok()) return;
  const auto found = FindDvpp<ResizeConfig>(config, function_, "resizeConfig", &code_);
  if (found != nullptr)
    filter_ = found->interpolation.load() == 2 ? Filter::kNearest : Filter::kBilinear;
}

void VpcCall::Add(const acldvppPicDesc* input, const acldvppPicDesc* output, const Step& step) {
  if (!ok()) return;
  const auto from = FindDvpp<PicDesc>(input, function_, "inputDesc", &code_);
  if (from == nullptr) return;
  const auto to = FindDvpp<PicDesc>(output, function_, "outputDesc", &code_);
  if (to != nullptr) Add(from, to, step);
}

void VpcCall::RequireSame(const acldvppPicDesc* input, const acldvppPicDesc* output,
                          const acldvppBorderConfig* border) {
  if (!ok()) return;
  const auto from_desc = FindDvpp<PicDesc>(input, function_, "inputDesc", &code_);
  if (from_desc == nullptr) return;
  const auto to_desc = FindDvpp<PicDesc>(output, function_, "outputDesc", &code_);
  if (to_desc == nullptr) return;
  const Picture from = from_desc->picture.Get(), to = to_desc->picture.Get();
  uint64_t width = from.width, height = from.height;
  if (border != nullptr) {
    const auto config = FindDvpp<BorderConfig>(border, function_, "borderConfig", &code_);
    if (config == nullptr) return;
    const Border sides = config->border.Get();
    width += uint64_t{sides.left} + sides.right;
    height += uint64_t{sides.top} + sides.bottom;
  }
  if (to.width != width || to.height != height) {
    code_ = Fail(ACL_ERROR_INVALID_PARAM, function_, "output is %u x %u, must be %llu x %llu",
                 to.width, to.height, static_cast<unsigned long long>(width),
                 static_cast<unsigned long long>(height));
  } else if ((from.format == to.format) != (border != nullptr)) {
    code_ = Fail(ACL_ERROR_INVALID_PARAM, function_,
                 border != nullptr ? "input has format %d and output %d, must be the same"
                                   : "input has format %d and output %d, must differ",
                 static_cast<int>(from.format), static_cast<int>(to.format));
  }
}

void VpcCall::Add(const std::shared_ptr<PicDesc>& input, const std::shared_ptr<PicDesc>& output,
                  const Step& step) {
  Job job;
  job.from = input->picture.Get();
  job.to = output->picture.Get();
  job.filter = filter_;
  job.csc_matrix = settings_.csc_matrix;
  job.result = output;
  code_ = CheckPicture(function_, "input", job.from, false);
  if (ok()) code_ = CheckPicture(function_, "output", job.to, true);
  if (ok()) code_ = SetRegions(step, &job);
  if (ok()) jobs_.push_back(std::move(job));
}

aclError VpcCall::SetRegions(const Step& step, Job* job) {
  aclError code = ACL_SUCCESS;
  uint32_t from_width = job->from.width, from_height = job->from.height;
  uint32_t to_width = job->to.width, to_height = job->to.height;
  if (step.crop != nullptr) {
    const auto config = FindDvpp<RoiConfig>(step.crop, function_, "cropArea", &code);
    if (config == nullptr) return code;
    job->crop = config->roi.Get();
    ACL_RETURN_IF_ERROR(CheckRoi(function_, "cropArea", *job->crop, job->from));
    from_width = job->crop->width();
    from_height = job->crop->height();
  }
  if (step.paste != nullptr) {
    const auto config = FindDvpp<RoiConfig>(step.paste, function_, "pasteArea", &code);
    if (config == nullptr) return code;
    job->paste = config->roi.Get();
    ACL_RETURN_IF_ERROR(CheckRoi(function_, "pasteArea", *job->paste, job->to));
    if (NeedsPaddedRows() && job->paste->left % 16 != 0)
      return Fail(ACL_ERROR_INVALID_PARAM, function_,
                  "pasteArea has left %u, must be a multiple of 16 on this chip", job->paste->left);
    to_width = job->paste->width();
    to_height = job->paste->height();
  }
  if (step.border != nullptr) {
    const auto config = FindDvpp<BorderConfig>(step.border, function_, "borderConfig", &code);
    if (config == nullptr) return code;
    job->border = config->border.Get();
    const Border& border = *job->border;
    const uint64_t width = uint64_t{border.left} + border.right;
    const uint64_t height = uint64_t{border.top} + border.bottom;
    if (width >= to_width || height >= to_height)
      return Fail(ACL_ERROR_INVALID_PARAM, function_,
                  "borders of %u, %u, %u and %u pixels (left, right, top, bottom) leave nothing of "
                  "an output of %u x %u",
                  border.left, border.right, border.top, border.bottom, to_width, to_height);
    job->paste =
        Roi{border.left, to_width - border.right - 1, border.top, to_height - border.bottom - 1};
    const FormatLayout& layout = *FindFormat(job->to.format);
    const auto step_x = static_cast<uint32_t>(layout.step_x());
    const auto step_y = static_cast<uint32_t>(layout.step_y());
    if (border.left % step_x != 0 || border.right % step_x != 0 || border.top % step_y != 0 ||
        border.bottom % step_y != 0)
      return Fail(ACL_ERROR_INVALID_PARAM, function_,
                  "borders of %s must be multiples of %u on the sides and of %u above and below",
                  layout.name, step_x, step_y);
    to_width = job->paste->width();
    to_height = job->paste->height();
  }
  return CheckRatio(function_, from_width, from_height, to_width, to_height);
}

void VpcCall::AddBatch(const acldvppBatchPicDesc* inputs, const uint32_t* roi_counts, uint32_t size,
                       const acldvppBatchPicDesc* outputs, acldvppRoiConfig* const* crops,
                       acldvppRoiConfig* const* pastes, acldvppBorderConfig* const* borders) {
  if (!ok()) return;
  const auto from = FindDvpp<BatchPicDesc>(inputs, function_, "srcBatchPicDescs", &code_);
  if (from == nullptr) return;
  const auto to = FindDvpp<BatchPicDesc>(outputs, function_, "dstBatchPicDescs", &code_);
  if (to == nullptr || !Require(roi_counts, "roiNums") || !Require(crops, "cropAreas")) return;
  uint64_t regions = 0;
  for (uint32_t i = 0; i < size && i < from->pictures.size(); ++i) regions += roi_counts[i];
  if (size != from->pictures.size() || regions != to->pictures.size()) {
    code_ = Fail(ACL_ERROR_INVALID_PARAM, function_,
                 "size is %u and roiNums sum up to %llu, but there are %zu input and %zu output "
                 "pictures",
                 size, static_cast<unsigned long long>(regions), from->pictures.size(),
                 to->pictures.size());
    return;
  }
  size_t region = 0;
  for (uint32_t i = 0; i < size; ++i) {
    for (uint32_t k = 0; k < roi_counts[i]; ++k, ++region) {
      Step step;
      if (!Require(crops[region], "an entry of cropAreas")) return;
      step.crop = crops[region];
      if (pastes != nullptr && !Require(pastes[region], "an entry of pasteAreas")) return;
      if (pastes != nullptr) step.paste = pastes[region];
      if (borders != nullptr && !Require(borders[region], "an entry of borderCfgs")) return;
      if (borders != nullptr) step.border = borders[region];
      Add(from->pictures[i], to->pictures[region], step);
      if (!ok()) return;
    }
  }
}

aclError VpcCall::Run(const Job& job, const char* function) {
  // Either may have been freed since.
  ACL_RETURN_IF_ERROR(CheckDvppSpan(function, "input", job.from.data, BytesOf(job.from), 1));
  ACL_RETURN_IF_ERROR(CheckDvppSpan(function, "output", job.to.data, BytesOf(job.to), 1));
  Frame from = FrameOf(job.from);
  if (job.crop) from = PartOf(from, *job.crop);
  const Frame whole = FrameOf(job.to);
  try {
    DrawFrame(from, job.paste ? PartOf(whole, *job.paste) : whole, job.filter, job.csc_matrix);
  } catch (const std::bad_alloc&) {
    return Fail(ACL_ERROR_BAD_ALLOC, function, "out of memory for a picture of %d x %d",
                whole.width, whole.height);
  }
  if (job.border) FillBorder(whole, *job.paste, *job.border);
  return ACL_SUCCESS;
}

aclError VpcCall::Queue(aclrtStream stream, const QueuedFault& fault) {
  if (!ok()) return code_;
  const std::shared_ptr<Stream> found = FindStream(stream, &code_, function_);
  if (found == nullptr) return code_;
  auto jobs = std::make_shared<std::vector<Job>>(std::move(jobs_));
  found->PushWork(function_, fault, [jobs, function = function_]() -> aclError {
    aclError first = ACL_SUCCESS;
    for (const Job& job : *jobs) {
      const aclError code = Run(job, function);
      job.result->ret_code = static_cast<uint32_t>(code);
      if (first == ACL_SUCCESS) first = code;
    }
    return first;
  });
  return ACL_SUCCESS;
}

}  // namespace infer_server::devices::acl
