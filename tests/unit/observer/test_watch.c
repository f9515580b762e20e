/* SPDX-License-Identifier: Apache-2.0 */
/* One watcher against an API server that says what the test wants, round by round. The clock stands still, or moves as
 * the answers say. */
#include "observer/watch/watcher.h"

#include "common/base/id.h"
#include "common/runtime/health.h"
#include "common/runtime/metrics.h"
#include "observer/watch/feed.h"
#include "tests/unit/observer/stand_in.h"
#include "tests/unit/observer/wire.h"
#include "tests/unit/unit.h"

#define T0 INT64_C(1764000000000)
#define MINUTE_MS (60 * 1000)
#define FORBIDDEN_MS 15000

static struct stand_in *server;
static struct kube_config *config;
static struct store *store;
static struct watcher *watcher;
static struct server_traits traits;
static volatile int stop;

static void open_kind(enum store_kind kind)
{
    clock_fix(T0);
    id_seed(1);
    stop = 0;
    server = stand_in_open();
    config = stand_in_config(server);
    store = store_new();
    traits = (struct server_traits){0};
    watcher = watcher_open(kind, config, store, &traits, &stop);
}

static int open_pods(void **state)
{
    (void)state;
    open_kind(STORE_PODS);
    return 0;
}

static int open_events(void **state)
{
    (void)state;
    open_kind(STORE_EVENTS);
    return 0;
}

static int open_namespaces(void **state)
{
    (void)state;
    open_kind(STORE_NAMESPACES);
    return 0;
}

static int open_autoscalers(void **state)
{
    (void)state;
    open_kind(STORE_AUTOSCALERS);
    health_ready("kube:pods"); /* what tests of other kinds left */
    health_ready("kube:events");
    health_ready("kube:namespaces");
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    watcher_close(watcher);
    store_free(store);
    kube_config_free(config);
    stand_in_close(server);
    clock_fix(-1);
    return 0;
}

/* ---- what the API server says ---- */

static void build_object(struct strbuf *out, const char *name, const char *version)
{
    struct strbuf meta = {0};
    wire_text(&meta, 1, name);
    wire_text(&meta, 3, "shop");
    wire_text(&meta, 5, name);
    wire_text(&meta, 6, version);
    wire_message(out, 1, &meta);
}

/* An object whose uid is its name. */
static void add_event(struct answer *answer, const char *type, const char *name, const char *version)
{
    struct strbuf object = {0};
    build_object(&object, name, version);
    wire_frame(&answer->body, type, "Pod", &object);
}

static void add_bookmark(struct answer *answer, const char *version, int ends_list)
{
    struct strbuf object = {0}, meta = {0};
    wire_text(&meta, 6, version);
    if (ends_list)
        wire_pair(&meta, 12, "k8s.io/initial-events-end", "true");
    wire_message(&object, 1, &meta);
    wire_frame(&answer->body, "BOOKMARK", "Pod", &object);
}

static void add_error(struct answer *answer, int code, const char *message)
{
    struct strbuf status = {0};
    wire_text(&status, 3, message);
    wire_text(&status, 4, "Reason");
    wire_number(&status, 6, code);
    wire_frame(&answer->body, "ERROR", "Status", &status);
}

static struct answer *say_refusal(int status, const char *headers)
{
    struct answer *answer = stand_in_answer(server, status);
    strbuf_printf(&answer->body, "{\"kind\":\"Status\",\"message\":\"refused\",\"code\":%d}", status);
    answer->headers = headers ? xstrdup(headers) : NULL;
    return answer;
}

/* A streamed list of these names, ended by NULL, at this version; held until the client has read its end. */
static void say_list(const char *version, const char *const *names)
{
    struct answer *answer = stand_in_answer(server, 200);
    for (; *names; names++)
        add_event(answer, "ADDED", *names, "1");
    add_bookmark(answer, version, 1);
    answer->is_held = 1;
}

/* A page of a list of these names. */
static struct answer *say_page(const char *version, const char *token, const char *const *names)
{
    struct answer *answer = stand_in_answer(server, 200);
    struct strbuf list = {0}, meta = {0};
    wire_text(&meta, 2, version);
    wire_text(&meta, 3, token);
    wire_message(&list, 1, &meta);
    for (; *names; names++) {
        struct strbuf object = {0};
        build_object(&object, *names, "1");
        wire_message(&list, 2, &object);
    }
    wire_envelope(&answer->body, "PodList", &list);
    return answer;
}

