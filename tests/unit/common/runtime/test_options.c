/* SPDX-License-Identifier: Apache-2.0 */
#include "common/runtime/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/alloc.h"
#include "common/runtime/option_reader.h"
#include "tests/unit/mangle.h"
#include "tests/unit/unit.h"

/* A process with one row of every type. */
struct settings {
    char *cluster, *name, *nameless, *path, *key;
    long count, any_number, wait_ms;
    int enabled, colour;
    long depth;
    struct option_list words;
    struct option_map pairs, shades; /* shades: values are colours */
    struct option_map origins;
};

#define FIELD(name) offsetof(struct settings, name)

static const char *const colours[] = {"red", "green", NULL};

static const struct option rows[] = {
    {"cluster", OPTION_STRING, FIELD(cluster), "local", 0, 0, NULL, NULL, "Cluster.", FIELD(origins)},
    {"brain.name", OPTION_STRING, FIELD(name), "bob", 0, 0, NULL, "BRAIN_NAME", "Name.", FIELD(origins)},
    {"brain.nameless", OPTION_STRING, FIELD(nameless), NULL, 0, 0, NULL, NULL, "Nothing.", FIELD(origins)},
    {"brain.path", OPTION_PATH, FIELD(path), "", 0, 0, NULL, NULL, "Path.", FIELD(origins)},
    {"brain.count", OPTION_INTEGER, FIELD(count), "3", 1, 100, NULL, NULL, "Count.", FIELD(origins)},
    {"brain.any_number", OPTION_INTEGER, FIELD(any_number), "0", 0, 0, NULL, NULL, "Any.", FIELD(origins)},
    {"brain.wait", OPTION_DURATION, FIELD(wait_ms), "2s", 100, 7200000, NULL, NULL, "Wait.", FIELD(origins)},
    {"brain.enabled", OPTION_BOOLEAN, FIELD(enabled), "true", 0, 0, NULL, NULL, "Enabled.", FIELD(origins)},
    {"brain.colour", OPTION_CHOICE, FIELD(colour), "green", 0, 0, colours, NULL, "Colour.", FIELD(origins)},
    {"brain.deep.er.depth", OPTION_INTEGER, FIELD(depth), "1", 0, 0, NULL, NULL, "Depth.", FIELD(origins)},
    {"brain.words", OPTION_LIST, FIELD(words), "a, b", 0, 0, NULL, NULL, "Words.", FIELD(origins)},
    {"brain.pairs", OPTION_MAP, FIELD(pairs), NULL, 0, 0, NULL, NULL, "Pairs.", FIELD(origins)},
    {"brain.shades", OPTION_MAP, FIELD(shades), NULL, 0, 0, colours, NULL, "Shades.", FIELD(origins)},
    {"gemini.api_key", OPTION_SECRET, FIELD(key), NULL, 0, 0, NULL, "GEMINI_API_KEY", "Key.", FIELD(origins)},
};

static struct settings settings;
static const struct option_table tables[] = {{rows, COUNT_OF(rows), &settings}, {NULL, 0, NULL}};
static char folder[] = "/tmp/aegiops-options-XXXXXX";

