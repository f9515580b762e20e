/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Protocol buffers messages read by tables: each row says which field goes where in a struct. Fields without
 * a row are skipped unread; a field of another wire type than its row expects reads as absent. Pure.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "observer/watch/protobuf.h"

#define MEMBER_TEXT_BYTES 512    /* a name has at most 253, an image reference seldom more than 200 */
#define MEMBER_MESSAGE_BYTES 384 /* a sentence says first what is wrong, and last why: the middle goes */

/* Room for the strings of one message, reused for the next: those of the last are then invalid. Zeroed, it is
 * ready. */
struct scratch {
    char *text;
    size_t used, capacity;
    int malformed; /* some bytes of the message were cut short or no protocol buffers */
};

void scratch_free(struct scratch *scratch);

/* A copy of a part of one of the message's strings: all such copies together must be no longer than the message. */
const char *scratch_keep(struct scratch *scratch, const char *part, size_t len);

enum member_type {
    MEMBER_TEXT,    /* const char *, cut on a character boundary; "" for nothing */
    MEMBER_MESSAGE, /* the same, cut shorter and in its middle */
    MEMBER_INT,     /* int */
    MEMBER_INT64,   /* int64_t */
    MEMBER_BOOL,    /* int */
    MEMBER_TIME,    /* int64_t, milliseconds since the epoch: meta/v1 Time or MicroTime */
    MEMBER_FIELD,   /* struct proto_field: bytes left as they are, in the message */
    MEMBER_OBJECT,  /* an embedded message, described by members; offset is where its struct lies */
    MEMBER_READ,    /* an embedded message that read() makes something of; it gets out + offset */
};

/* A table ends with MEMBER_END. Rows of the same number all get the field, in their order. */
struct member {
    uint32_t number;
    enum member_type type;
    size_t offset;
    const struct member *members;
    void (*read)(struct scratch *scratch, const struct proto_field *field, void *out);
};

#define MEMBER(number, type, in, field)                                                                      \
    {                                                                                                        \
        number, MEMBER_##type, offsetof(struct in, field), NULL, NULL                                        \
    }
#define MEMBER_MESSAGE_AT(number, members, in, field)                                                        \
    {                                                                                                        \
        number, MEMBER_OBJECT, offsetof(struct in, field), members, NULL                                     \
    }
#define MEMBER_INTO(number, members)                                                                         \
    {                                                                                                        \
        number, MEMBER_OBJECT, 0, members, NULL                                                              \
    } /* fields go into the same struct */
#define MEMBER_BY(number, read)                                                                              \
    {                                                                                                        \
        number, MEMBER_READ, 0, NULL, read                                                                   \
    }
#define MEMBER_END                                                                                           \
    {                                                                                                        \
        0, MEMBER_TEXT, 0, NULL, NULL                                                                        \
    }

/* Reads a whole message into the struct at out, whose strings must be "" before: 0, or -1 when it is
 * malformed. */
int message_read(struct scratch *scratch, const void *bytes, size_t len, const struct member *members,
                 void *out);

/* The same for an embedded message, from within read(). */
void members_read(struct scratch *scratch, const struct proto_field *field, const struct member *members,
                  void *out);
