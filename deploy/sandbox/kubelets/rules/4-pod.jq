# --- The kubelet's work on a pod ---------------------------------------------------------------------------------------------
#
# All times are counted from times that stand in the status, never from "now": a step that is worked out again, because
# something else about the pod has changed, must still fall due when it did before.

def stamp: floor | todate;
def clock: fromdate;

# When the kubelet last did something to this pod; kept where a real one keeps nothing.
def touched($pod):
  [$pod.status.conditions[]? | select(.type == "ContainersReady") | .lastProbeTime | values] | first // $pod.status.startTime | clock;

# The first of the moments $start + $offsets that has not been reached; after the last offset, one every $period seconds.
def next_of($start; $offsets; $period; $reached):
  [$offsets[] | $start + . | select(. > $reached)] | first
  // ($start + ($offsets | last)) as $end | $end + $period * ((($reached - $end) / $period | floor) + 1);

def hex: . as $n | if $n < 16 then "0123456789abcdef"[$n:$n + 1] else ($n / 16 | floor | hex) + ($n % 16 | hex) end;

def digest:   # 64 digits that look like a SHA-256, the same for the same text
  explode as $bytes
  | [range(8) as $i | reduce $bytes[] as $b (2166136261 + $i; (. * 16777619 + $b) % 4294967296) | "0000000" + hex | .[-8:]]
  | join("");

def seconds_text: if . < 60 then "\(.)s" else "\(. / 60 | floor)m\(. % 60)s" end;

def back_off: pow(2; . - 1) * 10 | if . > 300 then 300 else . end;   # after that many restarts

def event($type; $reason; $message): {type: $type, reason: $reason, message: $message};

# --- One container's next step: {at, status, events}; the input is its spec, $s its status ----------------------------------

def named($pod): "\($pod.metadata.name)_\($pod.metadata.namespace)(\($pod.metadata.uid))";

