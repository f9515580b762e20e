/* SPDX-License-Identifier: Apache-2.0 */
/* The last LIMIT_SEEN_IDS ids that passed here, so that a repeat can be dropped. One thread. */
#pragma once

struct seen;
struct seen *seen_new(void);
void seen_free(struct seen *seen);

/* Whether the id was added and not yet pushed out by newer ones. */
int seen_has(const struct seen *seen, const char *id);

/* Remembers the id (copied), forgetting the oldest when full. */
void seen_add(struct seen *seen, const char *id);
