// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "../infer_server.h"
