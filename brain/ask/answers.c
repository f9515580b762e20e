/* SPDX-License-Identifier: Apache-2.0 */
#include "brain/ask/answers.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/alloc.h"
#include "common/base/clock.h"

struct kept {
    char fingerprint[SHA256_HEX_SIZE]; /* "" = a free place */
    char prompt_sha256[SHA256_HEX_SIZE];
    struct reply reply;
    int64_t at_ms;
};

struct answers {
    pthread_mutex_t lock;
    struct kept kept[ANSWERS_MOST]; /* a ring */
    size_t next;
};

struct answers *answers_new(void)
{
    struct answers *answers = xcalloc(1, sizeof *answers);
    pthread_mutex_init(&answers->lock, NULL);
    return answers;
}

void answers_free(struct answers *answers)
{
    if (!answers)
        return;
    for (size_t i = 0; i < ANSWERS_MOST; i++)
        reply_free(&answers->kept[i].reply);
    pthread_mutex_destroy(&answers->lock);
    free(answers);
}

static struct reply copy(const struct reply *reply)
{
    struct reply made = *reply;
    made.answer = xstrdup(reply->answer);
    made.model = xstrdup(reply->model);
    made.version = xstrdup(reply->version);
    return made;
}

static struct kept *find(struct answers *answers, const char *fingerprint)
{
    for (size_t i = 0; i < ANSWERS_MOST; i++) {
        struct kept *kept = &answers->kept[i];
        if (strcmp(kept->fingerprint, fingerprint) == 0)
            return clock_monotonic_ms() - kept->at_ms < ANSWERS_KEPT_MS ? kept : NULL;
    }
    return NULL;
}

int answers_find(struct answers *answers, const char *fingerprint, struct reply *out,
                 char prompt_sha256[SHA256_HEX_SIZE])
{
    pthread_mutex_lock(&answers->lock);
    const struct kept *kept = find(answers, fingerprint);
    if (kept) {
        *out = copy(&kept->reply);
        snprintf(prompt_sha256, SHA256_HEX_SIZE, "%s", kept->prompt_sha256);
    }
    pthread_mutex_unlock(&answers->lock);
    return kept != NULL;
}

/* Takes the place of what is kept for this fingerprint, too old as that may be. */
static struct kept *place(struct answers *answers, const char *fingerprint)
{
    for (size_t i = 0; i < ANSWERS_MOST; i++)
        if (strcmp(answers->kept[i].fingerprint, fingerprint) == 0)
            return &answers->kept[i];
    struct kept *kept = &answers->kept[answers->next];
    answers->next = (answers->next + 1) % ANSWERS_MOST;
    return kept;
}

void answers_keep(struct answers *answers, const char *fingerprint, const struct reply *reply,
                  const char *prompt_sha256)
{
    pthread_mutex_lock(&answers->lock);
    struct kept *kept = place(answers, fingerprint);
    reply_free(&kept->reply);
    kept->reply = copy(reply);
    kept->at_ms = clock_monotonic_ms();
    snprintf(kept->fingerprint, sizeof kept->fingerprint, "%s", fingerprint);
    snprintf(kept->prompt_sha256, sizeof kept->prompt_sha256, "%s", prompt_sha256);
    pthread_mutex_unlock(&answers->lock);
}
