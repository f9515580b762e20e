/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/store/gone.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/alloc.h"

struct absence {
    enum store_kind kind;
    char *place; /* "namespace/name"; NULL = free */
    int64_t at_ms;
};

struct gone {
    struct absence absences[GONE_MAX];
    size_t count; /* places that have been used */
    size_t next;  /* the place to be used next: the oldest, once all are */
};

struct gone *gone_new(void)
{
    return xcalloc(1, sizeof(struct gone));
}

void gone_free(struct gone *gone)
{
    for (size_t i = 0; i < gone->count; i++)
        free(gone->absences[i].place);
    free(gone);
}

static int is_at(const struct absence *absence, enum store_kind kind, const char *ns, const char *name)
{
    size_t len = strlen(ns);
    return absence->place && absence->kind == kind && strncmp(absence->place, ns, len) == 0 &&
           absence->place[len] == '/' && strcmp(absence->place + len + 1, name) == 0;
}

static const struct absence *find(const struct gone *gone, enum store_kind kind, const char *ns,
                                  const char *name)
{
    for (size_t i = 0; i < gone->count; i++)
        if (is_at(&gone->absences[i], kind, ns, name))
            return &gone->absences[i];
    return NULL;
}

void gone_forget(struct gone *gone, enum store_kind kind, const char *ns, const char *name)
{
    const struct absence *absence = find(gone, kind, ns, name);
    if (!absence)
        return;
    struct absence *mine = &gone->absences[absence - gone->absences];
    free(mine->place);
    mine->place = NULL;
}

void gone_note(struct gone *gone, enum store_kind kind, const char *ns, const char *name, int64_t now_ms)
{
    gone_forget(gone, kind, ns, name);
    struct absence *oldest = &gone->absences[gone->next];
    free(oldest->place);
    *oldest = (struct absence){kind, xasprintf("%s/%s", ns, name), now_ms};
    gone->next = (gone->next + 1) % GONE_MAX;
    gone->count = gone->count < GONE_MAX ? gone->count + 1 : GONE_MAX;
}

int64_t gone_ms(const struct gone *gone, enum store_kind kind, const char *ns, const char *name)
{
    const struct absence *absence = find(gone, kind, ns, name);
    return absence ? absence->at_ms : 0;
}

void gone_clear(struct gone *gone, enum store_kind kind)
{
    for (size_t i = 0; i < gone->count; i++)
        if (gone->absences[i].kind == kind) {
            free(gone->absences[i].place);
            gone->absences[i].place = NULL;
        }
}
