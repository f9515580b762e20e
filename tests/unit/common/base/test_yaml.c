/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base/yaml.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/alloc.h"
#include "common/base/clock.h"
#include "common/base/strbuf.h"
#include "tests/unit/mangle.h"
#include "tests/unit/unit.h"

static struct yaml_node *read_text(const char *text)
{
    struct error err;
    struct yaml_node *root = yaml_read(text, strlen(text), "test.yaml", &err);
    if (!root)
        fail_msg("%s", err.text);
    return root;
}

static void check_refused_bytes(const char *bytes, size_t len, const char *wanted)
{
    struct error err = {0};
    AUTO_YAML *root = yaml_read(bytes, len, "test.yaml", &err);
    if (root)
        fail_msg("accepted: %.60s", bytes);
    assert_int_equal(err.kind, ERROR_FATAL);
    if (!strstr(err.text, wanted))
        fail_msg("%.60s: \"%s\" does not say \"%s\"", bytes, err.text, wanted);
}

static void check_refused(const char *text, const char *wanted)
{
    check_refused_bytes(text, strlen(text), wanted);
}

static const char sample[] =
    "# a kubeconfig\n"
    "apiVersion: v1\n"
    "clusters:\n"
    "- name: prod\n"
    "  cluster: {server: \"https://10.0.0.1:6443\", insecure-skip-tls-verify: false}\n"
    "- name: 'it''s'\n"
    "users: []\n"
    "text: |\n"
    "  one\n"
    "  two\n"
    "folded: >-\n"
    "  one\n"
    "  two\n"
    "nothing:\n"
    "null-in-quotes: \"null\"\n"
    "deep:\n"
    "  - - - x\n";

static void test_the_tree_and_its_lines(void **state)
{
    (void)state;
    AUTO_YAML *root = read_text(sample);
    assert_int_equal(root->kind, YAML_MAPPING);
    assert_null(root->key);
    assert_string_equal(yaml_text(root, "apiVersion"), "v1");
    const struct yaml_node *clusters = yaml_get(root, "clusters");
    assert_int_equal(clusters->kind, YAML_SEQUENCE);
    assert_int_equal(clusters->line, 3);
    assert_null(clusters->text);
    const struct yaml_node *prod = clusters->first;
    assert_null(prod->key);
    assert_int_equal(prod->line, 4);
    assert_string_equal(yaml_text(yaml_get(prod, "cluster"), "server"), "https://10.0.0.1:6443");
    assert_int_equal(yaml_get(prod, "cluster")->line, 5);
    assert_true(yaml_get(yaml_get(prod, "cluster"), "server")->quoted);
    assert_false(yaml_get(prod, "name")->quoted);
    assert_string_equal(yaml_text(prod->next, "name"), "it's");
    assert_null(prod->next->next);
    assert_null(yaml_get(root, "users")->first);
    assert_string_equal(yaml_text(root, "text"), "one\ntwo\n");
    assert_string_equal(yaml_text(root, "folded"), "one two");
    assert_string_equal(yaml_get(root, "deep")->first->first->first->text, "x");
    assert_int_equal(yaml_get(root, "deep")->line, 16);
}

static void test_order_is_kept(void **state)
{
    (void)state;
    AUTO_YAML *root = read_text("z: 1\na: 2\nm: 3\n");
    assert_string_equal(root->first->key, "z");
    assert_string_equal(root->first->next->key, "a");
    assert_string_equal(root->first->next->next->key, "m");
    assert_null(root->first->next->next->next);
}

static void test_nulls_are_absent_texts(void **state)
{
    (void)state;
    AUTO_YAML *root =
        read_text("a:\nb: ~\nc: null\nd: Null\ne: NULL\nf: \"~\"\ng: 'null'\nh: \"\"\ni: nul\nj: {}\n");
    assert_null(yaml_text(root, "a"));
    assert_non_null(yaml_get(root, "a"));
    assert_null(yaml_text(root, "b"));
    assert_null(yaml_text(root, "c"));
    assert_null(yaml_text(root, "d"));
    assert_null(yaml_text(root, "e"));
    assert_string_equal(yaml_text(root, "f"), "~");
    assert_string_equal(yaml_text(root, "g"), "null");
    assert_string_equal(yaml_text(root, "h"), "");
    assert_string_equal(yaml_text(root, "i"), "nul");
    assert_null(yaml_text(root, "j"));
    assert_null(yaml_text(root, "absent"));
    assert_null(yaml_get(NULL, "a"));
    assert_null(yaml_text(NULL, "a"));
    assert_null(yaml_get(root->first, "a"));
}

