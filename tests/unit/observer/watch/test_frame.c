/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/watch/frame.h"

#include "observer/watch/envelope.h"
#include "tests/unit/mangle.h"
#include "tests/unit/observer/wire.h"
#include "tests/unit/unit.h"

/* Notes each object as "<its bytes>|"; refuses the one that is "bad". */
static int note(void *context, const uint8_t *bytes, size_t len, struct error *err)
{
    struct strbuf *out = context;
    if (len == 3 && memcmp(bytes, "bad", 3) == 0)
        return fail(err, ERROR_REJECT, "bad object");
    strbuf_add(out, bytes, len);
    strbuf_putc(out, '|');
    return 0;
}

#define AUTO_LIST __attribute__((cleanup(list_stream_free))) struct list_stream
#define AUTO_WATCH __attribute__((cleanup(watch_stream_free))) struct watch_stream

static void add_list_meta(struct strbuf *list)
{
    struct strbuf meta = {0};
    wire_text(&meta, 1, "");
    wire_text(&meta, 2, "4711");
    wire_text(&meta, 3, "next-page");
    wire_number(&meta, 4, 2);
    wire_message(list, 1, &meta);
}

static void build_list(struct strbuf *out)
{
    struct strbuf list = {0};
    add_list_meta(&list);
    wire_text(&list, 2, "one");
    wire_number(&list, 9, 300); /* a field of a later version, between items */
    wire_text(&list, 2, "");
    wire_text(&list, 2,
              "a longer one, with more than 127 bytes, so that its length takes two bytes on the wire: "
              "........................................................");
    wire_text(&list, 10, "later too");
    wire_text(&list, 2, "last");
    wire_envelope(out, "PodList", &list);
}

#define LIST_TEXT                                                                                            \
    "one||a longer one, with more than 127 bytes, so that its length takes two bytes on the wire: "          \
    "........................................................|last|"

/* Reads a list in pieces of at most piece bytes, the first of them first bytes long: 0, or -1 when a feed or
 * the end fails. */
static int read_list(const char *bytes, size_t len, size_t first, size_t piece, struct strbuf *out,
                     struct error *err)
{
    AUTO_LIST stream = {.sink = {note, out}};
    for (size_t at = 0; at < len;) {
        size_t wanted = at == 0 && first ? first : piece;
        size_t size = wanted < len - at ? wanted : len - at;
        AUTO_FREE char *alone = xmalloc(size);
        memcpy(alone, bytes + at, size);
        if (list_stream_feed(&stream, alone, size, err))
            return -1;
        at += size;
    }
    if (list_stream_end(&stream, err))
        return -1;
    strbuf_printf(out, " %s %s", strbuf_text(&stream.resource_version), strbuf_text(&stream.continue_token));
    return 0;
}

static void reads_a_list_cut_anywhere(void **state)
{
    (void)state;
    AUTO_STRBUF bytes = {0};
    build_list(&bytes);
    for (size_t first = 1; first <= bytes.len; first++) {
        AUTO_STRBUF out = {0};
        struct error err;
        assert_int_equal(read_list(bytes.data, bytes.len, first, bytes.len, &out, &err), 0);
        assert_string_equal(out.data, LIST_TEXT " 4711 next-page");
    }
}

static void reads_a_list_in_pieces_of_any_size(void **state)
{
    (void)state;
    AUTO_STRBUF bytes = {0};
    build_list(&bytes);
    for (size_t piece = 1; piece <= 64; piece++) {
        AUTO_STRBUF out = {0};
        struct error err;
        assert_int_equal(read_list(bytes.data, bytes.len, 0, piece, &out, &err), 0);
        assert_string_equal(out.data, LIST_TEXT " 4711 next-page");
    }
}