static void write_file(const char *name, const char *text)
{
    FILE *file = fopen(name, "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

/* Reads the options with these words, ended by NULL, on the command line. */
static int read_with(struct error *err, enum options_answer *answer, const char *const *words)
{
    char *argv[16] = {"brain"};
    int argc = 1;
    for (; words && *words; words++)
        argv[argc++] = (char *)(uintptr_t)*words;
    options_free(tables);
    return options_read("brain", "Decides.", tables, argc, argv, answer, err);
}

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void accept(const char *const *words)
{
    struct error err;
    enum options_answer answer;
    if (read_with(&err, &answer, words))
        fail_msg("%s", err.text);
    assert_int_equal(answer, OPTIONS_RUN);
}

static void accept_file(const char *text)
{
    write_file("aegiops.yaml", text);
    accept(WORDS("--config", "aegiops.yaml"));
}

/* The message must be just this. */
static void refuse(const char *const *words, const char *message)
{
    struct error err = {0};
    enum options_answer answer;
    if (!read_with(&err, &answer, words))
        fail_msg("accepted, though: %s", message);
    assert_int_equal(err.kind, ERROR_FATAL);
    assert_string_equal(err.text, message);
}

static void refuse_file(const char *text, const char *message)
{
    write_file("aegiops.yaml", text);
    refuse(WORDS("--config", "aegiops.yaml"), message);
}

static int set_up(void **state)
{
    (void)state;
    return !mkdtemp(folder) || chdir(folder);
}

static int tear_down(void **state)
{
    AUTO_FREE char *command = xasprintf("rm -r %s", folder);
    (void)state;
    return system(command);
}

static int each(void **state)
{
    static const char *const variables[] = {"AEGIOPS_CONFIG",
                                            "AEGIOPS_CLUSTER",
                                            "AEGIOPS_BRAIN_NAME",
                                            "AEGIOPS_BRAIN_COUNT",
                                            "AEGIOPS_BRAIN_COUNTT",
                                            "AEGIOPS_BRAIN_PATH",
                                            "AEGIOPS_BRAIN_WORDS",
                                            "AEGIOPS_BRAIN_PAIRS",
                                            "AEGIOPS_GEMINI_API_KEY",
                                            "AEGIOPS_GEMINI_API_KEY_FILE",
                                            "BRAIN_NAME",
                                            "GEMINI_API_KEY"};
    (void)state;
    options_free(tables);
    for (size_t i = 0; i < COUNT_OF(variables); i++)
        unsetenv(variables[i]);
    return 0;
}

static void fallbacks_hold_when_nothing_is_said(void **state)
{
    (void)state;
    accept(NULL);
    assert_string_equal(settings.cluster, "local");
    assert_string_equal(settings.name, "bob");
    assert_null(settings.nameless);
    assert_string_equal(settings.path, "");
    assert_null(settings.key);
    assert_int_equal(settings.count, 3);
    assert_int_equal(settings.wait_ms, 2000);
    assert_int_equal(settings.enabled, 1);
    assert_int_equal(settings.colour, 1);
    assert_int_equal(settings.words.count, 2);
    assert_string_equal(settings.words.items[1], "b");
    assert_int_equal(settings.pairs.count, 0);
}

static void file_sets_every_type(void **state)
{
    (void)state;
    accept_file("cluster: prod\n"
                "brain:\n"
                "  name: 'kim'\n"
                "  nameless: \"\"\n"
                "  path: certs/ca.pem\n"
                "  count: 100\n"
                "  any_number: 4711\n"
                "  wait: 500ms\n"
                "  enabled: false\n"
                "  colour: red\n"
                "  deep: {er: {depth: 7}}\n"
                "  words: [one, 'two, three']\n"
                "  pairs:\n"
                "    sasl.username: kim\n"
                "    debug: broker,topic\n"
                "    empty:\n");
    assert_string_equal(settings.cluster, "prod");
    assert_string_equal(settings.name, "kim");
    assert_string_equal(settings.nameless, "");
    assert_int_equal(settings.count, 100);
    assert_int_equal(settings.any_number, 4711);
    assert_int_equal(settings.wait_ms, 500);
    assert_int_equal(settings.enabled, 0);
    assert_int_equal(settings.colour, 0);
    assert_int_equal(settings.depth, 7);
    assert_int_equal(settings.words.count, 2);
    assert_string_equal(settings.words.items[1], "two, three");
    assert_true(option_list_has(&settings.words, "one"));
    assert_false(option_list_has(&settings.words, "on"));
    assert_string_equal(option_map_get(&settings.pairs, "debug"), "broker,topic");
    assert_string_equal(option_map_get(&settings.pairs, "empty"), "");
    assert_null(option_map_get(&settings.pairs, "sasl"));
    assert_string_equal(settings.pairs.pairs[1].origin, "aegiops.yaml:15");
}

static void durations_and_their_units(void **state)
{
    static const struct {
        const char *text;
        long ms;
    } cases[] = {{"100ms", 100},
                 {"20s", 20000},
                 {"5m", 300000},
                 {"2h", 7200000},
                 {"0d", -1},
                 {"3h", -1},
                 {"99ms", -1},
                 {"20", -1},
                 {"s", -1},
                 {"", -1},
                 {"2 s", -1},
                 {"1.5s", -1},
                 {"-5s", -1},
                 {"5S", -1},
                 {"+5s", -1},
                 {"5sec", -1},
                 {"0x5s", -1},
                 {"9223372036854775807d", -1},
                 {"8825400613783079d", -1} /* 1024 ms, were it to wrap */,
                 {"99999999999999999999s", -1}};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct error err;
        enum options_answer answer;
        AUTO_FREE char *flag = xasprintf("--brain-wait=%s", cases[i].text);
        int accepted = read_with(&err, &answer, WORDS(flag)) == 0;
        if (accepted != (cases[i].ms >= 0) || (accepted && settings.wait_ms != cases[i].ms))
            fail_msg("\"%s\" was %s", cases[i].text, accepted ? "accepted" : err.text);
    }
}

static void numbers_are_numbers(void **state)
{
    (void)state;
    accept(WORDS("--brain-any-number", "9223372036854775807"));
    refuse(WORDS("--brain-any-number=-1"),
           "--brain-any-number: brain.any_number must be a number, not \"-1\"");
    refuse(WORDS("--brain-any-number=9223372036854775808"),
           "--brain-any-number: brain.any_number must be a number, not \"9223372036854775808\"");
    refuse(WORDS("--brain-count="), "--brain-count: brain.count must be a number from 1 to 100, not \"\"");
    refuse(WORDS("--brain-count=5x"),
           "--brain-count: brain.count must be a number from 1 to 100, not \"5x\"");
    refuse(WORDS("--brain-count=0"), "--brain-count: brain.count must be a number from 1 to 100, not \"0\"");
    refuse(WORDS("--brain-count", "101"),
           "--brain-count: brain.count must be a number from 1 to 100, not \"101\"");
}

static void environment_beats_file_and_flag_beats_both(void **state)
{
    (void)state;
    write_file("aegiops.yaml", "brain: {name: file, count: 5}\n");
    setenv("AEGIOPS_CONFIG", "aegiops.yaml", 1);
    accept(NULL);
    assert_string_equal(settings.name, "file");
    setenv("BRAIN_NAME", "conventional", 1);
    accept(NULL);
    assert_string_equal(settings.name, "conventional");
    setenv("AEGIOPS_BRAIN_NAME", "environment", 1);
    accept(NULL);
    assert_string_equal(settings.name, "environment");
    accept(WORDS("--brain-name", "flag"));
    assert_string_equal(settings.name, "flag");
    accept(WORDS("--brain-name=first", "--brain-name=last=x"));
    assert_string_equal(settings.name, "last=x");
    assert_int_equal(settings.count, 5);
}

static void empty_variables(void **state)
{
    (void)state;
    setenv("BRAIN_NAME", "", 1); /* somebody else's: as good as unset */
    setenv("AEGIOPS_CONFIG", "", 1);
    accept(NULL);
    assert_string_equal(settings.name, "bob");
    setenv("AEGIOPS_BRAIN_NAME", "", 1); /* ours: says "nothing" */
    accept(NULL);
    assert_string_equal(settings.name, "");
}

static void flag_names_another_file_than_the_environment(void **state)
{
    (void)state;
    write_file("aegiops.yaml", "cluster: one\n");
    write_file("other.yaml", "cluster: two\n");
    setenv("AEGIOPS_CONFIG", "aegiops.yaml", 1);
    accept(WORDS("--config=other.yaml"));
    assert_string_equal(settings.cluster, "two");
}

static void maps_are_merged_and_lists_replaced(void **state)
{
    (void)state;
    write_file("aegiops.yaml", "brain: {pairs: {a: 1, b: 2}, words: [x, y, z]}\n");
    setenv("AEGIOPS_BRAIN_PAIRS", "b=3, c=d=e", 1);
    setenv("AEGIOPS_BRAIN_WORDS", " one ,two words,, ", 1);
    accept(WORDS("--config", "aegiops.yaml", "--brain-pairs", "c=5"));
    assert_int_equal(settings.pairs.count, 3);
    assert_string_equal(option_map_get(&settings.pairs, "a"), "1");
    assert_string_equal(option_map_get(&settings.pairs, "b"), "3");
    assert_string_equal(option_map_get(&settings.pairs, "c"), "5");
    assert_string_equal(settings.pairs.pairs[0].origin, "aegiops.yaml:1");
    assert_string_equal(settings.pairs.pairs[1].origin, "$AEGIOPS_BRAIN_PAIRS");
    assert_string_equal(settings.pairs.pairs[2].origin, "--brain-pairs");
    assert_int_equal(settings.words.count, 2);
    assert_string_equal(settings.words.items[0], "one");
    assert_string_equal(settings.words.items[1], "two words");
    refuse(WORDS("--brain-pairs", "a=1,b"), "--brain-pairs: brain.pairs must be a map (a=b,c=d), not \"b\"");
    refuse(WORDS("--brain-pairs", "=1"), "--brain-pairs: brain.pairs must be a map (a=b,c=d), not \"=1\"");
}

static void maps_of_words_take_names_with_an_equals_sign(void **state)
{
    (void)state;
    accept_file("brain:\n  shades:\n    env=prod: red\n    a: green\n");
    assert_string_equal(option_map_get(&settings.shades, "env=prod"), "red");
    accept(WORDS("--brain-shades", "env=prod=red,env=test=green,a=red"));
    assert_int_equal(settings.shades.count, 3);
    assert_string_equal(option_map_get(&settings.shades, "env=test"), "green");
    assert_string_equal(option_map_get(&settings.shades, "a"), "red");
    refuse_file("brain:\n  shades:\n    a: Red\n",
                "aegiops.yaml:3: brain.shades.a must be one of red, green, not \"Red\"");
    refuse_file("brain:\n  shades:\n    a:\n",
                "aegiops.yaml:3: brain.shades.a must be one of red, green, not \"\"");
    refuse(WORDS("--brain-shades", "a=blue"),
           "--brain-shades: brain.shades.a must be one of red, green, not \"blue\"");
}

static void where_each_value_was_set_is_known(void **state)
{
    (void)state;
    write_file("aegiops.yaml", "brain:\n  count: 5\n  name: file\n  words: [x]\n  pairs: {a: 1}\n");
    setenv("AEGIOPS_BRAIN_NAME", "environment", 1);
    accept(WORDS("--config", "aegiops.yaml", "--brain-colour", "red"));
    assert_string_equal(option_map_get(&settings.origins, "brain.count"), "aegiops.yaml:2");
    assert_string_equal(option_map_get(&settings.origins, "brain.name"), "$AEGIOPS_BRAIN_NAME");
    assert_string_equal(option_map_get(&settings.origins, "brain.words"), "aegiops.yaml:4");
    assert_string_equal(option_map_get(&settings.origins, "brain.pairs"), "aegiops.yaml:5");
    assert_string_equal(option_map_get(&settings.origins, "brain.colour"), "--brain-colour");
    assert_string_equal(option_map_get(&settings.origins, "brain.wait"), "default");
    options_free(tables);
    assert_int_equal(settings.origins.count, 0);
}

static void file_that_is_read_is_told(void **state)
{
    (void)state;
    char *argv[] = {(char[]){"brain"},    (char[]){"--brain-name"}, (char[]){"x"},
                    (char[]){"--config"}, (char[]){"a.yaml"},       (char[]){"--config=b.yaml"}};
    assert_null(options_file(1, argv));
    setenv("AEGIOPS_CONFIG", "e.yaml", 1);
    assert_string_equal(options_file(3, argv), "e.yaml");
    assert_string_equal(options_file(5, argv), "a.yaml");
    assert_string_equal(options_file(6, argv), "b.yaml");
}

static void an_empty_list_is_empty(void **state)
{
    (void)state;
    accept_file("brain: {words: []}\n");
    assert_int_equal(settings.words.count, 0);
    accept(WORDS("--brain-words="));
    assert_int_equal(settings.words.count, 0);
}

static void paths_are_relative_to_where_they_are_written(void **state)
{
    (void)state;
    AUTO_FREE char *here = getcwd(NULL, 0);
    AUTO_FREE char *in_sub = xasprintf("%s/sub/keys/a", here);
    AUTO_FREE char *in_here = xasprintf("%s/keys/b", here);
    AUTO_FREE char *absolute = xasprintf("%s/sub/aegiops.yaml", here);
    mkdir("sub", 0700);
    write_file("sub/aegiops.yaml", "brain: {path: keys/a}\n");
    accept(WORDS("--config", "sub/aegiops.yaml"));
    assert_string_equal(settings.path, in_sub);
    accept(WORDS("--config", absolute));
    assert_string_equal(settings.path, in_sub);
    setenv("AEGIOPS_BRAIN_PATH", "keys/b", 1);
    accept(WORDS("--config", "sub/aegiops.yaml"));
    assert_string_equal(settings.path, in_here);
    accept(WORDS("--brain-path=/abs"));
    assert_string_equal(settings.path, "/abs");
}

static void sections_of_siblings_are_skipped(void **state)
{
    (void)state;
    accept_file("actor: {anything: [goes, {here: 1}]}\n"
                "kafka: 5\n"
                "slack:\n"
                "notifier: {a: b}\n");
    assert_string_equal(settings.cluster, "local");
}

static void a_key_with_nothing_after_it_keeps_its_fallback(void **state)
{
    (void)state;
    accept_file("cluster:\nbrain:\n  name: ~\n  count:\n  deep:\n  words:\n  pairs:\ngemini:\n");
    assert_string_equal(settings.cluster, "local");
    assert_string_equal(settings.name, "bob");
    assert_int_equal(settings.count, 3);
    assert_int_equal(settings.words.count, 2);
}

static void unknown_keys_are_refused_with_the_nearest(void **state)
{
    (void)state;
    refuse_file("brain:\n  nam: x\n", "aegiops.yaml:2: unknown key brain.nam; did you mean brain.name?");
    refuse_file("\n\nbrian: {}\n", "aegiops.yaml:3: unknown key brian; did you mean brain?");
    refuse_file("brain:\n  deep:\n    er: {dept: 1}\n",
                "aegiops.yaml:3: unknown key brain.deep.er.dept; did you mean brain.deep.er.depth?");
    refuse_file("gemini: {api_key_fil: x}\n",
                "aegiops.yaml:1: unknown key gemini.api_key_fil; did you mean gemini.api_key_file?");
    refuse_file("brain: {zzzzzzzzzzzz: 1}\n",
                "aegiops.yaml:1: unknown key brain.zzzzzzzzzzzz; brain --help lists what there is");
    refuse_file("brain.name: x\n",
                "aegiops.yaml:1: unknown key brain.name; brain --help lists what there is");
}

static void wrong_kinds_are_refused_with_their_line(void **state)
{
    (void)state;
    refuse_file("brain:\n  name: [a]\n", "aegiops.yaml:2: brain.name must be text, not a sequence");
    refuse_file("brain:\n  count: {a: 1}\n",
                "aegiops.yaml:2: brain.count must be a number from 1 to 100, not a mapping");
    refuse_file("brain:\n  words: {a: 1}\n",
                "aegiops.yaml:2: brain.words must be a list (a, b, c), not a mapping");
    refuse_file("brain:\n  words:\n  - a\n  - [b]\n",
                "aegiops.yaml:4: an item of brain.words must be text, not a sequence");
    refuse_file("brain:\n  pairs: [a]\n",
                "aegiops.yaml:2: brain.pairs must be a map (a=b,c=d), not a sequence");
    refuse_file("brain:\n  pairs:\n    a: {b: c}\n",
                "aegiops.yaml:3: a of brain.pairs must be text, not a mapping");
    refuse_file("brain: 5\n", "aegiops.yaml:1: brain must be a section, its keys indented below it");
    refuse_file("brain:\n  deep:\n  - 1\n",
                "aegiops.yaml:2: brain.deep must be a section, its keys indented below it");
    refuse_file("cluster: [a]\n", "aegiops.yaml:1: cluster must be text, not a sequence");
    refuse_file("- cluster\n", "aegiops.yaml:1: the file must be a mapping: \"cluster: prod\" and so on");
    refuse_file("brain:\n  enabled: yes\n",
                "aegiops.yaml:2: brain.enabled must be true or false, not \"yes\"");
    refuse_file("brain:\n  colour: blue\n",
                "aegiops.yaml:2: brain.colour must be one of red, green, not \"blue\"");
    refuse_file("brain:\n  wait: 20\n",
                "aegiops.yaml:2: brain.wait must be a duration (500ms, 20s, 5m, 2h, 1d) "
                "from 100ms to 2h, not \"20\"");
}

static void files_that_cannot_be_read(void **state)
{
    (void)state;
    refuse(WORDS("--config", "nowhere.yaml"),
           "--config: cannot read nowhere.yaml: No such file or directory");
    setenv("AEGIOPS_CONFIG", "nowhere.yaml", 1);
    refuse(NULL, "$AEGIOPS_CONFIG: cannot read nowhere.yaml: No such file or directory");
    unsetenv("AEGIOPS_CONFIG");
    write_file("aegiops.yaml", "brain: {name: a\n");
    struct error err = {0};
    enum options_answer answer;
    assert_int_equal(read_with(&err, &answer, WORDS("--config", "aegiops.yaml")), -1);
    assert_memory_equal(err.text, "aegiops.yaml:", strlen("aegiops.yaml:"));
}

static void unknown_flags_are_refused_with_the_nearest(void **state)
{
    (void)state;
    refuse(WORDS("--brain-nam", "x"), "--brain-nam: unknown flag; did you mean --brain-name?");
    refuse(WORDS("--brain.name=x"), "--brain.name: unknown flag; did you mean --brain-name?");
    refuse(WORDS("--x"), "--x: unknown flag; brain --help lists what there is");
    refuse(WORDS("--"), "--: unknown flag; brain --help lists what there is");
    refuse(WORDS("-h"), "-h: not a flag; brain --help lists them");
    refuse(WORDS("start"), "start: not a flag; brain --help lists them");
    refuse(WORDS("--brain-name"), "--brain-name: its value is missing");
    refuse(WORDS("--brain-name", "--check"), "--brain-name: its value is missing");
    refuse(WORDS("--config"), "--config: its value is missing");
}

static void mistyped_variables_are_refused(void **state)
{
    (void)state;
    setenv("AEGIOPS_BRAIN_COUNTT", "5", 1);
    refuse(NULL, "$AEGIOPS_BRAIN_COUNTT: unknown option; did you mean AEGIOPS_BRAIN_COUNT?");
    unsetenv("AEGIOPS_BRAIN_COUNTT");
    setenv("AEGIOPS_BRAIN_COUNT", "many", 1);
    refuse(NULL, "$AEGIOPS_BRAIN_COUNT: brain.count must be a number from 1 to 100, not \"many\"");
}

static void variables_of_others_do_not_disturb(void **state)
{
    static const char *const others[] = {"AEGIOPS_CRASH_AT",
                                         "AEGIOPS_CACHE",
                                         "AEGIOPS_SANDBOX_NAME",
                                         "AEGIOPS_ACTOR_LANES",
                                         "AEGIOPS_BRAIN_SERVICE_HOST",
                                         "AEGIOPS_BRAIN_SERVICE_PORT",
                                         "AEGIOPS_BRAIN_SERVICE_PORT_HTTP",
                                         "AEGIOPS_BRAIN_PORT",
                                         "AEGIOPS_BRAIN_PORT_8080_TCP",
                                         "AEGIOPS_BRAIN_PORT_8080_TCP_ADDR"};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(others); i++)
        setenv(others[i], "tcp://10.0.0.1:8080", 1);
    accept(NULL);
    for (size_t i = 0; i < COUNT_OF(others); i++)
        unsetenv(others[i]);
    setenv("AEGIOPS_BRAIN_PORTS", "1", 1);
    refuse(NULL, "$AEGIOPS_BRAIN_PORTS: unknown option; did you mean AEGIOPS_BRAIN_WORDS?");
    unsetenv("AEGIOPS_BRAIN_PORTS");
}

