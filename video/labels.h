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
  explicit Labels(std::vector<std::string> names) : names_(std::move(names)) {}

  // `text` is the name of a file with one label a line (spaces at the ends, a UTF-8 mark, "\r" and
  // empty lines at the end are dropped; a leading WordNet id "n01440764 " too), or a list
  // "person,car". A name that is a readable file, or contains '/' or ends in ".txt", is a file.
  // Fails with kNotFound (no such file), kInvalidArgument (empty; not UTF-8 text).
  static devices::Result<Labels> Parse(const std::string& text);

  std::size_t size() const { return names_.size(); }
  bool empty() const { return names_.empty(); }
  // The name of class `id`, or its number as text ("17") where there is none.
  std::string Name(int id) const;
  // The number of class `name`, or -1.
  int Find(const std::string& name) const;
  const std::vector<std::string>& names() const { return names_; }

 private:
  std::vector<std::string> names_;
};

}  // namespace infer_server::video