static void an_empty_list_is_a_list(void **state)
{
    (void)state;
    AUTO_STRBUF bytes = {0}, out = {0};
    struct strbuf list = {0};
    struct error err;
    wire_envelope(&bytes, "PodList", &list);
    assert_int_equal(read_list(bytes.data, bytes.len, 0, 7, &out, &err), 0);
    assert_string_equal(out.data, "  ");
}

static void a_list_that_is_cut_off_is_none(void **state)
{
    (void)state;
    AUTO_STRBUF bytes = {0};
    build_list(&bytes);
    /* Behind raw come only two empty fields, of two bytes each, so a list may end there. */
    for (size_t len = 0; len < bytes.len; len++) {
        AUTO_STRBUF out = {0};
        struct error err;
        int is_list = len == bytes.len - 4 || len == bytes.len - 2;
        assert_int_equal(read_list(bytes.data, len, 0, 16, &out, &err), is_list ? 0 : -1);
        assert_true(is_list || err.kind == ERROR_RETRY);
    }
}

static void refuses_other_answers(void **state)
{
    (void)state;
    static const char *const bad[] = {"[\"kind\"]", "k8x", "<html>"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        AUTO_STRBUF out = {0};
        struct error err;
        assert_int_equal(read_list(bad[i], strlen(bad[i]), 0, 1, &out, &err), -1);
        assert_non_null(strstr(err.text, "neither Kubernetes protobuf nor JSON"));
    }
}

/* "k8s\0" and these bytes of Unknown. */
static void assert_malformed(const char *unknown, size_t len, const char *why)
{
    AUTO_STRBUF bytes = {0}, out = {0};
    struct error err;
    strbuf_add(&bytes, "k8s", 4);
    strbuf_add(&bytes, unknown, len);
    assert_int_equal(read_list(bytes.data, bytes.len, 0, 1, &out, &err), -1);
    if (!strstr(err.text, why))
        fail_msg("\"%s\" does not say \"%s\"", err.text, why);
}

#define ASSERT_MALFORMED(unknown, why) assert_malformed(unknown, sizeof(unknown) - 1, why)

static void refuses_absurd_lengths(void **state)
{
    (void)state;
    /* an item longer than the list that holds it */
    ASSERT_MALFORMED("\x12\x04\x12\x05"
                     "abcde",
                     "malformed");
    /* its length begins in the list and ends behind it */
    ASSERT_MALFORMED("\x12\x02\x12\x85\x01", "malformed");
    /* an item of 2^63 bytes in a list of 2^64-1 */
    ASSERT_MALFORMED(
        "\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x12\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01",
        "more than");
    /* an item of one byte too many */
    ASSERT_MALFORMED("\x12\xff\xff\xff\xff\x0f\x12\x81\x80\x80\x08", "more than");
    /* typeMeta of 4 GB */
    ASSERT_MALFORMED("\x0a\xff\xff\xff\xff\x0f", "more than");
    /* a length of more than 64 bits, a field 0, a group */
    ASSERT_MALFORMED("\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f", "malformed");
    ASSERT_MALFORMED("\x02\x01", "malformed");
    ASSERT_MALFORMED("\x0b\x0c", "malformed");
    /* raw twice, and in an encoding */
    ASSERT_MALFORMED("\x12\x00\x12\x00", "malformed");
    ASSERT_MALFORMED("\x12\x00\x1a\x04"
                     "gzip",
                     "encoding");
}

static void a_sink_that_fails_ends_the_stream(void **state)
{
    (void)state;
    AUTO_STRBUF bytes = {0}, out = {0};
    struct strbuf list = {0};
    struct error err;
    wire_text(&list, 2, "good");
    wire_text(&list, 2, "bad");
    wire_text(&list, 2, "never");
    wire_envelope(&bytes, "PodList", &list);
    assert_int_equal(read_list(bytes.data, bytes.len, 0, bytes.len, &out, &err), -1);
    assert_string_equal(err.text, "bad object");
    assert_string_equal(out.data, "good|");
}