static void secrets_come_from_files_and_the_environment(void **state)
{
    (void)state;
    write_file("key", "s3cret \n\n");
    write_file("other", "from flag");
    accept_file("gemini: {api_key_file: key}\n");
    assert_string_equal(settings.key, "s3cret");
    setenv("GEMINI_API_KEY", "conventional", 1);
    accept(WORDS("--config", "aegiops.yaml"));
    assert_string_equal(settings.key, "conventional");
    setenv("AEGIOPS_GEMINI_API_KEY_FILE", "key", 1);
    accept(NULL);
    assert_string_equal(settings.key, "s3cret");
    setenv("AEGIOPS_GEMINI_API_KEY", "direct", 1);
    accept(NULL);
    assert_string_equal(settings.key, "direct");
    accept(WORDS("--gemini-api-key-file", "other"));
    assert_string_equal(settings.key, "from flag");
}

static void a_secret_given_itself_makes_its_file_needless(void **state)
{
    (void)state;
    setenv("AEGIOPS_GEMINI_API_KEY", "direct", 1);
    accept_file("gemini: {api_key_file: /nowhere}\n");
    assert_string_equal(settings.key, "direct");
    setenv("AEGIOPS_GEMINI_API_KEY", "", 1); /* as good as unset */
    refuse_file("gemini: {api_key_file: /nowhere}\n",
                "aegiops.yaml:1: gemini.api_key_file: cannot open /nowhere: No such file or directory");
}

