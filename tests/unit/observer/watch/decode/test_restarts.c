/* SPDX-License-Identifier: Apache-2.0 */
#include "observer/watch/decode/restarts.h"

#include "common/base/alloc.h"
#include "tests/unit/observer/wire.h"
#include "tests/unit/unit.h"

/* One container of a pod: what its specification says, and how it has ended. */
struct told {
    int init;
    const char *policy, *action, *relation; /* NULL = nothing */
    int codes[2];                           /* 0 = none */
    int exit_code;
};

static void add_rule(struct strbuf *container, const struct told *told)
{
    struct strbuf rule = {0}, exit_codes = {0};
    wire_text(&exit_codes, 1, told->relation);
    for (size_t i = 0; i < COUNT_OF(told->codes) && told->codes[i]; i++)
        wire_number(&exit_codes, 2, told->codes[i]);
    wire_text(&rule, 1, told->action);
    wire_message(&rule, 2, &exit_codes);
    wire_message(container, 25, &rule);
}

static void build(struct strbuf *out, const struct told *told)
{
    struct strbuf meta = {0}, spec = {0}, container = {0}, status = {0}, state = {0}, ended = {0};
    wire_text(&meta, 1, "web");
    wire_text(&meta, 5, "uid");
    wire_message(out, 1, &meta);
    wire_text(&container, 1, "other");
    wire_message(&spec, 2, &container);
    wire_text(&container, 1, "app");
    if (told->policy)
        wire_text(&container, 24, told->policy);
    if (told->action)
        add_rule(&container, told);
    wire_message(&spec, told->init ? 20 : 2, &container);
    wire_message(out, 2, &spec);
    wire_number(&ended, 1, told->exit_code);
    wire_text(&ended, 3, "Error");
    wire_message(&state, 3, &ended);
    wire_text(&container, 1, "app");
    wire_message(&container, 2, &state);
    wire_message(&status, told->init ? 10 : 8, &container);
    wire_message(out, 3, &status);
}

/* Its only container, in the decoder. */
static const struct container_facts *decoded(struct decoder *decoder, const struct told *told)
{
    AUTO_STRBUF bytes = {0};
    struct pod_facts pod;
    struct error err;
    build(&bytes, told);
    assert_int_equal(decode(decoder, STORE_PODS, bytes.data, bytes.len, &pod, &err), 0);
    assert_int_equal(pod.container_count, 1);
    return &pod.containers[0];
}

static void an_init_container_that_always_restarts_is_a_sidecar(void **state)
{
    (void)state;
    static const struct {
        struct told told;
        int sidecar;
        const char *policy;
    } cases[] = {
        {{.init = 1}, 0, ""},
        {{.init = 1, .policy = "Always"}, 1, ""},
        {{.init = 1, .policy = "OnFailure"}, 0, "OnFailure"},
        {{.policy = "Always"}, 0, "Always"},
        {{.policy = "Never"}, 0, "Never"},
        {{.init = 0}, 0, ""},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        AUTO_DECODER decoder = {0};
        const struct container_facts *container = decoded(&decoder, &cases[i].told);
        assert_int_equal(container->sidecar, cases[i].sidecar);
        assert_string_equal(container->restart_policy, cases[i].policy);
        assert_false(container->planned);
    }
}

static void a_rule_provides_for_the_exit_codes_that_it_names(void **state)
{
    (void)state;
    static const struct {
        struct told told;
        int planned;
    } cases[] = {
        {{.policy = "Never", .action = "Restart", .relation = "In", .codes = {42, 43}, .exit_code = 42}, 1},
        {{.policy = "Never", .action = "Restart", .relation = "In", .codes = {42, 43}, .exit_code = 43}, 1},
        {{.policy = "Never", .action = "Restart", .relation = "In", .codes = {42, 43}, .exit_code = 1}, 0},
        {{.policy = "Never", .action = "Restart", .relation = "NotIn", .codes = {42}, .exit_code = 1}, 1},
        {{.policy = "Never", .action = "Restart", .relation = "NotIn", .codes = {42}, .exit_code = 42}, 0},
        {{.policy = "Never",
          .action = "RestartAllContainers",
          .relation = "In",
          .codes = {42},
          .exit_code = 42},
         1},
        {{.policy = "Never",
          .action = "Of a later version",
          .relation = "In",
          .codes = {42},
          .exit_code = 42},
         0},
        {{.policy = "Never",
          .action = "Restart",
          .relation = "Of a later one",
          .codes = {42},
          .exit_code = 42},
         0},
        {{.policy = "Never", .exit_code = 42}, 0},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        AUTO_DECODER decoder = {0};
        if (decoded(&decoder, &cases[i].told)->planned != cases[i].planned)
            fail_msg("case %zu", i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_init_container_that_always_restarts_is_a_sidecar),
        cmocka_unit_test(a_rule_provides_for_the_exit_codes_that_it_names),
    };
    return cmocka_run_group_tests_name("observer/watch/decode/restarts", tests, NULL, NULL);
}
