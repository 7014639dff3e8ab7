// SPDX-License-Identifier: Apache-2.0
// Every element this plugin registers.
#pragma once

#include <gst/gst.h>

GST_ELEMENT_REGISTER_DECLARE(aclinfer)
GST_ELEMENT_REGISTER_DECLARE(cpuinfer)
GST_ELEMENT_REGISTER_DECLARE(infermeta)
GST_ELEMENT_REGISTER_DECLARE(inferoverlay)
