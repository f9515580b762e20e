/* SPDX-License-Identifier: Apache-2.0 */
/* Lists and watches in JSON, from an API server without protobuf. */
#include "observer/watch/envelope.h"
#include "observer/watch/frame.h"
#include "tests/unit/mangle.h"
#include "tests/unit/unit.h"

#define AUTO_LIST __attribute__((cleanup(list_stream_free))) struct list_stream
#define AUTO_WATCH __attribute__((cleanup(watch_stream_free))) struct watch_stream

/* Notes each item as "<its bytes>|". */
static int note(void *context, const uint8_t *bytes, size_t len, struct error *err)
{
    struct strbuf *out = context;
    (void)err;
    strbuf_add(out, bytes, len);
    strbuf_putc(out, '|');
    return 0;
}

/* Notes each event as "TYPE object|", of an ERROR what it says. */
static int note_event(void *context, const uint8_t *bytes, size_t len, struct error *err)
{
    struct scratch scratch = {0};
    struct watch_event event;
    struct strbuf *out = context;
    int result = watch_event_read(&scratch, bytes, len, &event, err);
    if (result == 0 && event.type == EVENT_ERROR)
        result = watch_event_error(&scratch, &event, err);
    if (result == 0) {
        strbuf_printf(out, "%s ", event_type_name(event.type));
        note(out, event.object, event.len, err);
    }
    scratch_free(&scratch);
    return result;
}

/* Feeds the bytes in pieces, the first of them `first` bytes long: 0, or -1 when a feed or the end of the list fails. */
static int read_list(const char *bytes, size_t len, size_t first, size_t piece, struct strbuf *out,
                     struct error *err)
{
    AUTO_LIST stream = {.sink = {note, out}};
    for (size_t at = 0, size = first; at < len; at += size, size = piece) {
        size = size < len - at ? size : len - at;
        AUTO_FREE char *alone = xmalloc(size);
        memcpy(alone, bytes + at, size);
        if (list_stream_feed(&stream, alone, size, err))
            return -1;
    }
    if (list_stream_end(&stream, err))
        return -1;
    strbuf_printf(out, " %s %s", strbuf_text(&stream.resource_version), strbuf_text(&stream.continue_token));
    return 0;
}

static int read_watch(const char *bytes, size_t len, size_t first, size_t piece, struct strbuf *out,
                      struct error *err)
{
    AUTO_WATCH stream = {.sink = {note_event, out}};
    for (size_t at = 0, size = first; at < len; at += size, size = piece) {
        size = size < len - at ? size : len - at;
        AUTO_FREE char *alone = xmalloc(size);
        memcpy(alone, bytes + at, size);
        if (watch_stream_feed(&stream, alone, size, err))
            return -1;
    }
    return 0;
}

#define ODD "{\"a\":[{\"b\":\"}]{[\"},[2]],\"c\":\"\\\\\\\"]}\"}"
#define LIST                                                                                                 \
    "{\"kind\":\"PodList\",\"metadata\":{\"resourceVersion\":\"4711\",\"continue\":\"next[{\",\"x\":[1]},"   \
    "\"items\":[{\"a\":1} ,\n" ODD ",{}],\"later\":{\"items\":[{}]}}\n"
#define LIST_NOTED "{\"a\":1}|" ODD "|{}| 4711 next[{"
#define WATCH                                                                                                \
    "{\"type\":\"ADDED\",\"object\":" ODD "}\n{\"object\":{},\"type\":\"MODIFIED\"}"                         \
    " {\"type\":\"BOOKMARK\",\"object\":{\"b\":2},\"more\":1}\r\n"
#define WATCH_NOTED "ADDED " ODD "|MODIFIED {}|BOOKMARK {\"b\":2}|"

static void streams_may_be_cut_anywhere(void **state)
{
    (void)state;
    for (size_t cut = 1; cut <= strlen(LIST) + strlen(WATCH); cut++) {
        AUTO_STRBUF list = {0}, pieces_of_list = {0}, watch = {0}, pieces_of_watch = {0};
        struct error err;
        assert_int_equal(read_list(LIST, strlen(LIST), cut, SIZE_MAX, &list, &err), 0);
        assert_int_equal(read_list(LIST, strlen(LIST), cut, cut, &pieces_of_list, &err), 0);
        assert_int_equal(read_watch(WATCH, strlen(WATCH), cut, SIZE_MAX, &watch, &err), 0);
        assert_int_equal(read_watch(WATCH, strlen(WATCH), cut, cut, &pieces_of_watch, &err), 0);
        assert_string_equal(list.data, LIST_NOTED);
        assert_string_equal(pieces_of_list.data, LIST_NOTED);
        assert_string_equal(watch.data, WATCH_NOTED);
        assert_string_equal(pieces_of_watch.data, WATCH_NOTED);
    }
}

static void lists_without_items_are_lists(void **state)
{
    (void)state;
    static const char *const empty[] = {"{\"items\":[],\"metadata\":{\"resourceVersion\":\"7\"}}",
                                        "{\"metadata\":{\"resourceVersion\":\"7\"},\"items\":null}",
                                        "{ \"metadata\" : {\"resourceVersion\" : \"7\"} }"};
    for (size_t i = 0; i < COUNT_OF(empty); i++) {
        AUTO_STRBUF out = {0};
        struct error err;
        assert_int_equal(read_list(empty[i], strlen(empty[i]), 3, 5, &out, &err), 0);
        assert_string_equal(out.data, " 7 ");
    }
}