static void test_a_file_that_says_nothing_is_an_empty_mapping(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "\n\n", "# only a comment\n", "---\n", "--- ~\n...\n", "{}"};
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        AUTO_YAML *root = read_text(texts[i]);
        assert_int_equal(root->kind, YAML_MAPPING);
        assert_null(root->first);
    }
}

static void test_other_roots_are_what_they_are(void **state)
{
    (void)state;
    AUTO_YAML *list = read_text("- a\n- b\n");
    AUTO_YAML *scalar = read_text("just text");
    AUTO_YAML *empty = read_text("\"\"");
    assert_int_equal(list->kind, YAML_SEQUENCE);
    assert_int_equal(scalar->kind, YAML_SCALAR);
    assert_int_equal(empty->kind, YAML_SCALAR);
}

static void test_refused_with_file_and_line(void **state)
{
    (void)state;
    check_refused("a: 1\nb: &x 2\n", "test.yaml:2: anchors");
    check_refused("a: 1\nb: *x\n", "test.yaml:2: aliases");
    check_refused("a: &x {b: 1}\n", "test.yaml:1: anchors");
    check_refused("a: &x [b]\n", "test.yaml:1: anchors");
    check_refused("a: 1\nb: !!str 2\n", "test.yaml:2: tags");
    check_refused("a: !local {b: 1}\n", "test.yaml:1: tags");
    check_refused("a: !!seq [b]\n", "test.yaml:1: tags");
    check_refused("a: 1\n---\nb: 2\n", "test.yaml:2: a second document");
    check_refused("a: 1\nb: 2\na: 3\n", "test.yaml:3: key \"a\" was given before, in line 1");
    check_refused("x:\n  k: 1\n  l: 2\n  'k': 3\n", "test.yaml:4: key \"k\" was given before, in line 2");
    check_refused("x: {k: 1, k: 2}\n", "test.yaml:1: key \"k\" was given before, in line 1");
    check_refused("a: 1\n? [b]\n: 2\n", "test.yaml:2: a key must be");
    check_refused("a: 1\n? {b: c}\n: 2\n", "test.yaml:2: a key must be");
    check_refused("a: 1\n? \n: 2\n", "test.yaml:2: a value without a key");
    check_refused("a: 1\n\"\": 2\n", "test.yaml:2: a value without a key");
    check_refused("a: \"x\\0y\"\n", "test.yaml:1: a NUL character");
    check_refused("a: 1\nb: [1, 2\nc: 3\n", "test.yaml:3: no valid YAML: ");
    check_refused("a: 1\n b: 2\n", "test.yaml:2: no valid YAML: ");
    check_refused("a: \"open\n", "no valid YAML: ");
    check_refused("a:\n\tb: 1\n", "test.yaml:2: indented by a tab: use spaces");
    check_refused("a:\n  b: 1\n  \tc: 1\n", "test.yaml:3: indented by a tab: use spaces");
    check_refused("a: 1\nb: \x01\n", "test.yaml:2: no valid YAML: ");
    check_refused("a: 1\n\nb: \xFF\n", "test.yaml:3: no valid YAML: ");
    check_refused("a: 1\nb: %x\n", "test.yaml:2: no valid YAML: ");
}

static void test_nul_bytes_are_refused(void **state)
{
    (void)state;
    check_refused_bytes("a: 1\nb: \0\n", 10, "test.yaml:2: ");
    check_refused_bytes("\0", 1, "test.yaml:1: ");
}

static char *nested(size_t depth, const char *open, const char *close)
{
    AUTO_STRBUF text = {0};
    for (size_t i = 0; i < depth; i++)
        strbuf_puts(&text, open);
    for (size_t i = 0; i < depth; i++)
        strbuf_puts(&text, close);
    return strbuf_take(&text);
}

