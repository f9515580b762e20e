/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/base/alloc.h"
#include "common/base/clock.h"
#include "common/base/json.h"
#include "common/base/strbuf.h"

#define NAME_SIZE 64     /* a process, a step */
#define INCIDENT_SIZE 64 /* an id and its lap */

static const char *const level_names[] = {
    [LOG_DEBUG] = "debug",
    [LOG_INFO] = "info",
    [LOG_WARN] = "warn",
    [LOG_ERROR] = "error",
};

static char process_name[NAME_SIZE];
static enum log_level least_level = LOG_INFO;
static _Thread_local char context_incident[INCIDENT_SIZE], context_step[NAME_SIZE];

void log_open(const char *process, enum log_level least)
{
    snprintf(process_name, sizeof(process_name), "%s", process);
    least_level = least;
}

void log_context(const char *incident, const char *step)
{
    snprintf(context_incident, sizeof(context_incident), "%s", incident ? incident : "");
    snprintf(context_step, sizeof(context_step), "%s", step ? step : "");
}

static void add_text(json_t *line, const char *name, const char *text)
{
    json_object_set_new(line, name, json_text(text, strlen(text), LOG_FIELD_MAX_BYTES));
}

static void add_context(json_t *line, const char *name, const char *text)
{
    if (*text)
        add_text(line, name, text);
}

/* A line that standard error does not take is lost: there is nowhere else to say so. */
static void write_line(const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t written = write(STDERR_FILENO, bytes, len);
        if (written < 0 && errno != EINTR)
            return;
        if (written > 0) {
            bytes += written;
            len -= (size_t)written;
        }
    }
}

static void log_fields(enum log_level level, const char *message, va_list fields)
{
    if (level < least_level)
        return;
    char now[CLOCK_RFC3339_SIZE];
    AUTO_JSON *line = json_object();
    add_text(line, "time", clock_rfc3339(clock_now_ms(), now));
    add_text(line, "level", level_names[level]);
    add_text(line, "process", process_name);
    add_context(line, "step", context_step);
    add_context(line, "incident", context_incident);
    add_text(line, "message", message);
    for (const char *name = va_arg(fields, const char *); name; name = va_arg(fields, const char *)) {
        const char *text = va_arg(fields, const char *);
        if (text)
            add_text(line, name, text);
    }
    AUTO_STRBUF text = {0};
    json_write(line, &text);
    strbuf_putc(&text, '\n');
    write_line(text.data, text.len);
}

void log_debug(const char *message, ...)
{
    va_list fields;
    va_start(fields, message);
    log_fields(LOG_DEBUG, message, fields);
    va_end(fields);
}

void log_info(const char *message, ...)
{
    va_list fields;
    va_start(fields, message);
    log_fields(LOG_INFO, message, fields);
    va_end(fields);
}

void log_warn(const char *message, ...)
{
    va_list fields;
    va_start(fields, message);
    log_fields(LOG_WARN, message, fields);
    va_end(fields);
}

void log_error(const char *message, ...)
{
    va_list fields;
    va_start(fields, message);
    log_fields(LOG_ERROR, message, fields);
    va_end(fields);
}
