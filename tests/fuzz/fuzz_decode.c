/* SPDX-License-Identifier: Apache-2.0 */
/* Objects in protobuf, of every kind that is watched, on their way through the decoder into the store. The first byte of the
 * input names a kind, which the others follow: what one kind skips, another reads. */
#include "common/base/clock.h"
#include "observer/store.h"
#include "observer/watch/watched.h"
#include "tests/fuzz/fuzz.h"

#define NOW_MS 1764100000000

static void put(struct store *store, struct decoder *decoder, unsigned kind, const uint8_t *bytes, size_t len)
{
    struct error err;
    if (watched_put(store, (enum store_kind)kind, decoder, bytes, len, &err))
        MUST(err.kind == ERROR_REJECT && *err.text);
}

/* Takes out what an object of a DELETED event names. */
static void take_out(struct store *store, unsigned kind, const uint8_t *bytes, size_t len)
{
    struct scratch scratch = {0};
    struct object_meta meta;
    struct error err;
    if (meta_read(&scratch, bytes, len, &meta, &err) == 0)
        watched_remove(store, (enum store_kind)kind, &meta);
    scratch_free(&scratch);
}

/* Sees all that changed, as the observe loop does: each subject once. */
static void see_changes(struct store *store)
{
    struct workload workload, found;
    store_lock(store);
    while (store_next_changed(store, &workload))
        if (workload.pod_count > 0)
            MUST(store_find(store, workload.ns, workload.kind, workload.name, &found));
    store_unlock(store);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct decoder decoder = {0};
    if (len == 0)
        return 0;
    unsigned first = *bytes % STORE_KINDS;
    clock_fix(NOW_MS);
    struct store *store = store_new();
    for (unsigned i = 0; i < STORE_KINDS; i++)
        put(store, &decoder, (first + i) % STORE_KINDS, bytes + 1, len - 1);
    see_changes(store);
    put(store, &decoder, first, bytes + 1, len - 1); /* as it was */
    store_list_begin(store, (enum store_kind)first);
    store_list_end(store, (enum store_kind)first); /* nothing is left of the kind */
    MUST(store_count(store, (enum store_kind)first) == 0);
    take_out(store, (first + 1) % STORE_KINDS, bytes + 1, len - 1);
    see_changes(store);
    store_free(store);
    decoder_free(&decoder);
    return 0;
}
