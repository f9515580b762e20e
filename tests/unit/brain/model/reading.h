/* SPDX-License-Identifier: Apache-2.0 */
/* Reads one answer of a service as the client does, for tables of what it can look like. */
#pragma once

#include <string.h>

#include "brain/model/call.h"
#include "common/base/alloc.h"
#include "tests/unit/unit.h"

struct reading {
    const char *body;
    enum call_result result;
    const char *text; /* NULL = none */
    const char *why;  /* a part of the words for people; NULL = any */
};

static inline void check_reading(enum model_api api, long status, const struct reading *reading)
{
    AUTO_HEARD heard = {0};
    AUTO_STRBUF body = {0};
    strbuf_puts(&body, reading->body);
    call_read(api, status, &body, &heard);
    if (heard.result != reading->result)
        fail_msg("%s: result %d, wanted %d (%s)", reading->body, (int)heard.result, (int)reading->result,
                 heard.err.text);
    if ((heard.text == NULL) != (reading->text == NULL) ||
        (heard.text && strcmp(heard.text, reading->text) != 0))
        fail_msg("%s: text %s", reading->body, heard.text ? heard.text : "(none)");
    if (heard.result != CALL_OK && !strstr(heard.err.text, reading->why ? reading->why : ""))
        fail_msg("%s: \"%s\" does not say \"%s\"", reading->body, heard.err.text, reading->why);
    if (heard.result != CALL_OK && !*heard.err.text)
        fail_msg("%s: says nothing", reading->body);
}