#define NAMES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define NO_NAMES ((const char *const[]){NULL})

/* A watch that lasts for a minute, so that its end is no fault. */
static struct answer *say_watch(void)
{
    struct answer *answer = stand_in_answer(server, 200);
    answer->lasts_ms = MINUTE_MS;
    return answer;
}

/* ---- what comes of it ---- */

/* "timeoutSeconds=…" is random: it is checked, and left out. */
static void drop_timeouts(char *asked)
{
    for (char *at; (at = strstr(asked, "&timeoutSeconds="));) {
        char *end;
        assert_in_range(strtol(at + strlen("&timeoutSeconds="), &end, 10), 300, 600);
        memmove(at, end, strlen(end) + 1);
    }
}

static void assert_asked(const char *wanted)
{
    AUTO_FREE char *asked = stand_in_asked(server);
    drop_timeouts(asked);
    assert_string_equal(asked, wanted);
}

#define LIST                                                                                                 \
    "/api/v1/"                                                                                               \
    "pods?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true\n"
#define PAGES "/api/v1/pods?limit=500\n"
#define WATCH(version) "/api/v1/pods?watch=1&resourceVersion=" version "&allowWatchBookmarks=true\n"

static int has(const char *name)
{
    struct workload workload;
    store_lock(store);
    int found = store_find(store, "shop", "Pod", name, &workload);
    store_unlock(store);
    return found;
}

/* Whether the first list of the watcher's kind has ended: the others are said to have. */
static int is_listed(enum store_kind kind)
{
    for (enum store_kind other = STORE_PODS; other < STORE_KINDS; other++)
        if (other != kind) {
            store_list_begin(store, other);
            store_list_end(store, other);
        }
    return store_synced(store);
}

static long long counted(const char *name, const char *labels)
{
    return metric_value(metric_counter(name, labels, ""));
}

/* ---- lists and watches ---- */

static void lists_by_stream_then_watches(void **state)
{
    (void)state;
    say_list("100", NAMES("a", "b"));
    add_event(say_watch(), "ADDED", "c", "101");
    assert_int_equal(watcher_round(watcher), 0);
    assert_asked(LIST WATCH("100"));
    assert_true(has("a") && has("b") && has("c"));
    assert_true(is_listed(STORE_PODS));
    assert_non_null(strstr(server->headers.data,
                           "Accept: application/vnd.kubernetes.protobuf;stream=watch, application/json\r\n"));
    assert_false(traits.speaks_json);
    assert_non_null(strstr(server->headers.data, "User-Agent: aegiops-observer/"));
    assert_null(strcasestr(server->headers.data, "Accept-Encoding"));
}

static void goes_on_from_the_newest_version(void **state)
{
    (void)state;
    struct answer *answer;
    say_list("100", NAMES("a", "b"));
    answer = say_watch();
    add_event(answer, "MODIFIED", "a", "104");
    add_event(answer, "DELETED", "b", "107");
    answer = say_watch();
    add_bookmark(answer, "120", 0);
    say_watch();
    for (int i = 0; i < 3; i++)
        assert_int_equal(watcher_round(watcher), 0);
    assert_asked(LIST WATCH("100") WATCH("107") WATCH("120"));
    assert_true(has("a") && !has("b"));
}

static void a_new_list_sweeps(void **state)
{
    (void)state;
    say_list("100", NAMES("a", "b"));
    add_error(say_watch(), 410, "too old resource version: 100 (342)");
    say_list("400", NAMES("b", "c"));
    say_watch();
    assert_true(watcher_round(watcher) > 0);
    assert_true(has("a"));
    assert_int_equal(watcher_round(watcher), 0);
    assert_asked(LIST WATCH("100") LIST WATCH("400"));
    assert_true(!has("a") && has("b") && has("c"));
}

