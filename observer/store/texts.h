/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Texts that many facts share (namespaces, nodes, images, reasons, owners), each kept once and counted: it
 * goes with the last fact that has it, so that churn leaves nothing behind. "" is never counted.
 */
#pragma once

#include "observer/store/table.h"

struct text;

/* Zeroed, it is empty and ready. */
struct texts {
    struct table table;
    struct text **numbered; /* a free number leads to the next free one */
    uint32_t number_count, number_capacity, free_number;
};

/* Every text must have been dropped. */
void texts_free(struct texts *texts);

/* The kept copy of a text: equal texts have equal pointers. One more share of it, to be dropped. */
const char *texts_share(struct texts *texts, const char *text);
void texts_drop(struct texts *texts, const char *shared);

/* A kept text by a small number, for as long as it is kept; 0 stands for "". */
uint32_t texts_number(const char *shared);
const char *texts_at(const struct texts *texts, uint32_t number);
