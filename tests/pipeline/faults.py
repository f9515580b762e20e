# SPDX-License-Identifier: Apache-2.0
"""Ways in which a workload can fail, each as somebody would have written it, what a kubelet shows of it, and what that is called. The
simulated nodes show the same of the same manifest, unless a fault says that only a real one can."""
from dataclasses import dataclass, field

from cluster import BAD_IMAGE, CRASHING, HUNGRY

BUSYBOX, STRESS = "busybox:1.36", "polinux/stress:1.0.4"
FOREVER = ["sh", "-c", "trap 'exit 0' TERM; while :; do sleep 1; done"]
NOWHERE = {"tcpSocket": {"port": 8080}, "periodSeconds": 2, "failureThreshold": 2}  # where FOREVER does not listen
ON_PORT_80 = {"image": BUSYBOX, "command": FOREVER, "ports": [{"containerPort": 80}]}


def mounts(**volume):
    """A container that lives, and the volume that it wants."""
    return {"container": {"image": BUSYBOX, "command": FOREVER, "volumeMounts": [{"name": "data", "mountPath": "/data"}]},
            "pod": {"volumes": [{"name": "data"} | volume]}}


def after(name, **container):
    """A container that would live, and one that has to come first."""
    return {"container": {"image": BUSYBOX, "command": FOREVER},
            "pod": {"initContainers": [{"name": name, "image": BUSYBOX} | container]}}


@dataclass(frozen=True)
class Fault:
    failure: str                        # the class that the observer gives it
    container: dict                     # what is peculiar about the container called app
    shows: tuple                        # signs(pod) that appear sooner or later
    events: tuple = ()                  # the beginnings of "reason: message"
    pod: dict = field(default_factory=dict)
    simulated: bool = True