static void a_list_that_breaks_off_changes_nothing(void **state)
{
    (void)state;
    struct answer *answer;
    say_list("100", NAMES("a"));
    say_refusal(410, NULL); /* already as the HTTP status */
    answer = stand_in_answer(server, 200);
    add_event(answer, "ADDED", "b", "1");
    answer->is_cut = 1;
    answer = stand_in_answer(server, 200);
    add_event(answer, "ADDED", "b", "1"); /* ends early but in good order */
    say_list("400", NAMES("b"));
    say_watch();
    for (int i = 0; i < 3; i++) {
        assert_true(watcher_round(watcher) > 0);
        assert_true(has("a"));
    }
    assert_int_equal(watcher_round(watcher), 0);
    assert_true(!has("a") && has("b"));
    assert_asked(LIST WATCH("100") LIST LIST LIST WATCH("400")); /* still streamed */
}

static void is_not_synced_before_the_list_has_ended(void **state)
{
    (void)state;
    add_event(stand_in_answer(server, 200), "ADDED", "a", "1");
    assert_true(watcher_round(watcher) > 0);
    assert_true(has("a"));
    assert_false(is_listed(STORE_PODS));
    assert_false(health_is_ready());
}

static void reads_pages_where_streams_are_refused(void **state)
{
    (void)state;
    say_refusal(422, NULL);
    say_page("200", "a+b/c=", NAMES("a", "b"));
    say_page("200", "", NAMES("c"));
    add_error(say_watch(), 410, "expired");
    say_page("300", "", NAMES("c"));
    say_watch();
    assert_true(watcher_round(watcher) > 0);
    assert_true(has("a") && has("b") && has("c"));
    assert_asked(LIST PAGES "/api/v1/pods?limit=500&continue=a%2Bb%2Fc%3D\n" WATCH("200"));
    assert_int_equal(watcher_round(watcher), 0);
    assert_asked(PAGES WATCH("300")); /* remembered, and for all kinds */
    assert_true(traits.lists_in_pages);
    assert_true(!has("a") && has("c"));
}

static void reads_pages_where_etcd_cannot_report_progress(void **state)
{
    (void)state;
    add_error(stand_in_answer(server, 200), 500, "required storage feature RequestWatchProgress is disabled");
    say_page("200", "", NAMES("a"));
    say_watch();
    assert_int_equal(watcher_round(watcher), 0);
    assert_asked(LIST PAGES WATCH("200"));
}

static void another_failure_is_no_reason_for_pages(void **state)
{
    (void)state;
    add_error(stand_in_answer(server, 200), 500, "etcdserver: leader changed");
    say_refusal(500, NULL);
    say_list("100", NAMES("a"));
    say_watch();
    assert_true(watcher_round(watcher) > 0);
    assert_true(watcher_round(watcher) > 0);
    assert_int_equal(watcher_round(watcher), 0);
    assert_asked(LIST LIST LIST WATCH("100"));
}

static void reads_pages_where_a_stream_never_ends_its_list(void **state)
{
    (void)state;
    struct answer *answer = stand_in_answer(server, 200);
    add_event(answer, "ADDED", "a", "1");
    answer->lasts_ms = FEED_QUIET_MS;
    say_page("200", "", NAMES("a"));
    say_watch();
    assert_int_equal(watcher_round(watcher), 0);
    assert_asked(LIST PAGES WATCH("200"));
}

static void begins_again_without_pages_when_their_snapshot_is_gone(void **state)
{
    (void)state;
    say_refusal(422, NULL);
    say_page("200", "next", NAMES("a", "b"));
    say_refusal(410, NULL);
    say_page("300", "", NAMES("b", "c"));
    say_watch();
    assert_int_equal(watcher_round(watcher), 0);
    assert_asked(LIST PAGES "/api/v1/pods?limit=500&continue=next\n"
                            "/api/v1/pods?limit=0\n" WATCH("300"));
    assert_true(!has("a") && has("b") && has("c"));
}

static void a_page_that_is_cut_off_is_read_again(void **state)
{
    (void)state;
    say_refusal(422, NULL);
    struct answer *answer = say_page("200", "", NAMES("a"));
    answer->body.len -= 10;
    say_page("300", "", NAMES("a"));
    say_watch();
    assert_true(watcher_round(watcher) > 0);
    assert_false(is_listed(STORE_PODS));
    assert_int_equal(watcher_round(watcher), 0);
    assert_asked(LIST PAGES PAGES WATCH("300"));
}

/* ---- an API server without protobuf ---- */

#define OBJECT(name, version)                                                                                \
    "{\"metadata\":{\"namespace\":\"shop\",\"name\":\"" name "\",\"uid\":\"" name                            \
    "\",\"resourceVersion\":\"" version "\"}}"
