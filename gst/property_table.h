// SPDX-License-Identifier: Apache-2.0
// GObject properties as rows that name fields of a plain config struct.
//
// A row is the only place a property's name, blurb, range and field are written; its default is the
// field's own initializer. Install, set and get all read the same row.
#pragma once

#include <gst/gst.h>

#include <cstddef>
#include <string>
#include <type_traits>

namespace infer_gst {

constexpr auto kReadOnly = static_cast<GParamFlags>(G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
constexpr auto kStatic = static_cast<GParamFlags>(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
// May change only in NULL or READY; read once, on the way to PAUSED.
constexpr auto kReady = static_cast<GParamFlags>(kStatic | GST_PARAM_MUTABLE_READY);
// May change at any time; takes effect with the next buffer.
constexpr auto kPlaying = static_cast<GParamFlags>(kStatic | GST_PARAM_MUTABLE_PLAYING);

template <typename Config>
struct Property {
  const char* name;
  const char* blurb;  // What it does, its unit, and what the special values mean.
  GParamFlags flags;
  double min, max;       // Only read for numbers.
  GType (*enum_type)();  // Only for enums.
  GParamSpec* (*make)(const Property&, const Config& defaults);
  void (*set)(Config*, const GValue*);
  void (*get)(const Config&, GValue*);
};

template <typename M>
struct MemberTraits;
template <typename C, typename T>
struct MemberTraits<T C::*> {
  using Config = C;
  using Type = T;
};

// The row for the field `Field`: guint, gint, double, bool, std::string, or an enum with
// `enum_type`.
template <auto Field>
constexpr auto Prop(const char* name, GParamFlags flags, const char* blurb, double min = 0,
                    double max = G_MAXINT, GType (*enum_type)() = nullptr) {
  using Config = typename MemberTraits<decltype(Field)>::Config;
  using T = typename MemberTraits<decltype(Field)>::Type;
  using Row = Property<Config>;
  Row row{name, blurb, flags, min, max, enum_type, nullptr, nullptr, nullptr};
  if constexpr (std::is_same_v<T, guint>) {
    row.make = [](const Row& r, const Config& d) {
      return g_param_spec_uint(r.name, r.name, r.blurb, static_cast<guint>(r.min),
                               static_cast<guint>(r.max), d.*Field, r.flags);
    };
    row.set = [](Config* c, const GValue* v) { c->*Field = g_value_get_uint(v); };
    row.get = [](const Config& c, GValue* v) { g_value_set_uint(v, c.*Field); };
  } else if constexpr (std::is_same_v<T, gint>) {
    row.make = [](const Row& r, const Config& d) {
      return g_param_spec_int(r.name, r.name, r.blurb, static_cast<gint>(r.min),
                              static_cast<gint>(r.max), d.*Field, r.flags);
    };
    row.set = [](Config* c, const GValue* v) { c->*Field = g_value_get_int(v); };
    row.get = [](const Config& c, GValue* v) { g_value_set_int(v, c.*Field); };
  } else if constexpr (std::is_same_v<T, double>) {
    row.make = [](const Row& r, const Config& d) {
      return g_param_spec_double(r.name, r.name, r.blurb, r.min, r.max, d.*Field, r.flags);
    };
    row.set = [](Config* c, const GValue* v) { c->*Field = g_value_get_double(v); };
    row.get = [](const Config& c, GValue* v) { g_value_set_double(v, c.*Field); };
  } else if constexpr (std::is_same_v<T, bool>) {
    row.make = [](const Row& r, const Config& d) {
      return g_param_spec_boolean(r.name, r.name, r.blurb, d.*Field, r.flags);
    };
    row.set = [](Config* c, const GValue* v) { c->*Field = g_value_get_boolean(v); };
    row.get = [](const Config& c, GValue* v) { g_value_set_boolean(v, c.*Field); };
  } else if constexpr (std::is_enum_v<T>) {
    row.make = [](const Row& r, const Config& d) {
      return g_param_spec_enum(r.name, r.name, r.blurb, r.enum_type(), static_cast<gint>(d.*Field),
                               r.flags);
    };
    row.set = [](Config* c, const GValue* v) { c->*Field = static_cast<T>(g_value_get_enum(v)); };
    row.get = [](const Config& c, GValue* v) { g_value_set_enum(v, static_cast<gint>(c.*Field)); };
  } else {
    static_assert(std::is_same_v<T, std::string>, "add the type here");
    row.make = [](const Row& r, const Config& d) {
      const std::string& text = d.*Field;
      return g_param_spec_string(r.name, r.name, r.blurb, text.empty() ? nullptr : text.c_str(),
                                 r.flags);
    };
    row.set = [](Config* c, const GValue* v) {
      const char* text = g_value_get_string(v);
      c->*Field = text != nullptr ? text : "";
    };
    row.get = [](const Config& c, GValue* v) {
      const std::string& text = c.*Field;
      g_value_set_string(v, text.empty() ? nullptr : text.c_str());
    };
  }
  return row;
}

// Property ids are 1 + the row number.
template <typename Config, std::size_t N>
void InstallProperties(GObjectClass* klass, const Property<Config> (&rows)[N]) {
  const Config defaults{};
  for (std::size_t i = 0; i < N; ++i)
    g_object_class_install_property(klass, static_cast<guint>(i + 1),
                                    rows[i].make(rows[i], defaults));
}

// Returns false when `id` is not a row of this table.
template <typename Config, std::size_t N>
bool SetProperty(const Property<Config> (&rows)[N], guint id, const GValue* value, Config* config) {
  if (id == 0 || id > N) return false;
  rows[id - 1].set(config, value);
  return true;
}

// Returns false when `id` is not a row of this table.
template <typename Config, std::size_t N>
bool GetProperty(const Property<Config> (&rows)[N], guint id, GValue* value, const Config& config) {
  if (id == 0 || id > N) return false;
  rows[id - 1].get(config, value);
  return true;
}

}  // namespace infer_gst