FAULTS = {
    "image-not-found": Fault("ImagePullBackOff",
        {"image": BAD_IMAGE}, ("app waiting ErrImagePull", "app waiting ImagePullBackOff", "Pending"),
        ("Failed: Failed to pull image \"nginx:1.99-none\": rpc error: code = NotFound desc = failed to pull and unpack image ",
         "Failed: Error: ErrImagePull", "BackOff: Back-off pulling image")),
    "registry-unreachable": Fault("RegistryUnavailable",
        {"image": "127.0.0.1:1/shop/web:1"}, ("app waiting ErrImagePull", "app waiting ImagePullBackOff"),
        ("Failed: Failed to pull image \"127.0.0.1:1/shop/web:1\": failed to pull and unpack image ",)),
    "image-name": Fault("InvalidImageName",
        {"image": "Nginx:1.27"}, ("app waiting InvalidImageName",), ("InspectFailed: ", "Failed: Error: InvalidImageName")),
    "image-never-pulled": Fault("ErrImageNeverPull",
        {"image": BAD_IMAGE, "imagePullPolicy": "Never"}, ("app waiting ErrImageNeverPull",),
        ("ErrImageNeverPull: ", "Failed: Error: ErrImageNeverPull")),
    "crash": Fault("CrashLoopBackOff",
        {"image": BUSYBOX, "command": CRASHING}, ("app terminated Error 1", "app last Error 1", "app waiting CrashLoopBackOff", "Running"),
        ("BackOff: Back-off restarting failed container app in pod ",)),
    "ends": Fault("CrashLoopBackOff",
        {"image": BUSYBOX, "command": ["true"]}, ("app terminated Completed 0", "app last Completed 0", "app waiting CrashLoopBackOff")),
    "out-of-memory": Fault("OOMKilled",
        {"image": STRESS, "command": HUNGRY, "resources": {"limits": {"memory": "64Mi"}}},
        ("app terminated OOMKilled 137", "app last OOMKilled 137")),
    "liveness": Fault("LivenessProbeFailed",
        ON_PORT_80 | {"livenessProbe": NOWHERE}, ("app last Completed 0", "app waiting CrashLoopBackOff", "app running, ready"),
        ("Unhealthy: Liveness probe failed: dial tcp ", "Killing: Container app failed liveness probe, will be restarted")),
    "startup": Fault("LivenessProbeFailed",
        ON_PORT_80 | {"startupProbe": NOWHERE}, ("app last Completed 0", "app waiting CrashLoopBackOff", "app running, not started"),
        ("Unhealthy: Startup probe failed: dial tcp ", "Killing: Container app failed startup probe, will be restarted")),
    "readiness": Fault("ReadinessProbeFailed",
        ON_PORT_80 | {"readinessProbe": NOWHERE}, ("app running, not ready",), ("Unhealthy: Readiness probe failed: dial tcp ",)),
    "cannot-start": Fault("StartError",
        {"image": BUSYBOX, "command": ["no-such-program"]},
        ("app waiting RunContainerError", "app last StartError 128", "app waiting CrashLoopBackOff", "Running"),
        ("Failed: Error: failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: "
         "unable to start container process: exec: \"no-such-program\": executable file not found in $PATH",)),
    "config-missing": Fault("CreateContainerConfigError",
        {"image": BUSYBOX, "command": FOREVER, "envFrom": [{"configMapRef": {"name": "missing-settings"}}]},
        ("app waiting CreateContainerConfigError", "Pending"), ("Failed: Error: configmap \"missing-settings\" not found",)),
    "init-fails": Fault("InitCrashLoopBackOff",
        **after("prepare", command=["sh", "-c", "exit 4"]),
        shows=("prepare terminated Error 4", "prepare last Error 4", "prepare waiting CrashLoopBackOff", "app waiting PodInitializing",
               "Initialized is False: ContainersNotInitialized", "Pending"),
        events=("BackOff: Back-off restarting failed container prepare in pod ",)),
    "init-image-not-found": Fault("ImagePullBackOff",
        **after("prepare", image=BAD_IMAGE), shows=("prepare waiting ImagePullBackOff", "app waiting PodInitializing", "Pending")),
    "init-hangs": Fault("InitOverdue",
        **after("prepare", command=FOREVER), shows=("prepare running, not ready", "app waiting PodInitializing", "Pending")),
    "sidecar-crashes": Fault("SidecarCrashLoopBackOff",
        **after("proxy", command=["sh", "-c", "sleep 5; exit 5"], restartPolicy="Always"),
        shows=("proxy last Error 5", "proxy waiting CrashLoopBackOff", "app running, ready", "Ready is False: ContainersNotReady")),
    "volume-missing": Fault("FailedMount",
        **mounts(configMap={"name": "missing-settings"}),
        shows=("app waiting ContainerCreating", "PodReadyToStartContainers is False", "Pending"),
        events=("FailedMount: MountVolume.SetUp failed for volume \"data\" : configmap \"missing-settings\" not found",)),
    "evicted": Fault("Evicted",
        {"image": BUSYBOX, "command": ["sh", "-c", "dd if=/dev/zero of=/tmp/big bs=1M count=8; exec sleep infinity"],
         "resources": {"limits": {"ephemeral-storage": "1Mi"}}},
        ("Failed Evicted", "app terminated Error 137", "Ready is False: PodFailed"),
        ("Evicted: Pod ephemeral local storage usage exceeds the total limit of containers 1Mi",), simulated=False),
    "hook-fails": Fault("CreateContainerError",
        {"image": BUSYBOX, "command": FOREVER, "lifecycle": {"postStart": {"exec": {"command": ["false"]}}}},
        ("app waiting PostStartHookError", "app waiting CrashLoopBackOff"), ("FailedPostStartHook: ",)),
}


def signs(pod):
    """What of a pod's status a detector could go by, in words."""
    status = pod.status
    yield " ".join(filter(None, (status.phase, status.reason)))
    if pod.metadata.deletion_timestamp:
        yield f"{status.phase}, being deleted"
    for condition in status.conditions or ():
        yield f"{condition.type} is {condition.status}" + (f": {condition.reason}" if condition.reason else "")
    for container in (status.init_container_statuses or []) + (status.container_statuses or []):
        name, state, last = container.name, container.state, container.last_state
        if state.waiting:
            yield f"{name} waiting {state.waiting.reason}"
        elif state.terminated:
            yield f"{name} terminated {state.terminated.reason} {state.terminated.exit_code}"
        else:
            yield f"{name} running, {'not started' if not container.started else 'ready' if container.ready else 'not ready'}"
        if last.terminated:
            yield f"{name} last {last.terminated.reason} {last.terminated.exit_code}"
