/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/observer/gathering.h"

#define POD                                                                                                  \
    "'serviceAccountName':'shop','restartPolicy':'Always','terminationGracePeriodSeconds':30,'"              \
    "securityContext':{},"                                                                                   \
    "'priorityClassName':'high','imagePullSecrets':[{'name':'reg'}],'initContainers':[{'name':'migrate'}],"  \
    "'schedulerName':'default-scheduler','nodeSelector':{'disk':'ssd'},'tolerations':[{'key':'gpu'}],'"      \
    "volumes':[{"                                                                                            \
    "'name':'conf','configMap':{'name':'web'}},{'name':'tls','secret':{'secretName':'web-tls'}},{'name':'"   \
    "data',"                                                                                                 \
    "'persistentVolumeClaim':{'claimName':'web-data'}},{'name':'tmp','emptyDir':{}},{'name':'host','"        \
    "hostPath':{"                                                                                            \
    "'path':'/var/log'}},{'name':'x','csi':{'driver':'d','volumeAttributes':{'password':'hunter2'}}}],"

#define CONTAINER                                                                                            \
    "'containers':[{'name':'side'},{'name':'app','image':'nginx','command':['run','--token=hunter2'],'"      \
    "ports':[{"                                                                                              \
    "'name':'http','containerPort':8080,'protocol':'TCP'},{'containerPort':9090,'protocol':'TCP'}],"         \
    "'readinessProbe':{'httpGet':{'path':'/ready','port':'http','scheme':'HTTP','httpHeaders':[{'name':"     \
    "'X-Auth','value':'hunter2'}]},'periodSeconds':10,'timeoutSeconds':1,'failureThreshold':3},'"            \
    "livenessProbe':{"                                                                                       \
    "'exec':{'command':['check']},'initialDelaySeconds':5},'startupProbe':{'tcpSocket':{'port':8080}},'"     \
    "lifecycle':{"                                                                                           \
    "'preStop':{'exec':{'command':['sleep','5']}},'postStart':{'httpGet':{'port':1,'path':'/"                \
    "up','scheme':'HTTP'}}},"                                                                                \
    "'securityContext':{'runAsNonRoot':true},'volumeMounts':[{'name':'conf','mountPath':'/etc/"              \
    "web','readOnly':true},"                                                                                 \
    "{'name':'data','mountPath':'/"                                                                          \
    "data','subPath':'web'}],'env':[{'name':'PLAIN','value':'hunter2'},{'name':'URL',"                       \
    "'valueFrom':{'configMapKeyRef':{'name':'web','key':'url'}}},{'name':'PW','valueFrom':{'secretKeyRef':{" \
    "'name':"                                                                                                \
    "'db','key':'pw'}}}]}]"

#define DEPLOYMENT                                                                                           \
    "{'metadata':{'uid':'uid-of-web'},'spec':{'replicas':3,'strategy':{'type':'Recreate'},"                  \
    "'progressDeadlineSeconds':600,'template':{'spec':{" POD CONTAINER "}}}}"

static const char container_spec[] =
    "name: app\nimage: nginx\ncommand: [\"run\",\"--token=<S1>\"]\nsecurityContext: {\"runAsNonRoot\":true}\n"
    "ports: http 8080/TCP, 9090/TCP\n"
    "startupProbe: TCP port 8080\n"
    "readinessProbe: GET HTTP port http /ready, periodSeconds 10, timeoutSeconds 1, failureThreshold 3\n"
    "livenessProbe: exec [\"check\"], initialDelaySeconds 5\n"
    "lifecycle.postStart: GET HTTP port 1 /up\n"
    "lifecycle.preStop: exec [\"sleep\",\"5\"]\n"
    "volumeMounts: conf at /etc/web (read-only), data at /data, part web\n"
    "env (names only): PLAIN, URL from ConfigMap web/url, PW from Secret db/pw";

static const char pod_spec[] = "strategy: {\"type\":\"Recreate\"}\nprogressDeadlineSeconds: "
                               "600\nserviceAccountName: shop\nrestartPolicy: Always\n"
                               "terminationGracePeriodSeconds: 30\npriorityClassName: high\ninitContainers: "
                               "migrate\ncontainers: side, app\n"
                               "imagePullSecrets: reg\nvolumes: conf: configMap web, tls: secret web-tls, "
                               "data: persistentVolumeClaim web-data, "
                               "tmp: emptyDir, host: hostPath /var/log, x: csi d";

static void what_was_asked_for_is_told_but_no_values(void **state)
{
    (void)state;
    store_all();
    serve("/deployments/web", 200, DEPLOYMENT);
    AUTO_JSON *observed = gather_class(CLASS_CREATE, "shop", "Deployment", "web", 0);
    assert_string_equal(evidence(observed, "spec", "K", 0), container_spec);
    assert_string_equal(evidence(observed, "spec", "K", 1), pod_spec);
    assert_nowhere(observed, "hunter2");
}

static void a_pod_without_a_place_also_tells_where_it_wants_to_be(void **state)
{
    (void)state;
    store_all();
    serve("/deployments/web", 200, DEPLOYMENT);
    AUTO_JSON *observed = gather_class(CLASS_UNSCHEDULABLE, "shop", "Deployment", "web", 0);
    assert_holds(evidence(observed, "spec", "K", 1),
                 "x: csi d\nschedulerName: default-scheduler\nnodeSelector: {\"disk\":\"ssd\"}\ntolerations: "
                 "[{\"key\":\"gpu\"}]");
}

static void without_a_culprit_the_first_containers_are_told(void **state)
{
    (void)state;
    store_all();
    serve("/deployments/web", 200,
          "{'metadata':{'uid':'uid-of-web'},'spec':{'template':{'spec':{'containers':[{'name':'a'},{'name':'"
          "b'},{'name'"
          ":'c'},{'name':'d'}]}}}}");
    AUTO_JSON *observed = gather_class(CLASS_SCALED_TO_ZERO, "shop", "Deployment", "web", -1);
    assert_string_equal(evidence(observed, "spec", "K", 0), "name: a\nname: b\nname: c");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        GATHERING(what_was_asked_for_is_told_but_no_values),
        GATHERING(a_pod_without_a_place_also_tells_where_it_wants_to_be),
        GATHERING(without_a_culprit_the_first_containers_are_told),
    };
    http_start();
    return cmocka_run_group_tests_name("observer/gather/spec", tests, NULL, NULL);
}