static void test_depth(void **state)
{
    (void)state;
    AUTO_FREE char *deepest = nested(YAML_MAX_DEPTH, "[", "]");
    AUTO_FREE char *deeper = nested(YAML_MAX_DEPTH + 1, "[", "]");
    AUTO_FREE char *block = nested(YAML_MAX_DEPTH + 1, "- ", "");
    AUTO_FREE char *brackets = nested(500000, "[", "");
    AUTO_FREE char *braces = nested(400000, "{a", "");
    AUTO_YAML *root = read_text(deepest);
    assert_non_null(root);
    check_refused(deeper, "test.yaml:1: nested deeper than 32 levels");
    check_refused(block, "nested deeper than 32 levels");
    check_refused(brackets, "nested deeper than 32 levels");
    check_refused(braces, "test.yaml:1: ");
}

static void test_size(void **state)
{
    (void)state;
    AUTO_FREE char *text = xmalloc(YAML_MAX_BYTES + 2);
    memset(text, ' ', YAML_MAX_BYTES + 1);
    text[YAML_MAX_BYTES + 1] = '\0';
    check_refused(text, "test.yaml:1: larger than 1048576 bytes");
    memcpy(text, "a: ", 3);
    memset(text + 3, 'x', YAML_MAX_BYTES - 3);
    text[YAML_MAX_BYTES] = '\0';
    AUTO_YAML *root = read_text(text);
    assert_int_equal(strlen(yaml_text(root, "a")), YAML_MAX_BYTES - 3);
}

/* A hostile file must not cost the square of its size. */
static void test_many_keys_take_no_time(void **state)
{
    (void)state;
    AUTO_STRBUF text = {0};
    for (int i = 0; text.len < YAML_MAX_BYTES - 20; i++)
        strbuf_printf(&text, "%x:\n", (unsigned)i);
    int64_t begin = clock_monotonic_ms();
    AUTO_YAML *root = read_text(text.data);
    assert_string_equal(root->first->key, "0");
    assert_true(clock_monotonic_ms() - begin < 10000);
    strbuf_puts(&text, "1f:\n");
    check_refused(text.data, "key \"1f\" was given before, in line 32");
}

static void test_files(void **state)
{
    (void)state;
    char path[] = "/tmp/test_yaml_XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "a: 1\na: 2\n", 10), 10);
    struct error err = {0};
    AUTO_FREE char *wanted = xasprintf("%s:2: key \"a\"", path);
    assert_null(yaml_read_file(path, &err));
    assert_non_null(strstr(err.text, wanted));
    assert_int_equal(ftruncate(fd, 5), 0);
    AUTO_YAML *root = yaml_read_file(path, &err);
    assert_string_equal(yaml_text(root, "a"), "1");
    close(fd);
    unlink(path);
    assert_null(yaml_read_file(path, &err));
    assert_int_equal(err.kind, ERROR_FATAL);
    assert_non_null(strstr(err.text, path));
    assert_non_null(strstr(err.text, "No such file"));
    assert_null(yaml_read_file("/tmp", &err));
    assert_non_null(strstr(err.text, "directory"));
}

static void check_mangled(const char *bytes, size_t len)
{
    struct error err = {0};
    AUTO_YAML *root = yaml_read(bytes, len, "test.yaml", &err);
    if (!root) {
        assert_int_equal(err.kind, ERROR_FATAL);
        assert_memory_equal(err.text, "test.yaml:", 10);
        assert_true(atoi(err.text + 10) > 0);
    }
}

static void test_mangled_input(void **state)
{
    (void)state;
    mangle(sample, strlen(sample), 10000, check_mangled);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_tree_and_its_lines),
        cmocka_unit_test(test_order_is_kept),
        cmocka_unit_test(test_nulls_are_absent_texts),
        cmocka_unit_test(test_a_file_that_says_nothing_is_an_empty_mapping),
        cmocka_unit_test(test_other_roots_are_what_they_are),
        cmocka_unit_test(test_refused_with_file_and_line),
        cmocka_unit_test(test_nul_bytes_are_refused),
        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_size),
        cmocka_unit_test(test_many_keys_take_no_time),
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_mangled_input),
    };
    return cmocka_run_group_tests_name("common/base/yaml", tests, NULL, NULL);
}
