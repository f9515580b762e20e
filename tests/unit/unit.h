/* SPDX-License-Identifier: Apache-2.0 */
/* cmocka with what it needs. Its macro fail() gives way to the function of common/base/error.h. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#undef fail
#undef fail_msg
#define fail_msg(...) (print_error(__VA_ARGS__), print_error("\n"), _fail(__FILE__, __LINE__))
