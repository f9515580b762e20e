/* SPDX-License-Identifier: Apache-2.0 */
/* What a model would be sent about a recorded document, for `brain --show-prompt FILE`. Nothing is sent. */
#pragma once

#include "brain/model_options.h"
#include "common/base/strbuf.h"

/* Appends instructions, case and schema, with their sizes. path: a file with one document, as it stands on any topic. ERROR_FATAL: it
 * cannot be read. */
int show_prompt(const struct model_options *options, const char *path, struct strbuf *out, struct error *err);
