/* SPDX-License-Identifier: Apache-2.0 */
#include "common/runtime/process.h"

#include <limits.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/alloc.h"
#include "common/base/clock.h"
#include "common/base/http.h"
#include "common/base/log.h"
#include "common/runtime/health.h"
#include "common/runtime/version.h"

#define THREAD_NAME_SIZE 16          /* the kernel's limit, NUL included */
#define STATUS_FENCED (-EXIT_FENCED) /* in err->status, where no HTTP status is negative */

static const char *const log_levels[] = {"debug", "info", "warn", "error", NULL};

#define FIELD(name) offsetof(struct common_options, name)

const struct option common_option_rows[] = {
    {.key = "cluster",
     .type = OPTION_STRING,
     .offset = FIELD(cluster),
     .fallback = "local",
     .help = "Names the Kubernetes cluster in the key of every record, so that one Kafka can serve many."},
    {.key = "instance",
     .type = OPTION_STRING,
     .offset = FIELD(instance),
     .help =
         "Distinguishes the replicas of a process; no two may have the same. Default: the name of the host."},
    {.key = "log.level",
     .type = OPTION_CHOICE,
     .offset = FIELD(log_level),
     .fallback = "info",
     .choices = log_levels,
     .help = "The least serious lines that are logged."},
    {.key = "shutdown.grace",
     .type = OPTION_DURATION,
     .offset = FIELD(grace_ms),
     .fallback = "10s",
     .least = 1000,
     .most = 600 * 1000,
     .help = "How long the work in hand may take to end after SIGTERM before it is cut off."},
    {.key = "kafka.bootstrap_servers",
     .type = OPTION_STRING,
     .offset = FIELD(bootstrap_servers),
     .fallback = "127.0.0.1:9092",
     .conventional = "KAFKA_BOOTSTRAP_SERVERS",
     .help = "Brokers to find the others by: host:port, separated by commas."},
    {.key = "kafka.topic_prefix",
     .type = OPTION_STRING,
     .offset = FIELD(topic_prefix),
     .fallback = "aegiops.",
     .help = "Begins the name of every topic, consumer group and transactional id."},
    {.key = "kafka.create_topics",
     .type = OPTION_BOOLEAN,
     .offset = FIELD(create_topics),
     .fallback = "true",
     .help = "Whether missing topics are created at start; otherwise they are an error."},
    {.key = "kafka.partitions",
     .type = OPTION_INTEGER,
     .offset = FIELD(partitions),
     .fallback = "12",
     .least = 1,
     .most = 10000,
     .help = "Partitions of a created topic: the most lanes that can share its work."},
    {.key = "kafka.replication_factor",
     .type = OPTION_INTEGER,
     .offset = FIELD(replication_factor),
     .fallback = "1",
     .least = 1,
     .most = 100,
     .help = "Copies of each record of a created topic; 3 wherever there are three brokers."},
    {.key = "kafka.librdkafka",
     .type = OPTION_MAP,
     .offset = FIELD(librdkafka),
     .help = "Properties of librdkafka, passed on as they are: SASL, TLS, tuning."},
};
const size_t common_option_count = COUNT_OF(common_option_rows);

struct thread {
    char name[THREAD_NAME_SIZE];
    int (*run)(void *context, struct error *err);
    void *context;
    pthread_t id;
    struct thread *next;
};

static struct thread *threads;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* guards threads */
static volatile int stopping;
static atomic_int exit_code;

int process_stopping(void)
{
    return __atomic_load_n(&stopping, __ATOMIC_SEQ_CST);
}

const volatile int *process_stop_flag(void)
{
    return &stopping;
}

int process_fenced(struct error *err, const char *what)
{
    fail(err, ERROR_FATAL,
         "%s: another process runs under the same instance name; give each replica its own (instance)", what);
    err->status = STATUS_FENCED;
    return -1;
}

/* Only the first failure is told: those that follow are its consequences. */
static void end_broken(const char *message, const char *thread, const struct error *err)
{
    int none = 0;
    if (atomic_compare_exchange_strong(&exit_code, &none,
                                       err->status == STATUS_FENCED ? EXIT_FENCED : EXIT_BROKEN))
        log_error(message, "thread", thread, "error", err->text, NULL);
    kill(getpid(), SIGTERM);
}

static void *run_thread(void *context)
{
    struct thread *thread = context;
    struct error err;
    if (thread->run(thread->context, &err))
        end_broken("cannot go on", thread->name, &err);
    return NULL;
}

void process_spawn(const char *name, int (*run)(void *context, struct error *err), void *context)
{
    struct thread *thread = xcalloc(1, sizeof *thread);
    snprintf(thread->name, sizeof thread->name, "%s", name);
    thread->run = run;
    thread->context = context;
    pthread_mutex_lock(&lock);
    int error = pthread_create(&thread->id, NULL, run_thread, thread);
    if (error) {
        log_error("cannot start a thread", "thread", name, "error", strerror(error), NULL);
        _exit(EXIT_BROKEN);
    }
    pthread_setname_np(thread->id, thread->name);
    thread->next = threads;
    threads = thread;
    pthread_mutex_unlock(&lock);
}

static struct thread *take_thread(void)
{
    pthread_mutex_lock(&lock);
    struct thread *thread = threads;
    if (thread)
        threads = thread->next;
    pthread_mutex_unlock(&lock);
    return thread;
}

