/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/watch/members.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/alloc.h"
#include "common/base/text.h"

#define MS_PER_SECOND 1000
#define NS_PER_MS 1000000
#define SECONDS_MAX 253402300799 /* the end of year 9999: what metav1.Time can say */

void scratch_free(struct scratch *scratch)
{
    free(scratch->text);
    *scratch = (struct scratch){0};
}

/* Each string stands on the wire behind a tag and a length, so the strings of a message, with their NULs, fit
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

static int64_t time_of(struct scratch *scratch, const struct proto_field *field)
{
    struct instant {
        int64_t seconds, nanos;
    } at = {0};
    static const struct member members[] = {MEMBER(1, INT64, instant, seconds),
                                            MEMBER(2, INT64, instant, nanos), MEMBER_END};
    members_read(scratch, field, members, &at);
    if (at.seconds <= 0 || at.seconds > SECONDS_MAX || at.nanos < 0 ||
        at.nanos >= (int64_t)MS_PER_SECOND * NS_PER_MS)
        return 0;
    return at.seconds * MS_PER_SECOND + at.nanos / NS_PER_MS;
}

static void read_member(struct scratch *scratch, const struct proto_field *field, const struct member *member,
                        void *out)
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
        member->read(scratch, field, at);
        break;
    }
}

void members_read(struct scratch *scratch, const struct proto_field *field, const struct member *members,
                  void *out)
{
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
    begin(scratch, len);
    members_read(scratch, &(struct proto_field){.wire = PROTO_BYTES, .bytes = bytes, .len = len}, members,
                 out);
    return scratch->malformed ? -1 : 0;
}
