/* SPDX-License-Identifier: Apache-2.0 */
#include "common/schema/orphan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/clock.h"
#include "common/schema/incident.h"

static const struct error why = {.kind = ERROR_REJECT, .text = "JSON: byte 3: unexpected token near 'x'"};

static void test_is_a_document_that_every_desk_accepts(void **state)
{
    (void)state;
    char id[ID_SIZE];
    AUTO_STRBUF out = {0};
    AUTO_INCIDENT incident = {0};
    struct error err;
    orphan_write(&out, id, "prod/shop/Deployment/web", "{{x", 3, "decide", &why);
    if (incident_read(out.data, out.len, &incident, &err))
        fail_msg("%s", err.text);
    assert_string_equal(incident.id, id);
    assert_string_equal(incident.key, "prod/shop/Deployment/web");
    assert_int_equal(incident.lap, 1);
    assert_null(incident.acted);
    assert_string_equal(json_string_at(incident.decided, "status"), "FATAL");
    assert_string_equal(json_string_at(incident.decided, "source"), "fallback");
    assert_int_equal(json_array_size(json_at(incident.decided, "actions")), 0);
    assert_non_null(strstr(json_string_at(incident.decided, "root_cause"), "unexpected token"));
}

static void test_same_record_same_incident(void **state)
{
    (void)state;
    char first[ID_SIZE], again[ID_SIZE], other[ID_SIZE];
    AUTO_STRBUF out = {0};
    clock_fix(1000);
    orphan_write(&out, first, "a/b/c/d", "x", 1, "decide", &why);
    clock_fix(2000);
    orphan_write(&out, again, "a/b/c/d", "x", 1, "act", &why);
    orphan_write(&out, other, "a/b/c/d", NULL, 0, "act", &why);
    clock_fix(-1);
    assert_string_equal(first, again);
    assert_string_not_equal(first, other);
}

static void test_hostile_reasons_stay_text(void **state)
{
    (void)state;
    struct error hostile = {.kind = ERROR_REJECT};
    char id[ID_SIZE];
    AUTO_STRBUF out = {0};
    AUTO_INCIDENT incident = {0};
    struct error err;
    strcpy(hostile.text, "\",\"decided\":{} \xff\xfe \x1b[2J");
    orphan_write(&out, id, "k\xc3\x28/\"", "\0\0", 2, "act", &hostile);
    if (incident_read(out.data, out.len, &incident, &err))
        fail_msg("%s", err.text);
    assert_null(strchr(json_string_at(incident.decided, "root_cause"), 0x1b));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_is_a_document_that_every_desk_accepts),
        cmocka_unit_test(test_same_record_same_incident),
        cmocka_unit_test(test_hostile_reasons_stay_text),
    };
    return cmocka_run_group_tests_name("common/schema/orphan", tests, NULL, NULL);
}
