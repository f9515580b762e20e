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
      open: ((.envFrom // []) != []), limit: (.resources.limits.memory // "1Ti" | quantity), job: $job, files: [], asked: null,
      t: 0, out: [], status: 0, over: false, code: null, oom: false, strict: false, frames: [], words: [], joint: ";" }
  | first((script($words | quoted) | if .over then . else over(.status) end)?, over(null));

def probe_run($probe; $state):   # a command's, among the files that the container has made
  $state + {t: 0, out: [], status: 0, over: false, frames: [], words: [], joint: ";"} | script($probe.exec.command | quoted);

# Does a probe fail? Behind a port that the container does not declare nobody listens.
def probe_fails($probe; $state):
  ($probe.httpGet // $probe.tcpSocket // {}).port as $port
  | if $port then (.ports // []) != [] and (any(.ports[]; .containerPort == $port or .name == $port) | not)
    elif $probe.exec then (probe_run($probe; $state) | (if .over then .code else .status end)) != 0
    else false end;

# Does what is to be done after its start fail?
def hook_fails:
  .lifecycle.postStart.exec as $exec
  | $exec != null and (run(false) as $state | probe_fails({exec: $exec}; $state));

def probe_failure($kind; $probe; $state; $ip):   # what the kubelet says of it
  "\($kind) probe failed: " + if $probe.httpGet then
      ($probe.httpGet.port | if type == "string" then 80 else . end | "\($ip):\(.)") as $address
      | "Get \"\($probe.httpGet.scheme // "HTTP" | ascii_downcase)://\($address)\($probe.httpGet.path // "/")\": "
        + "dial tcp \($address): connect: connection refused"
    elif $probe.tcpSocket then "dial tcp \($ip):\($probe.tcpSocket.port): connect: connection refused"
    else probe_run($probe; $state).out | map(.line + "\n") | join("") end;

# What was removed under its feet by a container that was added to the running pod (kubectl debug … -- rm FILE), or null.
def damage($pod):
  .name as $name
  | [ ($pod.spec.ephemeralContainers // [])[]
      | select((.targetContainerName // $pod.spec.containers[0].name) == $name)
      | (.command // []) + (.args // []) | join(" ") | scan("(?:^|[ ;&|/])rm +(?:-[a-zA-Z]+ +)*([^ ;&|]+)") | .[0] ]
  | first;

# The probe whose failure ends the container: {kind, probe}, or null.
def deadly_probe($state):
  if probe_fails(.startupProbe; $state) then {kind: "Startup", probe: .startupProbe}
  elif probe_fails(.livenessProbe; $state) then {kind: "Liveness", probe: .livenessProbe}
  else null end;

# One run of the container: {code, seconds, oom, out, asked, ready_after, killed}. code null: it runs on. asked: its exit code when it
# is asked to end; null: it does not react. ready_after null: it is never Ready; without a readiness probe it is from the start, however
# soon it ends. killed: {kind, at, message, …}, by a probe.
def life($pod):
  . as $c
  | run(any($pod.metadata.ownerReferences[]?; .kind == "Job")) as $state
  | damage($pod) as $gone
  | deadly_probe($state) as $deadly
  | ($deadly.probe | (.initialDelaySeconds // 0) + (.periodSeconds // 10) * (.failureThreshold // 3)) as $kill
  | $state
  | if $gone then {code: 1, t: 0, out: [{t: 0, line: "FATAL: cannot open '\($gone)': No such file or directory"}]}
    elif $deadly and (.code == null or .t > $kill) then
      { code: (.asked // 137), out, asked,
        t: ($kill + if .asked then 0 else $deadly.probe.terminationGracePeriodSeconds // $pod.spec.terminationGracePeriodSeconds // 30 end),
        killed: ($deadly + {at: $kill, message: ($c | probe_failure($deadly.kind; $deadly.probe; $state; $pod.status.podIP))}) }
    else {code, t, oom, out, asked} end
  | .seconds = (if .code == null then null else [.t, 1.5] | max end)
  | .ready_after = (if $c.readinessProbe then [2, $c.readinessProbe.initialDelaySeconds // 0] | max else 0 end)
  | if (.seconds and .seconds <= .ready_after) or .killed.kind == "Startup" or ($c | probe_fails($c.readinessProbe; $state)) then
      .ready_after = null
    else . end
  | .unready = ($c.readinessProbe | if . then . as $probe | $c | probe_failure("Readiness"; $probe; $state; $pod.status.podIP) else null end);
