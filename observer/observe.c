/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/observe.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/alloc.h"
#include "common/base/clock.h"
#include "common/base/id.h"
#include "common/base/log.h"
#include "common/runtime/health.h"
#include "common/runtime/metrics.h"
#include "common/schema/incident.h"
#include "common/schema/limits.h"
#include "observer/adopt.h"
#include "observer/census.h"
#include "observer/detect.h"
#include "observer/gather.h"
#include "observer/memory.h"
#include "observer/publish.h"
#include "observer/settle.h"
#include "observer/verify.h"

#define WAKE_MS 1000      /* time alone changes something too: spells settle, soaks end */
#define GATHER_MS 20      /* what changes within is looked at together */
#define LOOK_EVERY_MS 200 /* however much changes, the sick are not looked at more often */
#define PATIENCE_MS                                                                                          \
    60000 /* how long an incident waits for an API server that is away: no longer than people would */
#define ASK_AGAIN_MS 2000      /* … and how often it is asked */
#define REOPEN_WINDOW_MS 60000 /* a connection to Kafka that breaks twice within is no accident */

struct observer {
    const struct observer_options *options;
    struct gaze gaze;
    struct memory *memory;
    struct publisher publisher;
    struct gatherer gatherer;
    const struct watches *watches;
    int64_t cut_off_ms; /* when the watches were last seen to be cut off */
    int64_t looked_ms, reopened_ms;
    int64_t ask_again_ms; /* the API server was away: not before this time; 0 = it was there */
    struct metric *open_incidents;
};

static void count(const char *name, const char *label, const char *value, const char *help)
{
    AUTO_FREE char *labels = xasprintf("%s=\"%s\"", label, value);
    metric_add(metric_counter(name, labels, help), 1);
}

/* The incident's id: facts of the cluster that stay as long as it lasts, so that a restarted observer derives
 * the same one; and the incident before it, as a pod can fall ill of the same thing twice. */
static void derive_id(const struct observer *observer, const struct chart *chart,
                      const struct sighting *sighting, const struct finding *finding, char id[ID_SIZE])
{
    char since[CLOCK_RFC3339_SIZE];
    id_derive(id, 'i', observer->options->common.cluster, sighting->uid, finding->detector->class,
              finding->first.pod.template_hash, finding->first.pod.uid,
              clock_rfc3339(finding->failed_ms, since), chart_last_id(chart), NULL);
}

/* Whether an incident may wait for an API server that is away: nothing could be done to the cluster
 * meanwhile, and what it knows decides what will be. */
static int is_patient(const struct observer *observer, const struct chart *chart,
                      const struct sighting *sighting, const struct finding *finding)
{
    const struct spell *spell = &chart->spells[finding->class];
    return sighting->at_ms - spell->since_ms < observer->options->settle_ms + PATIENCE_MS;
}

/* What is to be looked at is not there. That may be just what the open incident is about. */
static void look_for(const struct gaze *gaze, const struct chart *chart, int64_t now_ms, struct sighting *out)
{
    static const struct past none = {.selector = ""};
    const struct episode *open = chart_open(chart);
    const union facts *around = store_object(gaze->store, STORE_NAMESPACES, chart->ns);
    struct workload missing = {.ns = chart->ns,
                               .kind = chart->kind,
                               .name = chart->name,
                               .uid = json_string_at(open ? open->target : NULL, "uid"),
                               .api_version = json_string_at(open ? open->target : NULL, "api_version"),
                               .namespace_facts = around ? &around->ns : NULL,
                               .past = &none};
    missing.uid = missing.uid ? missing.uid : "";
    missing.api_version = missing.api_version ? missing.api_version : "";
    detect_missing(gaze, &missing, now_ms, out);
}

/* A workload as it stands, at this moment. */
static void look(struct observer *observer, struct chart *chart, struct sighting *out)
{
    struct workload workload;
    int64_t now_ms = clock_now_ms();
    struct gaze gaze = observer->gaze;
    const struct episode *open = chart_open(chart);
    if (open)
        gaze.open = (struct open_incident){open->class, open->detail, clock_parse_rfc3339(open->opened_at)};
    store_lock(gaze.store);
    if (store_find(gaze.store, chart->ns, chart->kind, chart->name, &workload))
        detect(&gaze, &workload, now_ms, out);
    else
        look_for(&gaze, chart, now_ms, out);
    sighting_keep(out);
    store_unlock(gaze.store);
    settle_note(chart->spells, out);
}

/* Whose a workload of an unknown kind is must be known before anything is said of it. An open incident may be about what
 * its pods alone tell of: others than before, perhaps, or after a restart none yet. */
