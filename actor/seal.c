/* SPDX-License-Identifier: Apache-2.0 */
#include "actor/seal.h"

#include <string.h>

#include "actor/action.h"
#include "common/base/alloc.h"
#include "common/base/clock.h"

#define VERSION "aegiops.seal.v1"
#define APPROVED "approved"
#define NAME_BYTES 100

#define KEY_LEAST_BYTES 16

int seal_check_key(const struct seal *seal, struct error *err)
{
    if (!seal->key || strlen(seal->key) >= KEY_LEAST_BYTES)
        return 0;
    return fail(err, ERROR_FATAL,
                "actor.seal_key has %zu bytes; it takes at least %d: openssl rand -hex 32 makes one",
                strlen(seal->key), KEY_LEAST_BYTES);
}

static const char *text(const json_t *object, const char *path)
{
    const char *value = json_string_at(object, path);
    return value ? value : "";
}

/* Of all objects together: none of theirs ever falls. */
static long long generation_of(const struct plan *plan)
{
    long long generation = 0;
    for (size_t i = 0; i < plan->count; i++)
        generation += json_integer_at(plan->writes[i].before, "metadata.generation", 0);
    return generation;
}

static void add_part(struct strbuf *out, const char *part)
{
    strbuf_add(out, part, strlen(part) + 1);
}

static void sign(const struct seal *seal, const struct order *order, const char *diff_sha256,
                 long long generation, const char *expires_at, char mac[SHA256_HEX_SIZE])
{
    AUTO_STRBUF signed_bytes = {0}, action = {0};
    AUTO_FREE char *lap = xasprintf("%d", order->incident->lap);
    AUTO_FREE char *of = xasprintf("%lld", generation);
    json_write(order->fields, &action);
    const char *const parts[] = {VERSION, order->incident->id, lap, strbuf_text(&action), diff_sha256,
                                 of,      expires_at};
    for (size_t i = 0; i < COUNT_OF(parts); i++)
        add_part(&signed_bytes, parts[i]);
    hmac_sha256_hex(seal->key, signed_bytes.data, signed_bytes.len, mac);
}

int seal_propose(const struct seal *seal, const struct order *order, const struct plan *plan,
                 struct outcome *outcome)
{
    AUTO_FREE char *words = order->action->words(order);
    char expires_at[CLOCK_RFC3339_SIZE], mac[SHA256_HEX_SIZE];
    const char *from = strbuf_text(&outcome->mode_from);
    if (!seal->key)
        return outcome_settle(
            outcome, RESULT_PROPOSED,
            "would %s %s; the dry run went well, and a person has to do it (mode review: %s)",
            order->action->would, words, from);
    clock_rfc3339(clock_now_ms() + seal->expiry_ms, expires_at);
    sign(seal, order, outcome->diff_sha256, generation_of(plan), expires_at, mac);
    outcome->seal = json_pack("{s:s, s:I, s:s}", "expires_at", expires_at, "generation",
                              (json_int_t)generation_of(plan), "mac", mac);
    return outcome_settle(
        outcome, RESULT_PROPOSED,
        "would %s %s; the dry run went well, and it can be approved until %s (mode review: %s)",
        order->action->would, words, expires_at, from);
}

static int is_sealed_by_us(const struct seal *seal, const struct order *order)
{
    const json_t *acted = order->incident->acted;
    char mac[SHA256_HEX_SIZE];
    sign(seal, order, text(acted, "diff_sha256"), json_integer_at(acted, "seal.generation", 0),
         text(acted, "seal.expires_at"), mac);
    return sha256_hex_equal(mac, text(acted, "seal.mac"));
}

int seal_check(const struct seal *seal, const struct order *order, struct outcome *outcome)
{
    const struct incident *incident = order->incident;
    const char *by = text(incident->approved, "by"), *expires_at = text(incident->acted, "seal.expires_at");
    if (!seal->key)
        return outcome_settle(outcome, RESULT_REFUSED,
                              "this actor has no actor.seal_key, so nothing can be approved");
    if (strcmp(text(incident->acted, "result"), result_name(RESULT_PROPOSED)) != 0)
        return outcome_settle(outcome, RESULT_REFUSED, "what was approved is no proposal");
    if (!is_sealed_by_us(seal, order))
        return outcome_settle(
            outcome, RESULT_REFUSED,
            "the seal is not this actor's, or the proposal was changed after it was sealed");
    if (clock_parse_rfc3339(expires_at) < clock_now_ms())
        return outcome_settle(outcome, RESULT_REFUSED,
                              "the proposal could be approved until %s; it was too late", expires_at);
    if (strcmp(text(incident->approved, "verdict"), APPROVED) != 0)
        return outcome_settle(outcome, RESULT_REFUSED, "declined by %.*s", NAME_BYTES, *by ? by : "a person");
    return 0;
}

int seal_compare(const struct order *order, const struct plan *plan, struct outcome *outcome)
{
    const json_t *acted = order->incident->acted;
    int is_same = strcmp(text(acted, "diff_sha256"), outcome->diff_sha256) == 0;
    if (is_same && json_integer_at(acted, "seal.generation", 0) == generation_of(plan))
        return 0;
    return outcome_settle(outcome, RESULT_REFUSED,
                          "%s %s/%s has changed since the proposal%s; nothing was sent", order->kind,
                          order->ns, order->name, is_same ? "" : ", and the change would be another one");
}
