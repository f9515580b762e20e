/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base/pem.h"

#include <string.h>

#include "common/base/alloc.h"
#include "common/base/strbuf.h"
#include "tests/unit/unit.h"

#define BEGIN                                                                                                \
    "-----BEGIN "                                                                                            \
    "RSA PRIVATE KEY-----"
#define END                                                                                                  \
    "-----END "                                                                                              \
    "RSA PRIVATE KEY-----"
#define LINE "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj"

/* The text with # for each block. */
static void check(const char *text, const char *wanted)
{
    AUTO_SPANS found = {0};
    AUTO_STRBUF rest = {0};
    size_t at = 0;
    pem_find(text, &found);
    for (size_t i = 0; i < found.count; i++) {
        assert_true(found.items[i].start >= at && found.items[i].end <= strlen(text));
        strbuf_add(&rest, text + at, found.items[i].start - at);
        strbuf_putc(&rest, '#');
        at = found.items[i].end;
    }
    strbuf_puts(&rest, text + at);
    assert_string_equal(strbuf_text(&rest), wanted);
}

static void whole_blocks_are_found(void **state)
{
    (void)state;
    check("a\n" BEGIN "\n" LINE "\nabc=\n" END "\nb", "a\n#\nb");
    check(BEGIN "\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,AA\n\n" LINE "\n" END, "#");
    check("\"" BEGIN "\\n" LINE "\\nabc=\\n" END "\\n\"", "\"#\\n\"");
    check("\\\"" BEGIN "\\\\r\\\\n" LINE "\\\\r\\\\n" END "\\\"", "\\\"#\\\"");
    check("  key: |\n    " BEGIN "\n    " LINE "\n    abc=\n    " END "\n", "  key: |\n    #\n");
    check("x" BEGIN "x" END "y" BEGIN " " LINE " " END "z", "x#y#z");
}

static void halves_are_found(void **state)
{
    (void)state;
    check(BEGIN "\n" LINE "\nabc", "#");
    check(BEGIN "\n" LINE "\nERROR: it ends here\n", "#\nERROR: it ends here\n");
    check("the log:\n" LINE "\nabc=\n" END "\nafter", "the log:#\nafter");
    check(BEGIN "\n" LINE "\n" BEGIN "\n" LINE "\n" END, "#\n#");
}

static void words_about_keys_are_none(void **state)
{
    (void)state;
    check("no " BEGIN " in the file", "no " BEGIN " in the file");
    check("expected " END " but it ended", "expected " END " but it ended");
    check("-------- a table --------", "-------- a table --------");
    check("-----BEGIN ", "-----BEGIN ");
    check("", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_blocks_are_found),
        cmocka_unit_test(halves_are_found),
        cmocka_unit_test(words_about_keys_are_none),
    };
    return cmocka_run_group_tests_name("common/base/pem", tests, NULL, NULL);
}
