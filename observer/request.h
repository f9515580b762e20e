/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The stage that makes an incident document of what people ask on `intake`: plain text, or JSON
 * {"text": …, "from": …, "namespace": …} of which only text must be there. It has no class and no target; its
 * key is
 * "<cluster>/<namespace or ->/Request/<id>", and its id is derived from the record's place, so that a record
 * read twice is one request. Secrets in the text are taken out (redact.h). Blank, too long (LIMIT_INTAKE_BYTES), or not UTF-8: rejected.
 */
#pragma once

#include "common/runtime/lane.h"

/* context: struct common_options. */
extern const struct stage request_stage;