#define EVENT(type, object) "{\"type\":\"" type "\",\"object\":" object "}\n"
#define END(version)                                                                                         \
    "{\"metadata\":{\"resourceVersion\":\"" version                                                          \
    "\",\"annotations\":{\"k8s.io/initial-events-end\":\"true\"}}}"

static struct answer *say_json(const char *text)
{
    struct answer *answer = stand_in_answer(server, 200);
    strbuf_puts(&answer->body, text);
    answer->headers = xstrdup("Content-Type: application/json\r\n");
    return answer;
}

static void reads_json_by_stream(void **state)
{
    (void)state;
    say_json(EVENT("ADDED", OBJECT("a", "1")) EVENT("ADDED", OBJECT("b", "2")) EVENT("BOOKMARK", END("100")))
        ->is_held = 1;
    say_json(EVENT("MODIFIED", OBJECT("a", "104")) EVENT("DELETED", OBJECT("b", "107")))->lasts_ms =
        MINUTE_MS;
    say_json(EVENT("ERROR", "{\"message\":\"expired\",\"code\":410}"));
    say_json(EVENT("BOOKMARK", END("300")))->is_held = 1;
    say_json("")->lasts_ms = MINUTE_MS;
    assert_int_equal(watcher_round(watcher), 0);
    assert_true(has("a") && !has("b") && is_listed(STORE_PODS) && traits.speaks_json);
    assert_true(watcher_round(watcher) > 0);
    assert_int_equal(watcher_round(watcher), 0);
    assert_asked(LIST WATCH("100") WATCH("107") LIST WATCH("300"));
    assert_false(has("a"));
}

static void reads_json_in_pages(void **state)
{
    (void)state;
    say_refusal(422, NULL);
    say_json("{\"metadata\":{\"resourceVersion\":\"200\",\"continue\":\"next\"},\"items\":[" OBJECT(
        "a", "1") "]}");
    say_json(
        "{\"metadata\":{\"resourceVersion\":\"200\"},\"items\":[" OBJECT("b", "1") "," OBJECT("c", "1") "]}");
    say_json(EVENT("DELETED", OBJECT("c", "201")))->lasts_ms = MINUTE_MS;
    assert_int_equal(watcher_round(watcher), 0);
    assert_asked(LIST PAGES "/api/v1/pods?limit=500&continue=next\n" WATCH("200"));
    assert_true(has("a") && has("b") && !has("c") && traits.speaks_json);
}

/* 406, or 415, where a list of types is not understood. */
static void asks_for_json_alone_where_protobuf_is_refused(void **state)
{
    (void)state;
    say_refusal(406, NULL);
    say_json(EVENT("BOOKMARK", END("100")))->is_held = 1;
    say_refusal(415, NULL);
    say_json(EVENT("ADDED", OBJECT("a", "101")))->lasts_ms = MINUTE_MS;
    assert_int_equal(watcher_round(watcher), 0);
    assert_asked(LIST LIST WATCH("100") WATCH("100"));
    assert_non_null(strstr(server->headers.data, "\r\nAccept: application/json\r\n"));
    assert_true(has("a"));
}

static void json_that_cannot_be_read_costs_as_much_as_protobuf(void **state)
{
    (void)state;
    long long before = counted("aegiops_watch_undecodable_total", "kind=\"pods\"");
    say_json(EVENT("ADDED", OBJECT("a", "1")) EVENT("ADDED", "{\"metadata\":{\"name\" \"b\"}}") EVENT(
                 "ADDED", "{\"metadata\":[]}") EVENT("ADDED", OBJECT("c", "1")) EVENT("BOOKMARK", END("100")))
        ->is_held = 1;
    say_json(EVENT("ADDED", OBJECT("d", "101")) "{\"type\":\"ADDED\",\"obj")->is_cut = 1;
    say_json("{\"error\":\"sign in\"}\n");
    say_json(EVENT("BOOKMARK", END("300")))->is_held = 1;
    say_json("")->lasts_ms = MINUTE_MS;
    assert_true(watcher_round(watcher) > 0);
    assert_true(has("a") && has("c") && has("d"));
    assert_int_equal(counted("aegiops_watch_undecodable_total", "kind=\"pods\"") - before, 2);
    assert_true(watcher_round(watcher) > 0);
    assert_int_equal(watcher_round(watcher), 0);
    assert_asked(LIST WATCH("100") WATCH("101") LIST WATCH("300"));
}

