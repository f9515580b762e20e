/* SPDX-License-Identifier: Apache-2.0 */
#include "common/runtime/option_name.h"

#include <ctype.h>
#include <string.h>

#include "common/base/alloc.h"

char *option_name(const struct option *row)
{
    return xasprintf("%s%s", row->key, row->type == OPTION_SECRET ? "_file" : "");
}

char *option_flag(const char *name)
{
    char *flag = xasprintf("--%s", name);
    for (char *c = flag; *c; c++)
        if (*c == '.' || *c == '_')
            *c = '-';
    return flag;
}

char *option_variable(const char *name)
{
    char *variable = xasprintf("AEGIOPS_%s", name);
    for (char *c = variable; *c; c++)
        *c = *c == '.' ? '_' : (char)toupper((unsigned char)*c);
    return variable;
}

static size_t least_of(size_t a, size_t b, size_t c)
{
    size_t least = a < b ? a : b;
    return least < c ? least : c;
}

size_t option_distance(const char *a, const char *b)
{
    size_t len = strlen(b);
    AUTO_FREE size_t *row = xcalloc(len + 1, sizeof *row);
    for (size_t j = 0; j <= len; j++)
        row[j] = j;
    for (size_t i = 0; a[i]; i++) {
        size_t diagonal = row[0];
        row[0] = i + 1;
        for (size_t j = 0; j < len; j++) {
            size_t above = row[j + 1];
            row[j + 1] = least_of(above + 1, row[j] + 1, diagonal + (a[i] != b[j]));
            diagonal = above;
        }
    }
    return row[len];
}
