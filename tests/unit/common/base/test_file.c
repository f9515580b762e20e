/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base/file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/alloc.h"
#include "tests/unit/unit.h"

static char folder[] = "/tmp/aegiops-file-XXXXXX";

static void write_bytes(const char *bytes, size_t len)
{
    int fd = open("file", O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, len), len);
    close(fd);
}

static int set_up(void **state)
{
    (void)state;
    return !mkdtemp(folder) || chdir(folder);
}

static int tear_down(void **state)
{
    (void)state;
    return unlink("file") || chdir("/") || rmdir(folder);
}

static void check_refused(const char *path, const char *message)
{
    struct error err;
    assert_null(file_read(path, &err));
    assert_int_equal(err.kind, ERROR_FATAL);
    assert_string_equal(err.text, message);
}

static void reads_all_of_it(void **state)
{
    static const size_t sizes[] = {0, 1, 4095, 4096, 4097, 100000, FILE_MAX_BYTES};
    AUTO_FREE char *bytes = xmalloc(FILE_MAX_BYTES);
    (void)state;
    for (size_t i = 0; i < FILE_MAX_BYTES; i++)
        bytes[i] = (char)('a' + i % 23);
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        struct error err;
        write_bytes(bytes, sizes[i]);
        AUTO_FREE char *text = file_read("file", &err);
        assert_non_null(text);
        assert_int_equal(strlen(text), sizes[i]);
        assert_memory_equal(text, bytes, sizes[i]);
    }
}

static void refuses_what_is_no_small_text(void **state)
{
    AUTO_FREE char *bytes = xcalloc(FILE_MAX_BYTES + 1, 1);
    (void)state;
    write_bytes("a\0b", 3);
    check_refused("file", "file: not a text file");
    memset(bytes, 'x', FILE_MAX_BYTES + 1);
    write_bytes(bytes, FILE_MAX_BYTES + 1);
    check_refused("file", "file: longer than 1048576 bytes: not the file that is meant");
    check_refused("/dev/zero", "/dev/zero: longer than 1048576 bytes: not the file that is meant");
    check_refused("gone", "cannot open gone: No such file or directory");
    check_refused("/", "cannot read /: Is a directory");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_all_of_it),
        cmocka_unit_test(refuses_what_is_no_small_text),
    };
    return cmocka_run_group_tests_name("base/file", tests, set_up, tear_down);
}
