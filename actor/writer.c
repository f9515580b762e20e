/* SPDX-License-Identifier: Apache-2.0 */
#include "actor/writer.h"

#include <string.h>

#include "actor/kube_write.h"
#include "common/base/clock.h"

static int is_ours(const json_t *entry)
{
    const char *manager = json_string_at(entry, "manager");
    return manager && strcmp(manager, FIELD_MANAGER) == 0;
}

static int is_status(const json_t *entry)
{
    const char *subresource = json_string_at(entry, "subresource");
    return subresource && strcmp(subresource, "status") == 0;
}

static int writes_specification(const json_t *entry)
{
    return json_object_get(json_object_get(entry, "fieldsV1"), "f:spec") != NULL;
}

/* -1 = never. */
static int64_t written_ms(const json_t *entry)
{
    return clock_parse_rfc3339(json_string_at(entry, "time"));
}

static int64_t ours_ms(const json_t *entries)
{
    int64_t newest_ms = -1;
    for (size_t i = 0; i < json_array_size(entries); i++) {
        const json_t *entry = json_array_get(entries, i);
        if (is_ours(entry) && written_ms(entry) > newest_ms)
            newest_ms = written_ms(entry);
    }
    return newest_ms;
}

const char *writer_since(const json_t *object)
{
    const json_t *entries = json_at(object, "metadata.managedFields");
    const char *newest = NULL;
    int64_t newest_ms = ours_ms(entries);
    for (size_t i = 0; i < json_array_size(entries); i++) {
        const json_t *entry = json_array_get(entries, i);
        if (is_ours(entry) || is_status(entry) || !writes_specification(entry) ||
            written_ms(entry) < newest_ms)
            continue;
        newest = json_string_at(entry, "manager");
        newest_ms = written_ms(entry);
    }
    return newest;
}
