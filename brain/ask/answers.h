/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Replies that were of use, for half an hour: the same case need not be asked about twice, when a record is read again or a
 * workload fails as before. They are vetted anew against the case at hand. Thread-safe; holds at most ANSWERS_MOST.
 */
#pragma once

#include "brain/model.h"
#include "common/base/id.h"

#define ANSWERS_MOST 256
#define ANSWERS_KEPT_MS (30 * 60 * 1000)

struct answers;
struct answers *answers_new(void);
void answers_free(struct answers *answers);

/* 1 and copies of the reply, which the caller frees, and of the digest of what had been sent; 0. */
int answers_find(struct answers *answers, const char *fingerprint, struct reply *out,
                 char prompt_sha256[SHA256_HEX_SIZE]);

/* Keeps a copy; the oldest goes when there is no room. */
void answers_keep(struct answers *answers, const char *fingerprint, const struct reply *reply,
                  const char *prompt_sha256);
