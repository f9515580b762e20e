/* SPDX-License-Identifier: Apache-2.0 */
#include "brain/symptoms.h"

#include "brain/command.h"
#include "common/base/alloc.h"

#define POD "describe pod {pod}"
#define IMAGES "get {kind}/{name} -o jsonpath='{.spec.template.spec.containers[*].image}'"

static const struct symptom symptoms[] = {
    /* containers */
    {CLASS_IMAGE_NAME, "has an image name that is none", "have an image name that is none",
     "The name of the image is not well-formed, so no registry can have it. The specification has to be put "
     "right.",
     IMAGES, 1, 0},
    {CLASS_IMAGE_NEVER_PULL, "may not pull its image", "may not pull their image",
     "The image is not on the node and imagePullPolicy Never forbids to fetch it. Bring it to the nodes, or "
     "change the "
     "policy.",
     POD, 1, 0},
    {CLASS_REGISTRY, "gets no answer from the registry of its image",
     "get no answer from the registry of their image",
     "The registry, or the way to it, is at fault. Nothing in the cluster can mend that; the pods go on by "
     "themselves "
     "when it answers again.",
     "get events -A --field-selector reason=Failed", 1, 0},
    {CLASS_IMAGE_PULL, "cannot pull its image", "cannot pull their image", NULL, POD, 1, 0},
    {CLASS_CONFIG, "lacks a ConfigMap, a Secret or a key of one",
     "lack a ConfigMap, a Secret or a key of one",
     "What the specification refers to is not there. AegiOps never invents configuration: it has to be "
     "created, or the "
     "reference corrected.",
     POD, 1, 0},
    {CLASS_CREATE, "cannot be created by the container runtime", "cannot be created by the container runtime",
     "The container runtime refuses to make the container. Its message, among the evidence, says why.", POD,
     1, 1},
    {CLASS_START, "cannot start its program", "cannot start their program",
     "The program that the container is to run cannot be started: it is not in the image, or may not be run. "
     "Restarting "
     "never helps.",
     POD, 1, 0},
    {CLASS_OOM_KILLED, "is killed for lack of memory", "are killed for lack of memory", NULL, POD, 1, 0},
    {CLASS_LIVENESS, "is killed by its own liveness probe", "are killed by their own liveness probe",
     "The kubelet kills the container, since its liveness probe fails. Either the program hangs, or the "
     "probe asks for too "
     "much too soon; only people can tell.",
     LOOK_LOG, 1, 1},
    {CLASS_INIT, "fails before it begins: an init container keeps ending",
     "fail before they begin: an init container keeps ending",
     "The init container has to succeed before the pod can run, and does not. Its log says why.", LOOK_LOG, 1,
     1},
    {CLASS_SIDECAR, "has a sidecar that keeps crashing", "have a sidecar that keeps crashing",
     "The sidecar ends again and again; the main container may suffer without failing. Its log says why.",
     LOOK_LOG, 1, 1},
    {CLASS_CRASH_LOOP, "keeps crashing", "keep crashing", NULL, LOOK_LOG, 1, 1},
    /* pods */
    {CLASS_VOLUME, "waits for a volume", "wait for a volume",
     "A volume cannot be attached or mounted. What is missing, or who holds it, stands in the events.", POD,
     0, 0},
    {CLASS_SANDBOX, "gets no network or sandbox on its node", "get no network or sandbox on their node",
     "The node cannot make the pod's sandbox: its network plugin or container runtime is at fault. Other "
     "pods on the node "
     "will show the same.",
     POD, 0, 1},
    {CLASS_PREEMPTED, "had to make room for others and finds none",
     "had to make room for others and find none",
     "Pods of higher priority took their place, and no node has room for them. More capacity, or other "
     "priorities, are for "
     "people to decide.",
     POD, 0, 0},
    {CLASS_UNSCHEDULABLE, "fits on no node", "fit on no node",
     "No node meets what the pods ask for. The scheduler's message counts the nodes and the reasons. "
     "Deleting pods would not "
     "help.",
     POD, 0, 0},
    {CLASS_EVICTED, "was evicted from its node", "were evicted from their node",
     "The node ran short of a resource and put the pods out. Look at what they use, and at the node.", POD, 0,
     0},
    {CLASS_ADMISSION, "was refused by its node", "were refused by their node",
     "The kubelet refused pods that the scheduler had sent: the node has less to give than it said, or is "
     "shutting down.",
     POD, 0, 0},
    {CLASS_STUCK_DELETING, "does not go although it was deleted", "do not go although they were deleted",
     "A finalizer, a volume or the node holds it. AegiOps never removes finalizers: whoever set them has a "
     "reason.",
     "get pod {pod} -o jsonpath='{.metadata.finalizers} {.spec.nodeName}'", 0, 0},
    {CLASS_RESIZE, "does not get the resources it was resized to",
     "do not get the resources they were resized to",
     "The node cannot give what the resize asks for. Ask for less, or let the pods move.",
     "get pod {pod} -o jsonpath='{.status.conditions}'", 0, 0},
    {CLASS_READINESS, "runs and is not ready", "run and are not ready",
     "The containers run, but their readiness probe fails, so they get no traffic. What they wait for, "
     "people have to find "
     "out.",
     POD, 1, 1},
    {CLASS_PROBE_UNSTABLE, "fails its probes again and again, just short of being restarted",
     "fail their probes again and again, just short of being restarted",
     "Nothing is down yet. Slow answers or a tight probe; before it becomes an outage, look at its load and "
     "its limits.",
     POD, 0, 0},
    {CLASS_INIT_OVERDUE, "has an init container that neither ends nor fails",
     "have an init container that neither ends nor fails",
     "The init container runs far beyond its usual time. It waits for something that does not come; its log "
     "may say for what.",
     LOOK_LOG, 0, 0},
    /* workloads, and all else */
    {CLASS_FAILED_CREATE, "cannot create its pods", "cannot create its pods",
     "The API server refuses new pods of this workload: quota, pod security or an admission webhook. Trying "
     "again does not "
     "help until that is changed.",
     "get events --field-selector reason=FailedCreate", 0, 0},
    {CLASS_JOB_FAILED, "has failed for good", "has failed for good",
     "The Job has used up its tries or its time. Whether it may simply be run again, only its owner knows.",
     LOOK_LOG, 0, 0},
    {CLASS_JOB_OVERDUE, "neither ends nor fails", "neither ends nor fails",
     "The Job runs far beyond its usual time. It may hang; killing it is for its owner to decide.", NULL, 0,
     0},
    {CLASS_CONFIG_MAP_GONE, "refers to a ConfigMap that was deleted",
     "refers to a ConfigMap that was deleted",
     "The pods that run still have it; the next one that starts will not. Create it again, or take the "
     "reference out, "
     "before that.",
     "get configmaps", 0, 0},
    {CLASS_SCALED_TO_ZERO, "was scaled to zero while a Service still leads to it",
     "was scaled to zero while a Service still leads to it",
     "It served until then, and whoever calls the Service gets no answer now. If that is meant, delete the "
     "Service or annotate "
     "the workload with aegiops.io/ignore: \"true\".",
     NULL, 0, 0},
    {CLASS_ROLLOUT, "does not get on with its rollout", "does not get on with its rollout",
     "The rollout has made no progress for longer than its deadline allows, and nothing else tells why.",
     NULL, 1, 0},
    {CLASS_UNAVAILABLE, "has fewer pods available than wanted", "has fewer pods available than wanted",
     "Pods are missing for longer than can be explained, and no cause is seen.", NULL, 0, 0},
    {CLASS_NODE, "does not answer", "does not answer",
     "The node's kubelet no longer reports, or says that it is not ready. Its pods are not touched: they may "
     "still be running "
     "there.",
     NULL, 0, 0},
    {CLASS_PRESSURE, "is short of a resource", "is short of a resource",
     "The node will put out pods if that lasts. Make room on it, or move work away from it.", NULL, 0, 0},
    {CLASS_NAMESPACE, "cannot finish its deletion", "cannot finish its deletion",
     "Something in it is not let go: a finalizer whose controller is gone, or an API that does not answer. "
     "AegiOps never "
     "removes finalizers.",
     "get namespace {name} -o jsonpath='{.status.conditions}'", 0, 0},
    {CLASS_CLAIM, "gets no volume", "gets no volume",
     "No volume fits the claim and none can be made for it: the storage class is missing, misspelt, or its "
     "provisioner fails.",
     NULL, 0, 0},
    {CLASS_SERVICE_GONE, "was deleted while its pods still run", "was deleted while its pods still run",
     "The pods that it led to are well, and nothing leads to them any more. Create it again if that was not "
     "meant.",
     "get services", 0, 0},
    {CLASS_ENDPOINTS, "leads nowhere", "leads nowhere",
     "Its selector, or the name of its port, matches nothing that runs. Compare them with the labels and "
     "ports of the pods.",
     "get endpointslices -l kubernetes.io/service-name={name} -o wide", 0, 0},
};

static const struct symptom unknown = {"", "is failing", "are failing", NULL, POD, 0, 0};

const struct symptom *symptom_of(const struct facts *facts)
{
    for (size_t i = 0; i < COUNT_OF(symptoms); i++)
        if (facts_is(facts, symptoms[i].class))
            return &symptoms[i];
    return &unknown;
}
