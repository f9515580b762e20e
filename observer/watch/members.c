/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/watch/members.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/alloc.h"
#include "common/base/clock.h"
#include "common/base/json.h"
#include "common/base/text.h"

#define MS_PER_SECOND 1000
#define NS_PER_MS 1000000
#define SECONDS_MAX 253402300799 /* the end of year 9999: what metav1.Time can say */
#define WIRE_JSON                                                                                            \
    ((enum proto_wire)8) /* an object in JSON, in a field's bytes: no number that a tag can say */

void scratch_free(struct scratch *scratch)
{
    free(scratch->text);
    *scratch = (struct scratch){0};
}

/* Each string stands on the wire behind a tag and a length, or in quotes, so the strings of a message, with their NULs, fit
 * into as many bytes as the message has; copies of their parts into as many again. */
static void begin(struct scratch *scratch, size_t len)
{
    scratch->used = 0;
    scratch->malformed = 0;
    if (2 * len <= scratch->capacity)
        return;
    scratch->text = xrealloc(scratch->text, 2 * len);
    scratch->capacity = 2 * len;
}

const char *scratch_keep(struct scratch *scratch, const char *part, size_t len)
{
    assert(scratch->used + len < scratch->capacity);
    char *text = scratch->text + scratch->used;
    memcpy(text, part, len);
    text[len] = '\0';
    scratch->used += len + 1;
    return text;
}

static const char *text_of(struct scratch *scratch, const struct proto_field *field, size_t max)
{
    if (field->wire != PROTO_BYTES || field->len == 0)
        return "";
    size_t len = text_cut((const char *)field->bytes, field->len, max);
    assert(scratch->used + len < scratch->capacity);
    char *text = scratch->text + scratch->used;
    memcpy(text, field->bytes, len);
    text[len] = '\0';
    text_mend(text);
    scratch->used += len + 1;
    return text;
}

#define ELLIPSIS " \xE2\x80\xA6 "

/* Where the last max bytes of the text begin, not inside a character, nor a word if that is not too long. */
static size_t cut_front(const uint8_t *bytes, size_t len, size_t max)
{
    size_t start = len - max;
    const uint8_t *space = memchr(bytes + start, ' ', max < TEXT_WORD_BYTES ? max : TEXT_WORD_BYTES);
    if (space)
        start = (size_t)(space - bytes);
    while (start < len && (bytes[start] & 0xc0) == 0x80)
        start++;
    return start;
}

/* What is left out is longer than the mark for it, so the text still fits. */
static const char *message_of(struct scratch *scratch, const struct proto_field *field)
{
    size_t half = (MEMBER_MESSAGE_BYTES - sizeof(ELLIPSIS)) / 2;
    if (field->wire != PROTO_BYTES || field->len <= MEMBER_MESSAGE_BYTES)
        return text_of(scratch, field, MEMBER_MESSAGE_BYTES);
    char *text = scratch->text + scratch->used;
    size_t head = text_cut_words((const char *)field->bytes, field->len, half),
           tail = cut_front(field->bytes, field->len, half);
    memcpy(text, field->bytes, head);
    memcpy(text + head, ELLIPSIS, sizeof(ELLIPSIS) - 1);
    head += sizeof(ELLIPSIS) - 1;
    memcpy(text + head, field->bytes + tail, field->len - tail);
    head += field->len - tail;
    text[head] = '\0';
    text_mend(text);
    scratch->used += head + 1;
    return text;
}

/* Negative numbers are sign-extended to 64 bits on the wire. */
static int64_t integer_of(const struct proto_field *field)
{
    return field->wire == PROTO_VARINT ? (int64_t)field->value : 0;
}

/* RFC 3339 */
static int64_t time_of_text(const struct proto_field *field)
{
    int64_t ms = field->wire == PROTO_BYTES ? clock_parse_rfc3339((const char *)field->bytes) : 0;
    return ms > 0 ? ms : 0;
}

static int64_t time_of(struct scratch *scratch, const struct proto_field *field)
{
    if (scratch->is_json)
        return time_of_text(field);
    struct instant {
        int64_t seconds, nanos;
    } at = {0};
    static const struct member members[] = {MEMBER(1, "", INT64, instant, seconds),
                                            MEMBER(2, "", INT64, instant, nanos), MEMBER_END};
    members_read(scratch, field, members, &at);
    if (at.seconds <= 0 || at.seconds > SECONDS_MAX || at.nanos < 0 ||
        at.nanos >= (int64_t)MS_PER_SECOND * NS_PER_MS)
        return 0;
    return at.seconds * MS_PER_SECOND + at.nanos / NS_PER_MS;
}

