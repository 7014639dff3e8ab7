// SPDX-License-Identifier: Apache-2.0
// What the scheduler schedules: one stage of one batch, or a session's answers.
#pragma once

#include "infer/intrusive_list.h"
#include "infer/priority.h"

namespace infer_server {

class Task {
 public:
  virtual ~Task() = default;

  // Does the work, on a worker, with no lock held. Returns what the same worker should go on with
  // (usually the batch's next stage), or null. After returning another task or null, this object
  // belongs to whoever it was handed to.
  virtual Task* Run() = 0;

  OrderKey order;

  Task* prev = nullptr;  // Links of a TaskList.
  Task* next = nullptr;
};

using TaskList = IntrusiveList<Task, &Task::prev, &Task::next>;

}  // namespace infer_server
