// SPDX-License-Identifier: Apache-2.0
#include "devices/cpu/cpu_stream.h"

#include <cstring>
#include <exception>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "devices/base/clock.h"
#include "devices/base/mutex.h"
#include "devices/base/thread.h"
#include "devices/cpu/cpu_image_processor.h"
#include "devices/device.h"

namespace infer_server::devices {
namespace {

Status Wrong(const std::string& what) { return Status(Code::kInvalidArgument, "stream: " + what); }

// All copies are of host memory: the kind changes nothing.
Status CheckCopy(const void* to, const void* from, std::size_t bytes) {
  if (bytes > 0 && (to == nullptr || from == nullptr)) return Wrong("copy with a null pointer");
  return Status();
}

void Copy(void* to, const void* from, std::size_t bytes) {
  if (bytes > 0) std::memmove(to, from, bytes);
}

Status CheckExecute(const Engine* engine, const void* const* inputs, std::size_t input_count,
                    void* const* outputs, std::size_t output_count, int rows) {
  if (engine == nullptr) return Wrong("execute without an engine");
  if (rows < 1) return Wrong("execute " + std::to_string(rows) + " rows; expected at least 1");
  for (std::size_t i = 0; i < input_count; ++i)
    if (inputs[i] == nullptr) return Wrong("input " + std::to_string(i) + " is null");
  for (std::size_t i = 0; i < output_count; ++i)
    if (outputs[i] == nullptr) return Wrong("output " + std::to_string(i) + " is null");
  return Status();
}

// Appends the tasks as they are to be done.
Status PlanAll(ImageProcessor* processor, const ImageTask* tasks, std::size_t count,
               std::vector<ImageTask>* planned) {
  if (dynamic_cast<CpuImageProcessor*>(processor) == nullptr)
    return Wrong("process images without an image processor of the host");
  if (count > 0 && tasks == nullptr) return Wrong("process images that are null");
  for (std::size_t i = 0; i < count; ++i) {
    Result<ImageTask> task = processor->Plan(tasks[i]);
    if (!task.ok()) return task.status();
    planned->push_back(std::move(task).value());
  }
  return Status();
}

Status Threw(const std::string& who, const std::exception* e) {
  return Status(Code::kDeviceError,
                who + " threw" + (e != nullptr ? ": " : "") + (e != nullptr ? e->what() : ""));
}

Status RunEngine(Engine* engine, const void* const* inputs, void* const* outputs, int rows) {
  try {
    return engine->Run(inputs, outputs, rows);
  } catch (const std::exception& e) {
    return Threw("the engine", &e);
  } catch (...) {
    return Threw("the engine", nullptr);
  }
}

Status RunCallback(const std::function<void(Status)>& done, const Status& state) {
  try {
    done(state);
    return Status();
  } catch (const std::exception& e) {
    return Threw("a stream callback", &e);
  } catch (...) {
    return Threw("a stream callback", nullptr);
  }
}

void KeepFirst(Status* failure, Status status) {
  if (failure->ok() && !status.ok()) *failure = std::move(status);
}

// Does the work in the call that queues it.
class InlineStream final : public Stream {
 public:
  Status CopyAsync(void* to, const void* from, std::size_t bytes, CopyKind) override {
    INFER_RETURN_IF_ERROR(CheckCopy(to, from, bytes));
    if (failure_.ok()) Copy(to, from, bytes);
    return Status();
  }
  Status Execute(Engine* engine, const void* const* inputs, std::size_t input_count,
                 void* const* outputs, std::size_t output_count, int rows) override {
    INFER_RETURN_IF_ERROR(CheckExecute(engine, inputs, input_count, outputs, output_count, rows));
    if (failure_.ok()) failure_ = RunEngine(engine, inputs, outputs, rows);
    return Status();
  }
  Status Process(ImageProcessor* processor, const ImageTask* tasks, std::size_t count) override {
    tasks_.clear();
    INFER_RETURN_IF_ERROR(PlanAll(processor, tasks, count, &tasks_));
    if (failure_.ok()) failure_ = DrawImages(tasks_.data(), tasks_.size());
    return Status();
  }
  Status Callback(std::function<void(Status)> done) override {
    if (!done) return Wrong("callback without a function");
    KeepFirst(&failure_, RunCallback(done, failure_));
    return Status();
  }
  Status Synchronize(std::chrono::milliseconds) override {
    return std::exchange(failure_, Status());
  }

