// SPDX-License-Identifier: Apache-2.0
// ToTensor() with any geometry: planes and output are blocks of their exact sizes, so that
// AddressSanitizer sees one byte too far.
#include <fuzzer/FuzzedDataProvider.h>

#include <cstdint>
#include <cstdlib>
#include <vector>

#include "devices/image/to_tensor.h"

namespace {

using infer_server::devices::Channels;
using infer_server::devices::ChromaSite;
using infer_server::devices::ColorMatrix;
using infer_server::devices::ColorOrder;
using infer_server::devices::ColorRange;
using infer_server::devices::DataType;
using infer_server::devices::ImageView;
using infer_server::devices::Interpolation;
using infer_server::devices::Layout;
using infer_server::devices::PixelFormat;
using infer_server::devices::Status;
using infer_server::devices::ToTensorParams;

struct Frame {
  ImageView view;
  std::vector<std::uint8_t> planes[infer_server::devices::kMaxPlanes];
};

void MakeFrame(FuzzedDataProvider* data, Frame* frame) {
  ImageView& view = frame->view;
  view.format = static_cast<PixelFormat>(
      data->ConsumeIntegralInRange(0, infer_server::devices::kPixelFormatCount - 1));
  view.width = data->ConsumeIntegralInRange(1, 70);
  view.height = data->ConsumeIntegralInRange(1, 70);
  view.matrix = static_cast<ColorMatrix>(data->ConsumeIntegralInRange(0, 2));
  view.range = static_cast<ColorRange>(data->ConsumeIntegralInRange(0, 1));
  view.site = static_cast<ChromaSite>(data->ConsumeIntegralInRange(0, 2));
  for (int p = 0; p < PlaneCount(view.format); ++p) {
    const std::size_t row = RowBytes(view.format, p, view.width);
    const auto rows = static_cast<std::size_t>(PlaneRows(view.format, p, view.height));
    const std::size_t stride = row + data->ConsumeIntegralInRange<std::size_t>(0, 9);
    std::vector<std::uint8_t>& plane = frame->planes[p];
    plane.assign(stride * (rows - 1) + row, data->ConsumeIntegral<std::uint8_t>());
    const bool flipped = data->ConsumeBool();
    view.data[p] = plane.data() + (flipped ? stride * (rows - 1) : 0);
    view.stride[p] = static_cast<std::ptrdiff_t>(stride) * (flipped ? -1 : 1);
  }
}

// A size that is good most of the time; else anything.
int Size(FuzzedDataProvider* data, int low, int high) {
  if (data->ConsumeIntegralInRange(0, 15) == 0) return data->ConsumeIntegral<int>();
  return data->ConsumeIntegralInRange(low, high);
}

double Edge(FuzzedDataProvider* data) {
  if (data->ConsumeIntegralInRange(0, 7) == 0) return data->ConsumeFloatingPoint<double>();
  return data->ConsumeFloatingPointInRange(-100.0, 200.0);
}

ToTensorParams MakeParams(FuzzedDataProvider* data) {
  ToTensorParams p;
  p.crop_x = Edge(data);
  p.crop_y = Edge(data);
  p.crop_width = Edge(data);
  p.crop_height = Edge(data);
  // Bounded: the output is allocated.
  p.width = data->ConsumeIntegralInRange(-1, 60);
  p.height = data->ConsumeIntegralInRange(-1, 60);
  p.fill_x = Size(data, 0, 20);
  p.fill_y = Size(data, 0, 20);
  p.fill_width = Size(data, 1, 60);
  p.fill_height = Size(data, 1, 60);
  p.color_order = static_cast<ColorOrder>(data->ConsumeIntegralInRange(0, 2));
  p.layout = static_cast<Layout>(data->ConsumeIntegralInRange(0, 2));
  const DataType types[] = {DataType::kUint8, DataType::kFloat16, DataType::kFloat32,
                            DataType::kInt32};
  p.type = types[data->ConsumeIntegralInRange(0, 3)];
  p.interpolation = static_cast<Interpolation>(data->ConsumeIntegralInRange(0, 1));
  if (data->ConsumeBool()) p.pad_value = data->ConsumeFloatingPoint<float>();
  for (std::size_t c = 0; c < 3 && data->ConsumeBool(); ++c) {
    p.scale[c] = data->ConsumeFloatingPoint<float>();
    p.mean[c] = data->ConsumeFloatingPoint<float>();
    p.std[c] = data->ConsumeFloatingPoint<float>();
  }
  return p;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  FuzzedDataProvider data(bytes, size);
  Frame frame;
  MakeFrame(&data, &frame);
  const ToTensorParams p = MakeParams(&data);
  const std::size_t elements =
      p.width > 0 && p.height > 0 ? static_cast<std::size_t>(p.width * p.height) : 0;
  std::vector<std::uint8_t> out(elements * static_cast<std::size_t>(Channels(p.color_order)) *
                                SizeOf(p.type));
  const Status status = ToTensor(frame.view, p, out.data());
  // A refusal says why.
  if (!status.ok() && status.message().size() < 20) std::abort();
  return 0;
}