/* ---- what else may come ---- */

static void an_object_that_cannot_be_read_is_left_out(void **state)
{
    (void)state;
    struct answer *answer = stand_in_answer(server, 200);
    struct strbuf object = {0};
    long long before = counted("aegiops_watch_undecodable_total", "kind=\"pods\"");
    add_event(answer, "ADDED", "a", "1");
    strbuf_puts(&object, "\x0a\x7fno pod");
    wire_frame(&answer->body, "ADDED", "Pod", &object);
    add_event(answer, "ADDED", "", "1");
    add_event(answer, "ADDED", "b", "1");
    add_bookmark(answer, "100", 1);
    answer->is_held = 1;
    say_watch();
    assert_int_equal(watcher_round(watcher), 0);
    assert_true(has("a") && has("b"));
    assert_int_equal(counted("aegiops_watch_undecodable_total", "kind=\"pods\"") - before, 2);
}

static void lists_again_after_nonsense(void **state)
{
    (void)state;
    say_list("100", NAMES("a"));
    strbuf_puts(&say_watch()->body, "<html>proxy login</html>");
    say_list("200", NAMES("a"));
    say_watch();
    assert_true(watcher_round(watcher) > 0);
    assert_int_equal(watcher_round(watcher), 0);
    assert_asked(LIST WATCH("100") LIST WATCH("200"));
}

static void a_connection_that_breaks_costs_no_list(void **state)
{
    (void)state;
    struct answer *answer;
    say_list("100", NAMES("a"));
    answer = say_watch();
    add_event(answer, "ADDED", "b", "105");
    answer->is_cut = 1;
    say_watch();
    assert_true(watcher_round(watcher) > 0);
    assert_int_equal(watcher_round(watcher), 0);
    assert_asked(LIST WATCH("100") WATCH("105"));
}

static void refusals_cost_a_list_only_when_they_last(void **state)
{
    (void)state;
    say_list("100", NAMES("a"));
    for (int i = 0; i < 6; i++)
        add_error(stand_in_answer(server, 200), 500, "etcdserver: request timed out");
    say_list("200", NAMES("a"));
    say_watch();
    for (int i = 0; i < 6; i++)
        assert_true(watcher_round(watcher) > 0);
    assert_int_equal(watcher_round(watcher), 0);
    assert_asked(LIST WATCH("100") WATCH("100") WATCH("100") WATCH("100") WATCH("100") WATCH("100")
                     LIST WATCH("200"));
}

static void asks_only_for_warnings(void **state)
{
    (void)state;
    struct answer *answer = stand_in_answer(server, 200);
    struct strbuf event = {0}, about = {0};
    for (int i = 0; i < 2; i++) {
        build_object(&event, i ? "e1" : "e0", "1");
        wire_text(&about, 1, "Pod");
        wire_text(&about, 4, i ? "uid-of-pod" : ""); /* about nothing that has a uid */
        wire_message(&event, 2, &about);
        wire_time(&event, 7, T0);
        wire_frame(&answer->body, "ADDED", "Event", &event);
    }
    add_bookmark(answer, "100", 1);
    answer->is_held = 1;
    say_watch();
    assert_int_equal(watcher_round(watcher), 0);
    assert_asked(
        "/api/v1/events?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan"
        "&allowWatchBookmarks=true&fieldSelector=type%3DWarning\n"
        "/api/v1/events?watch=1&resourceVersion=100&allowWatchBookmarks=true&fieldSelector=type%3DWarning\n");
    assert_int_equal(store_count(store, STORE_EVENTS), 1);
}

static void namespaces_go_by_their_name(void **state)
{
    (void)state;
    struct answer *answer;
    say_list("100", NAMES("shop", "other"));
    answer = say_watch();
    add_event(answer, "DELETED", "shop", "101");
    assert_int_equal(watcher_round(watcher), 0);
    assert_int_equal(store_count(store, STORE_NAMESPACES), 1);
}

/* ---- pauses ---- */

static void pauses_double_up_to_half_a_minute(void **state)
{
    (void)state;
    static const int64_t most[] = {800, 1600, 3200, 6400, 12800, 25600, 30000, 30000};
    for (size_t i = 0; i < COUNT_OF(most); i++) {
        int64_t pause = watcher_round(watcher); /* no answer is left: each try is cut off */
        assert_in_range(pause, most[i] / 2, most[i]);
    }
}

