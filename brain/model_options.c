/* SPDX-License-Identifier: Apache-2.0 */
#include "brain/model_options.h"

#include <ctype.h>
#include <string.h>

#include "common/base/alloc.h"
#include "common/base/url.h"

#define KEY_MOST_BYTES 1024

static const char *const apis[] = {"gemini", "vertex", "openai", NULL};
static const char *const tiers[] = {"unknown", "paid", "free", "none", NULL};
static const char *const explains[] = {"never", "questions", "always", NULL};
static const char *const levels[] = {"minimal", "low", "medium", "high", NULL};

#define FIELD(name) offsetof(struct model_options, name)

const struct option model_option_rows[] = {
    {.key = "gemini.api",
     .type = OPTION_CHOICE,
     .offset = FIELD(api),
     .fallback = "gemini",
     .choices = apis,
     .help = "How the model is spoken to: Gemini's own API, the same through Google Cloud (Vertex AI), or "
             "OpenAI's "
             "chat/completions."},
    {.key = "gemini.base_url",
     .type = OPTION_STRING,
     .offset = FIELD(base_url),
     .fallback = "",
     .help = "Where that API is. Default: Google's own address; openai has none."},
    {.key = "gemini.api_key",
     .type = OPTION_SECRET,
     .offset = FIELD(api_key),
     .conventional = "GEMINI_API_KEY",
     .help = "The API key; unset: the brain decides by rules alone, unless the API needs no key."},
    {.key = "gemini.project",
     .type = OPTION_STRING,
     .offset = FIELD(project),
     .fallback = "",
     .help = "The project of Google Cloud that pays; for vertex without a key."},
    {.key = "gemini.location",
     .type = OPTION_STRING,
     .offset = FIELD(location),
     .fallback = "global",
     .help = "Where Google Cloud runs the model: global, us, eu or a region; for vertex."},
    {.key = "gemini.models",
     .type = OPTION_LIST,
     .offset = FIELD(models),
     .fallback = "gemini-3.5-flash-lite,gemini-3.8-flash",
     .help = "The models, in the order in which they are asked: the next one where one cannot answer."},
    {.key = "gemini.tier",
     .type = OPTION_CHOICE,
     .offset = FIELD(tier),
     .fallback = "unknown",
     .choices = tiers,
     .help = "On what terms the service takes what it is sent: only paid gets what workloads wrote; with "
             "none the "
             "model is never asked."},
    {.key = "gemini.explain",
     .type = OPTION_CHOICE,
     .offset = FIELD(explain),
     .fallback = "questions",
     .choices = explains,
     .help = "What the model is asked beside what no rule settles: nothing, people's questions, or words "
             "for every incident, too."},
    {.key = "gemini.thinking",
     .type = OPTION_CHOICE,
     .offset = FIELD(thinking),
     .fallback = "minimal",
     .choices = levels,
     .help = "How long the model thinks before it answers; a model that refuses the level gets the next "
             "simpler request."},
    {.key = "gemini.lanes",
     .type = OPTION_INTEGER,
     .offset = FIELD(lanes),
     .fallback = "2",
     .least = 1,
     .most = 64,
     .help = "Threads that ask the model: how many questions there are at once."},
    {.key = "gemini.deadline",
     .type = OPTION_DURATION,
     .offset = FIELD(deadline_ms),
     .fallback = "60s",
     .least = 5 * 1000,
     .most = 5 * 60 * 1000,
     .help = "How long a question may take until it is decided without the model."},
    {.key = "gemini.timeout",
     .type = OPTION_DURATION,
     .offset = FIELD(timeout_ms),
     .fallback = "45s",
     .least = 1000,
     .most = 2 * 60 * 1000,
     .help = "How long one call of the model may take."},
    {.key = "gemini.daily_tokens",
     .type = OPTION_INTEGER,
     .offset = FIELD(daily_tokens),
     .fallback = "2000000",
     .help = "The most tokens, of questions and answers together, that this process spends within a day "
             "(UTC); 0 is no "
             "limit."},
    {.key = "gemini.ca_file",
     .type = OPTION_PATH,
     .offset = FIELD(ca_file),
     .fallback = "",
     .help =
         "Authorities (PEM) that are trusted instead of the system's, for proxies and servers of your own."},
};
const size_t model_option_count = COUNT_OF(model_option_rows);

static int starts_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

