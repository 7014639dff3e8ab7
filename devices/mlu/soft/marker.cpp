// SPDX-License-Identifier: Apache-2.0
// How the `mlu` runtime tells this library from the vendor's, which has the same symbols.
extern "C" {
extern __attribute__((visibility("default"))) const char inferserver_mlu_marker[];
const char inferserver_mlu_marker[] = "the software CNRT of gst-inferserver";
}
