/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/verify.h"

#include <string.h>

/* https://github.com/kubernetes/kubectl/blob/v0.36.0/pkg/polymorphichelpers/rollout_status.go
 * Which pods of a StatefulSet or DaemonSet are to be updated is a matter of their update strategy, so only their number
 * counts. */
static int is_rolled_out(const struct controller_facts *controller)
{
    int is_whole = controller->observed_generation >= controller->generation &&
                   controller->status_replicas == controller->replicas &&
                   controller->available == controller->replicas;
    return is_whole &&
           (strcmp(controller->kind, "Deployment") != 0 || controller->updated == controller->replicas);
}

static int runs_to_an_end(const char *kind)
{
    return strcmp(kind, "Job") == 0 || strcmp(kind, "CronJob") == 0;
}

int verify_is_over(const struct episode *episode, const struct sighting *sighting)
{
    return sighting->gone || strcmp(sighting->uid, json_string_at(episode->target, "uid")) != 0;
}

static int is_healthy(const struct episode *episode, const struct sighting *sighting)
{
    if (verify_is_over(episode, sighting))
        return 1;
    if (sighting->sick || sighting->is_troubled)
        return 0;
    if (runs_to_an_end(sighting->kind))
        return 1;
    if (!sighting->has_controller)
        return sighting->unready == 0;
    /* Both the controller and the pods must say so: the two come by different watches, and either may be behind. */
    return is_rolled_out(&sighting->controller) &&
           (long long)sighting->available >= sighting->controller.replicas;
}

/* Whether the action's own pods have failed for long enough; older ones may only be slow to go. */
static int has_relapsed(struct episode *episode, const struct sighting *sighting, long settle_ms)
{
    enum condition condition = CONDITION_WELL;
    if (sighting->newest_failing_ms >= episode->acted_ms)
        condition = CONDITION_FAILING;
    else if (sighting->newest_unproven_ms >= episode->acted_ms)
        condition = CONDITION_UNPROVEN;
    spell_note(&episode->relapse, condition, sighting->at_ms);
    return spell_has_lasted(&episode->relapse, sighting->at_ms, settle_ms);
}

static int is_due(struct episode *episode, const struct sighting *sighting,
                  const struct observer_options *options)
{
    int64_t waited_ms = sighting->at_ms - episode->since_ms;
    switch (episode->phase) {
    case PHASE_VERIFYING:
        return has_relapsed(episode, sighting, options->settle_ms) ||
               waited_ms >= options->verify_deadline_ms;
    case PHASE_DEFERRED:
        return waited_ms >= options->settle_ms;
    case PHASE_FAILED:
        return 1;
    default:
        return 0;
    }
}

int verify(struct episode *episode, const struct sighting *sighting, const struct observer_options *options)
{
    if (episode->phase == PHASE_CLOSING || episode->phase == PHASE_CLOSED)
        return -1;
    int due = is_due(episode, sighting, options);
    if (is_healthy(episode, sighting)) {
        if (!episode->healthy_since_ms)
            episode->healthy_since_ms = sighting->at_ms;
        return sighting->at_ms - episode->healthy_since_ms >= options->soak_ms ? VERDICT_RECOVERED : -1;
    }
    episode->healthy_since_ms = 0;
    if (!due)
        return -1;
    int worse =
        (long long)sighting->available < episode->available || (long long)sighting->sick > episode->affected;
    return worse ? VERDICT_WORSE : VERDICT_UNCHANGED;
}

/* The last try, as the sentence ends: " rollback (done)". */
static void put_try(const struct episode *episode, struct strbuf *out)
{
    const json_t *last = json_array_get(episode->tried, json_array_size(episode->tried) - 1);
    const char *action = json_string_at(last, "action"), *result = json_string_at(last, "result");
    strbuf_printf(out, " %s (%s)", action ? action : "the decision", result ? result : "no result");
}

static const char *what_became(const struct episode *episode, const struct sighting *sighting)
{
    if (sighting->gone)
        return " was deleted";
    return strcmp(episode->class, CLASS_SERVICE_GONE) == 0 ? " is there again"
                                                           : " was replaced by a new one of the same name";
}

static void explain_recovered(const struct episode *episode, const struct sighting *sighting, long soak_ms,
                              struct strbuf *out)
{
    int has_pods = sighting->wanted > 0 && !runs_to_an_end(sighting->kind);
    if (strcmp(sighting->kind, STORE_REGISTRY) == 0) {
        strbuf_printf(out, "no outage of registry %s has been seen for %ld s", sighting->name,
                      soak_ms / 1000);
    } else if (verify_is_over(episode, sighting)) {
        sighting_name_pods(sighting, 0, 0, out);
        strbuf_puts(out, what_became(episode, sighting));
    } else if (has_pods) {
        sighting_name_pods(sighting, sighting->available, (size_t)sighting->wanted, out);
        strbuf_printf(out, " available, and nothing has failed for %ld s", soak_ms / 1000);
    } else {
        strbuf_puts(out, "nothing is wrong with ");
        sighting_name_pods(sighting, 0, 0, out);
        strbuf_printf(out, " any more, for %ld s", soak_ms / 1000);
    }
    if (episode->phase == PHASE_VERIFYING) {
        strbuf_puts(out, ", after");
        put_try(episode, out);
    } else if (episode_acted(episode)) {
        strbuf_puts(out, "; AegiOps did not act again");
    }
}

void verify_explain(const struct episode *episode, const struct sighting *sighting, enum verdict verdict,
                    const struct observer_options *options, struct strbuf *out)
{
    if (verdict == VERDICT_RECOVERED) {
        explain_recovered(episode, sighting, options->soak_ms, out);
        return;
    }
    if (sighting->sick) {
        sighting_name_pods(sighting, sighting->sick, sighting->pods, out);
        strbuf_puts(out, " still failing");
    } else {
        strbuf_puts(out, "nothing fails any more, but only ");
        sighting_name_pods(sighting, sighting->available, (size_t)sighting->wanted, out);
        strbuf_puts(out, " available");
    }
    if (verdict == VERDICT_WORSE)
        strbuf_printf(out, ", worse than before (%lld failing, %lld available)", episode->affected,
                      episode->available);
    strbuf_printf(out, ", %lld s after", (long long)(sighting->at_ms - episode->since_ms) / 1000);
    put_try(episode, out);
}
