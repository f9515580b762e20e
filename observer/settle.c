/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/settle.h"

void spell_note(struct spell *spell, enum condition condition, int64_t now_ms)
{
    if (now_ms - spell->seen_ms > SETTLE_PAUSE_MS)
        spell->since_ms = 0;
    if (condition == CONDITION_FAILING && !spell->since_ms)
        spell->since_ms = now_ms;
    if (condition != CONDITION_WELL && spell->since_ms)
        spell->seen_ms = now_ms;
    spell->failing = condition == CONDITION_FAILING;
}

int spell_has_lasted(const struct spell *spell, int64_t now_ms, long ms)
{
    return spell->failing && now_ms - spell->since_ms >= ms;
}

void settle_note(struct spell spells[DETECTORS_MAX], struct sighting *sighting)
{
    for (size_t i = 0; i < detector_count; i++) {
        struct finding *finding = sighting_finding(sighting, i);
        spell_note(&spells[i], finding ? finding->condition : CONDITION_WELL, sighting->at_ms);
        if (finding)
            finding->since_ms = finding->failed_ms ? finding->failed_ms : spells[i].since_ms;
    }
}

const struct finding *settle(const struct spell spells[DETECTORS_MAX], const struct sighting *sighting,
                             long settle_ms)
{
    for (size_t i = 0; i < sighting->finding_count; i++)
        if (spell_has_lasted(&spells[sighting->findings[i].class], sighting->at_ms, settle_ms))
            return &sighting->findings[i];
    return NULL;
}

int settle_is_calm(const struct spell spells[DETECTORS_MAX])
{
    for (size_t i = 0; i < detector_count; i++)
        if (spells[i].since_ms)
            return 0;
    return 1;
}
