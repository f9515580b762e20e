# The simulated kubelet: what becomes of a pod is decided from the pod's own spec alone, so that whoever repairs the spec heals
# the pod and has nothing else to put right. The files of this folder are one jq program, in the order of their names. Two
# questions are asked of it, answered in the last file:
#   wait, step($ips)          when the next thing happens to this pod, and what; asked by kwok's stages (../kwok.yaml)
#   log($name; $previous)     what a container has printed; asked by the log endpoint (../logs.go)

# --- The little world: the images and programs there are, and no others -----------------------------------------------------

# What each image runs when the spec names no command. Tags are plausible ones; a variant such as -alpine may follow.
def images: {
  "nginx":          {tags: "latest|stable|mainline|1(\\.[12][0-9](\\.[0-9]+)?)?", command: ["nginx", "-g", "daemon off;"]},
  "httpd":          {tags: "latest|2(\\.4(\\.[0-9]+)?)?", command: ["httpd-foreground"]},
  "redis":          {tags: "latest|[678](\\.[0-9]+){0,2}", command: ["redis-server"]},
  "memcached":      {tags: "latest|1(\\.6(\\.[0-9]+)?)?", command: ["memcached"]},
  "postgres":       {tags: "latest|1[3-8](\\.[0-9]+)?", command: ["postgres"]},
  "mysql":          {tags: "latest|[89](\\.[0-9]+){0,2}", command: ["mysqld"]},
  "rabbitmq":       {tags: "latest|[34](\\.[0-9]+){0,2}", command: ["rabbitmq-server"]},
  "busybox":        {tags: "latest|stable|1(\\.3[0-9](\\.[0-9]+)?)?", command: ["sh"]},
  "alpine":         {tags: "latest|edge|3(\\.[12][0-9](\\.[0-9]+)?)?", command: ["sh"]},
  "debian":         {tags: "latest|stable|1[1-3](\\.[0-9]+)?|bullseye|bookworm|trixie", command: ["bash"]},
  "ubuntu":         {tags: "latest|2[0-6]\\.(04|10)|focal|jammy|noble", command: ["bash"]},
  "python":         {tags: "latest|3(\\.([89]|1[0-4])(\\.[0-9]+)?)?", command: ["python3"]},
  "node":           {tags: "latest|lts|(1[68]|2[0-6])(\\.[0-9]+){0,2}", command: ["node"]},
  "perl":           {tags: "latest|5(\\.[34][0-9](\\.[0-9]+)?)?", command: ["perl"]},
  "eclipse-temurin": {tags: "latest|(8|11|17|21|25)", command: ["jshell"]},
  "polinux/stress": {tags: "latest|1\\.0\\.4", command: ["stress", "--verbose"]}
};

# Programs that serve until they are stopped: the memory they need (MiB) and what they print.
def servers: {
  "nginx": {memory: 8, prints: ["/docker-entrypoint.sh: Configuration complete; ready for start up",
    "{time} [notice] 1#1: using the \"epoll\" event method", "{time} [notice] 1#1: start worker processes"]},
  "httpd-foreground": {memory: 10, prints: [
    "[{time}] [mpm_event:notice] [pid 1:tid 1] AH00489: Apache/2.4 (Unix) configured -- resuming normal operations"]},
  "redis-server": {memory: 8, prints: ["1:C {time} * oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo",
    "1:M {time} * Ready to accept connections tcp"]},
  "memcached": {memory: 6, prints: []},
  "postgres": {memory: 40, prints: ["{time} UTC [1] LOG:  listening on IPv4 address \"0.0.0.0\", port 5432",
    "{time} UTC [1] LOG:  database system is ready to accept connections"]},
  "mysqld": {memory: 300, prints: ["{time} 0 [System] [MY-010931] [Server] /usr/sbin/mysqld: ready for connections. port: 3306"]},
  "rabbitmq-server": {memory: 100, prints: ["{time} [info] <0.9.0> Server startup complete; 0 plugins started."]},
  "httpd": {memory: 1, prints: []}
};

# Interpreters, whose programs we cannot read: in a Job they finish, elsewhere they serve.
def interpreters: {"java": 40, "jshell": 40, "python": 12, "python3": 12, "node": 40, "npm": 60, "perl": 6};

# Programs that end when they are asked to (SIGTERM), with this exit code. Whatever else is a container's first process has to be killed
# in the end, as the kernel spares the first process what it does not handle.
def polite: (servers | map_values(0)) + {"java": 143, "jshell": 143};

def shells: ["sh", "ash", "bash", "dash"];

def quiet_programs: ["cd", "chmod", "chown", "cp", "date", "env", "hostname", "id", "kill", "ln", "ls", "mkdir", "mv", "ps",
  "set", "sync", "ulimit", "umask", "unset"];

def network_programs: ["curl", "nc", "nslookup", "ping", "pg_isready", "redis-cli", "wget"];