static void secrets_are_refused_where_others_see_them(void **state)
{
    (void)state;
    refuse_file("gemini:\n  api_key: AIzaSecret\n",
                "aegiops.yaml:2: gemini.api_key: a secret does not stand in this "
                "file; name the file that holds it as gemini.api_key_file");
    refuse(WORDS("--gemini-api-key", "AIzaSecret"),
           "--gemini-api-key: a secret does not go on the command line; use "
           "--gemini-api-key-file or $AEGIOPS_GEMINI_API_KEY");
    refuse_file("gemini: {api_key_file: [a]}\n",
                "aegiops.yaml:1: gemini.api_key must be text, not a sequence");
}

static void secret_files_that_hold_none(void **state)
{
    (void)state;
    AUTO_FREE char *empty =
        xasprintf("--gemini-api-key-file: gemini.api_key_file: %s/empty is empty", folder);
    AUTO_FREE char *directory =
        xasprintf("--gemini-api-key-file: gemini.api_key_file: cannot read %s: Is a directory", folder);
    write_file("empty", " \n");
    refuse(WORDS("--gemini-api-key-file", "empty"), empty);
    refuse(WORDS("--gemini-api-key-file", folder), directory);
}

static void answers_that_need_no_valid_options(void **state)
{
    struct error err;
    enum options_answer answer;
    (void)state;
    setenv("AEGIOPS_BRAIN_COUNT", "many", 1);
    assert_int_equal(read_with(&err, &answer, WORDS("--version")), 0);
    assert_int_equal(answer, OPTIONS_EXIT);
    assert_int_equal(read_with(&err, &answer, WORDS("--check")), -1);
    unsetenv("AEGIOPS_BRAIN_COUNT");
    assert_int_equal(read_with(&err, &answer, WORDS("--check")), 0);
    assert_int_equal(answer, OPTIONS_CHECK);
}