static void what_is_cut_off_gave_what_was_whole(void **state)
{
    (void)state;
    for (size_t len = 0; len < strlen(LIST) - 1; len++) {
        AUTO_STRBUF list = {0};
        struct error err;
        assert_int_equal(read_list(LIST, len, 1, 16, &list, &err), -1);
        assert_int_equal(err.kind, ERROR_RETRY);
        assert_non_null(strstr(err.text, "the list was cut off"));
        assert_int_equal(strncmp(strbuf_text(&list), LIST_NOTED, list.len), 0);
    }
    for (size_t len = 0; len < strlen(WATCH) - 2; len++) {
        AUTO_STRBUF watch = {0};
        struct error err;
        assert_int_equal(read_watch(WATCH, len, 1, 16, &watch, &err), 0);
        assert_true(watch.len < strlen(WATCH_NOTED));
        assert_int_equal(strncmp(strbuf_text(&watch), WATCH_NOTED, watch.len), 0);
    }
}

static void refuses_what_is_malformed(void **state)
{
    (void)state;
    static const char *const lists[] = {"{\"items\":[{}x{}]}", "{\"items\":[7]}", "{\"items\":[{}]}}", "{x}",
                                        "{\"metadata\":{}"};
    static const struct {
        const char *text, *says;
    } watches[] = {{"{\"type\":\"RENAMED\",\"object\":{}}", "unknown type \"RENAMED\""},
                   {"{\"object\":{}}", "unknown type \"\""},
                   {"{\"type\":\"ADDED\"}", "no object"},
                   {"{\"type\":\"ADDED\",\"object\":7}", "no object"},
                   {"{\"type\":\"ADDED\" \"object\":{}}", "malformed"},
                   {"{}}", "no object"},
                   {"{\"type\":\"ADDED\",\"object\":{}}]", "malformed JSON"},
                   {"{\"type\":\"ADDED\",\"object\":{}}<html>", "malformed JSON"}};
    struct error err;
    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        AUTO_STRBUF out = {0};
        assert_int_equal(read_list(lists[i], strlen(lists[i]), 1, 1, &out, &err), -1);
        assert_true(err.kind == ERROR_RETRY && strstr(err.text, "malformed JSON"));
    }
    for (size_t i = 0; i < COUNT_OF(watches); i++) {
        AUTO_STRBUF out = {0};
        assert_int_equal(read_watch(watches[i].text, strlen(watches[i].text), 1, 1, &out, &err), -1);
        if (err.kind != ERROR_RETRY || !strstr(err.text, watches[i].says))
            fail_msg("%s: %s", watches[i].text, err.text);
    }
}

static void an_error_event_becomes_an_error(void **state)
{
    (void)state;
    AUTO_STRBUF out = {0};
    struct error err;
    static const char text[] =
        "{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"status\":\"Failure\",\"message\":\"too old\","
        "\"reason\":\"Expired\",\"details\":{\"retryAfterSeconds\":7},\"code\":410}}\n";
    assert_int_equal(read_watch(text, strlen(text), 10, 10, &out, &err), -1);
    assert_string_equal(err.text, "the API server ended the watch: too old (Expired, 410)");
    assert_true(err.status == 410 && err.retry_after_ms == 7000);
}

/* In a list, in a watch, and around the items of a list. */
static void what_never_ends_is_refused(void **state)
{
    (void)state;
    static const char *const heads[] = {"{\"items\":[{\"a\":\"", "{\"metadata\":{\"continue\":\""};
    AUTO_STRBUF piece = {0}, none = {0};
    struct error err;
    for (int i = 0; i < 64 * 1024; i++)
        strbuf_putc(&piece, 'x');
    for (size_t which = 0; which < 3; which++) {
        AUTO_LIST list = {.sink = {note, &none}};
        AUTO_WATCH watch = {.sink = {note_event, &none}};
        const char *head = heads[which % 2];
        int failed = which == 2 ? watch_stream_feed(&watch, head, strlen(head), &err)
                                : list_stream_feed(&list, head, strlen(head), &err);
        for (size_t fed = 0; !failed && fed <= FRAME_MAX_BYTES; fed += piece.len)
            failed = which == 2 ? watch_stream_feed(&watch, piece.data, piece.len, &err)
                                : list_stream_feed(&list, piece.data, piece.len, &err);
        assert_true(failed && err.kind == ERROR_RETRY);
        assert_true(list.pending.len + watch.pending.len <= FRAME_MAX_BYTES + 2 * piece.len);
    }
    assert_int_equal(none.len, 0);
}

static void check_list(const char *bytes, size_t len)
{
    AUTO_STRBUF out = {0};
    struct error err;
    if (read_list(bytes, len, 7, 11, &out, &err))
        assert_true(err.kind == ERROR_RETRY && *err.text);
}

static void check_watch(const char *bytes, size_t len)
{
    AUTO_STRBUF out = {0};
    struct error err;
    if (read_watch(bytes, len, 7, 11, &out, &err))
        assert_true(err.kind == ERROR_RETRY && *err.text);
}

static void survives_mangled_streams(void **state)
{
    (void)state;
    mangle(LIST, strlen(LIST), 3000, check_list);
    mangle(WATCH, strlen(WATCH), 3000, check_watch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(streams_may_be_cut_anywhere),
        cmocka_unit_test(lists_without_items_are_lists),
        cmocka_unit_test(what_is_cut_off_gave_what_was_whole),
        cmocka_unit_test(refuses_what_is_malformed),
        cmocka_unit_test(an_error_event_becomes_an_error),
        cmocka_unit_test(what_never_ends_is_refused),
        cmocka_unit_test(survives_mangled_streams),
    };
    return cmocka_run_group_tests_name("observer/watch/frame JSON", tests, NULL, NULL);
}
