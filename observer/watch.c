/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/watch.h"

#include <stdlib.h>

#include "common/base/alloc.h"
#include "common/base/clock.h"
#include "common/runtime/process.h"
#include "observer/watch/watched.h"
#include "observer/watch/watcher.h"

/* What the threads share. */
struct watches {
    struct kube_config *config;
    struct store *store;
    struct server_traits server;
};

/* What a thread needs to begin; it frees it. */
struct post {
    struct watches *all;
    enum store_kind kind;
};

static int run(void *context, struct error *err)
{
    AUTO_FREE struct post *post = context;
    struct watches *all = post->all;
    (void)err;
    struct watcher *watcher =
        watcher_open(post->kind, all->config, all->store, &all->server, process_stop_flag());
    while (!process_stopping())
        clock_sleep_ms(watcher_round(watcher));
    watcher_close(watcher);
    return 0;
}

struct watches *watch_start(struct kube_config *config, struct store *store)
{
    struct watches *all = xcalloc(1, sizeof(*all));
    all->config = config;
    all->store = store;
    for (enum store_kind kind = STORE_PODS; kind < STORE_KINDS; kind++) {
        struct post *post = xmalloc(sizeof(*post));
        *post = (struct post){all, kind};
        process_spawn(watched[kind].name, run, post);
    }
    return all;
}

void watch_free(struct watches *watches)
{
    free(watches);
}

int watch_is_cut_off(const struct watches *watches)
{
    return atomic_load(&watches->server.alarms) > 0;
}
