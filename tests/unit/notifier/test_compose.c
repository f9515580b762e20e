/* SPDX-License-Identifier: Apache-2.0 */
#include "notifier/compose.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/alloc.h"
#include "notifier/words.h"

#define HEAD                                                                                                 \
    "{\"v\":1,\"id\":\"i-5\",\"key\":\"prod/shop/Deployment/web\",\"opened_at\":\"2026-11-23T10:00:00Z\","   \
    "\"lap\":1,\"follows\":null,"
#define OBSERVED                                                                                             \
    "\"observed\":{\"at\":\"2026-11-23T10:00:14.200Z\",\"class\":\"ImagePullBackOff\",\"summary\":\"1 of 3 " \
    "pods cannot pull nginx:nope.\","                                                                        \
    "\"target\":{\"kind\":\"Deployment\",\"namespace\":\"shop\",\"name\":\"web\"},\"affected\":1,"           \
    "\"replicas\":3,"                                                                                        \
    "\"request\":null,\"verdict\":null,\"evidence\":["                                                       \
    "{\"ref\":\"E1\",\"kind\":\"status\",\"trust\":\"K\",\"text\":\"waiting: ErrImagePull\"},"               \
    "{\"ref\":\"E2\",\"kind\":\"log\",\"trust\":\"W\",\"text\":\"<!channel> hello\"}]}"
#define DECIDED(status)                                                                                      \
    "\"decided\":{\"intent\":\"REMEDIATE\",\"status\":\"" status                                             \
    "\",\"root_cause\":\"The image does not exist.\",\"explanation\":\"Roll "                                \
    "back.\",\"source\":\"rule\",\"rule\":\"bad_image\","                                                    \
    "\"command\":\"kubectl -n shop rollout undo "                                                            \
    "deployment/"                                                                                            \
    "web\",\"evidence\":[{\"ref\":\"E1\",\"quote\":\"ErrImagePull\"},{\"ref\":\"E2\"},{\"ref\":\"E9\"}]}"
#define ACTED(result, mode, action)                                                                          \
    "\"acted\":{\"result\":\"" result "\",\"mode\":\"" mode "\",\"action\":\"" action                        \
    "\",\"detail\":\"What the actor says.\",\"diff\":\"metadata.x: 1 -> 2\\nimage: nginx:nope -> "           \
    "nginx:1.27\",\"undo\":null}}"

struct draft {
    struct incident incident;
    struct message message;
};

static int write_draft(struct draft *draft, const char *document, struct error *err)
{
    *draft = (struct draft){0};
    assert_int_equal(incident_read(document, strlen(document), &draft->incident, err), 0);
    return compose(&draft->incident, &draft->message, err);
}

static void drop_draft(struct draft *draft)
{
    message_free(&draft->message);
    incident_free(&draft->incident);
}

static const char *text_of(const struct part *parts, size_t count, const char *label)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(parts[i].label, label) == 0)
            return parts[i].text;
    return NULL;
}

static const char *part(const struct draft *draft, const char *label)
{
    return text_of(draft->message.parts, draft->message.part_count, label);
}

static const char *fact(const struct draft *draft, const char *label)
{
    return text_of(draft->message.facts, draft->message.fact_count, label);
}

