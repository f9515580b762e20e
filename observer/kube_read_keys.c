/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The names of the keys of core/v1 ConfigMap and Secret. As protocol buffers the values need not be parsed: they are
 * skipped where they lie, in one buffer that never grows, so that wiping it leaves no copy behind. So are they in JSON, from an
 * API server that has no protobuf.
 */
#include <string.h>

#include "common/base/alloc.h"
#include "observer/kube_read_internal.h"
#include "observer/watch/json_scan.h"
#include "observer/watch/protobuf.h"

#define ACCEPT "application/vnd.kubernetes.protobuf, application/json"
#define MAGIC "k8s" /* with its NUL, before a runtime.Unknown */
#define MAGIC_BYTES 4
#define BODY_BYTES (2UL * 1024 * 1024) /* etcd takes no object of more than 1.5 MiB */

/* The first field of this number that has bytes; none = an empty one. */
static struct proto_field field_of(const void *bytes, size_t len, uint32_t number, int *malformed)
{
    struct proto reader = proto_open(bytes, len);
    struct proto_field field;
    while (proto_next(&reader, &field))
        if (proto_is_bytes(&field, number))
            return field;
    *malformed |= reader.malformed;
    return (struct proto_field){0};
}

/* An entry of a map: its key is field 1. */
static void add_key(const struct proto_field *entry, struct strbuf *out, int *malformed)
{
    struct proto_field key = field_of(entry->bytes, entry->len, 1, malformed);
    strbuf_add(out, key.bytes, key.len);
    strbuf_putc(out, '\n');
}

/* Fields: 2 data; of a ConfigMap 3 binaryData. */
static int read_protobuf(const struct strbuf *body, int is_config_map, struct strbuf *out)
{
    int malformed = 0;
    struct proto_field object, field;
    if (body->len < MAGIC_BYTES || memcmp(body->data, MAGIC, MAGIC_BYTES) != 0)
        return -1;
    object = field_of(body->data + MAGIC_BYTES, body->len - MAGIC_BYTES, 2, &malformed);
    struct proto reader = proto_open(object.bytes, object.len);
    while (proto_next(&reader, &field))
        if (proto_is_bytes(&field, 2) || (is_config_map && proto_is_bytes(&field, 3)))
            add_key(&field, out, &malformed);
    return malformed || reader.malformed ? -1 : 0;
}

static int is_text(const char *from, const char *to, const char *text)
{
    return (size_t)(to - from) == strlen(text) && memcmp(from, text, strlen(text)) == 0;
}

/* A key is a string before a colon, one level within the object that is data or binaryData; it has nothing to escape. */
static int read_json(const struct strbuf *body, int is_config_map, struct strbuf *out)
{
    struct json_scan scan = {0};
    const char *from = body->data, *to = from; /* of the last string */
    int is_data = 0;
    for (const char *at = body->data; at < body->data + body->len; at++) {
        int was_in_string = scan.in_string;
        json_scan_byte(&scan, (uint8_t)*at);
        if (scan.in_string && !was_in_string)
            from = at + 1;
        else if (was_in_string && !scan.in_string)
            to = at;
        if (*at != ':' || scan.in_string || to < from)
            continue;
        if (scan.depth == 1)
            is_data = is_text(from, to, "data") || (is_config_map && is_text(from, to, "binaryData"));
        if (scan.depth == 2 && is_data) {
            strbuf_add(out, from, (size_t)(to - from));
            strbuf_putc(out, '\n');
        }
    }
    return scan.depth || scan.in_string ? -1 : 0;
}

static int read_keys(const struct strbuf *body, int is_config_map, struct strbuf *out)
{
    return body->len > 0 && *body->data == '{' ? read_json(body, is_config_map, out)
                                               : read_protobuf(body, is_config_map, out);
}

static struct strbuf body_new(void)
{
    struct strbuf body = {.data = xmalloc(BODY_BYTES), .capacity = BODY_BYTES};
    *body.data = '\0';
    return body;
}

int kube_read_keys(struct kube_read *reader, const char *kind, const char *ns, const char *name,
                   struct strbuf *out, struct error *err)
{
    AUTO_STRBUF path = {0};
    AUTO_HTTP_RESPONSE response = {.body = body_new()};
    kube_read_add_path(&path, kind, ns, name);
    struct kube_request request = {
        .method = "GET", .path = path.data, .accept = ACCEPT, .max_bytes = BODY_BYTES - 1};
    int failed = kube_send(reader->kube, &request, &response, err);
    if (!failed && read_keys(&response.body, strcmp(kind, "ConfigMap") == 0, out))
        failed =
            fail(err, ERROR_REJECT, "GET %s: the answer is neither readable protobuf nor JSON", path.data);
    explicit_bzero(response.body.data, response.body.capacity);
    return failed;
}
