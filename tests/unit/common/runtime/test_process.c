/* SPDX-License-Identifier: Apache-2.0 */
/* Each life is lived in a child process: what it says on standard error and how it ends is looked at from
 * here. */
#include "common/runtime/process.h"

#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/alloc.h"
#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/strbuf.h"
#include "common/runtime/listen.h"
#include "tests/unit/unit.h"

static struct common_options common;
static struct {
    char *listen;
    char *mode;
} own;

static const struct option own_rows[] = {
    {.key = "brain.listen", .type = OPTION_STRING, .offset = 0, .fallback = "", .help = "Listens."},
    {.key = "brain.mode",
     .type = OPTION_STRING,
     .offset = sizeof(char *),
     .fallback = "work",
     .help = "Mode."},
};

static int is_mode(const char *mode)
{
    return strcmp(own.mode, mode) == 0;
}

/* ---- what the child does ---- */

static int work(void *context, struct error *err)
{
    while (!process_stopping())
        clock_sleep_ms(60000);
    log_info("thread ended", "name", context, "flag", *process_stop_flag() ? "set" : "clear", NULL);
    if (is_mode("late failure"))
        return fail(err, ERROR_FATAL, "failed while stopping");
    return 0;
}

static int break_down(void *context, struct error *err)
{
    (void)context;
    return fail(err, ERROR_FATAL, "the store is corrupt");
}

static int be_fenced(void *context, struct error *err)
{
    (void)context;
    process_fenced(err, "producer aegiops.brain.a.1");
    return wrap(err, "lane");
}

/* Ends within no grace time. */
static int hang(void *context, struct error *err)
{
    (void)context, (void)err;
    while (pause() < 0)
        continue;
    return 0;
}

static int start(struct error *err)
{
    if (is_mode("cannot start"))
        return fail(err, ERROR_FATAL, "no such topic: aegiops.incidents");
    if (is_mode("slow start")) {
        clock_sleep_ms(60000);
        return process_stopping() ? 0 : fail(err, ERROR_FATAL, "slept through");
    }
    process_spawn("worker-1", work, "one");
    process_spawn("worker-2", work, "two");
    if (is_mode("breaks down")) {
        process_spawn("breaker-1", break_down, NULL);
        process_spawn("breaker-2", break_down, NULL);
    }
    if (is_mode("fenced"))
        process_spawn("fenced", be_fenced, NULL);
    if (is_mode("hangs"))
        process_spawn("hanging", hang, NULL);
    return 0;
}

static void finish(void)
{
    log_info("finished", NULL);
}

static int check(int thorough, struct error *err)
{
    if (thorough && is_mode("careless"))
        return fail(err, ERROR_FATAL, "brain.mode is careless");
    return is_mode("nonsense") ? fail(err, ERROR_FATAL, "brain.mode must make sense") : 0;
}

static int live(char **argv, int argc)
{
    struct option_table tables[] = {{common_option_rows, common_option_count, &common},
                                    {own_rows, COUNT_OF(own_rows), &own},
                                    {NULL, 0, NULL}};
    struct process process = {.name = "brain",
                              .purpose = "Decides.",
                              .tables = tables,
                              .common = &common,
                              .listen = (const char *const *)&own.listen,
                              .check = check,
                              .start = start,
                              .finish = finish};
    return process_main(&process, argc, argv);
}

/* ---- the child, from outside ---- */

struct child {
    pid_t id;
    int out;
    struct strbuf said;
    int status;
};

#define AUTO_CHILD __attribute__((cleanup(child_free))) struct child

static void child_free(struct child *child)
{
    close(child->out);
    strbuf_free(&child->said);
}

#define BEGIN(...) begin((const char *const[]){"brain", __VA_ARGS__, NULL})

static struct child begin(const char *const *words)
{
    int ends[2], argc = 0;
    char *argv[16] = {0};
    for (; words[argc]; argc++)
        argv[argc] = (char *)(uintptr_t)words[argc];
    assert_int_equal(pipe(ends), 0);
    fflush(NULL);
    pid_t id = fork();
    if (id == 0) {
        dup2(ends[1], STDERR_FILENO);
        dup2(ends[1], STDOUT_FILENO);
        close(ends[0]);
        close(ends[1]);
        exit(live(argv, argc));
    }
    close(ends[1]);
    return (struct child){.id = id, .out = ends[0]};
}

