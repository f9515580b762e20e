/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/observer/gathering.h"

#define CLAIM(class)                                                                                         \
    "{'metadata':{'uid':'uid-of-claim'},'spec':{" class "'accessModes':['ReadWriteOnce','ReadOnlyMany'],'"   \
                                                        "volumeMode':"                                       \
                                                        "'Filesystem','resources':{'requests':{'storage':'"  \
                                                        "10Gi'}}},'status':{'phase':'Pending'}}"

static json_t *gather_claim_of(const char *body)
{
    struct claim_facts claim = {.ns = "shop",
                                .name = "data",
                                .uid = "uid-of-claim",
                                .phase = "Pending",
                                .class = "fast",
                                .created_ms = T0 - 10 * MINUTE_MS};
    store_all();
    store_put(store, STORE_CLAIMS, &claim);
    put_event_about("PersistentVolumeClaim", "data", "uid-of-claim", "e1", "ProvisioningFailed", "it says no",
                    4);
    serve("/persistentvolumeclaims/data", 200, body);
    return gather_class(CLASS_CLAIM, "shop", "PersistentVolumeClaim", "data", -1);
}

static void a_claim_says_what_it_asks_for(void **state)
{
    (void)state;
    serve("/storageclasses/fast", 200,
          "{'provisioner':'ebs.csi.aws.com','volumeBindingMode':'WaitForFirstConsumer','reclaimPolicy':'"
          "Delete'}");
    AUTO_JSON *observed = gather_claim_of(CLAIM("'storageClassName':'fast',"));
    assert_string_equal(
        evidence(observed, "status", "K", 0),
        "PersistentVolumeClaim shop/data: Pending, class fast, created at 2026-11-18T10:56:40.000Z");
    assert_string_equal(
        evidence(observed, "reference", "K", 0),
        "PersistentVolumeClaim data: Pending, class fast, asks for 10Gi, ReadWriteOnce and ReadOnlyMany, "
        "volume mode Filesystem\nStorageClass fast: provisioner ebs.csi.aws.com, binding "
        "WaitForFirstConsumer, reclaim policy Delete");
    assert_holds(evidence(observed, "event", "W", 0), "ProvisioningFailed: it says no");
    assert_asked("/poddisruptionbudgets", 0);
}

static void a_class_that_does_not_exist_is_the_answer(void **state)
{
    (void)state;
    serve_refusal("/storageclasses/fast", 404);
    AUTO_JSON *observed = gather_claim_of(CLAIM("'storageClassName':'fast',"));
    assert_holds(evidence(observed, "reference", "K", 0), "\nStorageClass fast: does not exist");
}

static void a_class_that_may_not_be_read_is_missed(void **state)
{
    (void)state;
    serve_refusal("/storageclasses/fast", 403);
    AUTO_JSON *observed = gather_claim_of(CLAIM("'storageClassName':'fast',"));
    assert_holds(evidence(observed, "reference", "W", 0), "the StorageClass could not be read: ");
}

static void a_claim_without_a_class_says_so(void **state)
{
    (void)state;
    AUTO_JSON *observed = gather_claim_of(CLAIM(""));
    assert_holds(evidence(observed, "reference", "K", 0),
                 "; it names no class, and no default class was filled in");
    AUTO_FREE char *asked = stand_in_asked(server);
    assert_null(strstr(asked, "storageclasses"));
}

static void an_empty_class_wants_no_provisioner(void **state)
{
    (void)state;
    AUTO_JSON *observed = gather_claim_of(CLAIM("'storageClassName':'',"));
    assert_null(strstr(evidence(observed, "reference", "K", 0), "names no class"));
    assert_asked("storageclasses", 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        GATHERING(a_claim_says_what_it_asks_for),
        GATHERING(a_class_that_does_not_exist_is_the_answer),
        GATHERING(a_class_that_may_not_be_read_is_missed),
        GATHERING(a_claim_without_a_class_says_so),
        GATHERING(an_empty_class_wants_no_provisioner),
    };
    http_start();
    return cmocka_run_group_tests_name("observer/gather/claim", tests, NULL, NULL);
}
