/* SPDX-License-Identifier: Apache-2.0 */
#include "common/schema/incident.h"

#include <string.h>

#include "common/base/alloc.h"
#include "common/base/clock.h"
#include "common/base/id.h"
#include "common/schema/limits.h"
#include "common/schema/topics.h"

static const char *const sections[] = {SECTION_OBSERVED, SECTION_DECIDED, SECTION_ACTED, SECTION_NOTIFIED};

void incident_free(struct incident *incident)
{
    json_decref(incident->root);
    *incident = (struct incident){0};
}

/* A desk may not write before the desk that comes before it. */
static int check_sections(const json_t *root, struct error *err)
{
    int gap = 0;
    for (size_t i = 0; i < COUNT_OF(sections); i++) {
        const json_t *section = json_object_get(root, sections[i]);
        if (section && !json_is_object(section))
            return fail(err, ERROR_REJECT, "section \"%s\" is not an object", sections[i]);
        if (section && gap)
            return fail(err, ERROR_REJECT, "section \"%s\" stands without the one before it", sections[i]);
        gap = !section;
    }
    const json_t *approved = json_object_get(root, SECTION_APPROVED);
    if (approved && !(json_is_object(approved) && json_object_get(root, SECTION_ACTED)))
        return fail(err, ERROR_REJECT,
                    "section \"" SECTION_APPROVED "\" is not an object, or stands without \"" SECTION_ACTED
                    "\"");
    return json_object_get(root, SECTION_OBSERVED)
               ? 0
               : fail(err, ERROR_REJECT, "section \"" SECTION_OBSERVED "\" is missing");
}

/* "i-" and hex digits, no more than id_derive() makes: an id goes into headers, annotations and log lines. */
static int is_id(const char *id)
{
    size_t digits = id && strncmp(id, "i-", 2) == 0 ? strspn(id + 2, "0123456789abcdef") : 0;
    return digits > 0 && digits < ID_SIZE - 2 && !id[2 + digits];
}

static int read_head(struct incident *incident, struct error *err)
{
    long long major = json_integer_at(incident->root, "v", -1);
    long long lap = json_integer_at(incident->root, "lap", 0);
    incident->id = json_string_at(incident->root, "id");
    incident->key = json_string_at(incident->root, "key");
    incident->opened_at = json_string_at(incident->root, "opened_at");
    if (major != SCHEMA_MAJOR)
        return fail(err, ERROR_REJECT, "document version %lld is not %d, the one this program reads", major,
                    SCHEMA_MAJOR);
    if (!is_id(incident->id))
        return fail(err, ERROR_REJECT, "\"id\" is missing or no incident id");
    if (!incident->key || !*incident->key || strlen(incident->key) > LIMIT_KEY_BYTES)
        return fail(err, ERROR_REJECT, "\"key\" is missing, empty or longer than %d bytes", LIMIT_KEY_BYTES);
    if (clock_parse_rfc3339(incident->opened_at) < 0)
        return fail(err, ERROR_REJECT, "\"opened_at\" is missing or no RFC 3339 time");
    if (lap < 1 || lap > LIMIT_LAP)
        return fail(err, ERROR_REJECT, "\"lap\" is missing or not between 1 and %d", LIMIT_LAP);
    incident->lap = (int)lap;
    return 0;
}

int incident_read(const char *bytes, size_t len, struct incident *out, struct error *err)
{
    *out = (struct incident){0};
    AUTO_INCIDENT incident = {0};
    if (len > LIMIT_RECORD_BYTES)
        return fail(err, ERROR_REJECT, "document of %zu bytes is over the limit of %d", len,
                    LIMIT_RECORD_BYTES);
    incident.root = json_read(bytes, len, err);
    if (!incident.root)
        return wrap(err, "document");
    if (!json_is_object(incident.root))
        return fail(err, ERROR_REJECT, "document is not a JSON object");
    if (read_head(&incident, err) || check_sections(incident.root, err))
        return -1;
    incident.observed = json_object_get(incident.root, SECTION_OBSERVED);
    incident.decided = json_object_get(incident.root, SECTION_DECIDED);
    incident.acted = json_object_get(incident.root, SECTION_ACTED);
    incident.notified = json_object_get(incident.root, SECTION_NOTIFIED);
    incident.approved = json_object_get(incident.root, SECTION_APPROVED);
    *out = incident;
    incident.root = NULL;
    return 0;
}

int incident_due(const struct incident *incident, const char *section, struct error *err)
{
    const char *next = "";
    for (size_t i = 0; i < COUNT_OF(sections) && !*next; i++)
        if (!json_object_get(incident->root, sections[i]))
            next = sections[i];
    if (strcmp(section, next) == 0)
        return 0;
    if (json_object_get(incident->root, section))
        return fail(err, ERROR_REJECT, "the document has been \"%s\" already: it belongs to another topic",
                    section);
    return fail(err, ERROR_REJECT, "the document must be \"%s\" before it is \"%s\"", next, section);
}

void incident_write(struct strbuf *out, const char *id, const char *key, const char *opened_at, int lap,
                    const char *follows, json_t *take_observed)
{
    AUTO_JSON *root =
        json_pack("{s:i, s:s, s:s, s:s, s:i, s:s?, s:o}", "v", SCHEMA_MAJOR, "id", id, "key", key,
                  "opened_at", opened_at, "lap", lap, "follows", follows, SECTION_OBSERVED, take_observed);
    json_write(root, out);
}

void incident_append(struct strbuf *out, const char *bytes, size_t len, const char *section,
                     json_t *take_value)
{
    AUTO_JSON *value = take_value;
    while (len > 0 && bytes[len - 1] != '}')
        len--;
    strbuf_add(out, bytes, len - 1);
    strbuf_printf(out, ",\"%s\":", section);
    json_write(value, out);
    strbuf_putc(out, '}');
}

/* Where the string that begins at start, with its quote, has its closing quote. */
static size_t string_end(const char *bytes, size_t len, size_t start)
{
    size_t i = start + 1;
    while (i < len && bytes[i] != '"')
        i += bytes[i] == '\\' ? 2 : 1;
    return i;
}

/* Whether the bytes from start to end, both quotes, are this member's name: a colon follows. */
static int is_name(const char *bytes, size_t len, size_t start, size_t end, const char *name)
{
    size_t colon = end + 1;
    while (colon < len && strchr(" \t\r\n", bytes[colon]))
        colon++;
    return end - start - 1 == strlen(name) && memcmp(bytes + start + 1, name, strlen(name)) == 0 &&
           colon < len && bytes[colon] == ':';
}

int incident_cut(struct strbuf *out, const char *bytes, size_t len, const char *section, struct error *err)
{
    size_t depth = 0, comma = 0;
    for (size_t i = 0; i < len; i++) {
        depth += bytes[i] == '{' || bytes[i] == '[';
        depth -= bytes[i] == '}' || bytes[i] == ']';
        if (bytes[i] == ',' && depth == 1)
            comma = i;
        if (bytes[i] != '"')
            continue;
        size_t end = string_end(bytes, len, i);
        if (depth == 1 && comma && is_name(bytes, len, i, end, section)) {
            strbuf_add(out, bytes, comma);
            strbuf_putc(out, '}');
            return 0;
        }
        i = end;
    }
    return fail(err, ERROR_REJECT, "section \"%s\" does not stand as a desk writes it", section);
}

char *incident_event_id(const char *id, int lap)
{
    return xasprintf("%s.%d", id, lap);
}

char *incident_key(const char *cluster, const char *ns, const char *kind, const char *name)
{
    return xasprintf("%s/%s/%s/%s", cluster, ns, kind, name);
}
