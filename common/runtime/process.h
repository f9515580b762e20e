/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one life cycle of all four processes: options, log, metrics and health listener, signals, threads, end.
 * SIGTERM and SIGINT ask to stop: lanes finish their batch; what has not ended after the grace time is cut
 * off. Exit codes: 0 asked to stop, 1 could not start or broke (one line on stderr says why), 2 bad options,
 * 3 fenced by another process of the same instance name.
 */
#pragma once

#include "common/base/error.h"
#include "common/runtime/options.h"

#define EXIT_BROKEN 1
#define EXIT_OPTIONS 2
#define EXIT_FENCED 3

/* Options that every process has. */
struct common_options {
    char *cluster;  /* names the cluster in every key: "prod" */
    char *instance; /* distinguishes replicas; the host's name by default */
    int log_level;
    long grace_ms;
    char *bootstrap_servers;
    char *topic_prefix; /* "aegiops." */
    int create_topics;
    long partitions;
    long replication_factor;
    struct option_map librdkafka; /* passed through as they are */
};

extern const struct option common_option_rows[];
extern const size_t common_option_count;

struct process {
    const char *name;                  /* "brain" */
    const char *purpose;               /* for --help */
    const struct option_table *tables; /* common first; ended by rows == NULL */
    struct common_options *common;
    const char *const *listen; /* points to the option "address:port" of the health listener; "" = none */
    /* Checks what the rows of the tables cannot say: 0, or -1 and one line. thorough: --check was given, so that also what a
     * process runs without is looked at. May be NULL. */
    int (*check)(int thorough, struct error *err);
    /* Opens the hands and starts the threads with process_spawn(). */
    int (*start)(struct error *err);
    /* Closes the hands, after all threads have ended; may be NULL. */
    void (*finish)(void);
};

int process_main(const struct process *process, int argc, char **argv);

/* Starts a thread that is joined at the end. run returns 0 when it ended because process_stopping() became
 * true; -1 with err ends the whole process (logged once, exit EXIT_BROKEN or EXIT_FENCED). name is for logs
 * and metrics; copied. */
void process_spawn(const char *name, int (*run)(void *context, struct error *err), void *context);

/* True once the process was asked to stop. The pointer form is for loops in libraries. */
int process_stopping(void);
const volatile int *process_stop_flag(void);

/* Marks err so that the process ends with EXIT_FENCED. Returns -1. */
int process_fenced(struct error *err, const char *what);

/* A point where the tests kill this process (SIGKILL), named by $AEGIOPS_CRASH_AT; "name" or "name:n" for the
 * n-th time. Compiled in only with -DAEGIOPS_CRASH_POINTS; otherwise nothing. */
#ifdef AEGIOPS_CRASH_POINTS
void crash_point(const char *name);
#else
#define crash_point(name) ((void)0)
#endif
