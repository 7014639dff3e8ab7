// SPDX-License-Identifier: Apache-2.0
// Drawing allocates nothing once a frame with as much on it has been drawn. This program counts
// every operator new.
#include <gtest/gtest.h>

#include "tests/alloc_counter.h"
#include "tests/video/guarded_frame.h"
#include "video/draw/annotate.h"

namespace infer_server::video {
namespace {

TEST(AnnotateAllocations, AreNoneTheSecondTime) {
  GuardedFrame guarded(PixelFormat::kNV12, 320, 240);
  Annotator annotator;
  ASSERT_TRUE(annotator.Configure({}, 240).ok());
  FrameResult result;
  result.attributes = {{"scene", "street", 1, 0.5f, "m"}};
  for (int i = 0; i < 30; ++i) {
    Object object;
    object.label = "a person with a long label";
    object.box = {static_cast<float>(i * 9), static_cast<float>(i * 7), 40, 50};
    object.attributes = {{"gender", "woman", 0, 0.5f, "m"}};
    object.keypoints = {{object.box.x, object.box.y, 1}};
    result.objects.push_back(object);
  }
  annotator.Draw(result, guarded.frame);
  const long before = test::Allocations();
  for (int frame = 1; frame < 10; ++frame) {
    for (Object& object : result.objects) {  // What changes from frame to frame.
      object.score = static_cast<float>(frame) / 10;
      object.track_id = 1000 * frame;
      object.box.x += 3;
    }
    annotator.Draw(result, guarded.frame);
  }
  EXPECT_EQ(before, test::Allocations());
  EXPECT_GT(before, 0);
}

}  // namespace
}  // namespace infer_server::video