static void check_list(const char *bytes, size_t len)
{
    AUTO_STRBUF whole = {0}, pieces = {0};
    struct error err;
    int result = read_list(bytes, len, 0, len, &whole, &err);
    assert_int_equal(read_list(bytes, len, 0, 3, &pieces, &err), result); /* however it is cut */
    assert_string_equal(strbuf_text(&whole), strbuf_text(&pieces));
}

static void survives_mangled_lists(void **state)
{
    (void)state;
    AUTO_STRBUF bytes = {0};
    build_list(&bytes);
    mangle(bytes.data, bytes.len, 5000, check_list);
}

/* ---- watches ---- */

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
        strbuf_add(out, event.object, event.len);
        strbuf_putc(out, '|');
    }
    scratch_free(&scratch);
    return result;
}

static int read_watch(const char *bytes, size_t len, size_t first, size_t piece, struct strbuf *out,
                      struct error *err)
{
    AUTO_WATCH stream = {.sink = {note_event, out}};
    for (size_t at = 0; at < len;) {
        size_t wanted = at == 0 && first ? first : piece;
        size_t size = wanted < len - at ? wanted : len - at;
        AUTO_FREE char *alone = xmalloc(size);
        memcpy(alone, bytes + at, size);
        if (watch_stream_feed(&stream, alone, size, err))
            return -1;
        at += size;
    }
    return 0;
}

static void add_event(struct strbuf *out, const char *type, const char *object)
{
    struct strbuf bytes = {0};
    strbuf_puts(&bytes, object);
    wire_frame(out, type, "Pod", &bytes);
}

static void build_watch(struct strbuf *out)
{
    add_event(out, "ADDED", "one");
    add_event(out, "MODIFIED", "one, changed");
    add_event(out, "BOOKMARK", "");
    add_event(out, "DELETED", "one");
}

#define WATCH_TEXT "ADDED one|MODIFIED one, changed|BOOKMARK |DELETED one|"

static void reads_a_watch_cut_anywhere(void **state)
{
    (void)state;
    AUTO_STRBUF bytes = {0};
    build_watch(&bytes);
    for (size_t cut = 1; cut <= bytes.len; cut++) {
        AUTO_STRBUF halves = {0}, pieces = {0};
        struct error err;
        assert_int_equal(read_watch(bytes.data, bytes.len, cut, bytes.len, &halves, &err), 0);
        assert_string_equal(halves.data, WATCH_TEXT);
        assert_int_equal(read_watch(bytes.data, bytes.len, 0, cut, &pieces, &err), 0);
        assert_string_equal(pieces.data, WATCH_TEXT);
    }
}

static void a_watch_that_is_cut_off_gave_what_was_whole(void **state)
{
    (void)state;
    AUTO_STRBUF bytes = {0};
    build_watch(&bytes);
    for (size_t len = 0; len < bytes.len; len++) {
        AUTO_STRBUF out = {0};
        struct error err;
        assert_int_equal(read_watch(bytes.data, len, 0, 5, &out, &err), 0);
        assert_int_equal(strncmp(strbuf_text(&out), WATCH_TEXT, out.len), 0);
        assert_true(out.len < strlen(WATCH_TEXT));
    }
}

static void refuses_what_is_no_watch(void **state)
{
    (void)state;
    AUTO_STRBUF out = {0}, unknown = {0};
    struct error err;
    assert_int_equal(read_watch("<html></html>", 13, 0, 13, &out, &err), -1);
    assert_non_null(strstr(err.text, "no watch in protobuf or JSON"));
    assert_int_equal(read_watch("\0\0\0\0", 4, 0, 1, &out, &err), -1);
    assert_int_equal(read_watch("\xff\xff\xff\xff", 4, 0, 1, &out, &err), -1);
    assert_int_equal(read_watch("\x01\x00\x00\x01", 4, 0, 1, &out, &err), -1); /* one byte too many */
    assert_int_equal(read_watch("\0\0\0\1\xff", 5, 0, 1, &out, &err), -1);
    assert_non_null(strstr(err.text, "malformed"));
    assert_int_equal(read_watch("\0\0\0\7\x0a\x05"
                                "ADDED",
                                11, 0, 11, &out, &err),
                     -1);
    assert_non_null(strstr(err.text, "envelope"));
    add_event(&unknown, "RENAMED", "x");
    assert_int_equal(read_watch(unknown.data, unknown.len, 0, 9, &out, &err), -1);
    assert_non_null(strstr(err.text, "RENAMED"));
}