static void every_outcome_has_its_words(void **state)
{
    (void)state;
    static const char detail[] = "What the actor says.",
                      command[] = "kubectl -n shop rollout undo deployment/web";
    static const struct {
        const char *document, *state, *headline;
        enum tone tone;
        const char *label, *said, *command;
    } cases[] = {
        {HEAD OBSERVED "," DECIDED("CONFIG") "," ACTED("done", "auto", "rollback"), "verifying",
         "Repair applied, being verified", TONE_BUSY, "Done", detail, NULL},
        {HEAD OBSERVED "," DECIDED("CONFIG") "," ACTED("already", "auto", "rollback"), "verifying",
         "Repair applied, being verified", TONE_BUSY, "Done", detail, NULL},
        {HEAD OBSERVED "," DECIDED("CONFIG") "," ACTED("proposed", "review", "rollback"), "proposed",
         "Proposal", TONE_ASK, "Proposed", detail, "By hand"},
        {HEAD OBSERVED "," DECIDED("CONFIG") "," ACTED("proposed", "observe", "rollback"), "observed",
         "Observe mode", TONE_ASK, "Would do", detail, "By hand"},
        {HEAD OBSERVED "," DECIDED("CONFIG") "," ACTED("none", "observe", "rollback"), "observed",
         "Observe mode", TONE_ASK, "Would do", detail, "By hand"},
        {HEAD OBSERVED "," DECIDED("CONFIG") "," ACTED("refused", "auto", "rollback"), "refused",
         "Repair refused", TONE_ASK, "Refused", detail, "By hand"},
        {HEAD OBSERVED "," DECIDED("CONFIG") "," ACTED("deferred", "auto", "rollback"), "deferred",
         "Repair put off", TONE_BUSY, "Put off", detail, NULL},
        {HEAD OBSERVED "," DECIDED("CONFIG") "," ACTED("failed", "auto", "rollback"), "failed",
         "Repair failed", TONE_BAD, "Failed", detail, "By hand"},
        {HEAD OBSERVED "," DECIDED("FATAL") "," ACTED("failed", "auto", "none"), "escalated", "Needs people",
         TONE_BAD, "Not done", detail, "Look"},
        {HEAD OBSERVED "," DECIDED("FATAL") "," ACTED("none", "auto", "none"), "escalated", "Needs people",
         TONE_BAD, "Not done", NULL, "Look"},
        {HEAD OBSERVED "," DECIDED("HEALTHY") "," ACTED("none", "auto", "none"), "recovered", "Recovered",
         TONE_GOOD, "Done", "AegiOps changed nothing.", NULL},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct draft draft;
        struct error err;
        assert_int_equal(write_draft(&draft, cases[i].document, &err), 0);
        assert_string_equal(draft.message.state, cases[i].state);
        assert_int_equal(draft.message.tone, cases[i].tone);
        assert_ptr_equal(strstr(draft.message.title, cases[i].headline), draft.message.title);
        assert_non_null(strstr(draft.message.title, "shop/web · ImagePullBackOff"));
        if (cases[i].said)
            assert_string_equal(part(&draft, cases[i].label), cases[i].said);
        else
            assert_null(part(&draft, cases[i].label));
        if (cases[i].command)
            assert_string_equal(part(&draft, cases[i].command), command);
        else
            assert_true(!part(&draft, "By hand") && !part(&draft, "Look"));
        drop_draft(&draft);
    }
}

static void says_what_why_and_on_which_evidence(void **state)
{
    (void)state;
    struct draft draft;
    struct error err;
    assert_int_equal(
        write_draft(&draft, HEAD OBSERVED "," DECIDED("CONFIG") "," ACTED("done", "auto", "rollback"), &err),
        0);
    assert_string_equal(draft.message.parts[0].label, "Happened");
    assert_string_equal(part(&draft, "Happened"), "1 of 3 pods cannot pull nginx:nope.");
    assert_string_equal(part(&draft, "Cause"), "The image does not exist.");
    assert_string_equal(part(&draft, "Explained"), "Roll back.");
    assert_string_equal(part(&draft, "Evidence"),
                        "E1 [K status] ErrImagePull\nE2 [W log] <!channel> hello\nE9 [? unknown]");
    assert_string_equal(part(&draft, "Change"), "image: nginx:nope -> nginx:1.27\nmetadata.x: 1 -> 2");
    assert_string_equal(fact(&draft, "Workload"), "Deployment shop/web");
    assert_string_equal(fact(&draft, "Cluster"), "prod");
    assert_string_equal(fact(&draft, "Affected"), "1 pod, 3 wanted");
    assert_string_equal(fact(&draft, "Decided"), "CONFIG by rule bad_image");
    assert_null(fact(&draft, "Lasted"));
    assert_string_equal(draft.message.footer, "i-5.1 · since 2026-11-23T10:00:00Z · mode auto");
    drop_draft(&draft);
}

static void a_recovery_says_how_it_was_found_and_how_long_it_took(void **state)
{
    (void)state;
    struct draft draft;
    struct error err;
    static const char document[] = HEAD
        "\"observed\":{\"at\":\"2026-11-23T10:00:14.200Z\",\"class\":\"ImagePullBackOff\",\"summary\":\"s\","
        "\"target\":null,"
        "\"verdict\":\"recovered\",\"verified\":\"3 of 3 available for 10 "
        "s.\",\"tried\":[{\"lap\":1,\"status\":\"CONFIG\","
        "\"action\":\"rollback\",\"result\":\"done\",\"detail\":\"rolled back to revision 1\"}]}," DECIDED(
            "HEALTHY") "," ACTED("none", "auto", "none");
    assert_int_equal(write_draft(&draft, document, &err), 0);
    assert_string_equal(part(&draft, "Verified"), "3 of 3 available for 10 s.");
    assert_string_equal(part(&draft, "Done"), "1. rollback: done, rolled back to revision 1");
    assert_string_equal(fact(&draft, "Lasted"), "14.2 s");
    assert_null(part(&draft, "Cause"));
    assert_null(fact(&draft, "Decided"));
    assert_null(fact(&draft, "Workload"));
    assert_non_null(strstr(draft.message.title, "prod/shop/Deployment/web"));
    drop_draft(&draft);
}

