/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/gather/parts.h"
#include "observer/gather/template_diff.h"

void gather_diff(struct visit *visit)
{
    AUTO_STRBUF lines = {0}, text = {0};
    char old_number[REVISION_NUMBER_SIZE], new_number[REVISION_NUMBER_SIZE];
    const struct revisions *revisions = &visit->revisions;
    if (!revisions->failing || !revisions->previous)
        return;
    template_diff(template_in(revisions->previous), template_in(revisions->failing), &lines);
    if (lines.len == 0)
        return;
    strbuf_printf(&text, "pod template, revision %s → revision %s:\n%s",
                  revision_number(revisions->previous, old_number),
                  revision_number(revisions->failing, new_number), lines.data);
    evidence_add(visit->evidence, "diff", "K", &text);
}
