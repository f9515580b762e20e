/* SPDX-License-Identifier: Apache-2.0 */
#include "common/schema/incident.h"

#include <stdio.h>
#include <string.h>

#include "common/base/alloc.h"
#include "common/schema/limits.h"
#include "tests/unit/mangle.h"
#include "tests/unit/unit.h"

#define ID "i-0123456789abcdef0123456789abcdef"
#define KEY "prod/shop/Deployment/web"
#define HEAD "\"v\":1,\"id\":\"" ID "\",\"key\":\"" KEY "\",\"opened_at\":\"2026-11-23T10:00:00Z\",\"lap\":1"
#define DOCUMENT "{" HEAD ",\"observed\":{}}"

static void check_accepted(const char *text)
{
    struct error err;
    AUTO_INCIDENT incident = {0};
    if (incident_read(text, strlen(text), &incident, &err))
        fail_msg("%s: %s", text, err.text);
}

static void check_refused_bytes(const char *bytes, size_t len, const char *wanted)
{
    struct error err = {0};
    struct incident incident;
    if (incident_read(bytes, len, &incident, &err) == 0)
        fail_msg("accepted: %.100s", bytes);
    assert_int_equal(err.kind, ERROR_REJECT);
    if (!strstr(err.text, wanted))
        fail_msg("%.100s: \"%s\" does not say \"%s\"", bytes, err.text, wanted);
    assert_null(incident.root);
    incident_free(&incident);
}

static void check_refused(const char *text, const char *wanted)
{
    check_refused_bytes(text, strlen(text), wanted);
}

static void test_what_is_written_is_read(void **state)
{
    (void)state;
    struct error err;
    AUTO_STRBUF document = {0};
    AUTO_INCIDENT incident = {0};
    incident_write(&document, ID, KEY, "2026-11-23T10:00:00.123Z", 2, ID ".1",
                   json_pack("{s:s}", "class", CLASS_OOM_KILLED));
    assert_string_equal(document.data,
                        "{\"v\":1,\"id\":\"" ID "\",\"key\":\"" KEY
                        "\",\"opened_at\":\"2026-11-23T10:00:00.123Z\","
                        "\"lap\":2,\"follows\":\"" ID ".1\",\"observed\":{\"class\":\"OOMKilled\"}}");
    assert_int_equal(incident_read(document.data, document.len, &incident, &err), 0);
    assert_string_equal(incident.id, ID);
    assert_string_equal(incident.key, KEY);
    assert_string_equal(incident.opened_at, "2026-11-23T10:00:00.123Z");
    assert_int_equal(incident.lap, 2);
    assert_string_equal(json_string_at(incident.observed, "class"), CLASS_OOM_KILLED);
    assert_null(incident.decided);
    assert_null(incident.acted);
    assert_null(incident.notified);
}

static void test_the_first_lap_follows_nothing(void **state)
{
    (void)state;
    AUTO_STRBUF document = {0};
    incident_write(&document, ID, KEY, "2026-11-23T10:00:00Z", 1, NULL, json_object());
    assert_string_equal(document.data, "{" HEAD ",\"follows\":null,\"observed\":{}}");
    check_accepted(document.data);
}

static void test_ids_and_keys(void **state)
{
    (void)state;
    AUTO_FREE char *event = incident_event_id(ID, 3);
    AUTO_FREE char *key = incident_key("prod", "shop", "Deployment", "web");
    assert_string_equal(event, ID ".3");
    assert_string_equal(key, KEY);
}

