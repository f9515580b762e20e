/* SPDX-License-Identifier: Apache-2.0 */
/* What no other rule settles goes to people: the reason why nothing was done, and the command to look
 * further. */
#include "brain/rules.h"

#include "brain/command.h"
#include "brain/symptoms.h"
#include "common/schema/quantity.h"

static int always(const struct facts *facts)
{
    (void)facts;
    return 1;
}

static int is_unvouched(const struct facts *facts)
{
    return !facts->vouched;
}

static int is_bare_pod(const struct facts *facts)
{
    return facts_of_kind(facts, "Pod");
}

static int came_with_its_template(const struct facts *facts)
{
    return facts->new_revision && symptom_of(facts)->with_template;
}

static int has_no_good_revision(const struct facts *facts)
{
    return came_with_its_template(facts) && !*facts->good_set;
}

static int has_no_rollback(const struct facts *facts)
{
    return came_with_its_template(facts) && !facts_have_template(facts);
}

static int is_unpullable(const struct facts *facts)
{
    return facts_is(facts, CLASS_IMAGE_PULL) && !facts->new_revision;
}

static int has_no_limit(const struct facts *facts)
{
    return facts_is(facts, CLASS_OOM_KILLED) && quantity_read(facts->memory_limit) <= 0;
}

static int is_many_crashing(const struct facts *facts)
{
    return facts_is(facts, CLASS_CRASH_LOOP) && !facts->new_revision;
}

/* The first that holds is told. */
static const struct reason {
    int (*holds)(const struct facts *facts);
    const char *text;
} reasons[] = {
    {is_unvouched,
     "AegiOps acts only on what the API server itself vouches for, and here that is not enough to name the "
     "workload and its failure."},
    {is_bare_pod, "The pod has no controller, so nothing would make it anew once it was deleted."},
    {has_no_good_revision, "The failure came with the newest revision, but no older one is known to have run "
                           "well, so there is nothing to go "
                           "back to. The specification has to be put right by a person."},
    {has_no_rollback, "The failure came with the newest revision, and AegiOps can take only Deployments, "
                      "StatefulSets and DaemonSets "
                      "back to an older one."},
    {is_unpullable, "There is no older revision to go back to: either the name of the image was never right, "
                    "or the registry, its "
                    "credentials or the tag have changed."},
    {has_no_limit,
     "No memory limit is set, or it cannot be read, so there is none to raise: the node itself ran short, or "
     "the limit comes from elsewhere."},
    {is_many_crashing, "More than one pod crashes and no new revision explains it, so the cause lies in the "
                       "program, its data, its "
                       "configuration or what it depends on. Fresh pods would crash, too."},
    {always, NULL}, /* what is to be said of the class */
};

static void settle(const struct facts *facts, struct decision *out)
{
    size_t i = 0;
    while (!reasons[i].holds(facts))
        i++;
    facts_add_symptom(facts, &out->root_cause);
    strbuf_putc(&out->root_cause, '.');
    const char *text = reasons[i].text ? reasons[i].text : symptom_of(facts)->reason;
    strbuf_printf(&out->explanation, "A person is needed. %s Nothing was changed.",
                  text ? text : "None of the rules settles this case.");
    command_look(&out->command, facts);
}

const struct rule rule_escalate = {
    .name = "escalate",
    .intent = INTENT_REMEDIATE,
    .status = STATUS_FATAL,
    .asks = 1,
    .rests_on = {"status", "event", "diff"},
    .applies = always,
    .settle = settle,
};
