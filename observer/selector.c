/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/selector.h"

#include <string.h>

#include "common/base/alloc.h"

#define SEPARATORS "\n,"

/* The next pair at *rest, whose length goes to len; *rest is then behind it. NULL = there is none. */
static const char *next_pair(const char **rest, size_t *len)
{
    const char *pair = *rest + strspn(*rest, SEPARATORS);
    *len = strcspn(pair, SEPARATORS);
    *rest = pair + *len;
    return *len ? pair : NULL;
}

/* Whether a pair, or with its "=" a key, begins one of the labels; of a pair the whole. */
static int has(const char *labels, const char *text, size_t text_len, int whole)
{
    size_t len;
    const char *label;
    while ((label = next_pair(&labels, &len)))
        if (len >= text_len && strncmp(label, text, text_len) == 0 && (!whole || len == text_len))
            return 1;
    return 0;
}

enum match selector_match(const char *selector, const char *labels)
{
    size_t len, found = 0, missing = 0;
    const char *pair;
    while ((pair = next_pair(&selector, &len))) {
        if (has(labels, pair, len, 1))
            found++;
        else if (has(labels, pair, strcspn(pair, "=") + 1, 0))
            return MATCH_NOT;
        else
            missing++;
    }
    return found == 0 ? MATCH_NOT : missing > 0 ? MATCH_PARTLY : MATCH_FULLY;
}

struct search {
    const char *ns, *labels;
    const struct service_facts *found;
};

static int is_found(void *context, const union facts *facts)
{
    struct search *search = context;
    const struct service_facts *service = &facts->service;
    if (service->deleted_ms || strcmp(service->ns, search->ns) != 0 ||
        strcmp(service->type, "ExternalName") == 0 ||
        selector_match(service->selector, search->labels) != MATCH_FULLY)
        return 0;
    search->found = service;
    return 1;
}

const struct service_facts *selector_service(struct store *store, const char *ns, const char *labels)
{
    struct search search = {ns, labels, NULL};
    store_each(store, STORE_SERVICES, is_found, &search);
    return search.found;
}

struct tour {
    const char *ns;
    int (*visit)(void *context, const struct controller_facts *maker);
    void *context;
};

static int visit_if_in(void *context, const union facts *facts)
{
    const struct tour *tour = context;
    return strcmp(facts->controller.ns, tour->ns) == 0 ? tour->visit(tour->context, &facts->controller) : 0;
}

int selector_each_maker(struct store *store, const char *ns,
                        int (*visit)(void *context, const struct controller_facts *maker), void *context)
{
    static const enum store_kind kinds[] = {STORE_DEPLOYMENTS, STORE_STATEFUL_SETS, STORE_DAEMON_SETS,
                                            STORE_JOBS, STORE_CRON_JOBS};
    struct tour tour = {ns, visit, context};
    int answer = 0;
    for (size_t i = 0; i < COUNT_OF(kinds) && !answer; i++)
        answer = store_each(store, kinds[i], visit_if_in, &tour);
    return answer;
}