 private:
  Status failure_;                // The first since the last Synchronize().
  std::vector<ImageTask> tasks_;  // Keeps its memory.
};

// One piece of queued work. Slots are used again and again; their vectors keep their memory.
struct Piece {
  enum class Kind { kCopy, kExecute, kProcess, kCallback };
  Kind kind = Kind::kCopy;
  void* to = nullptr;
  const void* from = nullptr;
  std::size_t bytes = 0;
  Engine* engine = nullptr;
  std::vector<const void*> inputs;
  std::vector<void*> outputs;
  int rows = 0;
  std::vector<ImageTask> tasks;
  std::function<void(Status)> done;
};

// Does the work on a thread of its own.
class ThreadedStream final : public Stream {
 public:
  ThreadedStream() : ring_(kCpuStreamDepth), thread_("infer-stream", [this] { Loop(); }) {}
  ~ThreadedStream() override;

  Status CopyAsync(void* to, const void* from, std::size_t bytes, CopyKind) override;
  Status Execute(Engine* engine, const void* const* inputs, std::size_t input_count,
                 void* const* outputs, std::size_t output_count, int rows) override;
  Status Process(ImageProcessor* processor, const ImageTask* tasks, std::size_t count) override;
  Status Callback(std::function<void(Status)> done) override;
  Status Synchronize(std::chrono::milliseconds timeout) override;

 private:
  // The next free slot; waits for one. The caller fills it and calls Publish().
  Piece* Reserve() INFER_EXCLUDES(mutex_);
  void Publish() INFER_EXCLUDES(mutex_);
  void Loop() INFER_EXCLUDES(mutex_);
  Status Do(Piece* piece, const Status& failure) INFER_EXCLUDES(mutex_);

