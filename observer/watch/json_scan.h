/* SPDX-License-Identifier: Apache-2.0 */
/* Where objects end in JSON (RFC 8259) that is still arriving, by brackets and strings alone: whether they are well-formed is
 * for a parser to say. Pure. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Begins zeroed. */
struct json_scan {
    size_t at; /* bytes that json_scan_object() has seen */
    unsigned depth;
    int in_string, is_escaped;
};

/* What a next byte says. */
static inline void json_scan_byte(struct json_scan *scan, uint8_t byte)
{
    if (scan->is_escaped)
        scan->is_escaped = 0;
    else if (byte == '"')
        scan->in_string = !scan->in_string;
    else if (scan->in_string)
        scan->is_escaped = byte == '\\';
    else if (byte == '{' || byte == '[')
        scan->depth++;
    else if ((byte == '}' || byte == ']') && scan->depth > 0)
        scan->depth--;
}

/* Reads on in the object whose first len bytes these are, of which more may have come since: 1 = it ends at bytes + scan->at,
 * 0 = it is not whole yet. */
static inline int json_scan_object(struct json_scan *scan, const uint8_t *bytes, size_t len)
{
    while (scan->at < len) {
        json_scan_byte(scan, bytes[scan->at++]);
        if (scan->depth == 0)
            return 1;
    }
    return 0;
}
