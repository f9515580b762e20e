/* SPDX-License-Identifier: Apache-2.0 */
#include "common/runtime/kube_status.h"

#include <stdint.h>
#include <string.h>

#include "common/base/json.h"

#define MAGIC "k8s"      /* with its NUL: begins every protobuf body, before a runtime.Unknown */
#define UNKNOWN_RAW 2    /* k8s.io/apimachinery/pkg/runtime/generated.proto */
#define STATUS_MESSAGE 3 /* k8s.io/apimachinery/pkg/apis/meta/v1/generated.proto */
#define TEXT_MAX_BYTES 200

struct bytes {
    const unsigned char *at;
    size_t len;
};

/* A base-128 number from the front of in; 0 and nothing left when it is cut off.
 * https://protobuf.dev/programming-guides/encoding/ */
static uint64_t take_varint(struct bytes *in)
{
    uint64_t value = 0;
    for (unsigned shift = 0; in->len > 0 && shift < 64; shift += 7) {
        unsigned char byte = *in->at++;
        in->len--;
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80))
            return value;
    }
    in->len = 0;
    return 0;
}

/* The last length-delimited field of this number; empty when there is none. */
static struct bytes field(struct bytes in, uint64_t number)
{
    struct bytes found = {in.at, 0};
    while (in.len > 0) {
        uint64_t tag = take_varint(&in);
        uint64_t size = take_varint(&in); /* the value itself where the field is a number */
        if ((tag & 7) == 0)
            continue;
        if ((tag & 7) != 2 || size > in.len)
            break;
        if (tag >> 3 == number)
            found = (struct bytes){in.at, (size_t)size};
        in.at += size;
        in.len -= (size_t)size;
    }
    return found;
}

static void add_text(struct strbuf *out, const char *bytes, size_t len, size_t max_bytes)
{
    while (len > 0 && bytes[len - 1] == '\n')
        len--;
    AUTO_JSON *text = json_text(bytes, len, max_bytes);
    strbuf_puts(out, json_string_value(text));
}

void kube_status_message(const struct http_response *response, struct strbuf *out)
{
    const struct strbuf *body = &response->body;
    struct error ignored; /* a body that is no JSON is text */
    if (body->len > sizeof MAGIC && memcmp(body->data, MAGIC, sizeof MAGIC) == 0) {
        struct bytes unknown = {(const unsigned char *)body->data + sizeof MAGIC, body->len - sizeof MAGIC};
        struct bytes message = field(field(unknown, UNKNOWN_RAW), STATUS_MESSAGE);
        add_text(out, (const char *)message.at, message.len, HTTP_MAX_BYTES);
        return;
    }
    AUTO_JSON *status = json_read(strbuf_text(body), body->len, &ignored);
    const char *message = json_string_at(status, "message");
    if (message)
        strbuf_puts(out, message);
    else
        add_text(out, strbuf_text(body), body->len, TEXT_MAX_BYTES);
}