  Mutex mutex_;
  std::condition_variable queued_, finished_;
  // The worker uses ring_[head_], the caller ring_[head_ + count_]; a slot is never both.
  std::vector<Piece> ring_ INFER_GUARDED_BY(mutex_);
  std::size_t head_ INFER_GUARDED_BY(mutex_) = 0;
  std::size_t count_ INFER_GUARDED_BY(mutex_) = 0;  // Queued and running.
  Engine* running_ INFER_GUARDED_BY(mutex_) = nullptr;
  Status failure_ INFER_GUARDED_BY(mutex_);        // The first since the last Synchronize().
  bool overdue_ INFER_GUARDED_BY(mutex_) = false;  // The last Synchronize() timed out.
  bool stop_ INFER_GUARDED_BY(mutex_) = false;
  Thread thread_;  // Last: it uses all the above.
};

ThreadedStream::~ThreadedStream() {
  Engine* hung = nullptr;
  {
    MutexLock lock(&mutex_);
    stop_ = true;
    if (overdue_ && count_ > 0) {
      KeepFirst(&failure_, Status(Code::kCancelled, "the stream was closed"));
      hung = running_;
    }
    queued_.notify_one();
  }
  if (hung != nullptr) hung->Cancel();
  thread_.Join();
}

Piece* ThreadedStream::Reserve() {
  MutexLock lock(&mutex_);
  while (count_ == ring_.size()) lock.Wait(&finished_);
  return &ring_[(head_ + count_) % ring_.size()];
}

void ThreadedStream::Publish() {
  MutexLock lock(&mutex_);
  ++count_;
  queued_.notify_one();
}

Status ThreadedStream::CopyAsync(void* to, const void* from, std::size_t bytes, CopyKind) {
  INFER_RETURN_IF_ERROR(CheckCopy(to, from, bytes));
  Piece* piece = Reserve();
  piece->kind = Piece::Kind::kCopy;
  piece->to = to;
  piece->from = from;
  piece->bytes = bytes;
  Publish();
  return Status();
}

Status ThreadedStream::Execute(Engine* engine, const void* const* inputs, std::size_t input_count,
                               void* const* outputs, std::size_t output_count, int rows) {
  INFER_RETURN_IF_ERROR(CheckExecute(engine, inputs, input_count, outputs, output_count, rows));
  Piece* piece = Reserve();
  piece->kind = Piece::Kind::kExecute;
  piece->engine = engine;
  piece->inputs.assign(inputs, inputs + input_count);
  piece->outputs.assign(outputs, outputs + output_count);
  piece->rows = rows;
  Publish();
  return Status();
}

Status ThreadedStream::Process(ImageProcessor* processor, const ImageTask* tasks,
                               std::size_t count) {
  Piece* piece = Reserve();
  piece->kind = Piece::Kind::kProcess;
  piece->tasks.clear();
  INFER_RETURN_IF_ERROR(PlanAll(processor, tasks, count, &piece->tasks));  // Else stays free.
  Publish();
  return Status();
}

Status ThreadedStream::Callback(std::function<void(Status)> done) {
  if (!done) return Wrong("callback without a function");
  Piece* piece = Reserve();
  piece->kind = Piece::Kind::kCallback;
  piece->done = std::move(done);
  Publish();
  return Status();
}

Status ThreadedStream::Synchronize(std::chrono::milliseconds timeout) {
  const TimePoint deadline = DeadlineAfter(timeout);
  MutexLock lock(&mutex_);
  while (count_ > 0) {
    if (deadline == TimePoint::max()) {
      lock.Wait(&finished_);
    } else if (!lock.WaitUntil(&finished_, deadline) && count_ > 0) {
      overdue_ = true;
      return Status(Code::kTimeout, "the work of the stream was not done after " +
                                        std::to_string(timeout.count()) + " ms");
    }
  }
  overdue_ = false;
  return std::exchange(failure_, Status());
}

void ThreadedStream::Loop() {
  MutexLock lock(&mutex_);
  while (true) {
    while (count_ == 0 && !stop_) lock.Wait(&queued_);
    if (count_ == 0) return;
    Piece* piece = &ring_[head_];
    const Status failure = failure_;
    if (piece->kind == Piece::Kind::kExecute) running_ = piece->engine;
    lock.Unlock();
    Status status = Do(piece, failure);
    lock.Lock();
    running_ = nullptr;
    KeepFirst(&failure_, std::move(status));
    head_ = (head_ + 1) % ring_.size();
    --count_;
    finished_.notify_all();
  }
}

Status ThreadedStream::Do(Piece* piece, const Status& failure) {
  if (piece->kind == Piece::Kind::kCallback) {
    // What the function holds is let go of here, before Synchronize() returns.
    return RunCallback(std::exchange(piece->done, nullptr), failure);
  }
  if (!failure.ok()) return Status();
  if (piece->kind == Piece::Kind::kExecute)
    return RunEngine(piece->engine, piece->inputs.data(), piece->outputs.data(), piece->rows);
  if (piece->kind == Piece::Kind::kProcess)
    return DrawImages(piece->tasks.data(), piece->tasks.size());
  Copy(piece->to, piece->from, piece->bytes);
  return Status();
}

}  // namespace

Result<std::unique_ptr<Stream>> NewCpuStream(const StreamOptions& options) {
  if (!options.own_thread) return std::unique_ptr<Stream>(std::make_unique<InlineStream>());
  try {
    return std::unique_ptr<Stream>(std::make_unique<ThreadedStream>());
  } catch (const std::system_error& e) {
    return Status(Code::kUnavailable, std::string("cannot start a stream's thread: ") + e.what());
  }
}

}  // namespace infer_server::devices
