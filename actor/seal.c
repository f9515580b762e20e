/* SPDX-License-Identifier: Apache-2.0 */
#include "actor/seal.h"

#include <string.h>

#include "actor/action.h"
#include "common/base/alloc.h"
#include "common/base/clock.h"

#define VERSION "aegiops.seal.v1"
#define UNDO_VERSION "aegiops.undo.v1"
#define UNDO "undo"
#define UNDO_EXPIRY_MS (24 * 3600 * 1000) /* whoever changes the object before that, ends it */
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

static void sign_parts(const struct seal *seal, const char *const parts[], size_t count,
                       char mac[SHA256_HEX_SIZE])
{
    AUTO_STRBUF bytes = {0};
    for (size_t i = 0; i < count; i++)
        strbuf_add(&bytes, parts[i], strlen(parts[i]) + 1);
    hmac_sha256_hex(seal->key, bytes.data, bytes.len, mac);
}

static void sign(const struct seal *seal, const struct order *order, const char *diff_sha256,
                 long long generation, const char *expires_at, char mac[SHA256_HEX_SIZE])
{
    AUTO_STRBUF action = {0};
    AUTO_FREE char *lap = xasprintf("%d", order->incident->lap);
    AUTO_FREE char *of = xasprintf("%lld", generation);
    json_write(order->fields, &action);
    const char *const parts[] = {VERSION, order->incident->id, lap, strbuf_text(&action), diff_sha256,
                                 of,      expires_at};
    sign_parts(seal, parts, COUNT_OF(parts), mac);
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

/* ---- Asking for what was done to be taken back ---- */

static void sign_undo(const struct seal *seal, const struct incident *incident, const json_t *action,
                      const json_t *undo, const char *expires_at, char mac[SHA256_HEX_SIZE])
{
    AUTO_STRBUF done = {0}, back = {0};
    AUTO_FREE char *lap = xasprintf("%d", incident->lap);
    json_write(action, &done);
    json_write(undo, &back);
    const char *const parts[] = {UNDO_VERSION,       incident->id,       lap,
                                 strbuf_text(&done), strbuf_text(&back), expires_at};
    sign_parts(seal, parts, COUNT_OF(parts), mac);
}

void seal_undo(const struct seal *seal, const struct order *order, struct outcome *outcome)
{
    char expires_at[CLOCK_RFC3339_SIZE], mac[SHA256_HEX_SIZE];
    int is_done = outcome->result == RESULT_DONE || outcome->result == RESULT_ALREADY;
    if (!seal->key || !is_done || !outcome->undo)
        return;
    clock_rfc3339(clock_now_ms() + UNDO_EXPIRY_MS, expires_at);
    sign_undo(seal, order->incident, order->fields, outcome->undo, expires_at, mac);
    outcome->seal = json_pack("{s:s, s:i, s:s}", "expires_at", expires_at, "generation", 0, "mac", mac);
}

int seal_asks_undo(const struct incident *incident)
{
    return incident->approved && strcmp(text(incident->approved, "verdict"), UNDO) == 0;
}

int seal_check_undo(const struct seal *seal, const struct incident *incident, struct outcome *outcome)
{
    const json_t *acted = incident->acted, *undo = json_object_get(acted, "undo");
    const json_t *action = json_array_get(json_object_get(incident->decided, "actions"), 0);
    const char *expires_at = text(acted, "seal.expires_at");
    char mac[SHA256_HEX_SIZE] = "";
    if (!seal->key)
        return outcome_settle(outcome, RESULT_REFUSED,
                              "this actor has no actor.seal_key, so nothing can be asked to be taken back");
    if (!json_is_object(undo) || !action)
        return outcome_settle(outcome, RESULT_REFUSED, "there is no way back from what was done");
    sign_undo(seal, incident, action, undo, expires_at, mac);
    if (!sha256_hex_equal(mac, text(acted, "seal.mac")))
        return outcome_settle(
            outcome, RESULT_REFUSED,
            "the seal is not this actor's, or the document was changed after it was sealed");
    if (clock_parse_rfc3339(expires_at) < clock_now_ms())
        return outcome_settle(outcome, RESULT_REFUSED, "it could be taken back until %s; it was too late",
                              expires_at);
    return 0;
}

void seal_turn_round(const struct incident *incident)
{
    char id[ID_SIZE];
    AUTO_FREE char *lap = xasprintf("%d", incident->lap);
    json_t *observed = json_object_get(incident->root, SECTION_OBSERVED);
    json_t *decided = json_object_get(incident->root, SECTION_DECIDED);
    json_t *done = json_array_get(json_object_get(decided, "actions"), 0);
    json_t *undo = json_pack("{s:s, s:s, s:O?, s:s}", "type", ACTION_UNDO, "id",
                             id_derive(id, 'a', incident->id, lap, UNDO, NULL), "target",
                             json_object_get(done, "target"), "of", text(done, "id"));
    json_object_set_new(observed, "tried",
                        json_pack("[{s:i, s:s, s:s, s:O}]", "lap", incident->lap, "action",
                                  text(done, "type"), "action_id", text(done, "id"), "undo",
                                  json_object_get(incident->acted, "undo")));
    json_object_set_new(decided, "actions", json_pack("[o]", undo));
}

int seal_compare(const struct order *order, const struct plan *plan, struct outcome *outcome)
{
    const json_t *acted = order->incident->acted;
    if (seal_asks_undo(order->incident))
        return 0; /* the marks of what was done say whether anything has changed since */
    int is_same = strcmp(text(acted, "diff_sha256"), outcome->diff_sha256) == 0;
    if (is_same && json_integer_at(acted, "seal.generation", 0) == generation_of(plan))
        return 0;
    return outcome_settle(outcome, RESULT_REFUSED,
                          "%s %s/%s has changed since the proposal%s; nothing was sent", order->kind,
                          order->ns, order->name, is_same ? "" : ", and the change would be another one");
}
