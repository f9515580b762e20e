/* SPDX-License-Identifier: Apache-2.0 */
#include "actor/policies.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "common/base/alloc.h"
#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/runtime/metrics.h"
#include "common/runtime/process.h"

#define LOOK_EVERY_MS 1000

/* One policy and how many use it, the holder of the newest included. */
struct copy {
    struct policy policy;
    int uses;
};

/* What tells one state of a file from another. A ConfigMap is changed by pointing a link elsewhere. */
struct stamp {
    dev_t device;
    ino_t inode;
    off_t size;
    struct timespec changed;
};

struct policies {
    int (*read)(struct policy *out, struct error *err);
    pthread_mutex_t lock; /* guards newest and all counts */
    struct copy *newest;
    const char *path;
    struct stamp stamp; /* of the file when it was last read */
    struct metric *stale;
};

static void let_go(struct copy *copy)
{
    if (!copy || --copy->uses)
        return;
    policy_free(&copy->policy);
    free(copy);
}

static struct copy *read_copy(const struct policies *policies, struct error *err)
{
    struct copy *copy = xcalloc(1, sizeof *copy);
    copy->uses = 1;
    if (policies->read(&copy->policy, err) == 0)
        return copy;
    let_go(copy);
    return NULL;
}

int policies_renew(struct policies *policies, struct error *err)
{
    struct copy *copy = read_copy(policies, err);
    if (!copy)
        return -1;
    pthread_mutex_lock(&policies->lock);
    let_go(policies->newest);
    policies->newest = copy;
    pthread_mutex_unlock(&policies->lock);
    return 0;
}

void policies_free(struct policies *policies)
{
    if (!policies)
        return;
    let_go(policies->newest);
    pthread_mutex_destroy(&policies->lock);
    free(policies);
}

const struct policy *policies_take(struct policies *policies)
{
    pthread_mutex_lock(&policies->lock);
    struct copy *copy = policies->newest;
    copy->uses++;
    pthread_mutex_unlock(&policies->lock);
    return &copy->policy;
}

void policies_release(struct policies *policies, const struct policy *policy)
{
    pthread_mutex_lock(&policies->lock);
    let_go((struct copy *)(uintptr_t)policy); /* its first member */
    pthread_mutex_unlock(&policies->lock);
}

static struct stamp stamp_of(const char *path)
{
    struct stat info = {0};
    if (!path || stat(path, &info))
        return (struct stamp){0};
    return (struct stamp){info.st_dev, info.st_ino, info.st_size, info.st_mtim};
}

static int is_same(const struct stamp *a, const struct stamp *b)
{
    return a->device == b->device && a->inode == b->inode && a->size == b->size &&
           a->changed.tv_sec == b->changed.tv_sec && a->changed.tv_nsec == b->changed.tv_nsec;
}

struct policies *policies_open(const char *path, int (*read)(struct policy *out, struct error *err),
                               struct error *err)
{
    struct policies *policies = xcalloc(1, sizeof *policies);
    pthread_mutex_init(&policies->lock, NULL);
    policies->read = read;
    policies->path = path;
    policies->stamp = stamp_of(path);
    if (policies_renew(policies, err) == 0)
        return policies;
    policies_free(policies);
    return NULL;
}

static void renew(struct policies *policies)
{
    struct error err;
    int failed = policies_renew(policies, &err);
    metric_set(policies->stale, failed != 0);
    if (failed)
        log_error("the policy cannot be read; the last good one goes on to hold", "error", err.text, NULL);
    else
        log_info("the policy was read anew", "file", policies->path, NULL);
}

/* Read is what has rested from one look to the next: while somebody writes it, a file may be empty, and an empty one says the
 * defaults. */
static int run(void *context, struct error *err)
{
    (void)err;
    struct policies *policies = context;
    struct stamp last = policies->stamp;
    while (!process_stopping()) {
        clock_sleep_ms(LOOK_EVERY_MS);
        struct stamp now = stamp_of(policies->path);
        if (!is_same(&now, &policies->stamp) && is_same(&now, &last)) {
            policies->stamp = now;
            renew(policies);
        }
        last = now;
    }
    return 0;
}

void policies_watch(struct policies *policies)
{
    policies->stale =
        metric_gauge("aegiops_policy_stale", NULL,
                     "1 while the configuration file cannot be read and an older policy holds.");
    if (policies->path)
        process_spawn("policy", run, policies);
}