static void an_undo_is_a_command(void **state)
{
    (void)state;
    static const struct {
        const char *undo, *command;
    } cases[] = {
        {"{\"type\":\"rollback\",\"to\":{\"revision\":\"2\"}}",
         "kubectl -n shop rollout undo deployment/web --to-revision=2"},
        {"{\"type\":\"set_resources\",\"container\":\"nginx\",\"memory_limit\":\"64Mi\"}",
         "kubectl -n shop set resources deployment/web -c nginx --limits=memory=64Mi"},
        {"{\"type\":\"set_resources\",\"container\":\"nginx\",\"cpu_request\":\"1\",\"memory_limit\":"
         "\"64Mi\",\"cpu_"
         "limit\":\"2\"}",
         "kubectl -n shop set resources deployment/web -c nginx --limits=memory=64Mi,cpu=2 --requests=cpu=1"},
        {"{\"type\":\"scale\",\"replicas\":\"3\"}", "kubectl -n shop scale deployment/web --replicas=3"},
        {"{\"type\":\"rollback\",\"to\":{\"replica_set\":\"web-1\"}}", NULL},
        {"{\"type\":\"set_image\",\"container\":\"nginx\"}", NULL},
        {"{\"type\":\"delete_pod\"}", NULL},
        {"null", NULL},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct draft draft;
        struct error err;
        AUTO_FREE char *document =
            xasprintf("%s,\"acted\":{\"result\":\"done\",\"undo\":%s,\"warnings\":[\"a\",7,\"b\\nc\"]}}",
                      HEAD OBSERVED "," DECIDED("CONFIG"), cases[i].undo);
        assert_int_equal(write_draft(&draft, document, &err), 0);
        if (cases[i].command)
            assert_string_equal(part(&draft, "Undo"), cases[i].command);
        else
            assert_null(part(&draft, "Undo"));
        assert_string_equal(part(&draft, "Warnings"), "a\nb c");
        drop_draft(&draft);
    }
}

static void what_is_in_no_namespace_is_named_without(void **state)
{
    (void)state;
    static const char document[] =
        HEAD "\"observed\":{\"class\":\"NodeNotReady\",\"summary\":\"Node node-1 cannot be "
             "reached\",\"target\":{\"kind\":"
             "\"Node\",\"namespace\":\"-\",\"name\":\"node-1\"},\"affected\":12,\"replicas\":0}," DECIDED(
                 "FATAL") "," ACTED("none", "auto", "none");
    struct draft draft;
    struct error err;
    assert_int_equal(write_draft(&draft, document, &err), 0);
    assert_non_null(strstr(draft.message.title, " · node-1 · NodeNotReady"));
    assert_string_equal(fact(&draft, "Workload"), "Node node-1");
    assert_string_equal(fact(&draft, "Affected"), "12 pods");
    drop_draft(&draft);
}

static void a_request_is_answered(void **state)
{
    (void)state;
    struct draft draft;
    struct error err;
    static const char document[] =
        HEAD "\"observed\":{\"class\":null,\"target\":null,\"request\":{\"text\":"
             "\"why is web down?\",\"from\":\"ann\"}},"
             "\"decided\":{\"intent\":\"EXPLAIN\",\"status\":null,\"explanation\":"
             "\"Because.\",\"source\":\"model\",\"rule\":\"r\",\"model\":{\"name\":\"flash\"}},"
             "\"acted\":{\"result\":\"none\",\"action\":\"none\"}}";
    assert_int_equal(write_draft(&draft, document, &err), 0);
    assert_string_equal(draft.message.title, "Answer · request of ann");
    assert_string_equal(part(&draft, "Asked"), "why is web down?");
    assert_string_equal(part(&draft, "Explained"), "Because.");
    assert_null(part(&draft, "Happened"));
    assert_null(part(&draft, "Cause"));
    assert_string_equal(fact(&draft, "Decided"), "EXPLAIN by model flash");
    drop_draft(&draft);
}

