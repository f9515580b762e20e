# --- What a container does, from its part of the spec ------------------------------------------------------------------------

# What is run. An image's own command is an entry point, before which arguments are put, where it is a server's; a shell or an
# interpreter gives way to them.
def arguments:
  (.args // []) as $args | ([.image | image.command] | first // []) as $own
  | if (.command // []) != [] then .command + $args
    elif $args == [] then $own
    elif servers[$own[0] // ""] and ($args[0] | startswith("-")) then $own[:1] + $args
    else $args end;

def quoted: map("'" + gsub("'"; "'\"'\"'") + "'") | join(" ");

# The ConfigMap or Secret it refers to and that does not exist. kwok cannot look, so the name tells: missing-…
def missing($kind; $name):
  select(. != null and (.optional | not) and (.[$name] // "" | startswith("missing-"))) | "\($kind) \"\(.[$name])\" not found";

def missing_reference:
  [ (.envFrom // [])[], ((.env // [])[] | .valueFrom // {})
    | (.configMapRef, .configMapKeyRef | missing("configmap"; "name")), (.secretRef, .secretKeyRef | missing("secret"; "name")) ]
  | first;

def missing_volume:   # of a pod's spec
  [ (.volumes // [])[]
    | "MountVolume.SetUp failed for volume \"\(.name)\" : "
      + ((.configMap | missing("configmap"; "name")), (.secret | missing("secret"; "secretName"))) ]
  | first;

# The shell's last state after the container's process. What lies beyond our shell just runs on.
def run($job):
  arguments as $words
  | { variables: reduce (.env // [])[] as $e ({HOME: "/root", PATH: "/usr/bin:/bin", KUBERNETES_SERVICE_HOST: "10.96.0.1"};
        .[$e.name] = ($e.value // (if $e.valueFrom then "set" else "" end))),
      open: ((.envFrom // []) != []), limit: (.resources.limits.memory // "1Ti" | quantity), job: $job, files: [],
      t: 0, out: [], status: 0, over: false, code: null, oom: false, strict: false, frames: [], words: [], joint: ";" }
  | first((script($words | quoted) | if .over then . else over(.status) end)?, over(null));

# Does a probe fail? Behind a port that the container does not declare nobody listens; a command is run in the files it made.
def probe_fails($probe; $state):
  ($probe.httpGet // $probe.tcpSocket // {}).port as $port
  | if $port then (.ports // []) != [] and (any(.ports[]; .containerPort == $port or .name == $port) | not)
    elif $probe.exec then
      ($state + {t: 0, out: [], status: 0, over: false, frames: [], words: [], joint: ";"}
        | script($probe.exec.command | quoted) | (if .over then .code else .status end)) != 0
    else false end;

def probe_failure($kind; $probe; $ip):   # what the kubelet says of it
  "\($kind) probe failed: " + if $probe.httpGet then
      ($probe.httpGet.port | if type == "string" then 80 else . end | "\($ip):\(.)") as $address
      | "Get \"\($probe.httpGet.scheme // "HTTP" | ascii_downcase)://\($address)\($probe.httpGet.path // "/")\": "
        + "dial tcp \($address): connect: connection refused"
    elif $probe.tcpSocket then "dial tcp \($ip):\($probe.tcpSocket.port): connect: connection refused"
    else "command failed" end;

# What was removed under its feet by a container that was added to the running pod (kubectl debug … -- rm FILE), or null.
def damage($pod):
  .name as $name
  | [ ($pod.spec.ephemeralContainers // [])[]
      | select((.targetContainerName // $pod.spec.containers[0].name) == $name)
      | (.command // []) + (.args // []) | join(" ") | scan("(?:^|[ ;&|/])rm +(?:-[a-zA-Z]+ +)*([^ ;&|]+)") | .[0] ]
  | first;

# One run of the container: {code, seconds, oom, killed, out, ready_after}. code null: it runs on. ready_after null: it is never
# Ready. A process that ends within three seconds is not seen Ready, lest a rollout take it for a good one.
def life($pod):
  . as $c
  | run(any($pod.metadata.ownerReferences[]?; .kind == "Job")) as $state
  | damage($pod) as $gone
  | .livenessProbe as $liveness
  | (if $liveness and probe_fails($liveness; $state) then
      ($liveness.initialDelaySeconds // 0) + ($liveness.periodSeconds // 10) * ($liveness.failureThreshold // 3) else null end) as $kill
  | $state
  | if $gone then {code: 1, t: 0, out: [{t: 0, line: "FATAL: cannot open '\($gone)': No such file or directory"}]}
    elif $kill and (.code == null or .t > $kill) then {code: 137, t: $kill, killed: true, out}
    else {code, t, oom, out} end
  | .seconds = (if .code == null then null else [.t, 1.5] | max end)
  | .ready_after = ([2, $c.readinessProbe.initialDelaySeconds // 0] | max)
  | if (.seconds and (.seconds < 3 or .seconds <= .ready_after)) or ($c | probe_fails($c.readinessProbe; $state)) then
      .ready_after = null
    else . end;
