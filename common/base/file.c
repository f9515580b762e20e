/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "common/base/alloc.h"
#include "common/base/strbuf.h"

static int read_all(int fd, struct strbuf *out, const char *path, struct error *err)
{
    char chunk[4096];
    ssize_t count;
    while ((count = read(fd, chunk, sizeof chunk)) > 0) {
        strbuf_add(out, chunk, (size_t)count);
        if (out->len > FILE_MAX_BYTES)
            return fail(err, ERROR_FATAL, "%s: longer than %lu bytes: not the file that is meant", path,
                        FILE_MAX_BYTES);
    }
    if (count < 0)
        return fail(err, ERROR_FATAL, "cannot read %s: %s", path, strerror(errno));
    if (out->len && memchr(out->data, '\0', out->len))
        return fail(err, ERROR_FATAL, "%s: not a text file", path);
    return 0;
}

char *file_read(const char *path, struct error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        fail(err, ERROR_FATAL, "cannot open %s: %s", path, strerror(errno));
        return NULL;
    }
    AUTO_STRBUF text = {0};
    int failed = read_all(fd, &text, path, err);
    close(fd);
    return failed ? NULL : strbuf_take(&text);
}