/* Part of the loop over the fields of all objects, where a call would be felt. */
static inline __attribute__((always_inline)) void
read_member(struct scratch *scratch, const struct proto_field *field, const struct member *member, void *out)
{
    void *at = (char *)out + member->offset;
    switch (member->type) {
    case MEMBER_TEXT:
        *(const char **)at = text_of(scratch, field, MEMBER_TEXT_BYTES);
        break;
    case MEMBER_MESSAGE:
        *(const char **)at = message_of(scratch, field);
        break;
    case MEMBER_INT:
        *(int *)at = (int32_t)integer_of(field);
        break;
    case MEMBER_INT64:
        *(int64_t *)at = integer_of(field);
        break;
    case MEMBER_BOOL:
        *(int *)at = integer_of(field) != 0;
        break;
    case MEMBER_TIME:
        *(int64_t *)at = time_of(scratch, field);
        break;
    case MEMBER_FIELD:
        *(struct proto_field *)at = *field;
        break;
    case MEMBER_OBJECT:
        members_read(scratch, field, member->members, at);
        break;
    case MEMBER_READ:
    case MEMBER_MAP:
        member->read(scratch, field, at);
        break;
    }
}

/* ---- JSON ---- */

/* A value as it would come from the wire, but for an object. */
static struct proto_field field_of(const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_STRING:
        return (struct proto_field){.wire = PROTO_BYTES,
                                    .bytes = (const uint8_t *)json_string_value(value),
                                    .len = json_string_length(value)};
    case JSON_INTEGER:
        return (struct proto_field){.wire = PROTO_VARINT, .value = (uint64_t)json_integer_value(value)};
    case JSON_TRUE:
    case JSON_FALSE:
        return (struct proto_field){.wire = PROTO_VARINT, .value = json_is_true(value)};
    case JSON_OBJECT:
        return (struct proto_field){.wire = WIRE_JSON, .bytes = (const uint8_t *)value};
    default:
        return (struct proto_field){.wire = PROTO_GROUP}; /* which no row expects */
    }
}

static void read_value(struct scratch *scratch, const json_t *value, const struct member *member, void *out)
{
    struct proto_field field = field_of(value);
    if (!json_is_null(value))
        read_member(scratch, &field, member, out);
}

static void read_map(struct scratch *scratch, json_t *map, const struct member *member, void *out)
{
    const char *key;
    json_t *value;
    json_object_foreach(map, key, value)
    {
        AUTO_JSON *entry = json_pack("{s:s, s:O}", "key", key, "value", value);
        read_value(scratch, entry, member, out);
    }
}

/* One value, or each of an array. */
static void read_values(struct scratch *scratch, json_t *value, const struct member *member, void *out)
{
    size_t i;
    json_t *part;
    if (member->type == MEMBER_MAP)
        read_map(scratch, value, member, out);
    else if (!json_is_array(value))
        read_value(scratch, value, member, out);
    else
        json_array_foreach(value, i, part) read_value(scratch, part, member, out);
}

static void read_json(struct scratch *scratch, const struct proto_field *field, const struct member *members,
                      void *out)
{
    const json_t *object = (const void *)field->bytes;
    json_t *value;
    if (field->wire != WIRE_JSON)
        return;
    for (const struct member *member = members; member->number; member++)
        if (!*member->name)
            read_member(scratch, field, member, out);
        else if ((value = json_object_get(object, member->name)))
            read_values(scratch, value, member, out);
}

static void read_json_message(struct scratch *scratch, const char *bytes, size_t len,
                              const struct member *members, void *out)
{
    AUTO_JSON *object = json_loadb(bytes, len, JSON_ALLOW_NUL, NULL);
    scratch->malformed = !object;
    if (object)
        read_value(scratch, object, &(struct member){.type = MEMBER_OBJECT, .members = members}, out);
}

/* ---- Messages ---- */

void members_read(struct scratch *scratch, const struct proto_field *field, const struct member *members,
                  void *out)
{
    if (scratch->is_json) {
        read_json(scratch, field, members, out);
        return;
    }
    struct proto reader = proto_open(field->bytes, field->len);
    struct proto_field part;
    while (proto_next(&reader, &part))
        for (const struct member *member = members; member->number; member++)
            if (member->number == part.number)
                read_member(scratch, &part, member, out);
    scratch->malformed |= reader.malformed;
}

int message_read(struct scratch *scratch, const void *bytes, size_t len, const struct member *members,
                 void *out)
{
    struct proto_field field = {.wire = PROTO_BYTES, .bytes = bytes, .len = len};
    begin(scratch, len);
    scratch->is_json = len > 0 && *field.bytes == '{';
    if (scratch->is_json)
        read_json_message(scratch, bytes, len, members, out);
    else
        members_read(scratch, &field, members, out);
    return scratch->malformed ? -1 : 0;
}
