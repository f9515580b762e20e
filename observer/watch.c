/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/watch.h"

#include <stdlib.h>

#include "common/base/alloc.h"
#include "common/base/clock.h"
#include "common/runtime/process.h"
#include "observer/watch/watched.h"
#include "observer/watch/watcher.h"

/* What a thread needs to begin; it frees it. */
struct post {
    struct kube_config *config;
    struct store *store;
    enum store_kind kind;
};

static int run(void *context, struct error *err)
{
    AUTO_FREE struct post *post = context;
    (void)err;
    struct watcher *watcher = watcher_open(post->kind, post->config, post->store, process_stop_flag());
    while (!process_stopping())
        clock_sleep_ms(watcher_round(watcher));
    watcher_close(watcher);
    return 0;
}

void watch_start(struct kube_config *config, struct store *store)
{
    for (enum store_kind kind = STORE_PODS; kind < STORE_KINDS; kind++) {
        struct post *post = xmalloc(sizeof(*post));
        *post = (struct post){config, store, kind};
        process_spawn(watched[kind].name, run, post);
    }
}
