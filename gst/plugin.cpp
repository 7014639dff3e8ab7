// SPDX-License-Identifier: Apache-2.0
#include <gst/gst.h>

#include "gst/elements.h"
#include "gst/log.h"

static gboolean plugin_init(GstPlugin* plugin) {
  infer_gst::InstallLog();
  gboolean ok = FALSE;
  ok |= GST_ELEMENT_REGISTER(aclinfer, plugin);
  ok |= GST_ELEMENT_REGISTER(cpuinfer, plugin);
  ok |= GST_ELEMENT_REGISTER(infermeta, plugin);
  ok |= GST_ELEMENT_REGISTER(inferoverlay, plugin);
  return ok;
}

#define PACKAGE "gst-inferserver"
GST_PLUGIN_DEFINE(GST_VERSION_MAJOR, GST_VERSION_MINOR, inferserver,
                  "Neural-network video analytics: detect, classify, draw, write results",
                  plugin_init, GST_PLUGIN_VERSION, "Apache 2.0", "gst-inferserver",
                  "Unknown package origin")