static int is_anothers(struct observer *observer, const struct chart *chart, const struct sighting *sighting)
{
    struct error err;
    const struct finding *worst = sighting_worst(sighting);
    int is_lost = sighting->gone && chart_open(chart);
    if (store_watches(sighting->kind) || (!worst && !is_lost))
        return 0;
    int waits = is_lost || is_patient(observer, chart, sighting, worst);
    if (waits && sighting->at_ms < observer->ask_again_ms)
        return 1;
    int asked =
        adopt(observer->gatherer.reader, observer->gaze.store, sighting, is_lost, is_lost || !waits, &err);
    if (asked < 0 && !observer->ask_again_ms)
        log_warn("cannot ask yet who owns it", "workload", chart->key, "error", err.text, NULL);
    if (asked)
        observer->ask_again_ms = asked < 0 ? sighting->at_ms + ASK_AGAIN_MS : 0;
    return asked < 0 ? waits : asked > 0;
}

static void add_census(const struct observer *observer, json_t *observed)
{
    json_t *cluster = census(observer->gaze.store, observer->memory);
    json_object_set_new(observed, "cluster", cluster ? cluster : json_null());
}

static int open_incident(struct observer *observer, struct chart *chart, const struct sighting *sighting,
                         const struct finding *finding, struct error *err)
{
    char id[ID_SIZE], opened_at[CLOCK_RFC3339_SIZE];
    int patient = is_patient(observer, chart, sighting, finding);
    if (patient && sighting->at_ms < observer->ask_again_ms)
        return 0;
    derive_id(observer, chart, sighting, finding, id);
    log_context(id, "observe");
    json_t *observed = gather(&observer->gatherer, sighting, finding, !patient, err);
    if (!observed) {
        if (!observer->ask_again_ms)
            log_warn("an incident waits for the API server", "workload", chart->key, "error", err->text,
                     NULL);
        observer->ask_again_ms = sighting->at_ms + ASK_AGAIN_MS;
        return 0;
    }
    observer->ask_again_ms = 0;
    json_object_set_new(observed, "history", chart_history(chart));
    add_census(observer, observed);
    log_info("detected", "workload", chart->key, "summary", json_string_at(observed, "summary"), NULL);
    struct notice notice = {
        .key = chart->key, .id = id, .opened_at = clock_rfc3339(sighting->at_ms, opened_at), .lap = 1};
    if (publish(&observer->publisher, &notice, observed, err))
        return -1;
    count("aegiops_incidents_published_total", "class", finding->detector->class,
          "Incidents opened, by failure class.");
    log_info("published", "workload", chart->key, "class", finding->detector->class, NULL);
    return 0;
}

/* What a follow-up says beyond what can be gathered now. Where nothing fails, it is still about the failure
 * it follows; and about its own workload, even when that is gone or replaced. */
static void add_verdict(json_t *observed, const struct chart *chart, const struct episode *open,
                        const struct sighting *sighting, enum verdict verdict, const char *verified)
{
    json_object_set_new(observed, "verdict", json_string(verdict_name(verdict)));
    json_object_set_new(observed, "verified",
                        json_text(verified, strlen(verified), LIMIT_EVIDENCE_TEXT_BYTES));
    json_object_set(observed, "tried", open->tried);
    json_object_set_new(observed, "history", chart_history(chart));
    if (json_is_null(json_object_get(observed, "class"))) {
        json_object_set_new(observed, "class", json_string(open->class));
        json_object_set_new(observed, "detail", json_string(open->detail));
        json_object_set(observed, "onset", open->onset);
    }
    if (verify_is_over(open, sighting))
        json_object_set(observed, "target", open->target);
}

static int follow_up(struct observer *observer, struct chart *chart, const struct episode *open,
                     const struct sighting *sighting, enum verdict verdict, struct error *err)
{
    AUTO_STRBUF verified = {0};
    AUTO_FREE char *follows = incident_event_id(open->id, open->lap);
    log_context(open->id, "verify");
    verify_explain(open, sighting, verdict, observer->options, &verified);
    const struct finding *finding = verdict == VERDICT_RECOVERED ? NULL : sighting_worst(sighting);
    json_t *observed = gather(&observer->gatherer, sighting, finding, 1, err);
    add_verdict(observed, chart, open, sighting, verdict, verified.data);
    add_census(observer, observed);
    struct notice notice = {.key = chart->key,
                            .id = open->id,
                            .opened_at = open->opened_at,
                            .lap = open->lap + 1,
                            .follows = follows,
                            .traceparent = open->traceparent};
    if (publish(&observer->publisher, &notice, observed, err))
        return -1;
    count("aegiops_verdicts_total", "verdict", verdict_name(verdict), "Follow-ups published, by verdict.");
    log_info(verdict_name(verdict), "workload", chart->key, "verified", verified.data, NULL);
    return 0;
}

/* Nothing can be verified while the API server cannot be heard, nor until it is known what was missed. */
static int can_verify(struct observer *observer)
{
    int64_t now_ms = clock_monotonic_ms();
    if (watch_is_cut_off(observer->watches))
        observer->cut_off_ms = now_ms;
    return !observer->cut_off_ms || now_ms - observer->cut_off_ms >= observer->options->settle_ms;
}

