# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154   # the paths are set in sandbox and build.sh
# The real node: kubelet and containerd on a machine of their own, which is a mount and a pid namespace. Whatever they mount is seen
# there alone, and when its first process ends, so does all that runs on it, pods included. What no namespace separates belongs to the
# whole computer (a bridge, cgroups, a few sysctls): hence root, one real node at a time, and remove_node, which puts it all back.

real_node=real-1
real_node_mark=sandbox.aegiops.io/node=real   # its label; beside simulated nodes also its taint, so that only who asks for it gets it
bridge=aegiops0
bridge_network=10.245.0
bridge_address=$bridge_network.1   # the node's address, too: a kubelet takes none of the loopback
cni_plugins=/usr/lib/cni
# Places that kubelet, containerd and the CNI library have in their code.
fixed_folders=(/run/containerd /var/lib/{cni,containerd,kubelet} /var/log/{containers,pods})
# What kubelet and the bridge plugin set.
changed_sysctls=(kernel/{panic,panic_on_oops,keys/root_maxbytes,keys/root_maxkeys} net/ipv4/ip_forward vm/{overcommit_memory,panic_on_oom})

# --- Whether there can be one ----------------------------------------------------------------------------------------------

kubelet_cgroups() { find /sys/fs/cgroup -maxdepth 2 -type d -name kubepods; }   # one in each hierarchy of version 1, one in version 2

cgroups_can_be_made() {
  if [ -f /sys/fs/cgroup/cgroup.controllers ]; then
    echo "+cpu +memory +pids" > /sys/fs/cgroup/cgroup.subtree_control
  else
    mkdir /sys/fs/cgroup/memory/aegiops && rmdir /sys/fs/cgroup/memory/aegiops
  fi
}

namespaces_can_be_made() {   # with what pods need in them: an overlay on the cache's file system, a bridge, a virtual cable
  local trial status=0
  trial=$(mktemp -d "$cache/trial.XXXXXX")
  mkdir "$trial"/{lower,upper,work,merged}
  # shellcheck disable=SC2016
  unshare --mount --net --pid --fork sh -euc '
    cd "$1"
    mount -t overlay overlay -o lowerdir=lower,upperdir=upper,workdir=work merged
    ip link add bridge type bridge
    ip link add cable type veth peer name other
  ' sh "$trial" || status=$?
  rm -rf "$trial"
  return $status
}

# Ends with one line that says why this computer cannot have a real node now; cheap, and leaves nothing.
can_run_real_node() {
  local owner
  [ "$(id -u)" = 0 ] || die "a real node needs root"
  need containerd ctr runc busybox-static cni ip unshare nsenter
  if [ -e "/sys/class/net/$bridge" ]; then
    owner=$(cat "/sys/class/net/$bridge/ifalias")
    die "a computer has one real node at a time, and this one's belongs to ${owner:-nobody: end that with: ip link delete $bridge}"
  fi
  [ -z "$(kubelet_cgroups)" ] || die "this computer is a Kubernetes node already (cgroup kubepods); a real node would get in its way"
  { cgroups_can_be_made && [ -w /proc/sys/kernel/panic ] && : < /dev/kmsg; } 2> /dev/null \
    || die "a real node needs a whole machine or a privileged container: here cgroups, /proc/sys or /dev/kmsg are closed to it"
  mkdir -p "$cache"
  namespaces_can_be_made > /dev/null 2>&1 \
    || die "a real node needs overlayfs below $cache, namespaces, bridges and veth; this kernel or container has not all of them"
}

# --- The machine -----------------------------------------------------------------------------------------------------------

# What belongs to the whole computer is taken, and noted first; the bridge's name is the lock.
make_node() {
  local sysctl folder
  mkdir -p "$node"/{cni,registries/docker.io,nothing}
  ip link add "$bridge" type bridge 2> /dev/null || can_run_real_node
  ip link set "$bridge" alias "sandbox \"$name\" ($state)"
  for sysctl in "${changed_sysctls[@]}"; do echo "$sysctl $(cat "/proc/sys/$sysctl")"; done > "$node/sysctls"
  for folder in "${fixed_folders[@]}"; do
    [ -d "$folder" ] || { echo "$folder" >> "$node/folders" && mkdir "$folder"; }
  done
  ip address add "$bridge_address/24" dev "$bridge"
  ip link set "$bridge" up
  configure_containerd
  configure_kubelet
  "$here/node/images.py" "$(type -P busybox)" "$here/node/programs" "$node/images.tar"
}

owns_bridge() { [ "$(cat "/sys/class/net/$bridge/ifalias" 2> /dev/null)" = "sandbox \"$name\" ($state)" ]; }

# After kill_all: what is left of the machine outside its namespaces.
remove_node() {
  local sysctl value
  if owns_bridge; then
    remove_cgroups
    if [ -f "$node/sysctls" ]; then
      while read -r sysctl value; do echo "$value" > "/proc/sys/$sysctl"; done < "$node/sysctls"
    fi
    ip link delete "$bridge"
  fi
  if [ -f "$node/folders" ]; then
    xargs rmdir --ignore-fail-on-non-empty < "$node/folders" || :
    rm "$node/folders"
  fi
}

