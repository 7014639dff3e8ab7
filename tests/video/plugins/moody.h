// SPDX-License-Identifier: Apache-2.0
// What moody.so does when this is the first number of its tensor. It takes 4 objects of 2 points.
#pragma once

enum Mood {
  kNothing,
  kObjects,  // Three, of classes 0, 1, 2.
  kTooManyObjects,
  kBadNumbers,
  kBadLabel,
  kNegativeLabel,
  kNull,
  kFails,
  kFailsSilently,
  kLongError,
  kThrows,
  kThrowsNumber,
  kClassAndEmbedding,
  kBadEmbedding,
  kEmptyEmbedding,
  kBadMask,
  kBadScore,
  kManyClasses,
};
