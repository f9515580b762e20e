/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Regular expressions: the only home of PCRE2, over bytes (a byte above 0x7F is no letter, digit or space).
 * Those of libc need seconds for a line of some kilobytes without a space. Write them so that they cannot go
 * back far: possessive (++, *+), bounded ({0,64}), and begun at a word's start by a look behind.
 * https://www.pcre.org/current/doc/html/pcre2pattern.html
 */
#pragma once

#include <stddef.h>

/* A part of a text: the bytes from start to before end. */
struct span {
    size_t start, end;
};

/* Compiled; one thread's. A pattern that does not compile is our own mistake and aborts. Free accepts NULL. */
struct pattern;
struct pattern *pattern_new(const char *expression);
void pattern_free(struct pattern *pattern);

/* The first match at or behind from: 1, or 0. \K says where the found part begins. Where the engine reaches
 * one of its limits the whole rest counts as found: who looks for secrets must not miss one. */
int pattern_find(const struct pattern *pattern, const char *text, size_t len, size_t from, struct span *out);