static void an_error_event_becomes_an_error(void **state)
{
    (void)state;
    AUTO_STRBUF bytes = {0}, out = {0};
    struct strbuf status = {0}, details = {0};
    struct error err;
    wire_text(&status, 2, "Failure");
    wire_text(&status, 3, "too old resource version: 1 (342)");
    wire_text(&status, 4, "Expired");
    wire_number(&details, 5, 3);
    wire_message(&status, 5, &details);
    wire_number(&status, 6, 410);
    wire_frame(&bytes, "ERROR", "Status", &status);
    assert_int_equal(read_watch(bytes.data, bytes.len, 0, 8, &out, &err), -1);
    assert_int_equal(err.kind, ERROR_RETRY);
    assert_int_equal(err.status, 410);
    assert_int_equal(err.retry_after_ms, 3000);
    assert_non_null(strstr(err.text, "too old resource version: 1 (342)"));
}

static void a_large_object_takes_no_room_once_it_was_taken(void **state)
{
    (void)state;
    AUTO_STRBUF bytes = {0}, out = {0}, large = {0};
    struct error err;
    for (int i = 0; i < 1000 * 1000; i++)
        strbuf_putc(&large, 'x');
    add_event(&bytes, "ADDED", large.data);
    AUTO_WATCH stream = {.sink = {note_event, &out}};
    assert_int_equal(watch_stream_feed(&stream, bytes.data, bytes.len / 2, &err), 0);
    assert_int_equal(stream.pending.len, bytes.len / 2);
    assert_int_equal(watch_stream_feed(&stream, bytes.data + bytes.len / 2, bytes.len - bytes.len / 2, &err),
                     0);
    assert_int_equal(out.len, strlen("ADDED |") + large.len);
    assert_int_equal(stream.pending.capacity, 0);
}

static void check_watch(const char *bytes, size_t len)
{
    AUTO_STRBUF whole = {0}, pieces = {0};
    struct error err;
    int result = read_watch(bytes, len, 0, len, &whole, &err);
    assert_int_equal(read_watch(bytes, len, 0, 3, &pieces, &err), result);
    assert_string_equal(strbuf_text(&whole), strbuf_text(&pieces));
}

static void survives_mangled_watches(void **state)
{
    (void)state;
    AUTO_STRBUF bytes = {0};
    build_watch(&bytes);
    mangle(bytes.data, bytes.len, 5000, check_watch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_a_list_cut_anywhere),
        cmocka_unit_test(reads_a_list_in_pieces_of_any_size),
        cmocka_unit_test(an_empty_list_is_a_list),
        cmocka_unit_test(a_list_that_is_cut_off_is_none),
        cmocka_unit_test(refuses_other_answers),
        cmocka_unit_test(refuses_absurd_lengths),
        cmocka_unit_test(a_sink_that_fails_ends_the_stream),
        cmocka_unit_test(survives_mangled_lists),
        cmocka_unit_test(reads_a_watch_cut_anywhere),
        cmocka_unit_test(a_watch_that_is_cut_off_gave_what_was_whole),
        cmocka_unit_test(refuses_what_is_no_watch),
        cmocka_unit_test(an_error_event_becomes_an_error),
        cmocka_unit_test(a_large_object_takes_no_room_once_it_was_taken),
        cmocka_unit_test(survives_mangled_watches),
    };
    return cmocka_run_group_tests_name("observer/watch/frame", tests, NULL, NULL);
}
