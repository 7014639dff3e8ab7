// SPDX-License-Identifier: Apache-2.0
// Tells ThreadSanitizer of the order that GLib's locks and reference counts make.
//
// GLib and GStreamer are not instrumented and lock with futexes, so without this the sanitizer sees
// none of their ordering and either reports every hand-over between threads or, with the libraries
// suppressed, nothing that happens under them, our own code included. These functions stand in
// front of the libraries' own (a program's symbols win over a library's), note the order, and call
// on. Linked into the element tests of a -Db_sanitize=thread build only.
#include <dlfcn.h>
#include <gst/gst.h>

extern "C" {
void __tsan_acquire(void* address);
void __tsan_release(void* address);
}

namespace {

template <typename Function>
Function Next(const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

// Orders a push to any thread pool before every lock taken later: the pool's own queue is out of
// reach, and the first thing its work does is to take a lock.
char g_pools;

}  // namespace

// The project hides what it does not name; these must be seen by the libraries.
#pragma GCC visibility push(default)

// One thread's unlock comes before another's lock.
#define LOCK(name, type)                                   \
  extern "C" void name(type* lock) {                       \
    static const auto next = Next<void (*)(type*)>(#name); \
    __tsan_acquire(&g_pools);                              \
    next(lock);                                            \
    __tsan_acquire(lock);                                  \
  }
#define TRY_LOCK(name, type)                                   \
  extern "C" gboolean name(type* lock) {                       \
    static const auto next = Next<gboolean (*)(type*)>(#name); \
    const gboolean locked = next(lock);                        \
    if (locked) __tsan_acquire(lock);                          \
    return locked;                                             \
  }
#define UNLOCK(name, type)                                 \
  extern "C" void name(type* lock) {                       \
    static const auto next = Next<void (*)(type*)>(#name); \
    __tsan_release(lock);                                  \
    next(lock);                                            \
  }
// What one thread did with an object before it gave up its reference comes before what another
// does after it took or gave up its own, the last one freeing it.
#define REFERENCE(name, result, type)                        \
  extern "C" result name(type* object) {                     \
    static const auto next = Next<result (*)(type*)>(#name); \
    __tsan_release(object);                                  \
    __tsan_acquire(object);                                  \
    return next(object);                                     \
  }

LOCK(g_mutex_lock, GMutex)
TRY_LOCK(g_mutex_trylock, GMutex)
UNLOCK(g_mutex_unlock, GMutex)
LOCK(g_rec_mutex_lock, GRecMutex)
TRY_LOCK(g_rec_mutex_trylock, GRecMutex)
UNLOCK(g_rec_mutex_unlock, GRecMutex)
LOCK(g_rw_lock_writer_lock, GRWLock)
UNLOCK(g_rw_lock_writer_unlock, GRWLock)
LOCK(g_rw_lock_reader_lock, GRWLock)
UNLOCK(g_rw_lock_reader_unlock, GRWLock)

REFERENCE(gst_mini_object_ref, GstMiniObject*, GstMiniObject)
REFERENCE(gst_mini_object_unref, void, GstMiniObject)
REFERENCE(g_object_unref, void, void)
REFERENCE(gst_object_unref, void, void)

extern "C" void g_cond_wait(GCond* cond, GMutex* mutex) {
  static const auto next = Next<void (*)(GCond*, GMutex*)>("g_cond_wait");
  __tsan_release(mutex);
  next(cond, mutex);
  __tsan_acquire(mutex);
}

extern "C" gboolean g_cond_wait_until(GCond* cond, GMutex* mutex, gint64 end_time) {
  static const auto next = Next<gboolean (*)(GCond*, GMutex*, gint64)>("g_cond_wait_until");
  __tsan_release(mutex);
  const gboolean signalled = next(cond, mutex, end_time);
  __tsan_acquire(mutex);
  return signalled;
}

extern "C" gboolean g_thread_pool_push(GThreadPool* pool, gpointer data, GError** error) {
  static const auto next =
      Next<gboolean (*)(GThreadPool*, gpointer, GError**)>("g_thread_pool_push");
  __tsan_release(&g_pools);
  return next(pool, data, error);
}

// A queue hands an item from the thread that pushes to the one that pops.
extern "C" void g_async_queue_push(GAsyncQueue* queue, gpointer data) {
  static const auto next = Next<void (*)(GAsyncQueue*, gpointer)>("g_async_queue_push");
  __tsan_release(queue);
  next(queue, data);
}

extern "C" gpointer g_async_queue_try_pop(GAsyncQueue* queue) {
  static const auto next = Next<gpointer (*)(GAsyncQueue*)>("g_async_queue_try_pop");
  gpointer data = next(queue);
  __tsan_acquire(queue);
  return data;
}

extern "C" gpointer g_async_queue_timeout_pop(GAsyncQueue* queue, guint64 timeout) {
  static const auto next = Next<gpointer (*)(GAsyncQueue*, guint64)>("g_async_queue_timeout_pop");
  gpointer data = next(queue, timeout);
  __tsan_acquire(queue);
  return data;
}

#pragma GCC visibility pop
