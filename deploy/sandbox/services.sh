# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154   # the paths are set in sandbox and build.sh
# The processes of one sandbox: how each is started, when it is ready, and how it is stopped.

patience_s=300
services=(etcd apiserver kcm scheduler kwok kafka node registry containerd kubelet)

# Where each one listens, counted from the sandbox's base port.
declare -A offset=([etcd]=0 [etcd-peer]=1 [kafka]=2 [apiserver]=3 [kafka-controller]=4 [kcm]=5 [scheduler]=6 [kwok]=7
  [registry]=8 [kubelet]=9)

port() { echo $((base + offset[$1])); }

where() {   # SERVICE: its address
  case $1 in
    node) echo "$bridge_address" ;;
    containerd) echo /run/containerd/containerd.sock ;;   # on the node
    kubelet) echo "$bridge_address:$(port kubelet)" ;;
    *) echo "127.0.0.1:$(port "$1")" ;;
  esac
}

listens() { (exec 3<> "/dev/tcp/${2:-127.0.0.1}/$1") 2> /dev/null; }   # PORT [ADDRESS]

# --- Processes: a pid alone may have passed to a stranger, so the moment of its start is kept with it ----------------------

started_at() {   # PID: the kernel's start time of a live process; fails for a zombie, too
  local stat fields
  stat=$(cat "/proc/$1/stat" 2> /dev/null) || return 1
  read -ra fields <<< "${stat##*) }"
  [ "${fields[0]}" != Z ] && echo "${fields[19]}"
}

pid_of() {   # SERVICE: prints its pid; fails unless it runs
  local pid start
  read -r pid start 2> /dev/null < "$state/pid/$1" || return 1
  [ -n "$start" ] && [ "$(started_at "$pid")" = "$start" ] && echo "$pid"
}

has() { [ -f "$state/pid/$1" ]; }   # whether this sandbox was started with the service

runs() { pid_of "$1" > /dev/null; }

any_runs() {
  local service
  for service in "${services[@]}"; do runs "$service" && return; done
  return 1
}

# launch SERVICE COMMAND...: in a session of its own, so that Ctrl-C in the caller's terminal does not reach it, and without
# the caller's open files: a lock or a pipe that a service held would never come free.
launch() {
  local service=$1
  shift
  (
    for fd in /proc/self/fd/*; do
      fd=${fd##*/}
      if [ "$fd" -gt 2 ]; then exec {fd}>&-; fi
    done
    cd "$state" && exec setsid "$@"
  ) >> "$state/log/$service.log" 2>&1 < /dev/null &
  echo "$! $(started_at $!)" > "$state/pid/$service"
  disown   # lest bash report its end
}

last_log_line() { grep -v '^[[:space:]]*$' "$state/log/$1.log" | tail -n 1 | cut -c1-300; }

# wait_for SERVICE WHAT COMMAND...: until the command succeeds; ends the script when the service dies or takes 5 minutes, which
# an API server does that finds 100,000 pods in etcd on a busy machine.
wait_for() {
  local service=$1 what=$2 deadline=$((SECONDS + patience_s))
  shift 2
  until "$@" > /dev/null 2>&1; do
    runs "$service" || die "$service ended while starting: $(last_log_line "$service") ($state/log/$service.log)"
    [ $SECONDS -lt $deadline ] || die "$service is not ready after $patience_s s: $(last_log_line "$service") ($state/log/$service.log)"
    sleep 0.1
  done
  say "$what"
}

# signal SIGNAL SERVICE: sends it and waits until the process is gone. After 5 s SIGKILL follows: an API server waits longer
# than that for its clients, and what matters is with etcd by then.
signal() {
  local pid deadline=$((SECONDS + 5))
  pid=$(pid_of "$2") || return 0
  kill "-$1" -- "-$pid" 2> /dev/null || :   # its process group: Kafka is a shell with a JVM while it formats
  while runs "$2"; do
    [ $SECONDS -lt $deadline ] || kill -KILL -- "-$pid" 2> /dev/null || :
    sleep 0.05
  done
}

