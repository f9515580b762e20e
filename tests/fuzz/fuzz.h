/* SPDX-License-Identifier: Apache-2.0 */
/* What the fuzz targets share. libFuzzer calls fuzz_one() with bytes of its own invention; what must hold of them is said with
 * MUST(), which ends the process, so that the fuzzer keeps the bytes. https://llvm.org/docs/LibFuzzer.html */
#pragma once

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

#define MUST(condition)                                                                                      \
    ((condition) ? (void)0                                                                                   \
                 : (fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition), abort()))
