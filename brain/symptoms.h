/* SPDX-License-Identifier: Apache-2.0 */
/* What each failure class means in words, and what a rule may conclude from the class alone. */
#pragma once

#include "brain/facts.h"

struct symptom {
    const char *class;      /* CLASS_… */
    const char *one, *many; /* "cannot pull its image", "cannot pull their image" */
    /* Why AegiOps leaves it to people, as whole sentences; NULL = the rules that may act say it themselves. */
    const char *reason;
    const char *look;  /* what says most, as command_look() takes it; NULL = the object's description */
    int with_template; /* if it came with a new template, going back to the old one takes it away */
    int fresh_pod;     /* if it befell one pod and the others are well, a fresh one may do */
};

/* Of the class of an incident; never NULL, as an unknown class has a symptom that says little. */
const struct symptom *symptom_of(const struct facts *facts);
