/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Log lines: one JSON object a line on standard error:
 *   {"time":…,"level":"info","process":"brain","step":"decide","incident":"i-…","message":…, further fields}
 * Text from outside is escaped by the JSON encoding and cut to LOG_FIELD_MAX_BYTES. Leaves do not log: they
 * return errors; spines, lanes and main do. Thread-safe: one write() a line.
 */
#pragma once

#define LOG_FIELD_MAX_BYTES 2048 /* a field is a sentence, not a body */

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

/* Once at start. process goes into every line. */
void log_open(const char *process, enum log_level least);

/* The incident and step that this thread works on, for the lines that follow; NULL clears. Copied. */
void log_context(const char *incident, const char *step);

/* A line with fields: pairs of name and text, ended by NULL; a pair with a NULL text is left out.
 *   log_info("decided", "rule", rule, "status", status, NULL); */
void log_debug(const char *message, ...) __attribute__((sentinel));
void log_info(const char *message, ...) __attribute__((sentinel));
void log_warn(const char *message, ...) __attribute__((sentinel));
void log_error(const char *message, ...) __attribute__((sentinel));
