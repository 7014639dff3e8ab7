// SPDX-License-Identifier: Apache-2.0
#include "infer/row_view.h"

#include "processor.h"

namespace infer_server {

InferDataPtr RowView(const InferDataPtr& batch, std::size_t row,
                     const std::vector<std::size_t>& row_bytes) {
  const ModelIO* io = batch == nullptr ? nullptr : any_cast<ModelIO>(&batch->data);
  if (io == nullptr || io->buffers.size() != row_bytes.size()) return nullptr;
  ModelIO view;
  view.shapes = io->shapes;
  for (std::size_t i = 0; i < row_bytes.size(); ++i) {
    if (io->buffers[i].MemorySize() < (row + 1) * row_bytes[i]) return nullptr;
    view.buffers.push_back(io->buffers[i](row * row_bytes[i]));
    if (i < view.shapes.size() && !view.shapes[i].Empty()) view.shapes[i][0] = 1;
  }
  auto data = std::make_shared<InferData>();
  data->Set(std::move(view));
  return data;
}

}  // namespace infer_server