def other_programs: ["cat", "echo", "false", "head", "printf", "rm", "sleep", "stress", "tail", "test", "touch", "trap", "true",
  "wait", "["];

# The name of a program without the folders in which programs are: "/usr/bin/sleep" is "sleep", "/app/server" stays.
def program_name: sub("^/(usr/(local/)?)?s?bin/"; "");

def program_exists:
  program_name as $p
  | servers[$p] != null or interpreters[$p] != null
    or ([shells, quiet_programs, network_programs, other_programs] | flatten | index($p)) != null;

# An image's name as the container runtime spells it.
def full_name:
  (if test(":[^/]*$|@") then . else . + ":latest" end)
  | split("/") as $parts
  | if ($parts | length) == 1 then "docker.io/library/" + .
    elif $parts[0] | test("[.:]|^localhost$") then .
    else "docker.io/" + . end;

def image_parts:
  full_name | capture("^(?<registry>[^/]+)/(library/)?(?<name>[^:@]+)(:(?<tag>[^@]+))?");

def image:   # what is known of it, or null
  image_parts as $i
  | images[$i.name]
  | select(. != null and $i.registry == "docker.io")
  | select(.tags as $tags | $i.tag // "latest"
      | test("^(" + $tags + ")(-(alpine|bookworm|bullseye|glibc|jdk|jre|management|musl|perl|slim|trixie)[0-9.]*)*$"));

def image_exists: [image] != [];

def pull_error:
  full_name as $ref | image_parts as $i
  | "failed to pull and unpack image \"\($ref)\": failed to resolve reference \"\($ref)\": " as $failed
  | "/v2/\($i.name)/manifests/\($i.tag)" as $manifest
  | if $i.registry | test("^(127\\.|localhost)") then
      "\($failed)failed to do request: Head \"http://\($i.registry)\($manifest)\": dial tcp \($i.registry): connect: connection refused"
    elif $i.registry != "docker.io" then
      "\($failed)failed to do request: Head \"https://\($i.registry)\($manifest)\": dial tcp: lookup \($i.registry) on 10.0.0.2:53: no such host"
    elif images[$i.name] then
      "rpc error: code = NotFound desc = \($failed)\($ref): not found"
    else
      "\($failed)pull access denied, repository does not exist or may require authorization: "
      + "server message: insufficient_scope: authorization failed"
    end;

# What is wrong with an image's name, or null.
def name_error:
  (if test("^[^/]*[.:][^/]*/") then sub("^[^/]*/"; "") else . end | sub("(:[^:/]*)?(@.*)?$"; "")) as $repository
  | if $repository | test("[A-Z]") then
      (if $repository | test("/") then $repository else "library/\($repository)" end) as $named
      | "Failed to apply default image tag \"\(.)\": couldn't parse image name \"\(.)\": invalid reference format: "
        + "repository name (\($named)) must be lowercase"
    elif $repository | test("^[a-z0-9]+([._/-]+[a-z0-9]+)*$") then null
    else "Failed to apply default image tag \"\(.)\": couldn't parse image name \"\(.)\": invalid reference format" end;

# "100M", "1.5Gi", "64Mi" as MiB. To a program M is 2^20, to Kubernetes 10^6.
def mebibytes($units): tostring | capture("^(?<n>[0-9.]+)(?<u>[A-Za-z]*)$") | (.n | tonumber) * $units[.u] / 1048576;
def program_size: mebibytes({"": 1, k: 1024, K: 1024, m: 1048576, M: 1048576, g: 1073741824, G: 1073741824});
def quantity: mebibytes({"": 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12, Ki: 1024, Mi: 1048576, Gi: 1073741824, Ti: 1099511627776});

# The value of an option among a program's words: the last match's first group, or null.
def option($words; $pattern): [$words | join(" ") | scan($pattern) | .[0]] | last;

# The memory (MiB) that a program with these words takes; the input is the shell's state, for the JVM's variables.
def memory_needed($words):
  .variables as $v
  | ($words[0] | program_name) as $p | ($words | join(" ")) as $text
  | option($words; "--vm-bytes[ =]([0-9]+[A-Za-z]?)") as $vm_bytes
  | if $p == "stress" and $vm_bytes then
      ($vm_bytes | program_size) * (option($words; "(?:--vm|-m)[ =]([0-9]+)") // "1" | tonumber)
    elif $p == "java" then   # its heap, and a quarter more for all the rest
      (option([$text, $v.JAVA_TOOL_OPTIONS, $v.JAVA_OPTS | strings]; "-Xmx([0-9]+[A-Za-z]?)") // "32M" | program_size) * 1.25
    elif $text | test("^(tail|cat) .*/dev/zero") then 1e6
    elif $text | test("^head -c *[0-9]+[A-Za-z]? /dev/zero") then option($words; "-c *([0-9]+[A-Za-z]?)") | program_size
    else servers[$p].memory // interpreters[$p] // 1 end;