/* The whole story of one workload: look at it; is its incident open, then verify; else, has a failure
 * settled, then gather what is known and publish. */
static int observe(struct observer *observer, struct chart *chart, struct error *err)
{
    AUTO_SIGHTING sighting = {0};
    look(observer, chart, &sighting);
    if (is_anothers(observer, chart, &sighting))
        return 0;
    struct episode *open = chart_open(chart);
    if (open) {
        int verdict = can_verify(observer) ? verify(open, &sighting, observer->options) : -1;
        return verdict < 0 ? 0 : follow_up(observer, chart, open, &sighting, (enum verdict)verdict, err);
    }
    const struct finding *finding = settle(chart->spells, &sighting, observer->options->settle_ms);
    return finding ? open_incident(observer, chart, &sighting, finding, err) : 0;
}

/* A failure that lasts only for a moment is seen here, so it is noted at once. */
static void notice(struct observer *observer, const struct workload *workload)
{
    AUTO_SIGHTING sighting = {0};
    detect(&observer->gaze, workload, clock_now_ms(), &sighting);
    struct chart *chart = sighting_worst(&sighting)
                              ? memory_chart(observer->memory, workload->ns, workload->kind, workload->name)
                              : memory_find(observer->memory, workload->ns, workload->kind, workload->name);
    if (chart)
        settle_note(chart->spells, &sighting);
    if (sighting.look_again_ms)
        store_wake(observer->gaze.store, workload, sighting.look_again_ms);
}

/* Begins a chart for each subject that has begun to fail. */
static void notice_changes(struct observer *observer)
{
    struct workload workload;
    int more = 1;
    while (more) {
        store_lock(observer->gaze.store);
        more = store_next_changed(observer->gaze.store, &workload);
        if (more)
            notice(observer, &workload);
        store_unlock(observer->gaze.store);
    }
}

/* Every workload with a chart: those that fail, and those with an open incident. */
static int observe_all(struct observer *observer, struct error *err)
{
    long long open = 0;
    for (size_t i = 0; i < memory_count(observer->memory) && !process_stopping(); i++) {
        struct chart *chart = memory_at(observer->memory, i);
        if (observe(observer, chart, err))
            return -1;
        open += chart_open(chart) != NULL;
    }
    log_context(NULL, "observe");
    metric_set(observer->open_incidents, open);
    memory_forget(observer->memory, clock_now_ms());
    return 0;
}

static int turn(struct observer *observer, struct error *err)
{
    if (!store_synced(observer->gaze.store)) /* all is new then, and none of it is looked at yet */
        return publisher_remember(&observer->publisher, GATHER_MS, err);
    store_wait(observer->gaze.store, WAKE_MS);
    if (publisher_remember(&observer->publisher, GATHER_MS, err))
        return -1;
    notice_changes(observer);
    int64_t now_ms = clock_monotonic_ms();
    if (now_ms - observer->looked_ms < LOOK_EVERY_MS)
        return 0;
    observer->looked_ms = now_ms;
    return observe_all(observer, err);
}

/* As lanes do: new connections, and the topics read anew, tell what became of a transaction that broke. */
static int reconnect(struct observer *observer, struct error *err)
{
    int64_t now_ms = clock_monotonic_ms();
    if (observer->reopened_ms && now_ms - observer->reopened_ms < REOPEN_WINDOW_MS)
        return -1;
    observer->reopened_ms = now_ms;
    log_warn("starting over from what is committed", "error", err->text, NULL);
    publisher_close(&observer->publisher);
    return publisher_open(&observer->publisher, err);
}

static int run(void *context, struct error *err)
{
    struct observer *observer = context;
    log_context(NULL, "observe");
    int failed = publisher_open(&observer->publisher, err);
    while (!failed && !process_stopping())
        failed = turn(observer, err) && !process_stopping() && reconnect(observer, err);
    publisher_close(&observer->publisher);
    memory_free(observer->memory);
    kube_read_close(observer->gatherer.reader);
    free(observer);
    return failed && !process_stopping() ? -1 : 0;
}

void observe_start(const struct observer_options *options, struct kube_config *config, struct store *store,
                   const struct watches *watches)
{
    struct observer *observer = xcalloc(1, sizeof *observer);
    observer->options = options;
    observer->gaze = (struct gaze){store, {options->pending_after_ms, options->stuck_after_ms}, {"", "", 0}};
    observer->watches = watches;
    observer->memory = memory_new(options->common.cluster);
    observer->publisher = (struct publisher){.common = &options->common, .memory = observer->memory};
    observer->gatherer = (struct gatherer){&observer->gaze, kube_read_open(config), options->soak_ms};
    observer->open_incidents = metric_gauge("aegiops_incidents_open", NULL, "Incidents that are open.");
    health_not_ready(PUBLISHER_HEALTH, "waiting for Kafka");
    process_spawn("observe", run, observer);
}
