// SPDX-License-Identifier: Apache-2.0
// Marks what libinferserver.so exports; everything else stays hidden.
#pragma once

#define INFER_API [[gnu::visibility("default")]]