end() {   # SIGNAL SERVICE: the same, and until its port is free: the last of its threads may hold it a moment longer
  signal "$1" "$2"
  while listens "$(port "$2")"; do sleep 0.05; done
}

kill_all() {   # all at once, and without farewell: their data is about to go, too
  local service pid
  for service in "${services[@]}"; do
    if pid=$(pid_of "$service"); then kill -KILL -- "-$pid" 2> /dev/null || :; fi
  done
  for service in "${services[@]}"; do signal KILL "$service"; done
}

# --- The services ----------------------------------------------------------------------------------------------------------

admin() { "$control_plane/kubectl" --kubeconfig "$state/admin.kubeconfig" "$@"; }

start_etcd() {
  local client peer
  client=https://127.0.0.1:$(port etcd) peer=http://127.0.0.1:$(port etcd-peer)
  # Nothing here outlives a power cut anyway, so etcd need not wait for the disk. 100,000 pods, written anew some times, do not
  # fit into its 2 GiB.
  launch etcd "$etcd/etcd" --name sandbox --data-dir "$state/data/etcd" --unsafe-no-fsync --log-level warn \
    --quota-backend-bytes 8589934592 \
    --listen-client-urls "$client" --advertise-client-urls "$client" \
    --listen-peer-urls "$peer" --initial-advertise-peer-urls "$peer" --initial-cluster "sandbox=$peer" \
    --client-cert-auth --trusted-ca-file "$pki/etcd-ca.crt" --cert-file "$pki/etcd.crt" --key-file "$pki/etcd.key"
}

ready_etcd() { wait_for etcd "etcd $etcd_version" listens "$(port etcd)"; }

start_apiserver() {
  local extra
  # Given once, the flags are those of every later start, until others are given.
  if [ -n "${AEGIOPS_SANDBOX_APISERVER_FLAGS+given}" ]; then
    echo "$AEGIOPS_SANDBOX_APISERVER_FLAGS" > "$state/apiserver.flags"
  fi
  read -ra extra 2> /dev/null < "$state/apiserver.flags" || extra=()
  # No endpoint reconciler: it refuses a loopback address. Simulated nodes are dialled by the InternalDNS name under which they all
  # are here; the real one has no such name.
  launch apiserver "$control_plane/kube-apiserver" --bind-address=127.0.0.1 --secure-port="$(port apiserver)" \
    --etcd-servers="https://127.0.0.1:$(port etcd)" --etcd-cafile="$pki/etcd-ca.crt" \
    --etcd-certfile="$pki/apiserver-etcd.crt" --etcd-keyfile="$pki/apiserver-etcd.key" \
    --tls-cert-file="$pki/apiserver.crt" --tls-private-key-file="$pki/apiserver.key" --client-ca-file="$pki/ca.crt" \
    --anonymous-auth=false --authorization-mode=Node,RBAC --enable-admission-plugins=NodeRestriction \
    --allow-privileged=true --profiling=false --endpoint-reconciler-type=none --service-cluster-ip-range=10.96.0.0/16 \
    --service-account-issuer=https://kubernetes.default.svc.cluster.local \
    --service-account-key-file="$pki/sa.pub" --service-account-signing-key-file="$pki/sa.key" \
    --kubelet-preferred-address-types=InternalDNS,InternalIP --kubelet-certificate-authority="$pki/ca.crt" \
    --kubelet-client-certificate="$pki/apiserver-kubelet.crt" --kubelet-client-key="$pki/apiserver-kubelet.key" \
    --audit-policy-file="$here/audit-policy.yaml" --audit-log-path="$state/audit.log" ${extra[@]+"${extra[@]}"}
}

ready_apiserver() { wait_for apiserver "kube-apiserver $k8s_version on 127.0.0.1:$(port apiserver)" admin get --raw /readyz; }