/* Writes every section in turn; each desk reads what the one before has written. */
static void test_the_whole_way(void **state)
{
    (void)state;
    static const char *const sections[] = {SECTION_DECIDED, SECTION_ACTED, SECTION_NOTIFIED};
    struct error err;
    AUTO_STRBUF document = {0};
    strbuf_puts(&document, DOCUMENT);
    for (size_t i = 0; i < COUNT_OF(sections); i++) {
        AUTO_INCIDENT incident = {0};
        AUTO_STRBUF next = {0};
        assert_int_equal(incident_read(document.data, document.len, &incident, &err), 0);
        assert_int_equal(incident_due(&incident, sections[i], &err), 0);
        incident_append(&next, document.data, document.len, sections[i], json_pack("{s:i}", "n", (int)i));
        strbuf_clear(&document);
        strbuf_puts(&document, next.data);
    }
    assert_string_equal(document.data, "{" HEAD ",\"observed\":{},\"decided\":{\"n\":0},\"acted\":{\"n\":1},"
                                       "\"notified\":{\"n\":2}}");
    AUTO_INCIDENT incident = {0};
    assert_int_equal(incident_read(document.data, document.len, &incident, &err), 0);
    assert_int_equal(json_integer_at(incident.decided, "n", -1), 0);
    assert_int_equal(json_integer_at(incident.acted, "n", -1), 1);
    assert_int_equal(json_integer_at(incident.notified, "n", -1), 2);
}

/* The bytes of earlier desks stay as they are: unknown fields, odd spelling, numbers beyond what we would
 * write. */
static void check_spliced(const char *before, const char *after)
{
    AUTO_STRBUF given = {0}, out = {0};
    strbuf_printf(&given, "%s%s", before, after);
    check_accepted(given.data);
    strbuf_puts(&out, "kept");
    incident_append(&out, given.data, given.len, SECTION_DECIDED, json_pack("{s:s}", "text", "}"));
    AUTO_FREE char *wanted = xasprintf("kept%s,\"decided\":{\"text\":\"}\"}}", before);
    assert_string_equal(out.data, wanted);
    check_accepted(out.data + strlen("kept"));
}

static void test_splicing_changes_no_byte(void **state)
{
    (void)state;
    check_spliced("{" HEAD ",\"observed\":{}", "}");
    check_spliced("{" HEAD ",\"observed\":{}", "}\n");
    check_spliced("{" HEAD ",\"observed\":{}", "} \t\r\n  ");
    check_spliced("{" HEAD ",\"observed\":{} \n ", "}");
    check_spliced(" \n {  " HEAD " , \"observed\" : { } ", "} ");
    check_spliced("{" HEAD ",\"observed\":{\"text\":\"}}}{{{\"},\"x\":\"}\"", "}");
    check_spliced("{" HEAD ",\"observed\":{\"text\":\"\\\"}\\\\\"},\"last\":\"\\\\\"", "}\n");
    check_spliced("{\"future\":{\"a\":[1,{\"b\":1.50e+2}]}," HEAD ",\"observed\":{},\"\\u0061\":\"\\u00e4\"",
                  "}");
    check_spliced("{" HEAD
                  ",\"observed\":{\"n\":1.10,\"big\":123456789012345678,\"\xC3\xA4\":\"\xF0\x9F\x90\xB3\"}",
                  "}");
}

static void test_the_bytes_need_no_end(void **state)
{
    (void)state;
    AUTO_STRBUF out = {0};
    AUTO_FREE char *exact = xmalloc(strlen(DOCUMENT)); /* no NUL after it, as in a Kafka record */
    memcpy(exact, DOCUMENT, strlen(DOCUMENT));
    incident_append(&out, exact, strlen(DOCUMENT), SECTION_DECIDED, json_object());
    assert_string_equal(out.data, "{" HEAD ",\"observed\":{},\"decided\":{}}");
}

static void check_due(const char *sections, const char *section, const char *wanted)
{
    struct error err = {0};
    AUTO_INCIDENT incident = {0};
    AUTO_FREE char *text = xasprintf("{" HEAD "%s}", sections);
    assert_int_equal(incident_read(text, strlen(text), &incident, &err), 0);
    int due = incident_due(&incident, section, &err);
    assert_int_equal(due, wanted ? -1 : 0);
    if (wanted) {
        assert_int_equal(err.kind, ERROR_REJECT);
        assert_string_equal(err.text, wanted);
    }
}

