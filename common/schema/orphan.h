/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The document for a record that no desk can read, but whose key still names a workload: no incident ends in
 * silence. It has a minimal observed section and a decided section that calls for people (FATAL, source
 * "fallback").
 */
#pragma once

#include <stddef.h>

#include "common/base/error.h"
#include "common/base/id.h"
#include "common/base/strbuf.h"

/* Appends the document for the record (key and bytes) that the desk could not read. Its id, put into id, is
 * derived from key and bytes: the same record gives the same incident. bytes may be NULL (len 0). */
void orphan_write(struct strbuf *out, char id[ID_SIZE], const char *key, const char *bytes, size_t len,
                  const char *desk, const struct error *why);
