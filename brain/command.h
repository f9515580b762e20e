/* SPDX-License-Identifier: Apache-2.0 */
/* What a person would type to do, or to look into, the same: kubectl commands ready to paste, made of checked
 * names only. A command whose names are not all known is left empty. Pure; thread-safe. */
#pragma once

#include "brain/facts.h"
#include "common/base/strbuf.h"

void command_delete_pod(struct strbuf *out, const struct facts *facts);
void command_restart(struct strbuf *out, const struct facts *facts);
void command_rollback(struct strbuf *out, const struct facts *facts);
void command_set_memory(struct strbuf *out, const struct facts *facts, const char *memory_limit);
void command_scale(struct strbuf *out, const struct facts *facts, long long replicas);

/* Back to the revision before, whatever it was that made the newest. */
void command_undo(struct strbuf *out, const struct facts *facts);

/* Shows what people need to see first: what the symptom says, with {pod}, {container}, {kind} and {name} filled in; where one
 * of these is not known, the description of the workload. A log is that of the run before, if there was one. */
#define LOOK_LOG "logs {pod} -c {container}"
void command_look(struct strbuf *out, const struct facts *facts);
