/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/store/texts.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/alloc.h"

struct text {
    struct table_node node;
    uint32_t shares;
    char bytes[];
};

static struct text *text_at(struct table_node *node)
{
    return (struct text *)((char *)node - offsetof(struct text, node));
}

void texts_free(struct texts *texts)
{
    assert(texts->table.count == 0);
    table_free(&texts->table);
}

static struct text *find(const struct texts *texts, const char *bytes, uint32_t hash)
{
    struct table_node *node = table_first(&texts->table, hash);
    while (node && strcmp(text_at(node)->bytes, bytes) != 0)
        node = table_next(node);
    return node ? text_at(node) : NULL;
}

const char *texts_share(struct texts *texts, const char *bytes)
{
    size_t len = strlen(bytes);
    if (len == 0)
        return "";
    uint32_t hash = table_hash(TABLE_HASH, bytes, len);
    struct text *text = find(texts, bytes, hash);
    if (!text) {
        text = xmalloc(offsetof(struct text, bytes) + len + 1);
        memcpy(text->bytes, bytes, len + 1);
        text->shares = 0;
        table_add(&texts->table, &text->node, hash);
    }
    text->shares++;
    return text->bytes;
}

void texts_drop(struct texts *texts, const char *shared)
{
    if (!*shared)
        return;
    struct text *text = (struct text *)(uintptr_t)(shared - offsetof(struct text, bytes));
    if (--text->shares > 0)
        return;
    table_remove(&texts->table, &text->node);
    free(text);
}
