/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /healthz (the process lives), /readyz (each part that it needs, with the reason where one is missing; 503 then) and
 * /metrics, over libmicrohttpd. Thread-safe.
 */
#pragma once

#include "common/base/error.h"

/* Listens on "address:port" ("127.0.0.1:9101", "[::]:9101", ":9101"). ERROR_FATAL names the address and what to do. */
int health_start(const char *listen, struct error *err);
void health_stop(void);

/* Says how a part is: ready, or not and why (one line). A part that was never named does not count. Both copied. */
void health_ready(const char *part);
void health_not_ready(const char *part, const char *why);

/* True when every named part is ready. */
int health_is_ready(void);
