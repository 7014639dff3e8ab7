// SPDX-License-Identifier: Apache-2.0
// Owning pointers for GLib and GStreamer types.
#pragma once

#include <gst/gst.h>

#include <memory>

namespace infer_gst {

struct Unref {
  void operator()(GstCaps* p) const { gst_caps_unref(p); }
  void operator()(GstBuffer* p) const { gst_buffer_unref(p); }
  void operator()(GstEvent* p) const { gst_event_unref(p); }
  void operator()(GstQuery* p) const { gst_query_unref(p); }
  void operator()(GstSample* p) const { gst_sample_unref(p); }
  void operator()(GstMessage* p) const { gst_message_unref(p); }
  void operator()(GstStructure* p) const { gst_structure_free(p); }
  void operator()(GError* p) const { g_error_free(p); }
  void operator()(char* p) const { g_free(p); }
  // Anything deriving from GstObject.
  void operator()(void* p) const { gst_object_unref(p); }
};

// Owns one reference. Construct from a (transfer full) return value, and pass .release() to a
// (transfer full) parameter.
template <typename T>
using Ptr = std::unique_ptr<T, Unref>;

// Holds the GST_OBJECT_LOCK of `object` for a scope. It is a leaf: nothing is called under it.
class ObjectLock {
 public:
  explicit ObjectLock(void* object) : object_(GST_OBJECT_CAST(object)) { GST_OBJECT_LOCK(object_); }
  ~ObjectLock() { GST_OBJECT_UNLOCK(object_); }
  ObjectLock(const ObjectLock&) = delete;
  ObjectLock& operator=(const ObjectLock&) = delete;

 private:
  GstObject* const object_;
};

}  // namespace infer_gst