static void test_only_the_next_section_is_due(void **state)
{
    (void)state;
    check_due(",\"observed\":{}", SECTION_DECIDED, NULL);
    check_due(",\"observed\":{},\"decided\":{}", SECTION_ACTED, NULL);
    check_due(",\"observed\":{},\"decided\":{}", SECTION_DECIDED,
              "the document has been \"decided\" already: it belongs to another topic");
    check_due(",\"observed\":{},\"decided\":{},\"acted\":{},\"notified\":{}", SECTION_NOTIFIED,
              "the document has been \"notified\" already: it belongs to another topic");
    check_due(",\"observed\":{},\"decided\":{},\"acted\":{}", SECTION_OBSERVED,
              "the document has been \"observed\" already: it belongs to another topic");
    check_due(",\"observed\":{}", SECTION_ACTED, "the document must be \"decided\" before it is \"acted\"");
}

/* Appended although it was there: the next desk's reader finds it out. */
static void test_a_section_twice_is_refused(void **state)
{
    (void)state;
    AUTO_STRBUF once = {0}, twice = {0};
    incident_append(&once, DOCUMENT, strlen(DOCUMENT), SECTION_DECIDED, json_object());
    incident_append(&twice, once.data, once.len, SECTION_DECIDED, json_object());
    check_refused(twice.data, "duplicate object key");
}

static void test_refuses_broken_heads(void **state)
{
    (void)state;
    static const struct {
        const char *field, *value, *wanted;
    } heads[] = {
        {"v", NULL, "version -1 is not 1"},
        {"v", "2", "version 2 is not 1"},
        {"v", "\"1\"", "version -1 is not 1"},
        {"id", NULL, "\"id\""},
        {"id", "5", "\"id\""},
        {"id", "\"\"", "\"id\""},
        {"id", "\"i-\"", "\"id\""},
        {"id", "\"x-0123\"", "\"id\""},
        {"id", "\"i-0123\\n\"", "\"id\""},
        {"id", "\"i-ABC\"", "\"id\""},
        {"id", "\"" ID "0\"", "\"id\""},
        {"key", NULL, "\"key\""},
        {"key", "\"\"", "\"key\""},
        {"key", "[]", "\"key\""},
        {"opened_at", NULL, "\"opened_at\""},
        {"opened_at", "null", "\"opened_at\""},
        {"opened_at", "\"yesterday\"", "\"opened_at\""},
        {"lap", NULL, "\"lap\""},
        {"lap", "0", "\"lap\""},
        {"lap", "-1", "\"lap\""},
        {"lap", "101", "\"lap\" is missing or not between 1 and 100"},
        {"lap", "4294967297", "\"lap\""},    /* 1, were it cut to 32 bits */
        {"lap", "1099511627777", "\"lap\""}, /* 2^40 + 1 */
        {"lap", "1000000000", "\"lap\""},
        {"lap", "1e9", "\"lap\""},
        {"lap", "1.5", "\"lap\""},
        {"lap", "\"1\"", "\"lap\""},
        {"lap", "99999999999999999999", "too big"},
    };
    for (size_t i = 0; i < COUNT_OF(heads); i++) {
        struct error err;
        AUTO_JSON *root = json_read(DOCUMENT, strlen(DOCUMENT), &err);
        AUTO_STRBUF text = {0};
        json_object_del(root, heads[i].field);
        json_write(root, &text);
        text.data[--text.len] = '\0';
        if (heads[i].value)
            strbuf_printf(&text, ",\"%s\":%s", heads[i].field, heads[i].value);
        strbuf_putc(&text, '}');
        check_refused(text.data, heads[i].wanted);
    }
}

