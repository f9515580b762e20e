/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/store/texts.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/alloc.h"

struct text {
    struct table_node node; /* its spare is the number */
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
    free(texts->numbered);
}

/* A free place among the numbers, which begin with 1. */
static uint32_t take_number(struct texts *texts, struct text *text)
{
    uint32_t number = texts->free_number;
    if (number) {
        texts->free_number = (uint32_t)(uintptr_t)texts->numbered[number];
    } else {
        number = ++texts->number_count;
        if (number >= texts->number_capacity) {
            texts->number_capacity = texts->number_capacity ? 2 * texts->number_capacity : 64;
            texts->numbered = xrealloc(texts->numbered, texts->number_capacity * sizeof(struct text *));
        }
    }
    texts->numbered[number] = text;
    return number;
}

static void give_back(struct texts *texts, uint32_t number)
{
    texts->numbered[number] = (struct text *)(uintptr_t)texts->free_number;
    texts->free_number = number;
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
        text->node.spare = take_number(texts, text);
    }
    text->shares++;
    return text->bytes;
}

static struct text *text_of(const char *shared)
{
    return (struct text *)(uintptr_t)(shared - offsetof(struct text, bytes));
}

uint32_t texts_number(const char *shared)
{
    return *shared ? text_of(shared)->node.spare : 0;
}

const char *texts_at(const struct texts *texts, uint32_t number)
{
    return number ? texts->numbered[number]->bytes : "";
}

void texts_drop(struct texts *texts, const char *shared)
{
    if (!*shared)
        return;
    struct text *text = text_of(shared);
    if (--text->shares > 0)
        return;
    give_back(texts, text->node.spare);
    table_remove(&texts->table, &text->node);
    free(text);
}
