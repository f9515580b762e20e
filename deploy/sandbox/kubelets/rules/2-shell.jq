# --- A shell: just enough of sh to know what a script prints, how long it takes and how it ends -----------------------------
#
# State: variables, open (more variables come from an envFrom we cannot read), limit (MiB), job; files (those the script made);
# t (seconds since the start), out ([{t, line}]), status (of the last command), over, code (exit code; null = runs forever), oom;
# asked (exit code on SIGTERM; null: does not react), strict (set -e), words (of the command being read), joint (the separator before
# it), frames (what is around it).

def variable($name): .variables[$name] // (if .open then "set" else null end);

def expand($state):
  gsub("\\$\\{(?<a>[A-Za-z_][A-Za-z0-9_]*)(?<op>:?[-+?=])?(?<word>[^}]*)\\}|\\$(?<b>[A-Za-z_][A-Za-z0-9_]*|\\?)";
    .word as $word | (.op // "") as $op | (.a // .b) as $name
    | (if $name == "?" then "\($state.status)" else $state | variable($name) // "" end) as $value
    | if $op | endswith("+") then (if $value == "" then "" else $word end)
      elif $value == "" and ($op | test("[-=]$")) then $word
      else $value end);

# A word with its quotes removed and its variables put in.
def word($state):
  [scan("'[^']*'|\"(?:\\\\.|[^\"\\\\])*\"|\\\\.|[^'\"\\\\]+")]
  | map(if startswith("'") then .[1:-1] elif startswith("\"") then .[1:-1] | expand($state)
        elif startswith("\\") then .[1:] else expand($state) end)
  | join("");

# The first ${NAME:?why} of a command whose variable is not there: what the shell says before it gives up.
def demanded($state):
  [scan("\\$\\{([A-Za-z_][A-Za-z0-9_]*):?\\?([^}]*)\\}") | select(.[0] as $name | ($state | variable($name) // "") == "")]
  | first | values | "sh: \(.[0]): \(if .[1] == "" then "parameter not set" else .[1] end)";

# The words and separators of a script, without comments and redirections.
def tokens:
  [scan("#[^\n]*|[0-9]*(?:>>|>|<)&?[ \t]*[^\\s;&|()]+|&&|\\|\\||;;|[;\n&|()]"
    + "|(?:'[^']*'|\"(?:\\\\.|[^\"\\\\])*\"|\\$\\{[^}]*\\}|\\$\\([^)]*\\)|\\\\.|[^\\s;&|()<>'\"\\\\])+")]
  | map(select(test("^(#|[0-9]*[<>])") | not)) + ["\n"];

def duration: capture("^(?<n>[0-9.]+)(?<u>[smhd]?)$") | (.n | tonumber) * {"": 1, s: 1, m: 60, h: 3600, d: 86400}[.u];

def print($text): .t as $t | .out += [$text | split("\n")[] | {t: $t, line: .}];
def over($code): .over = true | .code = $code;
def status($n): .status = $n;
def truth(condition): status(if condition then 0 else 1 end);

def check($words):   # what test and [ ask
  if $words[0] == "!" then check($words[1:]) | not
  elif ($words | length) == 1 then $words[0] != ""
  elif $words[0] == "-n" then ($words[1] // "") != ""
  elif $words[0] == "-z" then ($words[1] // "") == ""
  elif $words[0] | test("^-[defrswx]$") then .files | index($words[1]) != null
  elif $words[1] | IN("=", "==", "-eq") then $words[0] == $words[2]
  elif $words[1] | IN("!=", "-ne") then $words[0] != $words[2]
  else false end;

def runs_now:
  all(.frames[]; .live)
  and (if .joint == "&&" then .status == 0 elif .joint == "||" then .status != 0 else true end);

def script($text):
  # A shell within: it ends and the outer one goes on, unless it never ends or memory runs out.
  def shell($text; $strict):
    . as $outer
    | .frames = [] | .words = [] | .joint = ";" | .strict = $strict | script($text)
    | if .over and (.code == null or .oom) then . else .status = (.code // .status) | .over = false | .code = null end
    | . + ($outer | {frames, words, joint, strict});

  def program($words):
    ($words[0] | program_name) as $p | $words[1:] as $args
    | (option($args; "(?:--vm|-m)[ =]([0-9]+)") // "0") as $vm
    | (if $p == "stress" then print("stress: info: [1] dispatching hogs: 0 cpu, 0 io, \($vm) vm, 0 hdd") else . end)
    | if memory_needed($words) > .limit then
        .t += 1 | .oom = true
        | (if $p == "stress" then print("stress: FAIL: [1] (415) <-- worker 7 got signal 9") else . end)
        | over(137)
      elif $p | IN(shells[]) then
        ([$args[] | test("^-[a-z]*c$")] | index(true)) as $c
        | if $c then shell($args[$c + 1] // ""; any($args[:$c + 1][]; test("^-[a-z]*e")))
          elif ($args[0] // "-" | startswith("-")) then status(0)   # without a terminal its input is at its end
          else print("sh: can't open '\($args[0])': No such file or directory") | status(2) end
      elif $p == "exit" then over(($args[0] // .status | tonumber? // 2) % 256)
      elif $p == "exec" then program($args) | if .over then . else over(.status) end
      elif $p == "break" then ([.frames | to_entries[] | select(.value.loop) | .key] | last) as $i | .frames[$i:][].live = false
      elif $p == "export" then
        reduce ($args[] | select(test("="))) as $a (.; .variables += {($a | split("=")[0]): ($a | sub("^[^=]*="; ""))})
      elif $p | IN("echo", "printf") then print($args | map(select(test("^-[ne]+$") | not)) | join(" ") | rtrimstr("\\n")) | status(0)
      elif $p == "set" then (if any($args[]; test("^-[a-z]*e")) then .strict = true else . end) | status(0)
      elif $p | IN("true", ":") then status(0)
      elif $p == "trap" then
        (if any($args[1:][]; test("^((SIG)?TERM|15)$")) then .asked = ([$args[0] | scan("exit *([0-9]*)") | .[0]] | first // null) else . end)
        | .asked |= (if . == "" then 0 elif type == "string" then tonumber else . end)
        | status(0)
      elif $p == "false" then status(1)
      elif $p == "test" then truth(check($args))
      elif $p | IN("[", "[[") then truth(check($args[:-1]))
      elif $p == "sleep" and ($args | index("infinity")) then over(null)
      elif $p == "sleep" then .t += ([$args[] | duration] | add // 0) | status(0)
      elif $p == "touch" then .files += $args | status(0)
      elif $p == "rm" then .files -= $args | status(0)
      elif $p == "cat" then
        ($args - .files) as $missing
        | reduce $missing[] as $f (.; print("cat: can't open '\($f)': No such file or directory")) | truth($missing == [])
      elif $p == "tail" and ($args | any(test("^-[0-9]*[fF]"))) or $p == "wait" then over(null)
      elif $p == "stress" then
        option($args; "(?:--timeout|-t)[ =]([0-9]+[smhd]?)") as $timeout
        | if $timeout then .t += ($timeout | duration) | print("stress: info: [1] successful run completed in \($timeout)") | status(0)
          else over(null) end
      elif $p | IN(network_programs[]) then
        print("\($p): bad address '\([$args[] | select(startswith("-") | not)] | first // "")'") | status(1)
      elif servers[$p] then .asked = polite[$p] | reduce servers[$p].prints[] as $line (.; print($line)) | over(null)
      elif interpreters[$p] then
        .asked = polite[$p]
        | option($args; "exit\\(([0-9]+)\\)") as $code
        | reduce ($args[] | scan("(?:print|console\\.log|console\\.error)\\([\"']([^\"']*)[\"']\\)") | .[0]) as $line (.; print($line))
        | if $code then status($code | tonumber) elif .job then .t += 2 | status(0) else over(null) end
      elif $p | IN(quiet_programs[], "head") then status(0)
      else print("sh: \($words[0]): not found") | status(127) end;

  def command($next):   # the words gathered so far, if it is their turn; $next is the separator behind them
    .words as $raw | .words = []
    | if $raw == [] or (runs_now | not) then .
      else . as $state
        | ([$raw | join(" ") | demanded($state)] | first) as $complaint
        | ($raw | map(word($state))) as $words
        | ([$words[] | test("^[A-Za-z_][A-Za-z0-9_]*=") | not] | index(true)) as $first
        | if $complaint then print($complaint) | over(2)
          elif $first == null then program(["export"] + $words)
          elif $words[$first] == "!" then program($words[$first + 1:]) | truth(.status != 0)
          else
            program($words[$first:])
            | if .strict and .status != 0 and (.over or ($next | IN("&&", "||")) or any(.frames[]; .asks) | not) then over(.status)
              else . end
          end
      end;

  # if, while and groups are frames: a command runs when all frames around it are live. `may`: the frame's own turn came; `asks`:
  # its condition is being run; `taken`: one of its branches has been.
  def open($extra): .frames += [{live: runs_now, may: runs_now} + $extra] | .joint = ";";
  def reserved($token):
    if $token | IN("{", "(") then open({})
    elif $token == "if" then open({asks: true, taken: false})
    elif $token | IN("while", "until") then open({asks: true, loop: true, until: ($token == "until")})
    elif $token == "for" then open({loop: true, once: true}) | .frames[-1].live = false   # its list is not run
    elif $token == "then" then
      (.frames[-1] | .may and (.taken | not)) as $open | ($open and .status == 0) as $now
      | .frames[-1] |= (.live = $now | .taken = (.taken or $now) | .asks = false) | .joint = ";"
    elif $token | IN("elif", "else") then
      .frames[-1] |= (.live = (.may and (.taken | not)) | .asks = ($token == "elif")) | .joint = ";"
    elif $token == "do" then
      .status as $status
      | .frames[-1] |= (.live = (.may and (.once or (($status == 0) != .until))) | .asks = false) | .joint = ";"
    elif $token == "done" and .frames[-1].live and (.frames[-1].once | not) then over(null)
    else (if $token == "fi" and .frames[-1].may and (.frames[-1].taken | not) then status(0) else . end)
      | .frames |= .[:-1] | .joint = ";" end;

  reduce ($text | gsub("\\\\\n"; " ") | tokens[]) as $token (.;
    if .over or ($token == "\n" and .words == []) then .
    elif $token == "&" then .words = [] | .joint = ";"   # what runs in the background is nobody's business here
    elif $token | IN(";", "\n", "|", "&&", "||", ";;") then command($token) | .joint = $token
    elif $token | IN("(", ")") then command($token) | if .over then . else reserved($token) end
    elif .words == [] and ($token | IN("{", "}", "if", "then", "elif", "else", "fi", "while", "until", "for", "do", "done")) then
      reserved($token)
    else .words += [$token] end);