static void a_watch_of_half_a_minute_begins_the_pauses_anew(void **state)
{
    (void)state;
    struct answer *answer;
    for (int i = 0; i < 4; i++)
        watcher_round(watcher);
    say_list("100", NAMES("a"));
    for (int lasts_s = 29; lasts_s <= 30; lasts_s++) {
        answer = say_watch();
        add_bookmark(answer, "101", 0);
        answer->lasts_ms = lasts_s * 1000;
        answer->is_cut = 1;
    }
    assert_in_range(watcher_round(watcher), 6400, 12800);
    assert_in_range(watcher_round(watcher), 400, 800);
}

static void waits_as_long_as_it_is_asked_to(void **state)
{
    (void)state;
    say_refusal(429, "Retry-After: 7\r\n");
    say_refusal(503, "Retry-After: 86000\r\n");
    assert_in_range(watcher_round(watcher), 7000, 7800);
    assert_in_range(watcher_round(watcher), 60000, 60800);
    assert_int_equal(counted("aegiops_watch_restarts_total", "kind=\"pods\",reason=\"throttled\""), 1);
}

static void a_watch_that_ends_at_once_is_a_fault(void **state)
{
    (void)state;
    say_list("100", NAMES("a"));
    stand_in_answer(server, 200);
    assert_in_range(watcher_round(watcher), 400, 800);
}

/* ---- health ---- */

static void says_when_it_is_cut_off_for_seconds(void **state)
{
    (void)state;
    assert_false(health_is_ready());
    say_list("100", NAMES("a"));
    say_watch();
    assert_int_equal(watcher_round(watcher), 0);
    assert_true(health_is_ready());
    watcher_round(watcher); /* cut off */
    assert_true(health_is_ready());
    clock_fix(clock_monotonic_ms() + 2000);
    watcher_round(watcher);
    assert_true(health_is_ready());
    clock_fix(clock_monotonic_ms() + 1000);
    watcher_round(watcher);
    assert_false(health_is_ready());
    assert_int_equal(traits.alarms, 1);
    say_watch();
    assert_int_equal(watcher_round(watcher), 0);
    assert_true(health_is_ready());
    assert_int_equal(traits.alarms, 0);
    assert_asked(LIST WATCH("100") WATCH("100") WATCH("100") WATCH("100") WATCH("100"));
}

static long long forbidden(void)
{
    return metric_value(metric_gauge("aegiops_watch_forbidden", "kind=\"pods\"", ""));
}

/* Refused for the 15 seconds that prove it. */
static void refuse_for_good(void)
{
    for (int i = 0; i < 4; i++)
        say_refusal(403, NULL);
    for (int i = 0; i < 3; i++, clock_fix(clock_monotonic_ms() + 5000)) {
        assert_true(watcher_round(watcher) <= 3000); /* the other kinds wait for it */
        assert_int_equal(forbidden(), 0);            /* an API server that is starting says so, too */
    }
    assert_int_equal(watcher_round(watcher), FORBIDDEN_MS);
    assert_int_equal(forbidden(), 1);
    assert_int_equal(traits.alarms, 0); /* the trouble of this kind alone */
    assert_false(health_is_ready());
}

static void a_kind_that_stays_forbidden_counts_as_empty(void **state)
{
    (void)state;
    refuse_for_good();
    assert_true(is_listed(STORE_PODS));
    say_list("200", NAMES("a"));
    say_watch();
    assert_int_equal(watcher_round(watcher), 0);
    assert_true(has("a") && forbidden() == 0 && health_is_ready());
}

/* An old API server, or one whose people have switched the kind off. */
static void a_kind_that_the_api_server_does_not_have_is_done_without(void **state)
{
    (void)state;
    struct metric *denied = metric_gauge("aegiops_watch_forbidden", "kind=\"horizontalpodautoscalers\"", "");
    for (int i = 0; i < 4; i++, clock_fix(clock_monotonic_ms() + 5000)) {
        assert_int_equal(metric_value(denied), 0);
        assert_false(health_is_ready());
        say_refusal(404, NULL);
        watcher_round(watcher);
    }
    assert_int_equal(metric_value(denied), 1);
    assert_true(is_listed(STORE_AUTOSCALERS));
    assert_true(health_is_ready()); /* fewer classes are seen, and that is all */
}

