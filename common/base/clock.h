/* SPDX-License-Identifier: Apache-2.0 */
/* The only door to time. Tests fix it; everything else asks here. Thread-safe. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Milliseconds since the epoch, UTC; for stamps that others read. */
int64_t clock_now_ms(void);

/* Milliseconds of a clock that never jumps; for deadlines and durations. */
int64_t clock_monotonic_ms(void);

/* Sleeps; a shorter sleep ends early when the process was asked to stop (see clock_interrupt). */
void clock_sleep_ms(int64_t ms);

/* Ends every sleep, now and later: called once, when the process stops. */
void clock_interrupt(void);

#define CLOCK_RFC3339_SIZE 32

/* "2026-11-23T18:49:37.123Z" into out (CLOCK_RFC3339_SIZE bytes), returned; RFC 3339. */
char *clock_rfc3339(int64_t ms, char out[CLOCK_RFC3339_SIZE]);

/* Reads an RFC 3339 stamp (fraction and offset optional, UTC then). -1 when text is NULL, no stamp, or before
 * 1970. */
int64_t clock_parse_rfc3339(const char *text);

/* Tests: both clocks stand at ms, and sleeps only move them, until changed again; a negative value lets them
 * run. */
void clock_fix(int64_t ms);
