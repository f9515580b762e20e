# SPDX-License-Identifier: Apache-2.0
"""Objects as people would write them. What stands in keyword arguments is added to their spec."""

WEB = {"name": "app", "image": "nginx:1.25", "ports": [{"name": "http", "containerPort": 80}]}
GATED = {"schedulingGates": [{"name": "example.com/hold"}]}  # which is no failure of a pod


def template(name, pod=None, container=None):
    return {"metadata": {"labels": {"app": name}}, "spec": {"containers": [WEB | (container or {})]} | (pod or {})}


def keeper(kind, name, pod, container, spec):
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name},
            "spec": {"selector": {"matchLabels": {"app": name}}, "template": template(name, pod, container)} | spec}


def deployment(name="web", replicas=2, pod=None, container=None, **spec):
    return keeper("Deployment", name, pod, container, {"replicas": replicas} | spec)


def stateful_set(name="db", replicas=2, pod=None, container=None, **spec):
    return keeper("StatefulSet", name, pod, container, {"replicas": replicas, "serviceName": name} | spec)


def daemon_set(name="agent", pod=None, container=None, **spec):
    return keeper("DaemonSet", name, pod, container, spec)


def job_spec(name, script, image, spec):
    container = {"name": "app", "image": image, "command": ["sh", "-c", script]}
    return {"template": {"metadata": {"labels": {"app": name}}, "spec": {"restartPolicy": "Never", "containers": [container]}}} | spec


def job(name, script, owner=None, image="busybox:1.36", **spec):
    """Owner: the CronJob that it is a run of."""
    metadata = {"name": name}
    if owner:
        metadata["ownerReferences"] = [{"apiVersion": "batch/v1", "kind": "CronJob", "name": owner.metadata.name,
                                        "uid": owner.metadata.uid, "controller": True}]
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": job_spec(name, script, image, spec)}


def cron_job(name="backup", script="sleep 1", **spec):
    """One that does not run by itself for long."""
    return {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": name},
            "spec": {"schedule": "0 0 1 1 *", "jobTemplate": {"spec": job_spec(name, script, "busybox:1.36", {})}} | spec}


def service(name="web", app="web", port="http", **spec):
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name},
            "spec": {"selector": {"app": app}, "ports": [{"port": 80, "targetPort": port}]} | spec}


def config_map(name, **metadata):
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name} | metadata, "data": {"key": "value"}}


def mounting(name):
    """A pod's spec with this ConfigMap as a volume."""
    return {"volumes": [{"name": "settings", "configMap": {"name": name}}]}


def quota(**hard):
    return {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "quota"},
            "spec": {"hard": {name: str(most) for name, most in hard.items()}}}


def claim(name="data", **spec):
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": name},
            "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}} | spec}


def volume(name, **spec):
    return {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": name},
            "spec": {"accessModes": ["ReadWriteOnce"], "capacity": {"storage": "1Gi"}, "hostPath": {"path": "/nowhere"},
                     "persistentVolumeReclaimPolicy": "Retain"} | spec}
