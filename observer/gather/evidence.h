/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The numbered items that a document rests on. Each text passes the redactor first and is cut to
 * LIMIT_EVIDENCE_TEXT_BYTES then. Trust K: typed fields that the API server vouches for, and our own words
 * about them. Trust W: text that may hold what a workload or a registry wrote: logs, messages of events and
 * of waiting containers, even where a kubelet put them together. Of environment variables, names alone are
 * shown.
 */
#pragma once

#include "common/base/json.h"
#include "common/base/strbuf.h"

struct evidence;
struct evidence *evidence_new(void);
void evidence_free(struct evidence *evidence);

/* Adds an item; an empty text, and whatever is beyond LIMIT_EVIDENCE_ITEMS, is left out. */
void evidence_add(struct evidence *evidence, const char *kind, const char *trust, const struct strbuf *text);

/* Of a log, what matters (log_select.h), at most LIMIT_LOG_TEXT_BYTES: W. head, one line, stands before it. */
void evidence_add_log(struct evidence *evidence, const char *head, const struct strbuf *log);

/* What could not be had, and why: said too, so that nobody takes silence for absence. */
void evidence_miss(struct evidence *evidence, const char *kind, const char *what, const struct error *why);

/* The items as `observed.evidence`: a new reference. */
json_t *evidence_items(const struct evidence *evidence);
