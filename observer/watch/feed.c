/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/watch/feed.h"

#include <stdio.h>
#include <string.h>

#include "common/base/alloc.h"
#include "common/base/clock.h"
#include "common/base/id.h"
#include "common/base/log.h"
#include "common/runtime/version.h"
#include "observer/watch/frame.h"

/* https://kubernetes.io/docs/reference/using-api/api-concepts/#alternate-representations-of-resources */
#define ACCEPT(stream, as) "application/vnd.kubernetes.protobuf" stream as ", application/json" as
#define ACCEPT_LIST ACCEPT("", "")
#define ACCEPT_WATCH ACCEPT(";stream=watch", "")
/* https://kubernetes.io/docs/reference/using-api/api-concepts/#metadata-only-fetches */
#define ACCEPT_LIST_METADATA ACCEPT("", ";as=PartialObjectMetadataList;g=meta.k8s.io;v=v1")
#define ACCEPT_WATCH_METADATA ACCEPT(";stream=watch", ";as=PartialObjectMetadata;g=meta.k8s.io;v=v1")
#define WATCH_LEAST_S 300 /* as the informers of client-go do: not all watches end at one time */
#define WATCH_SPREAD_S 300
#define LABELS_BYTES 128
#define NAP_BYTES (384 * 1024)
#define NO_API_SERVER                                                                                        \
    "neither protobuf nor JSON, which API servers speak: have kube.kubeconfig name one, not a proxy that "   \
    "changes what it says"

/* ---- Metrics ---- */

static struct metric *counter(const char *name, const char *kind, const char *help)
{
    char labels[LABELS_BYTES];
    snprintf(labels, sizeof(labels), "kind=\"%s\"", kind);
    return metric_counter(name, labels, help);
}

static void open_metrics(struct feed *feed, const char *kind)
{
    char labels[LABELS_BYTES];
    for (enum event_type type = EVENT_ADDED; type < EVENT_TYPES; type++) {
        snprintf(labels, sizeof(labels), "kind=\"%s\",type=\"%s\"", kind, event_type_name(type));
        feed->events[type] = metric_counter("aegiops_watch_events_total", labels,
                                            "Objects and events read from the API server.");
    }
    feed->bytes = counter("aegiops_watch_bytes_total", kind, "Bytes read from the API server.");
    feed->undecodable =
        counter("aegiops_watch_undecodable_total", kind, "Objects that could not be read and were left out.");
    snprintf(labels, sizeof(labels), "kind=\"%s\"", kind);
    feed->objects = metric_gauge("aegiops_store_objects", labels, "Objects whose facts are kept.");
}

void feed_open(struct feed *feed, enum store_kind kind, struct kube_config *config, struct store *store,
               const volatile int *stop)
{
    *feed = (struct feed){.kind = kind,
                          .store = store,
                          .kube = kube_open(config, "aegiops-observer/" AEGIOPS_VERSION),
                          .stop = stop};
    open_metrics(feed, watched[kind].name);
}

void feed_close(struct feed *feed)
{
    kube_close(feed->kube);
    strbuf_free(&feed->version);
    decoder_free(&feed->decoder);
    scratch_free(&feed->scratch);
}

/* ---- What arrives ---- */

/* One that cannot be read is left out, so that it does not keep all others from being seen. The first is told;
 * those that follow may be many. */
static void put(struct feed *feed, const void *bytes, size_t len)
{
    struct error err;
    if (watched_put(feed->store, feed->kind, &feed->decoder, bytes, len, &err) == 0)
        return;
    if (metric_value(feed->undecodable) == 0)
        log_warn("left out an object that cannot be read", "kind", watched[feed->kind].name, "why", err.text,
                 NULL);
    metric_add(feed->undecodable, 1);
}

static void count_bytes(struct feed *feed, size_t len)
{
    metric_add(feed->bytes, (long long)len);
    metric_set(feed->objects, (long long)store_count(feed->store, feed->kind));
}

static void set_version(struct feed *feed, const char *version)
{
    strbuf_clear(&feed->version);
    strbuf_puts(&feed->version, version);
}

static int get(struct feed *feed, const char *path, const char *accept, long idle_ms,
               int (*on_data)(void *context, const char *bytes, size_t len), void *context, struct error *err)
{
    AUTO_HTTP_RESPONSE response = {0};
    struct kube_request request = {.method = "GET", .path = path, .accept = accept};
    const struct watched *kind = &watched[feed->kind];
    feed->is_unreadable = 0;
    if (kube_stream(feed->kube, &request, idle_ms, feed->stop, on_data, context, &response, err))
        return err->status == 406 || err->status == 415 ? wrap(err, NO_API_SERVER) : -1;
    feed->is_json = strstr(response.content_type, "json") != NULL;
    if (*response.content_type && !feed->is_json && !strstr(response.content_type, "protobuf"))
        return fail(err, ERROR_RETRY, NO_API_SERVER ": GET %s: %s", kind->path, response.content_type);
    return 0;
}

