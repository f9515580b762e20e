/* SPDX-License-Identifier: Apache-2.0 */
/* What one line of a log is: whether it speaks of a failure, belongs to a stack, repeats another. Pure. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "common/base/pattern.h"

enum log_line_kind {
    LOG_LINE_PLAIN,
    LOG_LINE_SIGNAL,    /* speaks of a failure */
    LOG_LINE_CAUSE,     /* "Caused by …" */
    LOG_LINE_TRACEBACK, /* a stack follows whose innermost call comes last */
    LOG_LINE_FRAME,     /* of a stack */
    LOG_LINE_DETAIL,    /* belongs to the frame before it */
};

struct log_reader;
struct log_reader *log_reader_new(void);
void log_reader_free(struct log_reader *reader);

#define AUTO_LOG_READER __attribute__((cleanup(log_reader_auto_free))) struct log_reader
void log_reader_auto_free(struct log_reader **reader);

/* The kind of the line; *signal_at is where in it the failure is named. */
enum log_line_kind log_line_kind(const struct log_reader *reader, const char *line, size_t len,
                                 size_t *signal_at);

/* The same number for lines that differ only in numbers, times, ids and spaces; but not for those that differ
 * in an exit code or an HTTP status. */
uint64_t log_line_key(const char *line, size_t len);