def waiting($s; $reason; $message):
  {name, image, imageID: "", ready: false, started: false, restartCount: ($s.restartCount // 0), lastState: ($s.lastState // {}),
   state: {waiting: {reason: $reason, message: $message}}};

def start($pod; $s; $counts):   # $counts: whether it is ready at some time, as all are but init containers
  . as $c
  | ($s.state.terminated // $s.lastState.terminated) as $last
  | (if $last then $s.restartCount + 1 else $s.restartCount // 0 end) as $restarts
  | event("Normal"; "Pulled"; "Container image \"\(.image)\" already present on machine and can be accessed by the pod") as $pulled
  | event("Normal"; "Created"; "Container created") as $created
  | ("containerd://" + ("\($pod.metadata.uid)/\(.name)/\($restarts)" | digest)) as $id
  | {name, image: (.image | full_name), imageID: (.image | (full_name | sub("[:@][^/]*$"; "")) + "@sha256:" + digest), containerID: $id,
     ready: false, restartCount: $restarts, lastState: (if $last then {terminated: $last} else {} end)} as $status
  | (arguments[0] // "") as $program
  | (.image | name_error) as $misnamed
  | if $misnamed then
      {status: waiting($s; "InvalidImageName"; $misnamed),
       events: [event("Warning"; "InspectFailed"; $misnamed), event("Warning"; "Failed"; "Error: InvalidImageName")]}
    elif .imagePullPolicy == "Never" and (.image | image_exists | not) then
      "Container image \"\(.image)\" is not present with pull policy of Never" as $why
      | {status: waiting($s; "ErrImageNeverPull"; $why),
         events: [event("Warning"; "ErrImageNeverPull"; $why), event("Warning"; "Failed"; "Error: ErrImageNeverPull")]}
    elif .image | image_exists | not then
      (.image | pull_error) as $why
      | {status: waiting($s; "ErrImagePull"; $why),
         events: [event("Normal"; "Pulling"; "Pulling image \"\(.image)\""),
           event("Warning"; "Failed"; "Failed to pull image \"\(.image)\": \($why)"), event("Warning"; "Failed"; "Error: ErrImagePull")]}
    elif missing_reference then
      {status: waiting($s; "CreateContainerConfigError"; missing_reference),
       events: [$pulled, event("Warning"; "Failed"; "Error: \(missing_reference)")]}
    elif .securityContext.seccompProfile.localhostProfile then   # no node has a profile of its own
      "/var/lib/kubelet/seccomp/\(.securityContext.seccompProfile.localhostProfile)" as $file
      | ("failed to create containerd container: cannot load seccomp profile \"\($file)\": open \($file): no such file or directory") as $why
      | {status: waiting($s; "CreateContainerError"; $why), events: [$pulled, event("Warning"; "Failed"; "Error: \($why)")]}
    elif $program | program_exists | not then
      ("failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: "
        + "unable to start container process: exec: \"\($program)\": "
        + if $program | test("/") then "stat \($program): no such file or directory" else "executable file not found in $PATH" end
        + ": unknown") as $why
      | {status: ($status + {started: false, state: {waiting: {reason: "RunContainerError", message: $why}},
           lastState: {terminated: {exitCode: 128, reason: "StartError", message: $why,
             startedAt: "1970-01-01T00:00:00Z", finishedAt: (now | stamp), containerID: $id}}}),
         events: [$pulled, $created, event("Warning"; "Failed"; "Error: \($why)")]}
    elif hook_fails then
      (life($pod).asked // 137) as $code
      | {status: ($status + {started: false, state: {waiting: {reason: "PostStartHookError", message: "PostStartHook failed"}},
           lastState: {terminated: {exitCode: $code, reason: (if $code == 0 then "Completed" else "Error" end),
             startedAt: (now | stamp), finishedAt: (now | stamp), containerID: $id}}}),
         events: [$pulled, $created, event("Normal"; "Started"; "Container started"),
           event("Warning"; "FailedPostStartHook"; "PostStartHook failed"), event("Normal"; "Killing"; "FailedPostStartHook")]}
    else
      life($pod) as $life
      | {status: ($status + {started: ($life.killed.kind != "Startup"), ready: ($counts and $life.ready_after == 0),
           state: {running: {startedAt: (now | stamp)}}}),
       events: [$pulled, $created, event("Normal"; "Started"; "Container started")]}
    end;

def back_off_of($pod; $s):   # a container that a probe has killed is one restart behind
  [$s.restartCount - if life($pod).killed then 1 else 0 end, 1] | max | back_off;

def crash_loop($pod; $s; $t):   # the status
  $s + {ready: false, started: false, lastState: {terminated: $t}, state: {waiting: {reason: "CrashLoopBackOff",
    message: "back-off \(back_off_of($pod; $s) | seconds_text) restarting failed container=\(.name) pod=\(named($pod))"}}};

def backing_off($pod): event("Warning"; "BackOff"; "Back-off restarting failed container \(.name) in pod \(named($pod))");

def while_waiting($pod; $s; $counts):
  ($s.state.waiting.reason // "ContainerCreating") as $reason
  | ($pod.status.startTime | clock) as $begin
  | if $reason == "ErrImagePull" then
      {at: (touched($pod) + 2),
       status: ($s | .state.waiting |= {reason: "ImagePullBackOff", message: "Back-off pulling image \"\($s.image)\": ErrImagePull: \(.message)"}),
       events: [event("Normal"; "BackOff"; "Back-off pulling image \"\(.image)\""), event("Warning"; "Failed"; "Error: ImagePullBackOff")]}
    else
      (if $reason == "CrashLoopBackOff" then back_off_of($pod; $s) else 0 end) as $pause
      | start($pod; $s; $counts)
      | .at = (if $reason == "ImagePullBackOff" then next_of($begin; [10, 30, 70, 150, 310]; 300; touched($pod))
        elif $reason | IN("CreateContainerConfigError", "CreateContainerError", "InvalidImageName", "ErrImageNeverPull") then next_of($begin; [10]; 10; touched($pod))
        elif $reason == "CrashLoopBackOff" then ($s.lastState.terminated.finishedAt | clock) + $pause
        else $begin end)
    end;

# What a container that has to be restarted comes to. A kubelet that has killed it goes on at once; the end of one that ended by itself
# is what it shows, through most of the second and every later back-off.
def when_killed($pod; $s; $t; $counts):
  ($s.lastState.terminated.finishedAt // "1970-01-01T00:00:00Z" | clock) as $before
  | if $s.restartCount < 2 or ($t.finishedAt | clock) - $before >= back_off_of($pod; $s) then
      start($pod; $s + {state: {terminated: $t}}; $counts)
    else {status: crash_loop($pod; $s; $t), events: [backing_off($pod)]} end;

def when_ended($pod; $s; $t; $counts):
  ($t.finishedAt | clock) as $end
  | (if $s.restartCount == 1 or $s.state.waiting.reason == "PostStartHookError" then 1 else [back_off_of($pod; $s) - 1, 60] | min end) as $shown
  | if $s.restartCount == 0 then start($pod; $s; $counts) | .at = $end + 1
    elif $shown > 1 and touched($pod) <= $end then {at: ($end + 1), status: $s, events: [backing_off($pod)]}
    else {at: ($end + $shown), status: crash_loop($pod; $s; $t), events: (if $shown > 1 then [] else [backing_off($pod)] end)} end;

def while_running($pod; $s; $policy; $counts):
  life($pod) as $life
  | ($s.state.running.startedAt | clock) as $begin
  | .readinessProbe as $probe
  | ($probe.periodSeconds // 10) as $period
  | [ if $life.killed and touched($pod) < $begin + $life.killed.at then
        {at: ($begin + $life.killed.at), status: $s,
         events: [event("Warning"; "Unhealthy"; $life.killed.message),
           event("Normal"; "Killing"; "Container \(.name) failed \($life.killed.kind | ascii_downcase) probe, will be restarted")]}
      elif $life.seconds then
        {exitCode: $life.code, containerID: $s.containerID,
         reason: (if $life.oom then "OOMKilled" elif $life.code == 0 then "Completed" else "Error" end),
         message: (if .terminationMessagePolicy == "FallbackToLogsOnError" and $life.code != 0 then
           [$life.out[-80:][].line] | join("\n") else null end),
         startedAt: $s.state.running.startedAt, finishedAt: (now | stamp)} as $t
        | (if $life.killed and $policy != "Never" then when_killed($pod; $s; $t; $counts)
           else {status: ($s + {ready: ($counts | not) and $life.code == 0, started: false, state: {terminated: $t}}), events: []} end)
        | .at = $begin + $life.seconds
      else empty end,
      if $s.ready or ($counts | not) then empty
      elif $life.ready_after then {at: ($begin + $life.ready_after), status: ($s + {ready: true}), events: []}
      elif $probe then
        {at: next_of($begin + ($probe.initialDelaySeconds // 0); [1]; $period; touched($pod)), status: $s,
         events: [event("Warning"; "Unhealthy"; $life.unready)]}
      else empty end ]
  | min_by(.at) | values;

def container_step($pod; $m):   # $m: one of members()
  $m.s as $s | $m.policy as $policy | ($m.field == "containers" or $policy == "Always") as $counts
  | if $s.state.running then while_running($pod; $s; $policy; $counts)
    elif $s.state.waiting.reason | IN("RunContainerError", "PostStartHookError") then
      if $policy == "Never" then empty else when_ended($pod; $s; $s.lastState.terminated; $counts) end
    elif $s.state.terminated then
      if $policy == "Never" or ($policy == "OnFailure" and $s.state.terminated.exitCode == 0) then empty
      else when_ended($pod; $s; $s.state.terminated; $counts) end
    else while_waiting($pod; $s; $counts) end;

# --- The pod ------------------------------------------------------------------------------------------------------------------

def status_of($statuses; $name): [$statuses // [] | .[] | select(.name == $name)] | first;

# All containers with their status: {field, name, spec, s, policy}, init containers first.
def members($pod):
  [ ($pod.spec.initContainers // [])[]
    | {field: "initContainers", name, spec: ., s: status_of($pod.status.initContainerStatuses; .name),
       policy: (.restartPolicy // if $pod.spec.restartPolicy == "Never" then "Never" else "OnFailure" end)} ]
  + [ $pod.spec.containers[]
    | {field: "containers", name, spec: ., s: status_of($pod.status.containerStatuses; .name), policy: $pod.spec.restartPolicy} ];

def sidecar: .field == "initContainers" and .policy == "Always";

def initialized: .field == "initContainers" and (.s.state.terminated.exitCode == 0 or (.policy == "Always" and .s.started == true));

def active:   # those whose turn has come: up to the first init container that is not through, else all
  ([.[] | .field == "initContainers" and (initialized | not)] | index(true)) as $pending
  | if $pending == null then . else .[:$pending + 1] end;

def phase($pod):   # of members
  map(select(.field == "containers") | .s) as $main
  | def over: .state.terminated and ($pod.metadata.deletionTimestamp or $pod.spec.restartPolicy == "Never"
      or ($pod.spec.restartPolicy == "OnFailure" and .state.terminated.exitCode == 0));
    if any(.[]; .field == "initContainers" and .policy == "Never" and (.s.state.terminated.exitCode // 0) != 0) then "Failed"
    elif all($main[]; over) then (if all($main[]; .state.terminated.exitCode == 0) then "Succeeded" else "Failed" end)
    elif any($main[]; .state.waiting and (.lastState.terminated | not)) then "Pending"
    else "Running" end;

def pod_status($pod; $ips):   # from the members as they are now
  . as $members
  | phase($pod) as $phase
  | ($phase | IN("Succeeded", "Failed")) as $over
  | map(select((.field == "containers" or sidecar) and (.s.ready | not)) | .name) as $unready
  | (if any(.[]; .field == "containers" and .s.containerID) then []
     else map(select(.field == "initContainers" and (initialized | not)) | .name) end) as $uninitialized
  | (if $over or all(.[]; .s.state.waiting.reason | IN("ContainerCreating", "PodInitializing")) then ["sandbox"] else [] end) as $asleep
  | def condition($type; $missing; $reason; $message):
      (if $missing == [] then "True" else "False" end) as $is
      | ([$pod.status.conditions[]? | select(.type == $type and .status == $is)] | first) as $before
      | {type: $type, status: $is, observedGeneration: $pod.metadata.generation,
         lastTransitionTime: ($before.lastTransitionTime // (now | stamp))}
        + if $type == "PodReadyToStartContainers" then {reason: null, message: null}
          elif $phase == "Succeeded" then {reason: "PodCompleted", message: null}
          elif $missing == [] then {reason: null, message: null}
          elif $phase == "Failed" then {reason: "PodFailed", message: null}
          else {reason: $reason, message: "\($message): [\($missing | join(" "))]"} end;
    { phase: $phase, startTime: ($pod.status.startTime // (now | stamp)),
      podIP: $ips.pod, podIPs: [{ip: $ips.pod}], hostIP: $ips.host, hostIPs: [{ip: $ips.host}], observedGeneration: $pod.metadata.generation,
      conditions: [
        condition("PodReadyToStartContainers"; $asleep; null; null),
        condition("Initialized"; $uninitialized; "ContainersNotInitialized"; "containers with incomplete status"),
        condition("Ready"; $unready; "ContainersNotReady"; "containers with unready status"),
        condition("ContainersReady"; $unready; "ContainersNotReady"; "containers with unready status") + {lastProbeTime: (now | stamp)}],
      initContainerStatuses: map(select(.field == "initContainers") | .s),
      containerStatuses: map(select(.field == "containers") | .s) };

def admit($pod; $ips):   # a pod that has just been scheduled here
  members($pod)
  | (if .[0].field == "initContainers" then "PodInitializing" else "ContainerCreating" end) as $reason
  | map(.s = (.spec | waiting(null; $reason; null)))
  | {at: 0, status: pod_status($pod; $ips), events: []};

def added_containers($pod):   # kubectl debug: they do their work at once; its effect is in damage()
  {at: 0, events: [], status: {ephemeralContainerStatuses: [$pod.spec.ephemeralContainers[]
    | {name, image: (.image | full_name), imageID: "", ready: false, restartCount: 0, state: {terminated: {
        exitCode: 0, reason: "Completed", startedAt: (now | stamp), finishedAt: (now | stamp)}}}]}};

# A pod that is being deleted: its containers are asked to end, those that do not listen are killed when the time of grace is over, and
# then it goes, unless a finalizer keeps it.
def deletion_step($pod; $ips):
  $pod.metadata.deletionGracePeriodSeconds as $grace
  | (($pod.metadata.deletionTimestamp | clock) - $grace) as $asked
  | [members($pod)[] | select(.s.state.running)] as $running
  | if $running == [] then
      if ($pod.metadata.finalizers // []) == [] then {at: ($asked + 1), gone: true, events: []} else empty end
    elif touched($pod) < $asked then
      {at: $asked, status: (members($pod) | pod_status($pod; $ips)), events: ($running | map(
        event("Normal"; "Killing"; "Stopping container \(.name)") + {path: "spec.\(.field){\(.name)}"}))}
    else
      def asked_code: .spec | life($pod).asked;
      {at: ($asked + if all($running[]; asked_code) then [1, $grace] | min else $grace end), events: [],
       status: (members($pod)
         | map(if .s.state.running then
             (asked_code // 137) as $code
             | .s += {ready: false, started: false, state: {terminated: {exitCode: $code, containerID: .s.containerID,
                 reason: (if $code == 0 then "Completed" else "Error" end), startedAt: .s.state.running.startedAt, finishedAt: (now | stamp)}}}
           else . end)
         | pod_status($pod; $ips))}
    end;

def next_step($pod; $ips):
  ($pod.spec.ephemeralContainers // [] | length) as $added
  | if $pod.metadata.deletionGracePeriodSeconds == 0 then empty   # only a finalizer keeps it
    elif $pod.metadata.deletionTimestamp then deletion_step($pod; $ips)
    elif $pod.status.phase | IN("Succeeded", "Failed") then empty
    elif $pod.status.startTime == null then admit($pod; $ips)
    elif $added > ($pod.status.ephemeralContainerStatuses // [] | length) then added_containers($pod)
    elif $pod.spec | missing_volume then
      {at: next_of($pod.status.startTime | clock; [1, 5, 15]; 30; touched($pod)), status: (members($pod) | pod_status($pod; $ips)),
       events: [event("Warning"; "FailedMount"; $pod.spec | missing_volume)]}
    elif $pod.spec.runtimeClassName then   # no runtime but the default one is configured
      {at: next_of($pod.status.startTime | clock; [1]; 13; touched($pod)), status: (members($pod) | pod_status($pod; $ips)),
       events: [event("Warning"; "FailedCreatePodSandBox"; "Failed to create pod sandbox: rpc error: code = Unknown desc = "
         + "failed to get sandbox runtime: no runtime for \"\($pod.spec.runtimeClassName)\" is configured")]}
    else
      members($pod)
      | [active[] | . as $m | .spec | container_step($pod; $m) | . + {field: $m.field, name: $m.name}]
        as $steps
      | ($steps | min_by(.at) | values) as $step
      | map(if .name == $step.name and .field == $step.field then .s = $step.status else . end)
      | {at: $step.at, status: pod_status($pod; $ips), events: ($step.events | map(. + {path: "spec.\($step.field){\($step.name)}"}))}
    end;

# {at, status or gone, events}, or null when nothing is to happen until the pod changes. $ips: {pod, host}
def step($ips): [next_step(.; $ips)] | first;

# How long until then, as Go writes it; empty for null.
def wait: step({}) | values | "\([(.at - now) * 1000 | ceil, 0] | max)ms";

# --- Logs: {lines: [{at, line}]}, or {error} as the kubelet words it ----------------------------------------------------------

def log($name; $previous):
  . as $pod
  | ([members($pod)[] | select(.name == $name)] | first) as $m
  | "container \"\($name)\" in pod \"\($pod.metadata.name)\"" as $what
  | def printed($begin; $until):
      ($m.spec | life($pod)).out | map(select($begin + .t <= $until)
        | ($begin + .t | floor) as $at
        | {at: ($at | stamp), line: (.line | gsub("\\{time\\}"; $at | strftime("%Y/%m/%d %H:%M:%S")))});
    def ended: if .reason == "StartError" then [] else printed(.startedAt | clock; .finishedAt | clock) end;
    if $m.s == null then {error: "\($what) is not available"}
    elif $previous then
      $m.s.lastState.terminated
      | if . == null then {error: "previous terminated \($what) not found"}
        elif $m.s.state.terminated then   # of dead containers a kubelet keeps the last one
          {lines: [{at: .finishedAt, line: "unable to retrieve container logs for \(.containerID)"}]}
        else {lines: ended} end
    elif $m.s.state.running then {lines: printed($m.s.state.running.startedAt | clock; now)}
    elif $m.s.state.terminated // $m.s.lastState.terminated then ($m.s.state.terminated // $m.s.lastState.terminated) | {lines: ended}
    else
      $m.s.state.waiting.reason
      | {ErrImagePull: "image can't be pulled", ImagePullBackOff: "trying and failing to pull image"}[.] // .
      | {error: "\($what) is waiting to start: \(.)"}
    end;