# The lookup they skip is for aggregated API servers, of which the sandbox has none.
start_kcm() {
  launch kcm "$control_plane/kube-controller-manager" --bind-address=127.0.0.1 --secure-port="$(port kcm)" \
    --kubeconfig="$state/kcm.kubeconfig" --authentication-kubeconfig="$state/kcm.kubeconfig" \
    --authorization-kubeconfig="$state/kcm.kubeconfig" --authentication-skip-lookup --leader-elect=false --profiling=false \
    --allocate-node-cidrs=true --cluster-cidr=10.244.0.0/16 --flex-volume-plugin-dir="$state/volume-plugins" \
    --use-service-account-credentials=true --service-account-private-key-file="$pki/sa.key" --root-ca-file="$pki/ca.crt" \
    --cluster-signing-cert-file="$pki/ca.crt" --cluster-signing-key-file="$pki/ca.key"
}

# Until all its controllers run, it ends when it loses the API server; then it waits.
controllers_run() {
  [[ $(curl -ks "https://127.0.0.1:$(port kcm)/healthz?verbose") == *deployment-controller* ]] && admin -n default get serviceaccount default
}

ready_kcm() { wait_for kcm "kube-controller-manager $k8s_version" controllers_run; }

start_scheduler() {
  launch scheduler "$control_plane/kube-scheduler" --bind-address=127.0.0.1 --secure-port="$(port scheduler)" \
    --kubeconfig="$state/scheduler.kubeconfig" --authentication-kubeconfig="$state/scheduler.kubeconfig" \
    --authorization-kubeconfig="$state/scheduler.kubeconfig" --authentication-skip-lookup --leader-elect=false --profiling=false
}

ready_scheduler() { wait_for scheduler "kube-scheduler $k8s_version" listens "$(port scheduler)"; }

start_kwok() {
  launch kwok "$kubelets/kubelets" --kubeconfig "$state/kubelets.kubeconfig" --nodes "${real_node_mark/=/!=}" \
    --stages "$here/kubelets/kwok.yaml" --rules "$here/kubelets/rules" --listen "127.0.0.1:$(port kwok)" \
    --tls-cert "$pki/kubelet.crt" --tls-key "$pki/kubelet.key" --client-ca "$pki/ca.crt"
}

nodes_are_ready() {
  local simulated="${real_node_mark/=/!=}"
  [ -n "$(admin get nodes -l "$simulated" -o name)" ] && admin wait node -l "$simulated" --for=condition=Ready --timeout=1s
}

ready_kwok() {
  wait_for kwok "kwok $kwok_version" listens "$(port kwok)"
  wait_for kwok "nodes Ready" nodes_are_ready
}

start_kafka() {
  local config=$state/kafka.properties
  { cat "$here/kafka/server.properties"
    echo "listeners=PLAINTEXT://127.0.0.1:$(port kafka),CONTROLLER://127.0.0.1:$(port kafka-controller)"
    echo "advertised.listeners=PLAINTEXT://127.0.0.1:$(port kafka)"
    echo "controller.quorum.voters=1@127.0.0.1:$(port kafka-controller)"
    echo "log.dirs=$state/data/kafka"
  } > "$config"
  # Formatting and serving are two runs of the JVM; exec, so that the pid is the broker's.
  # shellcheck disable=SC2016
  launch kafka bash -c '
    config=$1; shift
    "$@" kafka.tools.StorageTool format --ignore-formatted -t AegiOpsSandboxKafka000 -c "$config" && exec "$@" kafka.Kafka "$config"
  ' kafka "$config" java -Xmx512m -XX:+UseSerialGC -Dorg.slf4j.simpleLogger.defaultLogLevel=warn \
    -Dorg.slf4j.simpleLogger.log.kafka.server.KafkaRaftServer=info -cp "$kafka/libs/*"
}

kafka_answers() { listens "$(port kafka)" && grep -q 'Kafka Server started' "$state/log/kafka.log"; }

ready_kafka() { wait_for kafka "Kafka $kafka_version on 127.0.0.1:$(port kafka)" kafka_answers; }
