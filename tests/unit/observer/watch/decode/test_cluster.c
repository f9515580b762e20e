/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "observer/watch/decode.h"
#include "tests/unit/observer/wire.h"
#include "tests/unit/unit.h"

#define T0 INT64_C(1764000000000)

static union facts facts;
static struct decoder decoder;

static int close_decoder(void **state)
{
    (void)state;
    decoder_free(&decoder);
    return 0;
}

static void add_meta(struct strbuf *out, const char *label, const char *value)
{
    struct strbuf meta = {0};
    wire_text(&meta, 1, "web");
    wire_text(&meta, 3, "shop");
    wire_text(&meta, 5, "uid-1");
    wire_time(&meta, 8, T0);
    wire_time(&meta, 9, T0 + 60000);
    if (label)
        wire_pair(&meta, 11, label, value);
    wire_pair(&meta, 12, "aegiops.io/ignore", "true");
    wire_text(&meta, 14, "kubernetes.io/pvc-protection");
    wire_message(out, 1, &meta);
}

static void add_condition(struct strbuf *status, uint32_t field, const char *type, const char *is,
                          const char *reason)
{
    struct strbuf condition = {0};
    wire_text(&condition, 1, type);
    wire_text(&condition, 2, is);
    wire_time(&condition, 4, T0 + 5000);
    wire_text(&condition, 5, reason);
    wire_text(&condition, 6, "so it says");
    wire_message(status, field, &condition);
}

/* Decodes and empties the bytes. */
static void read(enum store_kind kind, struct strbuf *bytes)
{
    struct error err;
    if (decode(&decoder, kind, bytes->data, bytes->len, &facts, &err))
        fail_msg("%s", err.text);
    strbuf_free(bytes);
}

static void reads_a_node_that_is_lost(void **state)
{
    (void)state;
    struct strbuf bytes = {0}, spec = {0}, status = {0};
    add_meta(&bytes, NULL, NULL);
    wire_number(&spec, 4, 1);
    wire_message(&bytes, 2, &spec);
    add_condition(&status, 4, "MemoryPressure", "False", "KubeletHasSufficientMemory");
    add_condition(&status, 4, "DiskPressure", "True", "KubeletHasDiskPressure");
    add_condition(&status, 4, "Ready", "Unknown", "NodeStatusUnknown");
    wire_message(&bytes, 3, &status);
    read(STORE_NODES, &bytes);
    assert_string_equal(facts.node.name, "web");
    assert_string_equal(facts.node.uid, "uid-1");
    assert_string_equal(facts.node.unready.reason, "NodeStatusUnknown");
    assert_string_equal(facts.node.unready.message, "so it says");
    assert_true(facts.node.unready.since_ms == T0 + 5000);
    assert_string_equal(facts.node.pressure.reason, "DiskPressure");
    assert_true(facts.node.cordoned && facts.node.ignored);
}

static void a_node_that_is_ready_complains_of_nothing(void **state)
{
    (void)state;
    struct strbuf bytes = {0}, status = {0};
    add_meta(&bytes, NULL, NULL);
    add_condition(&status, 4, "PIDPressure", "Unknown", "NodeStatusUnknown");
    add_condition(&status, 4, "Ready", "True", "KubeletReady");
    wire_message(&bytes, 3, &status);
    read(STORE_NODES, &bytes);
    assert_string_equal(facts.node.unready.reason, "");
    assert_string_equal(facts.node.pressure.reason, "");
}

static void reads_what_keeps_a_namespace(void **state)
{
    (void)state;
    struct strbuf bytes = {0}, status = {0};
    add_meta(&bytes, NULL, NULL);
    wire_text(&status, 1, "Terminating");
    add_condition(&status, 2, "NamespaceDeletionDiscoveryFailure", "False", "ResourcesDiscovered");
    add_condition(&status, 2, "NamespaceContentRemaining", "True", "SomeResourcesRemain");
    add_condition(&status, 2, "NamespaceFinalizersRemaining", "True", "SomeFinalizersRemain");
    wire_message(&bytes, 3, &status);
    read(STORE_NAMESPACES, &bytes);
    assert_string_equal(facts.ns.phase, "Terminating");
    assert_string_equal(facts.ns.stuck.reason, "SomeFinalizersRemain");
    assert_true(facts.ns.deleted_ms == T0 + 60000);
    add_meta(&bytes, NULL, NULL);
    add_condition(&status, 2, "NamespaceDeletionDiscoveryFailure", "True", "DiscoveryFailed");
    add_condition(&status, 2, "NamespaceContentRemaining", "True", "SomeResourcesRemain");
    wire_message(&bytes, 3, &status);
    read(STORE_NAMESPACES, &bytes);
    assert_string_equal(facts.ns.stuck.reason, "DiscoveryFailed");
}