/* Reads until the child has said the text, or (NULL) has closed its output; within 20 s. */
static void hear(struct child *child, const char *text)
{
    char chunk[1024];
    while (!text || !strstr(strbuf_text(&child->said), text)) {
        struct pollfd waiting = {.fd = child->out, .events = POLLIN};
        ssize_t len = poll(&waiting, 1, 20000) == 1 ? read(child->out, chunk, sizeof chunk) : -1;
        if (len < 0)
            kill(child->id, SIGKILL);
        if (len <= 0 && text)
            fail_msg("never said \"%s\", but: %s", text, strbuf_text(&child->said));
        if (len <= 0)
            return;
        strbuf_add(&child->said, chunk, (size_t)len);
    }
}

/* The exit code, once it has ended; a signal counts from 1000. */
static int end_of(struct child *child)
{
    hear(child, NULL);
    assert_int_equal(waitpid(child->id, &child->status, 0), child->id);
    return WIFEXITED(child->status) ? WEXITSTATUS(child->status) : 1000 + WTERMSIG(child->status);
}

static void check_said(const struct child *child, const char *text, int times)
{
    int found = 0;
    for (const char *at = strbuf_text(&child->said); (at = strstr(at, text)); at += strlen(text))
        found++;
    if (found != times)
        fail_msg("\"%s\" is said %d times, not %d, in: %s", text, found, times, strbuf_text(&child->said));
}

static void check_ends_on(int signal, const char *name)
{
    AUTO_FREE char *asked = xasprintf("\"message\":\"asked to stop\",\"signal\":\"%s\"", name);
    AUTO_CHILD child = BEGIN("--instance=a");
    hear(&child, "\"message\":\"started\"");
    kill(child.id, signal);
    assert_int_equal(end_of(&child), 0);
    check_said(&child, asked, 1);
    check_said(&child, "\"message\":\"thread ended\"", 2);
    check_said(&child, "\"flag\":\"set\"", 2);
    check_said(&child, "\"message\":\"finished\"", 1);
    check_said(&child, "\"message\":\"stopped\"", 1);
    check_said(&child, "\"level\":\"error\"", 0);
}

static void ends_when_asked(void **state)
{
    (void)state;
    check_ends_on(SIGTERM, "SIGTERM");
    check_ends_on(SIGINT, "SIGINT");
}

static void says_what_it_runs_as(void **state)
{
    (void)state;
    AUTO_CHILD child = BEGIN("--instance=a", "--cluster=prod");
    hear(&child, "\"message\":\"started\"");
    hear(&child, "\n");
    check_said(&child, "\"cluster\":\"prod\",\"instance\":\"a\"", 1);
    check_said(&child, "\"version\":\"", 1);
    kill(child.id, SIGTERM);
    end_of(&child);
}

static void instance_is_the_host_by_default(void **state)
{
    char host[256] = "";
    (void)state;
    gethostname(host, sizeof host - 1);
    AUTO_FREE char *wanted = xasprintf("\"instance\":\"%s\"", host);
    AUTO_CHILD child = BEGIN("--cluster=prod");
    hear(&child, "\"message\":\"started\"");
    kill(child.id, SIGTERM);
    assert_int_equal(end_of(&child), 0);
    check_said(&child, wanted, 1);
}

static void a_broken_pipe_does_not_kill_it(void **state)
{
    (void)state;
    AUTO_CHILD child = BEGIN("--instance=a");
    hear(&child, "\"message\":\"started\"");
    kill(child.id, SIGPIPE);
    kill(child.id, SIGTERM);
    assert_int_equal(end_of(&child), 0);
}

static void first_failing_thread_ends_it(void **state)
{
    (void)state;
    AUTO_CHILD child = BEGIN("--brain-mode=breaks down");
    assert_int_equal(end_of(&child), EXIT_BROKEN);
    check_said(&child, "\"level\":\"error\"", 1);
    check_said(&child, "\"message\":\"cannot go on\",\"thread\":\"breaker-", 1);
    check_said(&child, "\"error\":\"the store is corrupt\"", 1);
    check_said(&child, "\"message\":\"thread ended\"", 2);
    check_said(&child, "\"message\":\"asked to stop\"", 0);
    check_said(&child, "\"message\":\"finished\"", 1);
}

