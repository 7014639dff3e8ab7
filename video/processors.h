// SPDX-License-Identifier: Apache-2.0
// The stages of a video session: items are `VideoItem*` (see video/item.h).
//
// Both take the parameter "setup" (SharedSetup). Sessions whose setups are equal in content share
// engines.
#pragma once

#include <memory>

#include "infer/call_watch.h"
#include "infer_server.h"
#include "video/item.h"
#include "video/model_config.h"

namespace infer_server::video {

// A settled model setup as a parameter: compares by content.
struct INFER_API SharedSetup {
  std::shared_ptr<const ModelSetup> setup;
  bool operator==(const SharedSetup& other) const;
};

// Fills the model's single image input from each item's frame and region, straight into the batch.
// Writes VideoItem::placement. Fails with INVALID_PARAM when the model has another number of inputs
// or its input is not an image.
class INFER_API VideoPreprocessor : public ProcessorForkable<VideoPreprocessor>,
                                    public BorrowsItems {
 public:
  VideoPreprocessor();
  ~VideoPreprocessor() override;
  Status Init() override;
  Status Process(PackagePtr data) override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Runs the setup's post-processor on each item's rows. Writes VideoItem::result.
class INFER_API VideoPostprocessor : public ProcessorForkable<VideoPostprocessor>,
                                     public BorrowsItems {
 public:
  VideoPostprocessor();
  ~VideoPostprocessor() override;
  Status Init() override;
  Status Process(PackagePtr data) override;
  bool ReadsOnHost() const override { return true; }

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace infer_server::video