/* ---- Watches ---- */

/* A watch under way. */
struct watch {
    struct feed *feed;
    struct watch_stream stream;
    int is_list;      /* a streamed list, up to the bookmark that ends it */
    int is_complete;  /* … which has come */
    int is_open;      /* the API server has accepted it */
    int64_t heard_ms; /* when it was accepted, or the last object came */
    size_t since_nap; /* bytes of a list, see let_gather() … */
    int64_t nap_ms;   /* … and when its last nap ended */
    int has_failed;
    struct error err;
};

static void watch_free(struct watch *watch)
{
    watch_stream_free(&watch->stream);
}

#define AUTO_WATCH __attribute__((cleanup(watch_free))) struct watch

static int is_quiet(const struct watch *watch)
{
    return watch->is_open && clock_monotonic_ms() - watch->heard_ms >= FEED_QUIET_MS;
}

static int read_meta(struct feed *feed, const struct watch_event *event, struct object_meta *out,
                     struct error *err)
{
    if (meta_read(&feed->scratch, event->object, event->len, out, err))
        return -1;
    if (!*out->resource_version)
        return fail(err, ERROR_RETRY, "a watch event of type %s has no resourceVersion",
                    event_type_name(event->type));
    return 0;
}

/* A streamed list ends with the bookmark that says so; others come while the API server waits for something,
 * or for ever where it knows nothing of streamed lists. */
static int take_bookmark(struct watch *watch, const struct watch_event *event, struct error *err)
{
    struct object_meta meta;
    if (read_meta(watch->feed, event, &meta, err))
        return -1;
    watch->is_complete = watch->is_list && meta.initial_events_end;
    if (!watch->is_list || watch->is_complete)
        set_version(watch->feed, meta.resource_version);
    return watch->is_complete || (watch->is_list && is_quiet(watch)) ? fail(err, ERROR_RETRY, "no list came")
                                                                     : 0;
}

/* An object of the kind. Those of a streamed list come in no order, so their versions say nothing. */
static int take_object(struct watch *watch, const struct watch_event *event, struct error *err)
{
    struct feed *feed = watch->feed;
    struct object_meta meta;
    watch->heard_ms = clock_monotonic_ms();
    if (event->type != EVENT_DELETED)
        put(feed, event->object, event->len);
    if (event->type != EVENT_DELETED && watch->is_list)
        return 0;
    if (read_meta(feed, event, &meta, err))
        return -1;
    if (event->type == EVENT_DELETED)
        watched_remove(feed->store, feed->kind, &meta);
    if (!watch->is_list)
        set_version(feed, meta.resource_version);
    return 0;
}

static int take_frame(void *context, const uint8_t *bytes, size_t len, struct error *err)
{
    struct watch *watch = context;
    struct feed *feed = watch->feed;
    struct watch_event event;
    if (watch_event_read(&feed->scratch, bytes, len, &event, err))
        return -1;
    metric_add(feed->events[event.type], 1);
    if (event.type == EVENT_ERROR)
        return watch_event_error(&feed->scratch, &event, err);
    return event.type == EVENT_BOOKMARK ? take_bookmark(watch, &event, err) : take_object(watch, &event, err);
}

/* A list comes as fast as the API server writes it, in a piece for each object. To be woken by every piece costs as much as to
 * read it: so they gather in the socket, which has room for more than comes meanwhile, while we sleep two ms out of three. */
static void let_gather(struct watch *watch, size_t len)
{
    watch->since_nap += len;
    if (watch->since_nap < NAP_BYTES && clock_monotonic_ms() <= watch->nap_ms)
        return;
    watch->since_nap = 0;
    clock_sleep_ms(2);
    watch->nap_ms = clock_monotonic_ms();
}

static int take_watch_bytes(void *context, const char *bytes, size_t len)
{
    struct watch *watch = context;
    struct feed *feed = watch->feed;
    if (!watch->is_open) {
        watch->is_open = 1;
        watch->heard_ms = clock_monotonic_ms();
        if (!watch->is_list && feed->on_open)
            feed->on_open(feed->context);
    }
    if (watch->is_list && !watch->is_complete)
        let_gather(watch, len);
    int result = watch_stream_feed(&watch->stream, bytes, len, &watch->err);
    watch->has_failed = result && !watch->is_complete;
    feed->is_unreadable = watch->has_failed && !watch->err.status;
    count_bytes(feed, len);
    return result;
}

static const char *filter_of(const struct watched *kind)
{
    return kind->filter ? kind->filter : "";
}

