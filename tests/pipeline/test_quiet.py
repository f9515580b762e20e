# SPDX-License-Identifier: Apache-2.0
"""What is no incident stays silent."""
from cluster import BAD_IMAGE, GOOD_IMAGE
from topics import of_workload
from waiting import eventually, never

OTHER_IMAGE = "nginx:1.26"
SLOW = {"readinessProbe": {"tcpSocket": {"port": 80}, "initialDelaySeconds": 3}, "ports": [{"containerPort": 80}]}


def nothing_about(pipeline, namespace):
    return lambda: pipeline.topics.find("incidents", of_workload(namespace.key()))


def test_healthy_rollout_in_progress_raises_nothing(pipeline, namespace):
    namespace.create_healthy(replicas=3, **SLOW)
    namespace.change(image=OTHER_IMAGE)
    assert not namespace.is_healthy()
    never("an incident about a rollout under way", nothing_about(pipeline, namespace), during=5)
    namespace.wait_healthy(within=40)
    never("an incident after a rollout", nothing_about(pipeline, namespace), during=2)


def test_scaling_and_deleting_raise_nothing(pipeline, namespace):
    namespace.create_healthy(replicas=3)
    namespace.apps.patch_namespaced_deployment_scale("web", namespace.name, {"spec": {"replicas": 1}})
    eventually("one pod to be left", lambda: len(namespace.pods()) == 1, within=15)
    namespace.apps.delete_namespaced_deployment("web", namespace.name)
    eventually("no pod to be left", lambda: not namespace.pods(), within=15)
    never("an incident about what was wanted", nothing_about(pipeline, namespace), during=2)


def test_failure_that_is_over_before_it_settles_raises_nothing(pipeline, namespace):
    namespace.create_healthy()
    namespace.change(image=BAD_IMAGE)
    namespace.change(image=GOOD_IMAGE)
    never("an incident about a slip of a moment", nothing_about(pipeline, namespace), during=4)


def test_what_asks_to_be_left_alone_is_left_alone(pipeline, namespace):
    namespace.ignore()
    namespace.create(image=BAD_IMAGE)
    eventually("the pods to fail", lambda: any(
        status.state.waiting and status.state.waiting.reason == "ImagePullBackOff"
        for pod in namespace.pods() for status in pod.status.container_statuses or ()), within=20)
    never("an incident about what is to be ignored", nothing_about(pipeline, namespace), during=3)
