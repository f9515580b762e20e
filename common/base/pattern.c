/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base/pattern.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdlib.h>

#include "common/base/alloc.h"

struct pattern {
    pcre2_code *code;
    pcre2_match_data *match;
};

struct pattern *pattern_new(const char *expression)
{
    int why;
    size_t where;
    struct pattern *pattern = xmalloc(sizeof *pattern);
    pattern->code = pcre2_compile((PCRE2_SPTR)expression, PCRE2_ZERO_TERMINATED, 0, &why, &where, NULL);
    pattern->match = pattern->code ? pcre2_match_data_create(1, NULL) : NULL;
    if (!pattern->match)
        abort();
    pcre2_jit_compile(pattern->code, PCRE2_JIT_COMPLETE); /* where there is none, it is only slower */
    return pattern;
}

void pattern_free(struct pattern *pattern)
{
    if (!pattern)
        return;
    pcre2_match_data_free(pattern->match);
    pcre2_code_free(pattern->code);
    free(pattern);
}

int pattern_find(const struct pattern *pattern, const char *text, size_t len, size_t from, struct span *out)
{
    int found = pcre2_match(pattern->code, (PCRE2_SPTR)text, len, from, 0, pattern->match, NULL);
    if (found == PCRE2_ERROR_NOMATCH)
        return 0;
    const PCRE2_SIZE *at = pcre2_get_ovector_pointer(pattern->match);
    *out = found < 0 ? (struct span){from, len} : (struct span){at[0], at[1]};
    return 1;
}