static void a_right_that_is_taken_away_is_no_sign_that_anything_is_gone(void **state)
{
    (void)state;
    say_list("100", NAMES("a"));
    say_watch();
    assert_int_equal(watcher_round(watcher), 0);
    refuse_for_good();
    assert_true(has("a"));
    say_list("200", NO_NAMES);
    say_watch();
    assert_int_equal(watcher_round(watcher), 0);
    assert_true(!has("a") && forbidden() == 0 && health_is_ready());
    assert_asked(LIST WATCH("100") WATCH("100") WATCH("100") WATCH("100") WATCH("100") LIST WATCH("200"));
}

static void a_refusal_in_between_is_no_proof(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        say_refusal(403, NULL);
        say_refusal(503, NULL);
        watcher_round(watcher);
        clock_fix(clock_monotonic_ms() + 20000);
        watcher_round(watcher);
    }
    assert_int_equal(forbidden(), 0);
    assert_false(is_listed(STORE_PODS));
}

static void *stop_soon(void *none)
{
    (void)none;
    usleep(200 * 1000);
    stop = 1;
    return NULL;
}

static void ends_when_it_is_told_to(void **state)
{
    (void)state;
    pthread_t thread;
    say_list("100", NO_NAMES);
    stand_in_answer(server, 200)->is_held = 1;
    pthread_create(&thread, NULL, stop_soon, NULL);
    assert_int_equal(watcher_round(watcher), 0);
    pthread_join(thread, NULL);
    assert_asked(LIST WATCH("100"));
}

#define WATCHING(test, open) cmocka_unit_test_setup_teardown(test, open, close_all)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WATCHING(lists_by_stream_then_watches, open_pods),
        WATCHING(goes_on_from_the_newest_version, open_pods),
        WATCHING(a_new_list_sweeps, open_pods),
        WATCHING(a_list_that_breaks_off_changes_nothing, open_pods),
        WATCHING(is_not_synced_before_the_list_has_ended, open_pods),
        WATCHING(reads_pages_where_streams_are_refused, open_pods),
        WATCHING(reads_pages_where_etcd_cannot_report_progress, open_pods),
        WATCHING(another_failure_is_no_reason_for_pages, open_pods),
        WATCHING(reads_pages_where_a_stream_never_ends_its_list, open_pods),
        WATCHING(begins_again_without_pages_when_their_snapshot_is_gone, open_pods),
        WATCHING(a_page_that_is_cut_off_is_read_again, open_pods),
        WATCHING(reads_json_by_stream, open_pods),
        WATCHING(reads_json_in_pages, open_pods),
        WATCHING(asks_for_json_alone_where_protobuf_is_refused, open_pods),
        WATCHING(json_that_cannot_be_read_costs_as_much_as_protobuf, open_pods),
        WATCHING(an_object_that_cannot_be_read_is_left_out, open_pods),
        WATCHING(lists_again_after_nonsense, open_pods),
        WATCHING(a_connection_that_breaks_costs_no_list, open_pods),
        WATCHING(refusals_cost_a_list_only_when_they_last, open_pods),
        WATCHING(pauses_double_up_to_half_a_minute, open_pods),
        WATCHING(a_watch_of_half_a_minute_begins_the_pauses_anew, open_pods),
        WATCHING(waits_as_long_as_it_is_asked_to, open_pods),
        WATCHING(a_watch_that_ends_at_once_is_a_fault, open_pods),
        WATCHING(says_when_it_is_cut_off_for_seconds, open_pods),
        WATCHING(a_kind_that_stays_forbidden_counts_as_empty, open_pods),
        WATCHING(a_right_that_is_taken_away_is_no_sign_that_anything_is_gone, open_pods),
        WATCHING(a_refusal_in_between_is_no_proof, open_pods),
        WATCHING(a_kind_that_the_api_server_does_not_have_is_done_without, open_autoscalers),
        WATCHING(ends_when_it_is_told_to, open_pods),
        WATCHING(asks_only_for_warnings, open_events),
        WATCHING(namespaces_go_by_their_name, open_namespaces),
    };
    http_start();
    return cmocka_run_group_tests_name("observer/watch", tests, NULL, NULL);
}
