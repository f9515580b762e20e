/* SPDX-License-Identifier: Apache-2.0 */
/* A case that no rule settles, for the tests of what a model is asked: all pods of Deployment shop/web crash, no new revision
 * explains it, an older one ran well. */
#pragma once

#include "brain/ask/prompt.h"
#include "brain/decide.h"
#include "tests/unit/brain/document.h"

static inline struct incident case_open(void)
{
    struct incident incident = document_open();
    document_set(&incident, "class", "\"CrashLoopBackOff\"");
    document_set(&incident, "onset.new_revision", "false");
    document_set(&incident, "onset.changed",
                 "[{\"container\":\"app\",\"field\":\"image\"},"
                 "{\"container\":\"app\",\"field\":\"env\",\"variable\":\"DB_URL\"}]");
    document_set(
        &incident, "pods",
        "[{\"name\":\"web-bad-x1\",\"uid\":\"u1\",\"container\":\"app\",\"exit_code\":1,\"restarts\":4},"
        "{\"name\":\"web-bad-x2\",\"uid\":\"u2\",\"container\":\"app\",\"exit_code\":1,\"restarts\":3}]");
    document_set(&incident, "evidence",
                 "[{\"ref\":\"E1\",\"kind\":\"status\",\"trust\":\"K\",\"text\":\"container app: waiting, "
                 "CrashLoopBackOff\"},"
                 "{\"ref\":\"E2\",\"kind\":\"diff\",\"trust\":\"K\",\"text\":\"spec.containers[app].image: "
                 "web:1 → web:2\"},"
                 "{\"ref\":\"E3\",\"kind\":\"log\",\"trust\":\"W\","
                 "\"text\":\"log of container app:\\nFATAL: cannot reach db:5432\\nbye\"}]");
    return incident;
}

/* The prompt about it. */
static inline void write_prompt(struct prompt *out, const struct incident *incident, enum task task,
                                int with_written)
{
    struct facts facts;
    AUTO_DECISION decision = {0};
    facts_read(&facts, incident);
    decide_by_rules(&facts, &decision);
    prompt_write(out, &facts, &decision, task, with_written);
}
