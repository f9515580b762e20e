/* SPDX-License-Identifier: Apache-2.0 */
#include "brain/show.h"

#include <string.h>

#include "brain/ask/prompt.h"
#include "brain/decide.h"
#include "common/base/alloc.h"
#include "common/base/file.h"

#define BYTES_A_TOKEN 3.2 /* of English, JSON and logs together, more or less */

static void put_part(struct strbuf *out, const char *title, const char *text)
{
    strbuf_printf(out, "--- %s: %zu bytes, about %.0f tokens\n%s\n", title, strlen(text),
                  (double)strlen(text) / BYTES_A_TOKEN, text);
}

static void put_question(const struct model_options *options, const struct incident *incident,
                         struct strbuf *out)
{
    struct facts facts;
    AUTO_DECISION decision = {0};
    AUTO_PROMPT prompt = {0};
    AUTO_STRBUF schema = {0};
    facts_read(&facts, incident);
    const struct rule *rule = decide_by_rules(&facts, &decision);
    prompt_write(&prompt, &facts, &decision, decide_task(&facts, rule), options->tier == MODEL_TIER_PAID);
    json_write(prompt.schema, &schema);
    strbuf_printf(out, "--- the rule %s speaks: %s\n", rule->name,
                  rule->asks ? "a model is asked instead" : "a model is asked for words at most");
    if (options->tier != MODEL_TIER_PAID)
        strbuf_puts(out, "--- gemini.tier is not paid: nothing that a workload wrote is sent\n");
    put_part(out, "instructions", system_prompt);
    put_part(out, "case", strbuf_text(&prompt.text));
    put_part(out, "schema of the answer", strbuf_text(&schema));
    size_t bytes = strlen(system_prompt) + prompt.text.len + schema.len;
    strbuf_printf(out, "--- in all: %zu bytes, about %.0f tokens\n", bytes, (double)bytes / BYTES_A_TOKEN);
}

int show_prompt(const struct model_options *options, const char *path, struct strbuf *out, struct error *err)
{
    AUTO_INCIDENT incident = {0};
    AUTO_FREE char *text = file_read(path, err);
    if (!text)
        return -1;
    if (incident_read(text, strlen(text), &incident, err)) {
        err->kind = ERROR_FATAL;
        return wrap(err, "%s", path);
    }
    put_question(options, &incident, out);
    return 0;
}
