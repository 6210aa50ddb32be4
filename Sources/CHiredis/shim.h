// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <hiredis/hiredis.h>
#include <hiredis/async.h>
