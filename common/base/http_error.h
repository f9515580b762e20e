/* SPDX-License-Identifier: Apache-2.0 */
/* Why a request got no answer, in words that say what to do. Of http.c only, the one other place that knows
 * libcurl. */
#pragma once

#include <curl/curl.h>

#include "common/base/error.h"

/* Fills err (ERROR_RETRY) from what curl_easy_perform() returned and returns -1. why: CURLOPT_ERRORBUFFER;
 * peer: "host:port" that was asked for. */
int http_error(CURL *easy, CURLcode code, const char *why, const char *peer, struct error *err);