static void a_failure_while_stopping_is_told(void **state)
{
    (void)state;
    AUTO_CHILD child = BEGIN("--brain-mode=late failure");
    hear(&child, "\"message\":\"started\"");
    kill(child.id, SIGTERM);
    assert_int_equal(end_of(&child), EXIT_BROKEN);
    check_said(&child, "\"error\":\"failed while stopping\"", 1);
}

static void being_fenced_has_a_code_of_its_own(void **state)
{
    (void)state;
    AUTO_CHILD child = BEGIN("--brain-mode=fenced");
    assert_int_equal(end_of(&child), EXIT_FENCED);
    check_said(&child, "lane: producer aegiops.brain.a.1: another process runs under the same instance name",
               1);
}

static void grace_time_is_enforced(void **state)
{
    (void)state;
    AUTO_CHILD child = BEGIN("--brain-mode=hangs", "--shutdown-grace=1s");
    hear(&child, "\"message\":\"started\"");
    int64_t asked_ms = clock_monotonic_ms();
    kill(child.id, SIGTERM);
    clock_sleep_ms(200);
    kill(child.id, SIGTERM); /* asking again changes nothing */
    assert_int_equal(end_of(&child), EXIT_BROKEN);
    int64_t took_ms = clock_monotonic_ms() - asked_ms;
    if (took_ms < 950 || took_ms > 5000)
        fail_msg("cut off after %ld ms", (long)took_ms);
    check_said(&child, "\"message\":\"cut off: ", 1);
    check_said(&child, "\"message\":\"finished\"", 0);
}

static void a_start_that_fails_is_one_line(void **state)
{
    (void)state;
    AUTO_CHILD child = BEGIN("--brain-mode=cannot start");
    assert_int_equal(end_of(&child), EXIT_BROKEN);
    check_said(&child, "\n", 1);
    check_said(&child, "\"level\":\"error\"", 1);
    check_said(&child, "\"message\":\"cannot start\",\"error\":\"no such topic: aegiops.incidents\"", 1);
}

static void a_start_can_be_interrupted(void **state)
{
    (void)state;
    AUTO_CHILD child = BEGIN("--brain-mode=slow start");
    clock_sleep_ms(300);
    kill(child.id, SIGTERM);
    assert_int_equal(end_of(&child), 0);
}

static void a_taken_address_names_the_option(void **state)
{
    struct error err;
    (void)state;
    int fd = listen_open("127.0.0.1:0", &err);
    struct sockaddr_in bound;
    socklen_t len = sizeof bound;
    getsockname(fd, (struct sockaddr *)&bound, &len);
    AUTO_FREE char *flag = xasprintf("--brain-listen=127.0.0.1:%u", ntohs(bound.sin_port));
    AUTO_FREE char *wanted =
        xasprintf("\"error\":\"brain.listen: cannot listen on 127.0.0.1:%u: another process listens there",
                  ntohs(bound.sin_port));
    AUTO_CHILD child = BEGIN(flag);
    assert_int_equal(end_of(&child), EXIT_BROKEN);
    check_said(&child, wanted, 1);
    check_said(&child, "\n", 1);
    close(fd);
}

/* Plain text, as a person at a terminal made the mistake. */
static void check_bad_options(struct child *child, const char *line)
{
    assert_int_equal(end_of(child), EXIT_OPTIONS);
    assert_string_equal(strbuf_text(&child->said), line);
}

static void bad_options_are_one_plain_line(void **state)
{
    (void)state;
    AUTO_CHILD range = BEGIN("--kafka-partitions=0");
    check_bad_options(
        &range, "brain: --kafka-partitions: kafka.partitions must be a number from 1 to 10000, not \"0\"\n");
    AUTO_CHILD slash = BEGIN("--cluster=a/b");
    check_bad_options(&slash,
                      "brain: cluster must be a name without '/': it begins the key of every record\n");
    AUTO_CHILD brokers = BEGIN("--kafka-bootstrap-servers=");
    check_bad_options(&brokers, "brain: kafka.bootstrap_servers must name a broker: host:port\n");
    AUTO_CHILD its_own = BEGIN("--brain-mode=nonsense");
    check_bad_options(&its_own, "brain: brain.mode must make sense\n");
    AUTO_CHILD checked = BEGIN("--brain-mode=nonsense", "--check");
    check_bad_options(&checked, "brain: brain.mode must make sense\n");
}