/* Runs a watch to its end: parameters as they follow "watch=1&". */
static int run_watch(struct watch *watch, const char *parameters, long idle_ms, struct error *err)
{
    struct feed *feed = watch->feed;
    const struct watched *kind = &watched[feed->kind];
    AUTO_FREE char *path =
        xasprintf("%s?watch=1&%s&allowWatchBookmarks=true&timeoutSeconds=%u%s", kind->path, parameters,
                  WATCH_LEAST_S + id_random(WATCH_SPREAD_S + 1), filter_of(kind));
    watch->stream.sink = (struct frame_sink){take_frame, watch};
    if (get(feed, path, kind->metadata_only ? ACCEPT_WATCH_METADATA : ACCEPT_WATCH, idle_ms, take_watch_bytes,
            watch, err))
        return -1;
    if (watch->has_failed)
        *err = watch->err;
    return watch->has_failed ? -1 : 0;
}

int feed_follow(struct feed *feed, struct error *err)
{
    AUTO_WATCH watch = {.feed = feed};
    AUTO_STRBUF parameters = {0};
    strbuf_puts(&parameters, "resourceVersion=");
    http_escape(&parameters, feed->version.data);
    return run_watch(&watch, parameters.data, watched[feed->kind].is_uncached ? 0 : FEED_IDLE_MS, err);
}

/* Whether the API server said, or showed, that it does not stream lists: 422 where the feature is off or
 * unknown, an ERROR where its etcd cannot report progress, or silence where it ignored the question. */
static int is_unsupported(const struct watch *watch, const struct error *err)
{
    return err->status == 422 || (err->status == 500 && strstr(err->text, "RequestWatchProgress")) ||
           is_quiet(watch);
}

int feed_list_streamed(struct feed *feed, int *unsupported, struct error *err)
{
    AUTO_WATCH watch = {.feed = feed, .is_list = 1};
    *unsupported = 0;
    store_list_begin(feed->store, feed->kind);
    int failed =
        run_watch(&watch, "sendInitialEvents=true&resourceVersionMatch=NotOlderThan", FEED_QUIET_MS, err);
    if (watch.is_complete) {
        store_list_end(feed->store, feed->kind);
        return 0;
    }
    if (!failed)
        fail(err, ERROR_RETRY, "the stream ended before the list did");
    *unsupported = is_unsupported(&watch, err);
    return -1;
}

/* ---- Pages ---- */

struct page {
    struct feed *feed;
    struct list_stream stream;
    int has_failed;
    struct error err;
};

static void page_free(struct page *page)
{
    list_stream_free(&page->stream);
}

#define AUTO_PAGE __attribute__((cleanup(page_free))) struct page

static int take_item(void *context, const uint8_t *bytes, size_t len, struct error *err)
{
    struct feed *feed = context;
    (void)err;
    metric_add(feed->events[EVENT_ADDED], 1);
    put(feed, bytes, len);
    return 0;
}

static int take_page_bytes(void *context, const char *bytes, size_t len)
{
    struct page *page = context;
    page->has_failed = list_stream_feed(&page->stream, bytes, len, &page->err);
    count_bytes(page->feed, len);
    return page->has_failed;
}

/* Reads the page that the token stands for ("" = the first), which becomes the token of the next. */
static int read_page(struct feed *feed, unsigned limit, struct strbuf *token, struct error *err)
{
    AUTO_PAGE page = {.feed = feed, .stream.sink = {take_item, feed}};
    AUTO_STRBUF path = {0};
    strbuf_printf(&path, "%s?limit=%u%s", watched[feed->kind].path, limit, filter_of(&watched[feed->kind]));
    if (token->len > 0) {
        strbuf_puts(&path, "&continue=");
        http_escape(&path, token->data);
    }
    const char *accept = watched[feed->kind].metadata_only ? ACCEPT_LIST_METADATA : ACCEPT_LIST;
    if (get(feed, path.data, accept, FEED_QUIET_MS, take_page_bytes, &page, err))
        return -1;
    if (page.has_failed) {
        *err = page.err;
        return -1;
    }
    if (list_stream_end(&page.stream, err))
        return -1;
    if (feed->version.len == 0) /* all pages are of the moment of the first */
        set_version(feed, strbuf_text(&page.stream.resource_version));
    strbuf_clear(token);
    strbuf_puts(token, strbuf_text(&page.stream.continue_token));
    return feed->version.len > 0 ? 0 : fail(err, ERROR_RETRY, "the list has no resourceVersion");
}

static int read_pages(struct feed *feed, unsigned limit, struct error *err)
{
    AUTO_STRBUF token = {0};
    strbuf_clear(&feed->version);
    store_list_begin(feed->store, feed->kind);
    do {
        if (read_page(feed, limit, &token, err)) {
            strbuf_clear(&feed->version);
            return -1;
        }
    } while (token.len > 0);
    store_list_end(feed->store, feed->kind);
    return 0;
}

int feed_list_paged(struct feed *feed, struct error *err)
{
    int result = read_pages(feed, FEED_PAGE_ITEMS, err);
    if (result && err->status == 410) /* the snapshot was compacted away between two pages */
        result = read_pages(feed, 0, err);
    return result;
}