remove_cgroups() {   # in vain as long as the kernel has not buried the last of their processes
  local deadline=$((SECONDS + 10)) found
  while mapfile -t found < <(kubelet_cgroups) && [ ${#found[@]} -gt 0 ] && [ $SECONDS -lt $deadline ]; do
    find "${found[@]}" -depth -type d -exec rmdir {} + 2> /dev/null || sleep 0.05
  done
}

start_node() {
  rm -f "$node/booted"
  launch node unshare --mount --pid --fork --kill-child --mount-proc "$here/node/machine" "$node" "${fixed_folders[@]}"
}

ready_node() { wait_for node "a machine for $real_node" test -e "$node/booted"; }

# Sets `on_node`: what stands before a command that is to run there. It ignores SIGTERM, lest it be gone before the command that it
# waits for; this passes on to the command, but Go programs that handle the signal do so all the same.
find_node() {
  local pid
  pid=$(pid_of node) || die "the node is stopped; start it with: $0 start node --name $name"
  on_node=(env --ignore-signal=TERM nsenter "--mount=/proc/$pid/ns/mnt" "--pid=/proc/$pid/ns/pid_for_children")
}

# --- Its services ----------------------------------------------------------------------------------------------------------

# A registry that has nothing. It stands for docker.io, so that a tag that is not among the node's images is not found, at once.
start_registry() { launch registry busybox httpd -f -p "127.0.0.1:$(port registry)" -h "$node/nothing"; }

ready_registry() { wait_for registry "an empty registry" listens "$(port registry)"; }

configure_containerd() {
  cat > "$node/containerd.toml" << END
version = 2
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "sandbox.aegiops.io/pause:1"
  restrict_oom_score_adj = true         # in a container without CAP_SYS_RESOURCE every pod would fail
  netns_mounts_under_state_dir = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "$cni_plugins"
    conf_dir = "$node/cni"
  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = "$node/registries"
END
  cat > "$node/registries/docker.io/hosts.toml" << END
server = "http://127.0.0.1:$(port registry)"
[host."http://127.0.0.1:$(port registry)"]
END
  cat > "$node/cni/bridge.conflist" << END
{"cniVersion": "1.0.0", "name": "aegiops", "plugins": [{"type": "bridge", "bridge": "$bridge", "isGateway": true,
  "ipam": {"type": "host-local", "ranges": [[{"subnet": "$bridge_network.0/24"}]], "routes": [{"dst": "0.0.0.0/0"}]}}]}
END
}

start_containerd() {
  find_node
  launch containerd "${on_node[@]}" containerd --config "$node/containerd.toml"
}

ready_containerd() {
  find_node
  wait_for containerd "$(containerd --version | cut -d' ' -f1,3)" "${on_node[@]}" ctr version
  "${on_node[@]}" ctr --namespace k8s.io images import "$node/images.tar" > "$state/log/images.log" 2>&1 \
    || die "containerd does not take the images: $(tail -n 1 "$state/log/images.log")"
}

configure_kubelet() {
  echo "nameserver $bridge_address" > "$node/resolv.conf"
  cat > "$node/kubelet.yaml" << END
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
address: $bridge_address
port: $(port kubelet)
healthzPort: 0
authentication: {x509: {clientCAFile: $pki/ca.crt}}
tlsCertFile: $pki/$real_node-server.crt
tlsPrivateKeyFile: $pki/$real_node-server.key
containerRuntimeEndpoint: unix:///run/containerd/containerd.sock
cgroupDriver: cgroupfs
failCgroupV1: false
failSwapOn: false
clusterDNS: [10.96.0.10]                # where nobody answers; without one, each pod has an event that says so
resolvConf: $node/resolv.conf
volumePluginDir: /var/lib/kubelet/volume-plugins
makeIPTablesUtilChains: false
oomScoreAdj: 0                          # this and the next: without CAP_SYS_RESOURCE
maxOpenFiles: 20000
registryPullQPS: 0
evictionHard: {memory.available: 100Mi, nodefs.available: 2%, imagefs.available: 2%}
imageGCHighThresholdPercent: 100        # its images cannot be fetched again
END
  if has_simulated_nodes; then
    echo "registerWithTaints: [{key: ${real_node_mark%=*}, value: ${real_node_mark#*=}, effect: NoSchedule}]" >> "$node/kubelet.yaml"
  fi
}

start_kubelet() {
  find_node
  launch kubelet "${on_node[@]}" "$kubelet/kubelet" --config "$node/kubelet.yaml" --kubeconfig "$state/$real_node.kubeconfig" \
    --hostname-override "$real_node" --node-ip "$bridge_address" --node-labels "$real_node_mark"
}

ready_kubelet() {
  wait_for kubelet "kubelet $k8s_version" listens "$(port kubelet)" "$bridge_address"
  wait_for kubelet "node $real_node Ready" admin wait "node/$real_node" --for=condition=Ready --timeout=1s
}