/* As options_read() prepares it, which keeps its reader to itself. */
static void help_names_every_row_within_100_columns(void **state)
{
    AUTO_STRBUF text = {0};
    struct slot slots[COUNT_OF(rows)] = {0};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        slots[i] = (struct slot){.row = &rows[i],
                                 .name = rows[i].type == OPTION_SECRET ? "gemini.api_key_file"
                                                                       : (char *)(uintptr_t)rows[i].key};
    option_help(
        &(struct reader){.process = "brain", .purpose = "Decides.", .slots = slots, .count = COUNT_OF(rows)},
        &text);
    assert_non_null(strstr(text.data, "brain: Decides.\n"));
    assert_non_null(
        strstr(text.data, "  --brain-any-number                        $AEGIOPS_BRAIN_ANY_NUMBER\n"));
    assert_non_null(strstr(text.data, "Colour. Takes one of red, green. Default: green\n"));
    assert_non_null(strstr(text.data, "Count. Takes a number from 1 to 100. Default: 3\n"));
    assert_non_null(
        strstr(text.data, "Wait. Takes a duration (500ms, 20s, 5m, 2h, 1d) from 100ms to 2h. Default: 2s\n"));
    assert_non_null(strstr(text.data, "Name. Also read from $BRAIN_NAME. Default: bob\n"));
    assert_non_null(strstr(text.data, "--gemini-api-key-file "));
    assert_non_null(strstr(text.data, "$AEGIOPS_GEMINI_API_KEY_FILE"));
    for (const char *line = text.data; *line; line = strchr(line, '\n') + 1)
        if (strcspn(line, "\n") > 100 + strlen("…") - 1)
            fail_msg("too wide: %.*s", (int)strcspn(line, "\n"), line);
}

