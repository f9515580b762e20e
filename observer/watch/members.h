/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kubernetes objects read by tables: each row says which field goes where in a struct. An object is a protocol buffers
 * message or, from an API server without those, JSON; its first byte tells, as no message of Kubernetes begins with '{'
 * (the start of a group). Fields without a row are skipped unread; a field of another type than its row expects reads as
 * absent. Pure.
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
    int is_json;   /* what is being read */
    int malformed; /* some bytes of it were cut short or no such encoding */
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
    MEMBER_MAP,     /* the same for each entry of a map: a message of 1 "key" and 2 "value" */
};

/* A table ends with MEMBER_END. Rows of the same number all get the field, in their order. Its name is that in JSON; "" =
 * what it holds is not embedded there, but lies among the fields around it. */
struct member {
    uint32_t number;
    enum member_type type;
    size_t offset;
    const struct member *members;
    void (*read)(struct scratch *scratch, const struct proto_field *field, void *out);
    const char *name;
};

#define MEMBER(number, name, type, in, field)                                                                \
    {                                                                                                        \
        number, MEMBER_##type, offsetof(struct in, field), NULL, NULL, name                                  \
    }
#define MEMBER_MESSAGE_AT(number, name, members, in, field)                                                  \
    {                                                                                                        \
        number, MEMBER_OBJECT, offsetof(struct in, field), members, NULL, name                               \
    }
#define MEMBER_INTO(number, name, members)                                                                   \
    {                                                                                                        \
        number, MEMBER_OBJECT, 0, members, NULL, name                                                        \
    } /* fields go into the same struct */
#define MEMBER_BY(number, name, read)                                                                        \
    {                                                                                                        \
        number, MEMBER_READ, 0, NULL, read, name                                                             \
    }
#define MEMBER_MAP(number, name, read)                                                                       \
    {                                                                                                        \
        number, MEMBER_MAP, 0, NULL, read, name                                                              \
    }
#define MEMBER_END                                                                                           \
    {                                                                                                        \
        0, MEMBER_TEXT, 0, NULL, NULL, NULL                                                                  \
    }

/* Reads a whole message into the struct at out, whose strings must be "" before: 0, or -1 when it is
 * malformed. */
int message_read(struct scratch *scratch, const void *bytes, size_t len, const struct member *members,
                 void *out);

/* The same for an embedded message, from within read(). */
void members_read(struct scratch *scratch, const struct proto_field *field, const struct member *members,
                  void *out);