static void test_the_last_lap_is_read(void **state)
{
    (void)state;
    AUTO_STRBUF document = {0};
    incident_write(&document, ID, KEY, "2026-11-23T10:00:00Z", LIMIT_LAP, NULL, json_object());
    check_accepted(document.data);
}

static void test_refuses_broken_sections(void **state)
{
    (void)state;
    check_refused("{" HEAD "}", "\"observed\" is missing");
    check_refused("{" HEAD ",\"observed\":null}", "\"observed\" is not an object");
    check_refused("{" HEAD ",\"observed\":[]}", "\"observed\" is not an object");
    check_refused("{" HEAD ",\"observed\":{},\"decided\":\"x\"}", "\"decided\" is not an object");
    check_refused("{" HEAD ",\"decided\":{}}", "\"decided\" stands without");
    check_refused("{" HEAD ",\"observed\":{},\"acted\":{}}", "\"acted\" stands without");
    check_refused("{" HEAD ",\"observed\":{},\"decided\":{},\"notified\":{}}", "\"notified\" stands without");
}

static void test_refuses_what_is_no_document(void **state)
{
    (void)state;
    check_refused("", "document: JSON: ");
    check_refused("null", "not a JSON object");
    check_refused("[" DOCUMENT "]", "not a JSON object");
    check_refused(DOCUMENT "}", "document: JSON: ");
    check_refused(DOCUMENT DOCUMENT, "document: JSON: ");
    check_refused("{" HEAD ",\"observed\":{\"text\":\"\xFF\"}}", "document: JSON: byte ");
    check_refused("{" HEAD ",\"observed\":{\"text\":\"\xC3\"}}", "document: JSON: byte ");
    check_refused_bytes(DOCUMENT, strlen(DOCUMENT) + 1, "document: JSON: "); /* with its NUL */
}

static void test_size(void **state)
{
    (void)state;
    AUTO_STRBUF text = {0};
    strbuf_puts(&text, DOCUMENT);
    while (text.len < LIMIT_RECORD_BYTES)
        strbuf_putc(&text, ' ');
    check_accepted(text.data);
    strbuf_putc(&text, ' ');
    check_refused(text.data, "document of 524289 bytes is over the limit of 524288");
    AUTO_FREE char *key = xcalloc(1, LIMIT_KEY_BYTES + 2);
    memset(key, 'k', LIMIT_KEY_BYTES + 1);
    AUTO_STRBUF document = {0};
    incident_write(&document, ID, key, "2026-11-23T10:00:00Z", 1, NULL, json_object());
    check_refused(document.data, "longer than 1024 bytes");
}

/* Whatever is accepted can be spliced, and is accepted again with the same head. */
static void check_mangled(const char *bytes, size_t len)
{
    struct error err = {0};
    AUTO_INCIDENT incident = {0}, again = {0};
    AUTO_STRBUF out = {0};
    if (incident_read(bytes, len, &incident, &err)) {
        assert_int_equal(err.kind, ERROR_REJECT);
        return;
    }
    if (incident_due(&incident, SECTION_ACTED, &err))
        return;
    incident_append(&out, bytes, len, SECTION_ACTED, json_object());
    if (incident_read(out.data, out.len, &again, &err))
        fail_msg("%s: %s", err.text, out.data);
    assert_string_equal(again.id, incident.id);
    assert_string_equal(again.key, incident.key);
    assert_int_equal(again.lap, incident.lap);
    assert_true(json_equal(again.decided, incident.decided));
    assert_non_null(again.acted);
}

static void test_mangled_documents(void **state)
{
    (void)state;
    static const char sample[] =
        " {" HEAD
        ",\"follows\":null,\"observed\":{\"class\":\"OOMKilled\",\"text\":\"} \\\" \xC3\xA4 \\ud83d\\udc33\","
        "\"pods\":[{\"name\":\"web-1\",\"restarts\":12}],\"future\":{\"x\":[1.5e3,true,null]}},\"decided\":{"
        "\"actions\":[]} } \n";
    mangle(sample, strlen(sample), 20000, check_mangled);
}

