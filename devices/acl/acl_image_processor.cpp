// SPDX-License-Identifier: Apache-2.0
#include "devices/acl/acl_image_processor.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <tuple>
#include <utility>

#include "devices/acl/acl_error.h"
#include "devices/image_plan.h"

namespace infer_server::devices {
namespace {

// VPC's own, of one step.
constexpr int kMinWidth = 10, kMinHeight = 6;
constexpr int kMaxInput = 8192, kMaxOutput = 4096;
constexpr int kEnlarged = 16, kReduced = 32;
constexpr std::size_t kMostRegions = 256;  // Of one call.

bool FitsOneStep(int from, int to) { return to <= from * kEnlarged && from <= to * kReduced; }

// A side between the two: even, and within one step of both.
int Between(int from, int to, int least, int most) {
  const auto middle = static_cast<int>(std::sqrt(static_cast<double>(from) * to));
  const int low =
      std::max({least, (to + kEnlarged - 1) / kEnlarged, (from + kReduced - 1) / kReduced});
  const int high = std::min({most, from * kEnlarged, to * kReduced});
  const int side = std::clamp(middle, low, std::max(low, high));
  return side + side % 2 <= high ? side + side % 2 : side - 1;
}

bool Is310(const AclApi& api) {
  const char* name = api.aclrtGetSocName == nullptr ? nullptr : api.aclrtGetSocName();
  const std::string soc = name == nullptr ? "Ascend310" : name;  // The strictest.
  return soc.rfind("Ascend310", 0) == 0 && (soc.size() == 9 || (soc[9] != 'P' && soc[9] != 'B'));
}

ImageLimits LimitsOf(const AclApi& api) {
  const bool old = Is310(api);
  ImageLimits limits;
  limits.min_width = kMinWidth;
  limits.min_height = kMinHeight;
  limits.max_from_width = limits.max_from_height = kMaxInput;
  limits.max_to_width = kMaxOutput;
  limits.max_to_height = old ? kMaxOutput : kMaxInput;
  limits.step = 2;
  limits.fill_left_step = old ? 16 : 2;
  limits.max_enlarged = kEnlarged * kEnlarged;
  limits.max_reduced = kReduced * kReduced;
  limits.flat_pad = true;
  return limits;
}

std::uint32_t CscOf(const ImageView& from, PixelFormat to) {
  if (!IsYuv(from.format) || IsYuv(to)) return ACL_DVPP_CSC_MATRIX_BT601_WIDE;
  const std::uint32_t matrix = from.matrix == ColorMatrix::kBT601   ? 0
                               : from.matrix == ColorMatrix::kBT709 ? 1
                                                                    : 2;
  return 2 * matrix + (from.range == ColorRange::kLimited ? 1 : 0);
}

bool SamePlanes(const ImageView& a, const ImageView& b) {
  return a.format == b.format && a.width == b.width && a.height == b.height &&
         std::equal(a.data, a.data + kMaxPlanes, b.data) &&
         std::equal(a.stride, a.stride + kMaxPlanes, b.stride);
}

}  // namespace

AclImageProcessor::AclImageProcessor(std::shared_ptr<AclCard> card, const ImageLimits& limits)
    : card_(std::move(card)),
      limits_(limits),
      pools_(card_),
      channels_(std::make_shared<AclVpcChannels>(card_)) {}

Result<std::unique_ptr<AclImageProcessor>> AclImageProcessor::Make(std::shared_ptr<AclCard> card) {
  const AclLibrary& library = card->library();
  if (!library.missing_dvpp.empty())
    return Status(Code::kUnsupported, "the " + library.flavour + " AscendCL '" + library.path +
                                          "' has no DVPP for images: " + library.missing_dvpp);
  std::unique_ptr<AclImageProcessor> processor(
      new AclImageProcessor(std::move(card), LimitsOf(library.api)));
  INFER_RETURN_IF_ERROR(processor->Start());
  return processor;
}

Status AclImageProcessor::Start() {
  const AclCard::Use use(*card_);
  INFER_RETURN_IF_ERROR(use.status());
  return channels_->Start();
}

bool AclImageProcessor::Converts(PixelFormat from, PixelFormat to) const {
  return ConvertsEverywhere(from, to);
}

Result<ImageTask> AclImageProcessor::Plan(const ImageTask& task) const {
  if (!Converts(task.from.format, task.to.format))
    return Status(Code::kUnsupported, std::string("image: ") + NameOf(task.from.format) +
                                          " cannot become " + NameOf(task.to.format) +
                                          " on an acl device");
  return PlanImageTask(limits_, task);
}

Result<DevicePicture> AclImageProcessor::NewPicture(PixelFormat format, int width, int height) {
  acldvppPixelFormat known = PIXEL_FORMAT_UNKNOWN;
  if (!FindVpcFormat(format, &known))
    return Status(Code::kUnsupported,
                  std::string("image: an acl device has no pictures of ") + NameOf(format));
  if (width < 1 || height < 1 || width > kMaxInput || height > kMaxInput)
    return Status(Code::kInvalidArgument,
                  "a picture of " + std::to_string(width) + " x " + std::to_string(height) +
                      "; both sides must be 1 to " + std::to_string(kMaxInput));
  VpcPicture layout = VpcLayout(format, width, height, true);
  Result<Memory> memory = AllocateAclPicture(card_, layout.bytes);
  if (!memory.ok()) return memory.status();
  layout.data = memory.value().data();
  return DevicePicture{std::move(memory).value(), VpcPlanes(layout)};
}

Status AclImageProcessor::PlanAll(const ImageTask* tasks, std::size_t count) {
  works_.clear();
  for (std::size_t i = 0; i < count; ++i) {
    Result<ImageTask> planned = Plan(tasks[i]);
    if (!planned.ok()) return planned.status();
    works_.push_back({std::move(planned).value(), nullptr, nullptr, false});
  }
  return Status();
}

Result<const VpcPicture*> AclImageProcessor::Stage(const VpcPicture& layout, AclVpcJob* job) {
  Result<MemoryPool::Block> block = pools_.Acquire(layout.bytes);
  if (!block.ok()) return block.status();
  pictures_.push_back(layout);
  pictures_.back().data = block.value().data();
  job->Hold(std::move(block).value());
  return &pictures_.back();
}

Status AclImageProcessor::CopyPlanes(aclrtStream stream, const ImageView& from,
                                     const MutableImage& to) {
  const AclApi& api = card_->api();
  // The smaller of the two: odd frames have a column or row more.
  const int width = std::min(from.width, to.width), height = std::min(from.height, to.height);
  for (int p = 0; p < PlaneCount(to.format); ++p) {
    const std::size_t row = RowBytes(to.format, p, width);
    const int rows = PlaneRows(to.format, p, height);
    if (api.aclrtMemcpy2dAsync != nullptr) {
      INFER_ACL_CALL(api, aclrtMemcpy2dAsync, to.data[p], static_cast<std::size_t>(to.stride[p]),
                     from.data[p], static_cast<std::size_t>(from.stride[p]), row,
                     static_cast<std::size_t>(rows), ACL_MEMCPY_DEVICE_TO_DEVICE, stream);
      continue;
    }
    for (int y = 0; y < rows; ++y)
      INFER_ACL_CALL(api, aclrtMemcpyAsync, to.data[p] + y * to.stride[p], row,
                     from.data[p] + y * from.stride[p], row, ACL_MEMCPY_DEVICE_TO_DEVICE, stream);
  }
  return Status();
}

Status AclImageProcessor::BringIn(aclrtStream stream, Work* work, AclVpcJob* job) {
  const ImageView& frame = work->task.from;
  for (const Work& other : works_) {
    if (&other == work) break;
    if (!SamePlanes(other.task.from, frame)) continue;
    work->from = other.from;
    return Status();
  }
  if (const auto there = VpcInPlace(frame, false, &card_->pictures())) {
    pictures_.push_back(*there);
    work->from = &pictures_.back();
    return Status();
  }
  const auto staged = Stage(VpcLayout(frame.format, frame.width, frame.height, false), job);
  if (!staged.ok()) return staged.status();
  work->from = staged.value();
  return CopyPlanes(stream, frame, VpcPlanes(*work->from));
}

Status AclImageProcessor::PrepareOutput(aclrtStream stream, Work* work, AclVpcJob* job) {
  const ImageTask& task = work->task;
  if (const auto there = VpcInPlace(task.to, true, &card_->pictures())) {
    pictures_.push_back(*there);
    work->to = &pictures_.back();
  } else {
    const auto staged = Stage(VpcLayout(task.to.format, task.to.width, task.to.height, false), job);
    if (!staged.ok()) return staged.status();
    work->to = staged.value();
    work->staged = true;
  }
  if (task.fill.width == task.to.width && task.fill.height == task.to.height) return Status();
  const MutableImage planes = VpcPlanes(*work->to);
  const std::size_t luma = std::size_t{work->to->width_stride} * work->to->height_stride;
  for (int p = 0; p < PlaneCount(planes.format); ++p) {
    const std::size_t bytes = p == 0 ? luma : luma / 2;
    INFER_ACL_CALL(card_->api(), aclrtMemsetAsync, planes.data[p], bytes,
                   task.pad[static_cast<std::size_t>(p)], bytes, stream);
  }
  return Status();
}

Status AclImageProcessor::AddSteps(const Work& work, AclVpcJob* job) {
  const ImageTask& task = work.task;
  VpcStep last{work.from, work.to, task.crop, task.fill, false, CscOf(task.from, task.to.format)};
  last.part = task.fill.width != task.to.width || task.fill.height != task.to.height;
  if (!FitsOneStep(task.crop.width, task.fill.width) ||
      !FitsOneStep(task.crop.height, task.fill.height)) {
    const int width =
        Between(task.crop.width, task.fill.width, limits_.min_width, limits_.max_to_width);
    const int height =
        Between(task.crop.height, task.fill.height, limits_.min_height, limits_.max_to_height);
    const auto between = Stage(VpcLayout(task.to.format, width, height, false), job);
    if (!between.ok()) return between.status();
    const ImageRect all{0, 0, width, height};
    first_steps_.push_back({work.from, between.value(), task.crop, all, false, last.csc_matrix});
    last.from = between.value();
    last.crop = all;
    last.csc_matrix = ACL_DVPP_CSC_MATRIX_BT601_WIDE;  // The colours are made.
  }
  last_steps_.push_back(last);
  return Status();
}

Status AclImageProcessor::QueueSteps(aclrtStream stream, std::vector<VpcStep>* steps,
                                     AclVpcJob* job) {
  const auto kind = [](const VpcStep& step) { return std::make_tuple(step.csc_matrix, step.part); };
  std::stable_sort(steps->begin(), steps->end(), [&](const VpcStep& a, const VpcStep& b) {
    return std::make_tuple(kind(a), a.from) < std::make_tuple(kind(b), b.from);
  });
  for (std::size_t begin = 0; begin < steps->size();) {
    const VpcStep* first = steps->data() + begin;
    std::size_t count = 1;
    while (begin + count < steps->size() && count < kMostRegions &&
           kind(first[count]) == kind(*first))
      ++count;
    INFER_RETURN_IF_ERROR(job->Queue(channels_, stream, first, count));
    begin += count;
  }
  return Status();
}

Status AclImageProcessor::Enqueue(aclrtStream stream, AclVpcJob* job) {
  pictures_.clear();
  first_steps_.clear();
  last_steps_.clear();
  for (Work& work : works_) {
    INFER_RETURN_IF_ERROR(BringIn(stream, &work, job));
    INFER_RETURN_IF_ERROR(PrepareOutput(stream, &work, job));
    INFER_RETURN_IF_ERROR(AddSteps(work, job));
  }
  INFER_RETURN_IF_ERROR(QueueSteps(stream, &first_steps_, job));
  INFER_RETURN_IF_ERROR(QueueSteps(stream, &last_steps_, job));
  for (const Work& work : works_)
    if (work.staged) INFER_RETURN_IF_ERROR(CopyPlanes(stream, VpcPlanes(*work.to), work.task.to));
  return Status();
}

}  // namespace infer_server::devices
