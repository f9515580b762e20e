/* SPDX-License-Identifier: Apache-2.0 */
/* What a person would type to do, or to look into, the same: kubectl commands ready to paste, made of checked
 * names only. A command whose names are not all known is left empty. Pure; thread-safe. */
#pragma once

#include "brain/facts.h"
#include "common/base/strbuf.h"

void command_delete_pod(struct strbuf *out, const struct facts *facts);
void command_rollback(struct strbuf *out, const struct facts *facts);
void command_set_memory(struct strbuf *out, const struct facts *facts, const char *memory_limit);

/* Shows what people need to see first: the log of the run before for what crashes, the events of the pod for
 * what does not start, else the workload. */
void command_look(struct strbuf *out, const struct facts *facts);