static void join_threads(void)
{
    for (struct thread *thread; (thread = take_thread());) {
        pthread_join(thread->id, NULL);
        free(thread);
    }
}

static sigset_t stop_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    return set;
}

/* The only thread that takes signals: the first asks to stop, and from then on the grace time runs. It is not
 * joined: a process that ends in time takes it along. */
static void *watch_signals(void *context)
{
    const struct common_options *common = context;
    long grace_ms = common->grace_ms;
    sigset_t set = stop_signals();
    siginfo_t from;
    while (sigwaitinfo(&set, &from) < 0)
        continue;
    if (from.si_pid != getpid())
        log_info("asked to stop", "signal", from.si_signo == SIGINT ? "SIGINT" : "SIGTERM", NULL);
    __atomic_store_n(&stopping, 1, __ATOMIC_SEQ_CST);
    clock_interrupt();
    int64_t deadline_ms = clock_monotonic_ms() + grace_ms, left_ms;
    while ((left_ms = deadline_ms - clock_monotonic_ms()) > 0)
        sigtimedwait(&set, NULL, &(struct timespec){left_ms / 1000, left_ms % 1000 * 1000000});
    log_error("cut off: the work in hand did not end within the grace time (shutdown.grace)", NULL);
    _exit(exit_code ? exit_code : EXIT_BROKEN);
}

/* Threads inherit the mask, so that no library's call is interrupted in any of them. */
static void take_signals(struct common_options *common)
{
    sigset_t set = stop_signals();
    pthread_t watcher;
    signal(SIGPIPE, SIG_IGN);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    if (pthread_create(&watcher, NULL, watch_signals, common))
        abort();
    pthread_detach(watcher);
}

/* The key of the option that the listen address was read into. */
static const char *listen_key(const struct process *process)
{
    for (const struct option_table *table = process->tables; table->rows; table++)
        for (size_t i = 0; i < table->count; i++)
            if ((const char *)table->into + table->rows[i].offset == (const char *)process->listen)
                return table->rows[i].key;
    return "listen";
}

static int start(const struct process *process, struct error *err)
{
    http_start();
    health_not_ready("process", "starting");
    if (**process->listen && health_start(*process->listen, err))
        return wrap(err, "%s", listen_key(process));
    return process->start(err);
}

static int run(const struct process *process)
{
    struct common_options *common = process->common;
    struct error err;
    log_open(process->name, (enum log_level)common->log_level);
    take_signals(common);
    int started = start(process, &err) == 0;
    if (started) {
        health_ready("process");
        log_info("started", "version", AEGIOPS_VERSION, "cluster", common->cluster, "instance",
                 common->instance, "listen", **process->listen ? *process->listen : NULL, NULL);
    } else {
        end_broken("cannot start", NULL, &err);
    }
    while (!process_stopping())
        clock_sleep_ms(INT_MAX);
    health_not_ready("process", "stopping");
    join_threads();
    if (started && process->finish)
        process->finish();
    health_stop();
    if (started)
        log_info("stopped", NULL);
    return exit_code;
}

/* What the rows of the table cannot say. */
static int check_common(struct common_options *common, struct error *err)
{
    if (!common->instance || !*common->instance) {
        char host[256] = "";
        free(common->instance);
        common->instance = xstrdup(gethostname(host, sizeof host - 1) == 0 && *host ? host : "unnamed");
    }
    if (!*common->cluster || strchr(common->cluster, '/'))
        return fail(err, ERROR_FATAL,
                    "cluster must be a name without '/': it begins the key of every record");
    if (!*common->bootstrap_servers)
        return fail(err, ERROR_FATAL, "kafka.bootstrap_servers must name a broker: host:port");
    return 0;
}

static int read_options(const struct process *process, int argc, char **argv, enum options_answer *answer,
                        struct error *err)
{
    if (options_read(process->name, process->purpose, process->tables, argc, argv, answer, err))
        return -1;
    if (*answer == OPTIONS_EXIT)
        return 0;
    if (check_common(process->common, err))
        return -1;
    return process->check ? process->check(*answer == OPTIONS_CHECK, err) : 0;
}

int process_main(const struct process *process, int argc, char **argv)
{
    enum options_answer answer = OPTIONS_EXIT;
    struct error err;
    int code = 0;
    mallopt(M_ARENA_MAX, 2); /* threads that mostly wait do not need a heap each */
    if (read_options(process, argc, argv, &answer, &err)) {
        fprintf(stderr, "%s: %s\n", process->name, err.text);
        code = EXIT_OPTIONS;
    } else if (answer == OPTIONS_CHECK) {
        printf("%s: configuration is valid\n", process->name);
    } else if (answer == OPTIONS_RUN) {
        code = run(process);
    }
    options_free(process->tables);
    return code;
}

#ifdef AEGIOPS_CRASH_POINTS
void crash_point(const char *name)
{
    static atomic_int passed;
    const char *wanted = getenv("AEGIOPS_CRASH_AT");
    size_t len = strlen(name);
    if (!wanted || strncmp(wanted, name, len) != 0 || (wanted[len] && wanted[len] != ':'))
        return;
    if (atomic_fetch_add(&passed, 1) + 1 == (wanted[len] ? atoi(wanted + len + 1) : 1))
        kill(getpid(), SIGKILL);
}
#endif
