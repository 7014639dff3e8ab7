// SPDX-License-Identifier: Apache-2.0
// How the `acl` runtime tells this library from the vendor's, which has the same symbols.
extern "C" {
extern __attribute__((visibility("default"))) const char inferserver_acl_marker[];
const char inferserver_acl_marker[] = "the software AscendCL of gst-inferserver";
}