/* What a key is sent to is https, or this very machine; what needs none may also be a neighbour in the cluster. */
static int check_url(const struct model_options *options, struct error *err)
{
    const char *url = options->base_url;
    if (!*url && options->api != MODEL_API_OPENAI)
        return 0;
    if (!*url)
        return fail(err, ERROR_FATAL,
                    "gemini.base_url is missing: gemini.api is openai, whose address is your own, as in "
                    "http://127.0.0.1:11434/v1");
    if (url[strcspn(url, " \t\r\n?#")] || strchr(url + strcspn(url, ":"), '@'))
        return fail(err, ERROR_FATAL,
                    "gemini.base_url: an address without blanks, names, passwords, ? and #, please: the key "
                    "goes into "
                    "gemini.api_key");
    if (starts_with(url, "https://") && isalnum((unsigned char)url[strlen("https://")]))
        return 0;
    if (url_is_loopback(url) ||
        (options->api == MODEL_API_OPENAI && !options->api_key && url_is_in_cluster(url)))
        return 0;
    return fail(
        err, ERROR_FATAL,
        "gemini.base_url: not an https:// address; http:// is for this machine, and for a Service of the "
        "cluster that needs no key");
}

/* What is often pasted in the place of a key, and what it is. NULL = nothing that is known. */
static const char *mistaken_for_key(const struct model_options *options)
{
    static const struct {
        const char *start, *what;
    } known[] = {
        {"xox", "a token of Slack"},
        {"xapp-", "a token of Slack"},
        {"https://", "an address"},
        {"http://", "an address"},
        {"/", "the path of a file: name it with gemini.api_key_file"},
        {"./", "the path of a file: name it with gemini.api_key_file"},
        {"~", "the path of a file: name it with gemini.api_key_file"},
        {"{", "a JSON file, as of a service account: vertex takes the account of the pod instead"},
        {"-----BEGIN", "a certificate or a private key"},
        {"ya29.", "an access token, which expires within the hour"},
        {"Bearer ", "a whole header: only the key, please"},
        {"$", "the name of a variable: its value, please"},
        {"ghp_", "a token of GitHub"},
    };
    for (size_t i = 0; i < COUNT_OF(known); i++)
        if (starts_with(options->api_key, known[i].start))
            return known[i].what;
    if (options->api != MODEL_API_OPENAI && starts_with(options->api_key, "sk-"))
        return "a key of OpenAI or Anthropic: it needs gemini.api: openai";
    return NULL;
}

int model_options_check_key(const struct model_options *options, struct error *err)
{
    const char *key = options->api_key;
    if (!key)
        return 0;
    const char *what = mistaken_for_key(options);
    if (what)
        return fail(err, ERROR_FATAL, "gemini.api_key: that is %s", what);
    for (const char *at = key; *at; at++)
        if ((unsigned char)*at <= ' ' || (unsigned char)*at > '~')
            return fail(err, ERROR_FATAL,
                        "gemini.api_key: a key has no blanks, quotes or line breaks within; copy it again");
    if (strpbrk(key, "\"'") || strlen(key) > KEY_MOST_BYTES)
        return fail(err, ERROR_FATAL, "gemini.api_key: that is no key: copy it again, without quotes");
    return 0;
}

/* Letters, digits and a few marks: what may stand in a path as it is. */
static int is_name(const char *text, const char *marks)
{
    for (; *text; text++)
        if (!isalnum((unsigned char)*text) && !strchr(marks, *text))
            return 0;
    return 1;
}

static int check_cloud(const struct model_options *options, struct error *err)
{
    if (!is_name(options->project, "-:.") || !is_name(options->location, "-"))
        return fail(err, ERROR_FATAL, "gemini.%s is no name of Google Cloud: letters, digits and hyphens",
                    is_name(options->location, "-") ? "project" : "location");
    if (options->api != MODEL_API_VERTEX)
        return 0;
    if (!*options->project && !options->api_key)
        return fail(err, ERROR_FATAL,
                    "gemini.project is missing: gemini.api is vertex, which needs a project of Google Cloud "
                    "or an API "
                    "key");
    if (!*options->location)
        return fail(err, ERROR_FATAL, "gemini.location is missing: global, us, eu or a region");
    return 0;
}

static int check_models(const struct model_options *options, struct error *err)
{
    if (options->models.count == 0)
        return fail(err, ERROR_FATAL,
                    "gemini.models is empty: name a model, or say gemini.tier: none to ask none");
    for (size_t i = 0; i < options->models.count; i++) {
        const char *name = options->models.items[i];
        const char *marks = options->api == MODEL_API_OPENAI ? "-._:/@" : "-._";
        if (!*name || !is_name(name, marks))
            return fail(err, ERROR_FATAL,
                        "gemini.models: \"%.60s\" is no name of a model; without models/ in front", name);
    }
    return 0;
}

int model_options_check(const struct model_options *options, struct error *err)
{
    return check_url(options, err) || check_cloud(options, err) || check_models(options, err) ? -1 : 0;
}
