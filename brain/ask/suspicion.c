/* SPDX-License-Identifier: Apache-2.0 */
#include "brain/ask/suspicion.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/alloc.h"
#include "common/base/escapes.h"
#include "common/base/pattern.h"
#include "common/base/text.h"

/* Bounded throughout, as pattern.h asks. */
static const char *const expressions[] = {
    /* orders to whoever reads */
    "(?i)\\b(?:ignore|disregard|forget|override|bypass)\\W{1,8}(?:\\w{1,12}\\W{1,4}){0,4}"
    "(?:instructions?|rules?|prompts?|polic(?:y|ies)|guidelines|evidence|above|previous)\\b",
    "(?i)\\b(?:system|developer|hidden|initial) ?prompt\\b",
    "(?i)\\b(?:you are|act as|pretend to be|as) (?:now )?(?:an? |the "
    ")?(?:ai|assistant|agent|sre|root|admin|unrestricted)\\b",
    /* who is meant */
    "(?i)\\b(?:language model|llms?|ai "
    "(?:agent|assistant|model|operator|ops)|aiops|aegiops(?!\\.io/)|gemini|chatgpt|gpt-?\\d|copilot)\\b",
    "(?i)\\b(?:note|notice|message|instructions?|order|hint) (?:to|for) (?:the )?(?:\\w{1,12} ){0,2}"
    "(?:ai|bot|agent|assistant|model|automation|operator|responder|remediat\\w{1,4})\\b",
    /* our own words */
    "(?i)\\b(?:injection_suspected|root_cause|delete_pod|restart_rollout|set_(?:resources|image|env|probe)|"
    "quarantine_namespace|scale_back)\\b",
    "(?i)\\b(?:action|status|intent|confidence)\\\\{0,7}[\"']?\\s{0,3}[:=]\\s{0,3}\\\\{0,7}[\"']?"
    "(?:A\\d{1,2}|NONE|TRANSIENT|CONFIG|FATAL|REMEDIATE|HIGH)\\b",
    "(?i)\\b(?:choose|pick|select|take|answer)\\W{1,4}(?:\\w{1,12}\\W{1,4}){0,4}(?-i:A\\d{1,2})\\b",
    "(?im)^\\W{0,6}\\[?E\\d{1,2}\\]?\\s{1,3}[KW]\\b",
    "(?i)\\btrust\\W{1,4}K\\b|(?m)^\\W{0,4}# ?(?:CASE|EVIDENCE|ACTIONS|TASK|SYSTEM|INSTRUCTIONS)\\b",
    /* the turns of a conversation */
    "(?i)<\\|(?:im_start|im_end|system|user|assistant|start_header_id|eot_id)\\|>|\\[/?INST\\]|<</?SYS>>",
    /* remedies on offer */
    "(?i)\\bkubectl\\b[^\\n;|]{0,60}\\s"
    "(?:delete|patch|set|scale|rollout|apply|exec|edit|create|replace|annotate|label|drain|cordon)\\b",
    "(?i)\\b(?:curl|wget)\\b[^\\n|]{0,200}\\|\\s{0,4}(?:sudo )?(?:ba|z|da)?sh\\b",
    "(?i)\\b(?:fix|solution|remedy|resolve|resolution|workaround|mitigat\\w{1,4}|remediat\\w{1,4}|to "
    "recover|required action)\\b"
    "[^\\n]{0,80}\\b(?:restart|delete|roll(?:ing)? "
    "?back|rollout|scale|set|change|raise|increase|deploy|upgrade|downgrade|"
    "pull|install|use)\\b",
};

struct suspicion {
    struct pattern *patterns[COUNT_OF(expressions)];
};

struct suspicion *suspicion_new(void)
{
    struct suspicion *suspicion = xcalloc(1, sizeof *suspicion);
    for (size_t i = 0; i < COUNT_OF(expressions); i++)
        suspicion->patterns[i] = pattern_new(expressions[i]);
    return suspicion;
}

void suspicion_free(struct suspicion *suspicion)
{
    for (size_t i = 0; suspicion && i < COUNT_OF(expressions); i++)
        pattern_free(suspicion->patterns[i]);
    free(suspicion);
}

/* Looks at it as the model gets it: what cannot be seen divides no words. */
static int is_suspicious(const struct suspicion *suspicion, const char *text)
{
    struct span found;
    AUTO_STRBUF clean = {0};
    text_clean(text, strlen(text), &clean);
    escapes_remove(&clean);
    for (size_t i = 0; i < COUNT_OF(expressions); i++)
        if (pattern_find(suspicion->patterns[i], strbuf_text(&clean), clean.len, 0, &found))
            return 1;
    return 0;
}

static const char *find_in_evidence(const struct suspicion *suspicion, const json_t *evidence)
{
    size_t i;
    const json_t *item;
    json_array_foreach(evidence, i, item)
    {
        const char *text = json_string_at(item, "text");
        if (text && is_suspicious(suspicion, text))
            return json_string_at(item, "ref") ? json_string_at(item, "ref") : "?";
    }
    return NULL;
}

static int is_in_attempts(const struct suspicion *suspicion, const json_t *tried)
{
    size_t i;
    const json_t *item;
    json_array_foreach(tried, i, item)
    {
        const char *text = json_string_at(item, "detail");
        if (text && is_suspicious(suspicion, text))
            return 1;
    }
    return 0;
}

const char *suspicion_find(const struct suspicion *suspicion, const json_t *observed)
{
    static const char *const members[] = {"summary", "verified", "managed_by"};
    const char *ref = find_in_evidence(suspicion, json_object_get(observed, "evidence"));
    for (size_t i = 0; !ref && i < COUNT_OF(members); i++) {
        const char *text = json_string_at(observed, members[i]);
        ref = text && is_suspicious(suspicion, text) ? members[i] : NULL;
    }
    return !ref && is_in_attempts(suspicion, json_object_get(observed, "tried")) ? "tried" : ref;
}