static void reads_a_service(void **state)
{
    (void)state;
    struct strbuf bytes = {0}, spec = {0};
    add_meta(&bytes, NULL, NULL);
    wire_text(&spec, 1, "a port");
    wire_text(&spec, 1, "another");
    wire_pair(&spec, 2, "app", "web");
    wire_pair(&spec, 2, "tier", "front");
    wire_text(&spec, 4, "NodePort");
    wire_message(&bytes, 2, &spec);
    read(STORE_SERVICES, &bytes);
    assert_string_equal(facts.service.selector, "app=web\ntier=front\n");
    assert_string_equal(facts.service.type, "NodePort");
    assert_int_equal(facts.service.ports, 2);
}

/* An endpoint whose "ready" is that number; -1 = it is not said. */
static void add_endpoint(struct strbuf *slice, int ready)
{
    struct strbuf endpoint = {0}, conditions = {0};
    wire_text(&endpoint, 1, "10.0.0.1");
    if (ready >= 0)
        wire_number(&conditions, 1, ready);
    wire_message(&endpoint, 2, &conditions);
    wire_message(slice, 2, &endpoint);
}

static void counts_the_endpoints_of_a_slice(void **state)
{
    (void)state;
    struct strbuf bytes = {0};
    add_meta(&bytes, "kubernetes.io/service-name", "front");
    add_endpoint(&bytes, 1);
    add_endpoint(&bytes, 0);
    add_endpoint(&bytes, -1);
    wire_text(&bytes, 3, "a port");
    read(STORE_SLICES, &bytes);
    assert_string_equal(facts.slice.service, "front");
    assert_int_equal(facts.slice.endpoints, 3);
    assert_int_equal(facts.slice.ready, 2);
    assert_int_equal(facts.slice.ports, 1);
}

static void reads_a_claim(void **state)
{
    (void)state;
    struct strbuf bytes = {0}, spec = {0}, status = {0};
    add_meta(&bytes, NULL, NULL);
    wire_text(&spec, 3, "pv-1");
    wire_text(&spec, 5, "fast");
    wire_message(&bytes, 2, &spec);
    wire_text(&status, 1, "Pending");
    wire_message(&bytes, 3, &status);
    read(STORE_CLAIMS, &bytes);
    assert_string_equal(facts.claim.phase, "Pending");
    assert_string_equal(facts.claim.class, "fast");
    assert_string_equal(facts.claim.volume, "pv-1");
    assert_int_equal(facts.claim.finalizers, 1);
}

static void reads_of_a_config_map_only_who_it_is(void **state)
{
    (void)state;
    struct strbuf bytes = {0};
    add_meta(&bytes, NULL, NULL);
    wire_pair(&bytes, 2, "password", "hunter2"); /* its data, where somebody sends it after all */
    read(STORE_CONFIG_MAPS, &bytes);
    assert_string_equal(facts.config_map.ns, "shop");
    assert_string_equal(facts.config_map.name, "web");
}

static void reads_what_an_autoscaler_scales(void **state)
{
    (void)state;
    struct strbuf bytes = {0}, spec = {0}, target = {0};
    add_meta(&bytes, NULL, NULL);
    wire_text(&target, 1, "Deployment");
    wire_text(&target, 2, "front");
    wire_message(&spec, 1, &target);
    wire_message(&bytes, 2, &spec);
    read(STORE_AUTOSCALERS, &bytes);
    assert_string_equal(facts.autoscaler.target_kind, "Deployment");
    assert_string_equal(facts.autoscaler.target_name, "front");
}

static void every_kind_wants_an_identity_and_well_formed_bytes(void **state)
{
    (void)state;
    struct error err;
    for (int kind = 0; kind < STORE_KINDS; kind++) {
        AUTO_STRBUF bytes = {0};
        add_meta(&bytes, NULL, NULL);
        assert_int_equal(decode(&decoder, (enum store_kind)kind, bytes.data, bytes.len, &facts, &err), 0);
        assert_int_equal(decode(&decoder, (enum store_kind)kind, bytes.data, bytes.len - 1, &facts, &err),
                         -1);
        assert_int_equal(err.kind, ERROR_REJECT);
        assert_int_equal(decode(&decoder, (enum store_kind)kind, "", 0, &facts, &err), -1);
        assert_int_equal(err.kind, ERROR_REJECT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(reads_a_node_that_is_lost, close_decoder),
        cmocka_unit_test_teardown(a_node_that_is_ready_complains_of_nothing, close_decoder),
        cmocka_unit_test_teardown(reads_what_keeps_a_namespace, close_decoder),
        cmocka_unit_test_teardown(reads_a_service, close_decoder),
        cmocka_unit_test_teardown(counts_the_endpoints_of_a_slice, close_decoder),
        cmocka_unit_test_teardown(reads_a_claim, close_decoder),
        cmocka_unit_test_teardown(reads_of_a_config_map_only_who_it_is, close_decoder),
        cmocka_unit_test_teardown(reads_what_an_autoscaler_scales, close_decoder),
        cmocka_unit_test_teardown(every_kind_wants_an_identity_and_well_formed_bytes, close_decoder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
