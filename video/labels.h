// SPDX-License-Identifier: Apache-2.0
// The names of a network's classes.
#pragma once

#include <string>
#include <vector>

#include "devices/base/export.h"
#include "devices/base/status.h"

namespace infer_server::video {

// Immutable after Parse(); thread-safe.
class INFER_API Labels {
 public:
  Labels() = default;
  explicit Labels(std::vector<std::string> names, std::string origin = "a list")
      : names_(std::move(names)), origin_(std::move(origin)) {}

  // `text` is the name of a file with one label a line (spaces at the ends, a UTF-8 mark, "\r" and
  // empty lines at the end are dropped; a leading WordNet id "n01440764 " too), or a list
  // "person,car". The name of a readable file is a file; else a text with a comma is a list; else
  // one with a '/' or ending in ".txt" is a file. In a list "\," is a comma of the label itself,
  // and a comma at the end adds nothing.
  // Fails with kNotFound (no such file), kInvalidArgument (no labels; not UTF-8 text; over 16 MiB).
  static devices::Result<Labels> Parse(const std::string& text);
  // True when Parse() takes `text` for a file's name whether or not there is one.
  static bool LooksLikeFile(const std::string& text);

  std::size_t size() const { return names_.size(); }
  bool empty() const { return names_.empty(); }
  // The name of class `id`, or its number as text ("17") where there is none or it is empty.
  std::string Name(int id) const;
  const std::vector<std::string>& names() const { return names_; }
  // Where they come from, for messages: "file 'coco.txt'", "a list".
  const std::string& origin() const { return origin_; }

 private:
  std::vector<std::string> names_;
  std::string origin_ = "a list";
};

}  // namespace infer_server::video
