// SPDX-License-Identifier: Apache-2.0
// What gst-inspect-1.0 tells of every element, against tests/inspect/<element>.txt.
#include <gst/gst.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "gst/ptr.h"

namespace infer_gst {
namespace {

std::string Take(gchar* text) {
  const std::string copy = text != nullptr ? text : "";
  g_free(text);
  return copy;
}

std::vector<std::string> Elements() {
  std::vector<std::string> names;
  GList* features = gst_registry_get_feature_list_by_plugin(gst_registry_get(), "inferserver");
  for (const GList* l = features; l != nullptr; l = l->next)
    if (GST_IS_ELEMENT_FACTORY(l->data)) names.emplace_back(GST_OBJECT_NAME(l->data));
  gst_plugin_feature_list_free(features);
  return names;
}

std::string FlagsOf(const GParamSpec* spec) {
  std::string text = (spec->flags & G_PARAM_READABLE) != 0 ? "readable" : "";
  if ((spec->flags & G_PARAM_WRITABLE) != 0) text += ", writable";
  if ((spec->flags & GST_PARAM_CONTROLLABLE) != 0) text += ", controllable";
  if ((spec->flags & GST_PARAM_MUTABLE_PLAYING) != 0)
    text += ", changeable in NULL, READY, PAUSED or PLAYING state";
  else if ((spec->flags & GST_PARAM_MUTABLE_READY) != 0)
    text += ", changeable in NULL or READY state";
  return text;
}

std::string EnumValues(GParamSpec* spec) {
  std::string text;
  const GEnumClass* klass = G_PARAM_SPEC_ENUM(spec)->enum_class;
  for (guint i = 0; i < klass->n_values; ++i)
    text += std::string("      (") + std::to_string(klass->values[i].value) +
            "): " + klass->values[i].value_nick + " - " + klass->values[i].value_name + "\n";
  return text;
}

std::string RangeOf(GParamSpec* spec) {
  std::ostringstream text;
  if (G_IS_PARAM_SPEC_UINT(spec))
    text << " Range: " << G_PARAM_SPEC_UINT(spec)->minimum << " - "
         << G_PARAM_SPEC_UINT(spec)->maximum;
  if (G_IS_PARAM_SPEC_INT(spec))
    text << " Range: " << G_PARAM_SPEC_INT(spec)->minimum << " - "
         << G_PARAM_SPEC_INT(spec)->maximum;
  if (G_IS_PARAM_SPEC_DOUBLE(spec))
    text << " Range: " << G_PARAM_SPEC_DOUBLE(spec)->minimum << " - "
         << G_PARAM_SPEC_DOUBLE(spec)->maximum;
  return text.str();
}

std::string DefaultOf(GParamSpec* spec) {
  const GValue* value = g_param_spec_get_default_value(spec);
  if (G_VALUE_HOLDS_DOUBLE(value)) {
    std::ostringstream text;
    text << g_value_get_double(value);
    return text.str();
  }
  const std::string text = Take(gst_value_serialize(value));
  return text.empty() ? "null" : text;
}

std::string Describe(GParamSpec* spec) {
  std::string text = std::string("  ") + spec->name + ": " + g_param_spec_get_blurb(spec) + "\n";
  text += "    flags: " + FlagsOf(spec) + "\n    " + g_type_name(spec->value_type) + "." +
          RangeOf(spec);
  if ((spec->flags & G_PARAM_WRITABLE) != 0) text += " Default: " + DefaultOf(spec);
  text += "\n";
  return G_IS_PARAM_SPEC_ENUM(spec) ? text + EnumValues(spec) : text;
}

// GstObject's, GstElement's and GstBin's own properties are GStreamer's business.
bool OurOwn(const GParamSpec* spec, GstElement* element) {
  return spec->owner_type != GST_TYPE_OBJECT && spec->owner_type != GST_TYPE_ELEMENT &&
         spec->owner_type != GST_TYPE_BIN && g_type_is_a(G_OBJECT_TYPE(element), spec->owner_type);
}

std::string Inspect(const std::string& name) {
  Ptr<GstObject> factory(GST_OBJECT(gst_element_factory_find(name.c_str())));
  Ptr<GstElement> element(gst_element_factory_make(name.c_str(), nullptr));
  gst_object_ref_sink(element.get());
  std::string text = name + "\n";
  auto* elements = GST_ELEMENT_FACTORY(factory.get());
  for (const char* key : {"long-name", "klass", "description"})
    text += std::string("  ") + key + ": " + gst_element_factory_get_metadata(elements, key) + "\n";
  text += "  rank: " + std::to_string(gst_plugin_feature_get_rank(GST_PLUGIN_FEATURE(elements))) +
          "\n\nPads:\n";
  std::set<std::string> pads;  // In the order of their names.
  for (const GList* l = gst_element_factory_get_static_pad_templates(elements); l != nullptr;
       l = l->next) {
    auto* pad = static_cast<GstStaticPadTemplate*>(l->data);
    Ptr<GstCaps> caps(gst_static_pad_template_get_caps(pad));
    pads.insert(std::string("  ") + pad->name_template +
                (pad->presence == GST_PAD_ALWAYS    ? ", always\n"
                 : pad->presence == GST_PAD_REQUEST ? ", on request\n"
                                                    : ", sometimes\n") +
                "    " + Take(gst_caps_to_string(caps.get())) + "\n");
  }
  for (const std::string& pad : pads) text += pad;
  text += "\nProperties:\n";
  guint n = 0;
  GParamSpec** specs = g_object_class_list_properties(G_OBJECT_GET_CLASS(element.get()), &n);
  for (guint i = 0; i < n; ++i)
    if (OurOwn(specs[i], element.get())) text += Describe(specs[i]);
  g_free(specs);
  return text;
}

TEST(Inspect, EveryElementIsAsItsGoldenTextSays) {
  const char* root = std::getenv("INFERSERVER_SOURCE_ROOT");
  ASSERT_NE(nullptr, root);
  const bool update = std::getenv("INFERSERVER_UPDATE_INSPECT") != nullptr;
  ASSERT_FALSE(Elements().empty());
  for (const std::string& name : Elements()) {
    const std::string path = std::string(root) + "/tests/inspect/" + name + ".txt";
    const std::string text = Inspect(name);
    if (update) {
      std::ofstream(path) << text;
      continue;
    }
    std::ostringstream golden;
    golden << std::ifstream(path).rdbuf();
    EXPECT_EQ(golden.str(), text)
        << "where the change is meant: INFERSERVER_UPDATE_INSPECT=1 meson test -C build inspect";
  }
}

TEST(Inspect, EveryPropertySaysWhatItDoes) {
  for (const std::string& name : Elements()) {
    Ptr<GstElement> element(gst_element_factory_make(name.c_str(), nullptr));
    gst_object_ref_sink(element.get());
    guint n = 0;
    GParamSpec** specs = g_object_class_list_properties(G_OBJECT_GET_CLASS(element.get()), &n);
    for (guint i = 0; i < n; ++i) {
      if (!OurOwn(specs[i], element.get())) continue;
      const std::string blurb = g_param_spec_get_blurb(specs[i]);
      EXPECT_GT(blurb.size(), 20u) << name << " " << specs[i]->name;
      EXPECT_NE('.', blurb.back()) << name << " " << specs[i]->name;
    }
    g_free(specs);
  }
}

}  // namespace
}  // namespace infer_gst