static void read_anything(const char *bytes, size_t len)
{
    struct error err;
    enum options_answer answer;
    FILE *file = fopen("aegiops.yaml", "w");
    fwrite(bytes, 1, len, file);
    fclose(file);
    if (read_with(&err, &answer, WORDS("--config", "aegiops.yaml")) == 0)
        return;
    if (strncmp(err.text, "aegiops.yaml", strlen("aegiops.yaml")) != 0 || strchr(err.text, '\n'))
        fail_msg("not a line that names the file: %s", err.text);
}

static void a_mangled_file_is_refused_in_one_line(void **state)
{
    static const char sample[] =
        "cluster: prod\nbrain:\n  name: 'kim'\n  count: 100\n  wait: 500ms\n  enabled: false\n"
        "  deep: {er: {depth: 7}}\n  words: [one, two]\n  pairs:\n    a: b\n";
    (void)state;
    mangle(sample, sizeof sample - 1, 500, read_anything);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(fallbacks_hold_when_nothing_is_said, each),
        cmocka_unit_test_setup(file_sets_every_type, each),
        cmocka_unit_test_setup(durations_and_their_units, each),
        cmocka_unit_test_setup(numbers_are_numbers, each),
        cmocka_unit_test_setup(environment_beats_file_and_flag_beats_both, each),
        cmocka_unit_test_setup(empty_variables, each),
        cmocka_unit_test_setup(flag_names_another_file_than_the_environment, each),
        cmocka_unit_test_setup(maps_are_merged_and_lists_replaced, each),
        cmocka_unit_test_setup(maps_of_words_take_names_with_an_equals_sign, each),
        cmocka_unit_test_setup(where_each_value_was_set_is_known, each),
        cmocka_unit_test_setup(file_that_is_read_is_told, each),
        cmocka_unit_test_setup(an_empty_list_is_empty, each),
        cmocka_unit_test_setup(paths_are_relative_to_where_they_are_written, each),
        cmocka_unit_test_setup(sections_of_siblings_are_skipped, each),
        cmocka_unit_test_setup(a_key_with_nothing_after_it_keeps_its_fallback, each),
        cmocka_unit_test_setup(unknown_keys_are_refused_with_the_nearest, each),
        cmocka_unit_test_setup(wrong_kinds_are_refused_with_their_line, each),
        cmocka_unit_test_setup(files_that_cannot_be_read, each),
        cmocka_unit_test_setup(unknown_flags_are_refused_with_the_nearest, each),
        cmocka_unit_test_setup(mistyped_variables_are_refused, each),
        cmocka_unit_test_setup(variables_of_others_do_not_disturb, each),
        cmocka_unit_test_setup(secrets_come_from_files_and_the_environment, each),
        cmocka_unit_test_setup(a_secret_given_itself_makes_its_file_needless, each),
        cmocka_unit_test_setup(secrets_are_refused_where_others_see_them, each),
        cmocka_unit_test_setup(secret_files_that_hold_none, each),
        cmocka_unit_test_setup(answers_that_need_no_valid_options, each),
        cmocka_unit_test_setup(help_names_every_row_within_100_columns, each),
        cmocka_unit_test_setup(a_mangled_file_is_refused_in_one_line, each),
    };
    return cmocka_run_group_tests_name("runtime/options", tests, set_up, tear_down);
}