/* A desk that writes its section anew finds where it began, whatever stands before it. */
static void test_cutting_a_section_off(void **state)
{
    (void)state;
    static const struct {
        const char *whole, *rest; /* rest NULL = refused */
    } cases[] = {
        {"{\"a\":1,\"acted\":{\"x\":2}}", "{\"a\":1}"},
        {"{\"a\":1,\"acted\":{},\"approved\":{\"by\":\"}\"}} \n", "{\"a\":1}"},
        {" { \"a\" : [1, 2] ,\n \"acted\"\t: {} }", " { \"a\" : [1, 2] }"},
        {"{\"a\":{\"acted\":{}},\"b\":\"acted\",\"acted\":{}}", "{\"a\":{\"acted\":{}},\"b\":\"acted\"}"},
        {"{\"a\":\"},\\\"acted\\\":{\",\"acted\":{}}", "{\"a\":\"},\\\"acted\\\":{\"}"},
        {"{\"a\":\"\\\\\",\"acted\":{}}", "{\"a\":\"\\\\\"}"},
        {"{\"acted\":{},\"a\":1}", NULL},
        {"{\"a\":1,\"\\u0061cted\":{}}", NULL},
        {"{\"a\":1,\"decided\":{}}", NULL},
        {"{\"a\":1,\"acted", NULL},
        {"", NULL},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        AUTO_STRBUF out = {0};
        struct error err = {0};
        int failed = incident_cut(&out, cases[i].whole, strlen(cases[i].whole), SECTION_ACTED, &err);
        assert_int_equal(failed, cases[i].rest ? 0 : -1);
        assert_int_equal(err.kind == ERROR_REJECT, !cases[i].rest);
        assert_string_equal(strbuf_text(&out), cases[i].rest ? cases[i].rest : "");
    }
}

static void test_an_approval_stands_on_its_proposal(void **state)
{
    (void)state;
    static const char acted[] = "{" HEAD ",\"observed\":{},\"decided\":{},\"acted\":{},\"approved\":{}}",
                      not_acted[] = "{" HEAD ",\"observed\":{},\"decided\":{},\"approved\":{}}",
                      no_object[] =
                          "{" HEAD ",\"observed\":{},\"decided\":{},\"acted\":{},\"approved\":true}";
    AUTO_INCIDENT incident = {0};
    struct incident refused;
    struct error err;
    assert_int_equal(incident_read(acted, strlen(acted), &incident, &err), 0);
    assert_non_null(incident.approved);
    assert_int_equal(incident_read(not_acted, strlen(not_acted), &refused, &err), -1);
    assert_int_equal(incident_read(no_object, strlen(no_object), &refused, &err), -1);
    assert_non_null(strstr(err.text, "approved"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_written_is_read),
        cmocka_unit_test(test_the_first_lap_follows_nothing),
        cmocka_unit_test(test_ids_and_keys),
        cmocka_unit_test(test_the_whole_way),
        cmocka_unit_test(test_splicing_changes_no_byte),
        cmocka_unit_test(test_the_bytes_need_no_end),
        cmocka_unit_test(test_only_the_next_section_is_due),
        cmocka_unit_test(test_a_section_twice_is_refused),
        cmocka_unit_test(test_refuses_broken_heads),
        cmocka_unit_test(test_the_last_lap_is_read),
        cmocka_unit_test(test_refuses_broken_sections),
        cmocka_unit_test(test_refuses_what_is_no_document),
        cmocka_unit_test(test_size),
        cmocka_unit_test(test_mangled_documents),
        cmocka_unit_test(test_cutting_a_section_off),
        cmocka_unit_test(test_an_approval_stands_on_its_proposal),
    };
    return cmocka_run_group_tests_name("common/schema/incident", tests, NULL, NULL);
}
