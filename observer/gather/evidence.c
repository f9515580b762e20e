/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/gather/evidence.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/alloc.h"
#include "common/base/redact.h"
#include "common/schema/limits.h"
#include "observer/gather/log_select.h"

struct evidence {
    struct redactor *redactor;
    json_t *items;
};

struct evidence *evidence_new(void)
{
    struct evidence *evidence = xmalloc(sizeof *evidence);
    *evidence = (struct evidence){redactor_new(), json_array()};
    return evidence;
}

void evidence_free(struct evidence *evidence)
{
    if (!evidence)
        return;
    redactor_free(evidence->redactor);
    json_decref(evidence->items);
    free(evidence);
}

json_t *evidence_items(const struct evidence *evidence)
{
    return json_incref(evidence->items);
}

static void add_item(struct evidence *evidence, const char *kind, const char *trust, json_t *take_text,
                     int cut)
{
    size_t number = json_array_size(evidence->items) + 1;
    AUTO_FREE char *ref = xasprintf("E%zu", number);
    json_t *item =
        json_pack("{s:s, s:s, s:s, s:o}", "ref", ref, "kind", kind, "trust", trust, "text", take_text);
    if (cut)
        json_object_set_new(item, "cut", json_true());
    if (number <= LIMIT_EVIDENCE_ITEMS)
        json_array_append_new(evidence->items, item);
    else
        json_decref(item);
}

void evidence_add(struct evidence *evidence, const char *kind, const char *trust, const struct strbuf *text)
{
    AUTO_STRBUF safe = {0};
    redact(evidence->redactor, strbuf_text(text), text->len, &safe);
    while (safe.len > 0 && safe.data[safe.len - 1] == '\n')
        safe.data[--safe.len] = '\0';
    if (safe.len > 0)
        add_item(evidence, kind, trust, json_text(safe.data, safe.len, LIMIT_EVIDENCE_TEXT_BYTES),
                 safe.len > LIMIT_EVIDENCE_TEXT_BYTES);
}

void evidence_add_log(struct evidence *evidence, const char *head, const struct strbuf *log)
{
    AUTO_STRBUF safe = {0}, text = {0};
    redact(evidence->redactor, strbuf_text(log), log->len, &safe);
    strbuf_printf(&text, "%s\n", head);
    size_t head_bytes = text.len;
    int is_cut = log_select(strbuf_text(&safe), safe.len, LIMIT_LOG_TEXT_BYTES - head_bytes, &text);
    if (text.len > head_bytes)
        add_item(evidence, "log", "W", json_text(text.data, text.len, LIMIT_LOG_TEXT_BYTES), is_cut);
}

void evidence_miss(struct evidence *evidence, const char *kind, const char *what, const struct error *why)
{
    AUTO_STRBUF text = {0};
    strbuf_printf(&text, "%s could not be read: %s", what, why->text);
    evidence_add(evidence, kind, "W", &text);
}
