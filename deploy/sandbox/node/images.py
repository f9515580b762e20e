#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""images.py BUSYBOX PROGRAMS ARCHIVE: the images that the real node has, all made of one static busybox and a folder of scripts, as
an OCI archive (https://github.com/opencontainers/image-spec). Their names are those of the simulated kubelets' world."""
import hashlib
import io
import json
import platform
import subprocess
import sys
import tarfile
from pathlib import Path

NGINX = ["nginx", "-g", "daemon off;"]
IMAGES = {  # and what each runs when the pod's spec names no command
    "sandbox.aegiops.io/pause:1": ["pause"],
    "docker.io/library/busybox:1.36": ["sh"],
    "docker.io/library/nginx:1.25": NGINX,
    "docker.io/library/nginx:1.26": NGINX,
    "docker.io/library/nginx:1.27": NGINX,
    "docker.io/polinux/stress:1.0.4": ["stress", "--verbose"],
}
ARCHITECTURE = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
FOLDERS = {"bin": 0o755, "dev": 0o755, "etc": 0o755, "etc/nginx": 0o755, "proc": 0o755, "root": 0o700, "sys": 0o755, "tmp": 0o1777,
           "usr/share/nginx/html": 0o755}
FILES = {"etc/passwd": b"root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n", "etc/group": b"root:x:0:\n",
         "etc/nginx/nginx.conf": b"# not read by what serves in nginx's place\n", "usr/share/nginx/html/index.html": b"it works\n"}


def digest(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def add(tar, name, data=b"", **fields):
    entry = tarfile.TarInfo(name)
    entry.size = len(data)
    for field, value in fields.items():
        setattr(entry, field, value)
    tar.addfile(entry, io.BytesIO(data))


def layer(busybox, programs):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, mode in FOLDERS.items():
            add(tar, name, type=tarfile.DIRTYPE, mode=mode)
        for name, data in FILES.items():
            add(tar, name, data)
        add(tar, "bin/busybox", Path(busybox).read_bytes(), mode=0o755)
        own = {path.name: path.read_bytes() for path in sorted(Path(programs).iterdir())}
        for name, data in own.items():
            add(tar, "bin/" + name, data, mode=0o755)
        for applet in subprocess.check_output([busybox, "--list"], text=True).split():
            if applet != "busybox" and applet not in own:
                add(tar, "bin/" + applet, type=tarfile.SYMTYPE, linkname="/bin/busybox")
    return out.getvalue()


class Archive:
    """Blobs, and an index of the manifests among them."""

    def __init__(self, path):
        self.path, self.blobs, self.manifests = path, {}, []

    def descriptor(self, kind, data):
        self.blobs[digest(data)] = data
        return {"mediaType": f"application/vnd.oci.image.{kind}", "digest": digest(data), "size": len(data)}

    def add_image(self, name, command, content):
        config = {"architecture": ARCHITECTURE, "os": "linux", "config": {"Cmd": command, "Env": ["PATH=/bin"]},
                  "rootfs": {"type": "layers", "diff_ids": [digest(content)]}}
        manifest = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
                    "config": self.descriptor("config.v1+json", json.dumps(config).encode()),
                    "layers": [self.descriptor("layer.v1.tar", content)]}
        self.manifests.append(self.descriptor("manifest.v1+json", json.dumps(manifest).encode()) | {
            "platform": {"architecture": ARCHITECTURE, "os": "linux"}, "annotations": {"io.containerd.image.name": name}})

    def write(self):
        index = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": self.manifests}
        with tarfile.open(self.path, "w") as tar:
            add(tar, "oci-layout", b'{"imageLayoutVersion": "1.0.0"}')
            add(tar, "index.json", json.dumps(index).encode())
            for name, data in self.blobs.items():
                add(tar, "blobs/" + name.replace(":", "/"), data)


def main(busybox, programs, path):
    content = layer(busybox, programs)
    archive = Archive(path)
    for name, command in IMAGES.items():
        archive.add_image(name, command, content)
    archive.write()


if __name__ == "__main__":
    main(*sys.argv[1:])