static void what_is_no_outcome_is_rejected(void **state)
{
    (void)state;
    static const char *const documents[] = {
        HEAD OBSERVED "}",
        HEAD OBSERVED "," DECIDED("CONFIG") "}",
        HEAD OBSERVED "," DECIDED("CONFIG") "," ACTED("exploded", "auto", "rollback"),
        HEAD OBSERVED "," DECIDED("CONFIG") ",\"acted\":{\"result\":7}}",
        HEAD OBSERVED "," DECIDED("CONFIG") ",\"acted\":{}}",
    };
    for (size_t i = 0; i < COUNT_OF(documents); i++) {
        struct draft draft;
        struct error err;
        assert_int_equal(write_draft(&draft, documents[i], &err), -1);
        assert_int_equal(err.kind, ERROR_REJECT);
        assert_null(draft.message.title);
        drop_draft(&draft);
    }
}

/* Sections that hold nothing, or not what they should, still give a message: people decide. */
static void an_almost_empty_outcome_still_speaks(void **state)
{
    (void)state;
    struct draft draft;
    struct error err;
    static const char document[] = HEAD "\"observed\":{\"evidence\":7,\"tried\":{},\"affected\":\"x\"},"
                                        "\"decided\":{\"evidence\":[7,{\"ref\":3}]},"
                                        "\"acted\":{\"result\":\"none\",\"diff\":[1],\"undo\":\"x\"}}";
    assert_int_equal(write_draft(&draft, document, &err), 0);
    assert_string_equal(draft.message.state, "escalated");
    for (size_t i = 0; i < draft.message.part_count; i++)
        assert_true(*draft.message.parts[i].text);
    drop_draft(&draft);
}

static void long_texts_are_cut(void **state)
{
    (void)state;
    AUTO_FREE char *long_text = malloc(20001);
    memset(long_text, 'y', 20000);
    long_text[20000] = '\0';
    AUTO_FREE char *document = xasprintf(
        HEAD
        "\"observed\":{\"summary\":\"%s\",\"target\":{\"kind\":\"%s\",\"name\":\"%s\",\"namespace\":\"%s\"}},"
        "\"decided\":{\"root_cause\":\"%s\",\"status\":\"FATAL\",\"command\":\"%s\"},\"acted\":{\"result\":"
        "\"none\",\"mode\":\"%s\"}}",
        long_text, long_text, long_text, long_text, long_text, long_text, long_text);
    struct draft draft;
    struct error err;
    assert_int_equal(write_draft(&draft, document, &err), 0);
    assert_true(strlen(draft.message.title) <= WORDS_TITLE_BYTES);
    assert_true(strlen(draft.message.footer) <= WORDS_FACT_BYTES);
    assert_true(strlen(part(&draft, "Happened")) <= WORDS_PROSE_BYTES);
    assert_true(strlen(part(&draft, "Look")) <= WORDS_LINE_BYTES);
    assert_true(strlen(fact(&draft, "Workload")) <= WORDS_FACT_BYTES);
    drop_draft(&draft);
}

static void an_unreadable_record_is_told_with_its_place(void **state)
{
    (void)state;
    const struct error why = {.kind = ERROR_REJECT, .text = "outcome: document: JSON: byte 3: nonsense"};
    const struct record record = {
        .topic = TOPIC_OUTCOMES, .partition = 3, .offset = 42, .key = "prod/shop/Deployment/web"};
    AUTO_MESSAGE message = {0};
    compose_unreadable(&record, &why, &message);
    assert_string_equal(message.title, "Outcome that cannot be shown · prod/shop/Deployment/web");
    assert_string_equal(message.parts[0].text, why.text);
    assert_string_equal(message.parts[1].text, "topic outcomes, partition 3, offset 42");
    assert_string_equal(message.footer, "no event id");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_outcome_has_its_words),
        cmocka_unit_test(says_what_why_and_on_which_evidence),
        cmocka_unit_test(a_recovery_says_how_it_was_found_and_how_long_it_took),
        cmocka_unit_test(an_undo_is_a_command),
        cmocka_unit_test(what_is_in_no_namespace_is_named_without),
        cmocka_unit_test(a_request_is_answered),
        cmocka_unit_test(what_is_no_outcome_is_rejected),
        cmocka_unit_test(an_almost_empty_outcome_still_speaks),
        cmocka_unit_test(long_texts_are_cut),
        cmocka_unit_test(an_unreadable_record_is_told_with_its_place),
    };
    return cmocka_run_group_tests_name("notifier/compose", tests, NULL, NULL);
}
