/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From seen once to sure: a class has settled in a workload when it has been failing for some time without a
 * pause. Hysteresis: a spell begins with a failure, lasts while anything is unproven (detect.h) or only
 * shortly well, and ends after SETTLE_PAUSE_MS of nothing.
 */
#pragma once

#include "observer/sighting.h"

#define SETTLE_PAUSE_MS 10000 /* a deleted pod's successor needs some seconds to fail in its turn */

struct spell {
    int64_t since_ms; /* 0 = not on */
    int64_t seen_ms;  /* when it was last more than well */
    int failing;      /* at the last look */
};

/* Takes in what was seen at now_ms. */
void spell_note(struct spell *spell, enum condition condition, int64_t now_ms);

/* Whether it fails now and has for so long. */
int spell_has_lasted(const struct spell *spell, int64_t now_ms, long ms);

/* The same for all classes of a workload; also fills since_ms of the findings. */
void settle_note(struct spell spells[DETECTORS_MAX], struct sighting *sighting);

/* The strongest finding that has settled, or NULL. */
const struct finding *settle(const struct spell spells[DETECTORS_MAX], const struct sighting *sighting,
                             long settle_ms);

/* Whether no spell is on. */
int settle_is_calm(const struct spell spells[DETECTORS_MAX]);
