/* SPDX-License-Identifier: Apache-2.0 */
/* A list or a watch (an even or an odd first byte), once in one piece and once in pieces whose sizes the input's next bytes
 * say: the same objects must come of both, and the same end. */
#include <string.h>

#include "common/base/alloc.h"
#include "observer/watch/envelope.h"
#include "observer/watch/frame.h"
#include "observer/watch/meta.h"
#include "tests/fuzz/fuzz.h"

#define SIZES 8 /* bytes of the input that are sizes of pieces */

/* What came of a stream. */
struct seen {
    struct scratch scratch;
    size_t count, bytes;
    uint64_t sum; /* of all bytes in their order */
    int is_watch;
};

static void add_bytes(struct seen *seen, const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        seen->sum = seen->sum * 31 + bytes[i];
    seen->bytes += len;
    seen->count++;
}

static int take(void *context, const uint8_t *bytes, size_t len, struct error *err)
{
    struct seen *seen = context;
    struct watch_event event;
    struct object_meta meta;
    add_bytes(seen, bytes, len);
    if (!seen->is_watch)
        return 0;
    if (watch_event_read(&seen->scratch, bytes, len, &event, err))
        return -1;
    MUST(event.type < EVENT_TYPES &&
         (event.len == 0 || (event.object >= bytes && event.object + event.len <= bytes + len)));
    if (event.type == EVENT_ERROR)
        return watch_event_error(&seen->scratch, &event, err);
    return meta_read(&seen->scratch, event.object, event.len, &meta, err);
}

/* Feeds all of the bytes, in pieces of the sizes in turn (a size of 0 is of all that is left): 0, or -1. */
static int feed(struct seen *seen, const uint8_t *sizes, const uint8_t *bytes, size_t len,
                struct strbuf *versions)
{
    struct list_stream list = {.sink = {take, seen}};
    struct watch_stream watch = {.sink = {take, seen}};
    struct error err;
    int result = 0;
    for (size_t at = 0, i = 0, size; at < len && !result; at += size, i++) {
        size = sizes[i % SIZES] && sizes[i % SIZES] < len - at ? sizes[i % SIZES] : len - at;
        AUTO_FREE char *piece = xmalloc(size); /* of just this size, for the address sanitizer */
        memcpy(piece, bytes + at, size);
        result = seen->is_watch ? watch_stream_feed(&watch, piece, size, &err)
                                : list_stream_feed(&list, piece, size, &err);
    }
    if (!result && !seen->is_watch)
        result = list_stream_end(&list, &err);
    MUST(!result || *err.text);
    MUST(list.pending.len <= len && watch.pending.len <= len);
    strbuf_add(versions, strbuf_text(&list.resource_version), list.resource_version.len);
    strbuf_add(versions, strbuf_text(&list.continue_token), list.continue_token.len);
    list_stream_free(&list);
    watch_stream_free(&watch);
    return result;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static const uint8_t all[SIZES];
    if (len < 1 + SIZES)
        return 0;
    struct seen whole = {.is_watch = bytes[0] & 1}, pieces = whole;
    AUTO_STRBUF versions = {0}, again = {0};
    int result = feed(&whole, all, bytes + 1 + SIZES, len - 1 - SIZES, &versions);
    MUST(feed(&pieces, bytes + 1, bytes + 1 + SIZES, len - 1 - SIZES, &again) == result);
    MUST(whole.count == pieces.count && whole.bytes == pieces.bytes && whole.sum == pieces.sum);
    MUST(strcmp(strbuf_text(&versions), strbuf_text(&again)) == 0);
    scratch_free(&whole.scratch);
    scratch_free(&pieces.scratch);
    return 0;
}