static void check_says_valid_and_starts_nothing(void **state)
{
    (void)state;
    AUTO_CHILD child = BEGIN("--check", "--brain-mode=breaks down");
    assert_int_equal(end_of(&child), 0);
    assert_string_equal(strbuf_text(&child.said), "brain: configuration is valid\n");
}

static void check_finds_what_a_process_runs_with(void **state)
{
    (void)state;
    AUTO_CHILD checked = BEGIN("--check", "--brain-mode=careless");
    check_bad_options(&checked, "brain: brain.mode is careless\n");
    AUTO_CHILD running = BEGIN("--instance=a", "--brain-mode=careless");
    hear(&running, "\"message\":\"started\"");
    kill(running.id, SIGTERM);
    assert_int_equal(end_of(&running), 0);
}

/* The sample in deploy/ is valid for every process, and its values are the fallbacks of the rows. */
static void the_documented_file_holds_the_fallbacks(void **state)
{
    static struct common_options plain, documented;
    struct option_table none[] = {{common_option_rows, common_option_count, &plain}, {NULL, 0, NULL}};
    struct option_table file[] = {{common_option_rows, common_option_count, &documented}, {NULL, 0, NULL}};
    char *nothing[] = {"brain", NULL}, *named[] = {"brain", "--config=deploy/aegiops.yaml", NULL};
    enum options_answer answer;
    struct error err;
    (void)state;
    assert_int_equal(options_read("brain", "", none, 1, nothing, &answer, &err), 0);
    if (options_read("brain", "", file, 2, named, &answer, &err))
        fail_msg("%s", err.text);
    assert_string_equal(plain.cluster, documented.cluster);
    assert_null(documented.instance);
    assert_int_equal(plain.log_level, documented.log_level);
    assert_int_equal(plain.grace_ms, documented.grace_ms);
    assert_string_equal(plain.bootstrap_servers, documented.bootstrap_servers);
    assert_string_equal(plain.topic_prefix, documented.topic_prefix);
    assert_int_equal(plain.create_topics, documented.create_topics);
    assert_int_equal(plain.partitions, documented.partitions);
    assert_int_equal(plain.replication_factor, documented.replication_factor);
    assert_int_equal(documented.librdkafka.count, 0);
    options_free(none);
    options_free(file);
}

#ifdef AEGIOPS_CRASH_POINTS
static void crash_points_kill_at_the_named_pass(void **state)
{
    (void)state;
    fflush(NULL);
    pid_t id = fork();
    if (id == 0) {
        setenv("AEGIOPS_CRASH_AT", "committed:2", 1);
        crash_point("commit");
        crash_point("committed:2");
        crash_point("committed");
        crash_point("committed");
        _exit(0);
    }
    int status;
    waitpid(id, &status, 0);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ends_when_asked),
        cmocka_unit_test(says_what_it_runs_as),
        cmocka_unit_test(instance_is_the_host_by_default),
        cmocka_unit_test(a_broken_pipe_does_not_kill_it),
        cmocka_unit_test(first_failing_thread_ends_it),
        cmocka_unit_test(a_failure_while_stopping_is_told),
        cmocka_unit_test(being_fenced_has_a_code_of_its_own),
        cmocka_unit_test(grace_time_is_enforced),
        cmocka_unit_test(a_start_that_fails_is_one_line),
        cmocka_unit_test(a_start_can_be_interrupted),
        cmocka_unit_test(a_taken_address_names_the_option),
        cmocka_unit_test(bad_options_are_one_plain_line),
        cmocka_unit_test(check_says_valid_and_starts_nothing),
        cmocka_unit_test(check_finds_what_a_process_runs_with),
        cmocka_unit_test(the_documented_file_holds_the_fallbacks),
#ifdef AEGIOPS_CRASH_POINTS
        cmocka_unit_test(crash_points_kill_at_the_named_pass),
#endif
    };
    return cmocka_run_group_tests_name("runtime/process", tests, NULL, NULL);
}
