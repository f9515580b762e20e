/* SPDX-License-Identifier: Apache-2.0 */
#include "common/runtime/health.h"

#include <assert.h>
#include <microhttpd.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/alloc.h"
#include "common/base/json.h"
#include "common/runtime/listen.h"
#include "common/runtime/metrics.h"

#define MAX_CONNECTIONS 32      /* a kubelet, a scraper, a few people */
#define CONNECTION_TIMEOUT_S 10 /* nobody holds one of them for nothing */
#define WHY_MAX_BYTES 512       /* one line */

/* Something that the process needs. */
struct part {
    char *name;
    char *why; /* NULL = ready */
    struct part *next;
};

static struct part *parts;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* guards parts */
static struct MHD_Daemon *daemon_running;

static struct part *part_of(const char *name)
{
    struct part **link = &parts;
    while (*link && strcmp((*link)->name, name) != 0)
        link = &(*link)->next;
    if (!*link) {
        *link = xcalloc(1, sizeof **link);
        (*link)->name = xstrdup(name);
    }
    return *link;
}

static int all_ready(void)
{
    const struct part *part = parts;
    while (part && !part->why)
        part = part->next;
    return !part;
}

static void set(const char *name, const char *why)
{
    pthread_mutex_lock(&lock);
    struct part *part = part_of(name);
    free(part->why);
    part->why = why ? xstrdup(why) : NULL;
    metric_set(metric_gauge("aegiops_ready", NULL, "1 when every part that the process needs is ready."),
               all_ready());
    pthread_mutex_unlock(&lock);
}

void health_ready(const char *part)
{
    set(part, NULL);
}

void health_not_ready(const char *part, const char *why)
{
    set(part, why);
}

int health_is_ready(void)
{
    pthread_mutex_lock(&lock);
    int ready = all_ready();
    pthread_mutex_unlock(&lock);
    return ready;
}

/* A page writes its body and returns the HTTP status. */
static unsigned write_alive(struct strbuf *out)
{
    strbuf_puts(out, "ok\n");
    return MHD_HTTP_OK;
}

static unsigned write_ready(struct strbuf *out)
{
    AUTO_JSON *list = json_object();
    pthread_mutex_lock(&lock);
    int ready = all_ready();
    for (const struct part *part = parts; part; part = part->next) {
        const char *text = part->why ? part->why : "ready";
        json_object_set_new(list, part->name, json_text(text, strlen(text), WHY_MAX_BYTES));
    }
    pthread_mutex_unlock(&lock);
    AUTO_JSON *body = json_pack("{s:b, s:O}", "ready", ready, "parts", list);
    json_write(body, out);
    strbuf_putc(out, '\n');
    return ready ? MHD_HTTP_OK : MHD_HTTP_SERVICE_UNAVAILABLE;
}

static unsigned write_metrics(struct strbuf *out)
{
    metrics_write(out);
    return MHD_HTTP_OK;
}

static const struct page {
    const char *path, *content_type;
    unsigned (*write)(struct strbuf *out);
} pages[] = {
    {"/healthz", "text/plain; charset=utf-8", write_alive},
    {"/readyz", "application/json", write_ready},
    {"/metrics", "text/plain; version=0.0.4; charset=utf-8", write_metrics},
};

static enum MHD_Result reply(struct MHD_Connection *connection, unsigned status, const char *content_type,
                             const struct strbuf *body)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(body->len, body->data, MHD_RESPMEM_MUST_COPY);
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, content_type);
    if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
        MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, MHD_HTTP_METHOD_GET);
    enum MHD_Result result = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return result;
}

static const struct page *page_at(const char *path)
{
    for (size_t i = 0; i < COUNT_OF(pages); i++)
        if (strcmp(pages[i].path, path) == 0)
            return &pages[i];
    return NULL;
}

static enum MHD_Result answer(void *context, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_size, void **state)
{
    (void)context, (void)version, (void)upload, (void)upload_size, (void)state;
    const struct page *page = page_at(url);
    AUTO_STRBUF body = {0};
    if (page && strcmp(method, MHD_HTTP_METHOD_GET) == 0) {
        unsigned status = page->write(&body);
        return reply(connection, status, page->content_type, &body);
    }
    strbuf_puts(&body, page ? "only GET\n" : "not here: /healthz, /readyz, /metrics\n");
    return reply(connection, page ? MHD_HTTP_METHOD_NOT_ALLOWED : MHD_HTTP_NOT_FOUND, pages[0].content_type,
                 &body);
}

int health_start(const char *listen, struct error *err)
{
    assert(!daemon_running);
    int fd = listen_open(listen, err);
    if (fd < 0)
        return -1;
    daemon_running =
        MHD_start_daemon(MHD_USE_AUTO_INTERNAL_THREAD | MHD_USE_ITC, 0, NULL, NULL, answer, NULL,
                         MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT, (unsigned)MAX_CONNECTIONS,
                         MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)CONNECTION_TIMEOUT_S, MHD_OPTION_END);
    if (daemon_running)
        return 0;
    close(fd);
    return fail(err, ERROR_FATAL, "cannot serve HTTP on %s", listen);
}

void health_stop(void)
{
    if (daemon_running)
        MHD_stop_daemon(STEAL(daemon_running));
}
