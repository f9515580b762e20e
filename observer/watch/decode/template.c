/* SPDX-License-Identifier: Apache-2.0 */
/* core/v1 PodTemplateSpec: what its pods are labelled with, and which ConfigMaps and Secrets they cannot start without. */
#include <stdlib.h>
#include <string.h>

#include "common/base/alloc.h"
#include "observer/watch/decode/kinds.h"

#define CONFIG_MAP "ConfigMap"
#define SECRET "Secret"

/* A reference to a ConfigMap or Secret; one that is optional may lead nowhere. */
struct reference {
    const char *name;
    int optional;
};

/* LocalObjectReference. */
static const struct member name_members[] = {MEMBER(1, "name", TEXT, reference, name), MEMBER_END};

/* ConfigMapEnvSource, SecretEnvSource. */
static const struct member env_from_members[] = {
    MEMBER_INTO(1, "", name_members), MEMBER(2, "optional", BOOL, reference, optional), MEMBER_END};
/* ConfigMapKeySelector, SecretKeySelector. */
static const struct member key_members[] = {MEMBER_INTO(1, "", name_members),
                                            MEMBER(3, "optional", BOOL, reference, optional), MEMBER_END};
/* ConfigMapVolumeSource, ConfigMapProjection, SecretProjection. */
static const struct member volume_members[] = {MEMBER_INTO(1, "", name_members),
                                               MEMBER(4, "optional", BOOL, reference, optional), MEMBER_END};
/* SecretVolumeSource. */
static const struct member secret_volume_members[] = {MEMBER(1, "secretName", TEXT, reference, name),
                                                      MEMBER(4, "optional", BOOL, reference, optional),
                                                      MEMBER_END};

static int has_line(const struct strbuf *lines, const char *line)
{
    for (const char *at = strbuf_text(lines); (at = strstr(at, line)); at++)
        if (at == lines->data || at[-1] == '\n')
            return 1;
    return 0;
}

static void add_reference(struct scratch *scratch, const struct proto_field *field,
                          const struct member *members, const char *kind, void *decoder)
{
    struct strbuf *references = &((struct decoder *)decoder)->references;
    struct reference reference = {"", 0};
    members_read(scratch, field, members, &reference);
    AUTO_FREE char *line = xasprintf("%s/%s\n", kind, reference.name);
    if (*reference.name && !reference.optional && !has_line(references, line))
        strbuf_puts(references, line);
}

#define REFERENCE(function, members, kind)                                                                   \
    static void function(struct scratch *scratch, const struct proto_field *field, void *out)                \
    {                                                                                                        \
        add_reference(scratch, field, members, kind, out);                                                   \
    }

REFERENCE(read_env_from_config_map, env_from_members, CONFIG_MAP)
REFERENCE(read_env_from_secret, env_from_members, SECRET)
REFERENCE(read_config_map_key, key_members, CONFIG_MAP)
REFERENCE(read_secret_key, key_members, SECRET)
REFERENCE(read_config_map_volume, volume_members, CONFIG_MAP)
REFERENCE(read_secret_projection, volume_members, SECRET)
REFERENCE(read_secret_volume, secret_volume_members, SECRET)

static const struct member env_from_source[] = {MEMBER_BY(2, "configMapRef", read_env_from_config_map),
                                                MEMBER_BY(3, "secretRef", read_env_from_secret), MEMBER_END};
static const struct member env_source[] = {MEMBER_BY(3, "configMapKeyRef", read_config_map_key),
                                           MEMBER_BY(4, "secretKeyRef", read_secret_key), MEMBER_END};
static const struct member env[] = {MEMBER_INTO(3, "valueFrom", env_source), MEMBER_END};
static const struct member container[] = {MEMBER_INTO(7, "env", env),
                                          MEMBER_INTO(19, "envFrom", env_from_source), MEMBER_END};

static const struct member projection[] = {MEMBER_BY(1, "secret", read_secret_projection),
                                           MEMBER_BY(3, "configMap", read_config_map_volume), MEMBER_END};
static const struct member projected[] = {MEMBER_INTO(1, "sources", projection), MEMBER_END};
static const struct member volume_source[] = {MEMBER_BY(6, "secret", read_secret_volume),
                                              MEMBER_BY(19, "configMap", read_config_map_volume),
                                              MEMBER_INTO(26, "projected", projected), MEMBER_END};
static const struct member volume[] = {MEMBER_INTO(2, "", volume_source), MEMBER_END};

static void read_label(struct scratch *scratch, const struct proto_field *field, void *out)
{
    add_label(scratch, field, &((struct decoder *)out)->labels);
}

static const struct member meta[] = {MEMBER_MAP(11, "labels", read_label), MEMBER_END};
static const struct member spec[] = {MEMBER_INTO(1, "volumes", volume),
                                     MEMBER_INTO(2, "containers", container),
                                     MEMBER_INTO(20, "initContainers", container), MEMBER_END};

void read_template(struct scratch *scratch, const struct proto_field *field, struct decoder *decoder)
{
    static const struct member members[] = {MEMBER_INTO(1, "metadata", meta), MEMBER_INTO(2, "spec", spec),
                                            MEMBER_END};
    members_read(scratch, field, members, decoder);
}
