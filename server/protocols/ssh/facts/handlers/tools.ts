import { hasFlag, parseArguments, valuesOf } from "../arguments.ts";
import { noteInterpreter, noteMark, noteNetwork, noteOpaque, notePath } from "../findings.ts";
import { flowWith, unknownFlow } from "../flow.ts";
import type { Operand } from "../operand.ts";
import { hostOf } from "../paths.ts";
import { useOperand, wrapped } from "../program.ts";
import { takes } from "../programs/program.ts";
import { composeCommands } from "../programs/tools.ts";
import type { Call, Handler, Runner } from "../runner.ts";

const gitShows =
  /^(status|log|diff|show|blame|grep|shortlog|describe|rev-parse|rev-list|ls-files|ls-tree|cat-file|reflog|whatchanged|name-rev|merge-base|for-each-ref|show-ref|show-branch|count-objects|fsck|check-ignore|var|version|help|cherry|range-diff|verify-commit|verify-tag|diff-tree|diff-index|diff-files|archive)$/;
/** Settings whose value git runs. */
const gitRuns =
  /^(core\.(pager|editor|sshcommand|fsmonitor|askpass|gitproxy|hookspath|alternaterefscommand)|pager\..*|sequence\.editor|diff\..*\.(command|textconv)|diff\.external|merge\..*\.driver|filter\..*|credential(\..*)?\.helper|gpg(\..*)?\.program|(diff|merge)tool\..*\.cmd|browser\..*\.cmd|man\..*\.cmd|uploadpack\.packobjectshook|alias\..*|protocol\.ext\.allow|include(if\..*)?\.path|interactive\.difffilter|remote\..*\.(proxy|uploadpack|receivepack|vcs)|init\.templatedir|submodule\..*\.update)$/i;

/** git: what shows, what changes, what goes over the network, and settings by which it runs something else. */
const git: Handler = (call, runner) => {
  const { name, args, input } = call;
  const { findings } = runner;
  const parsed = parseArguments(
    args,
    takes("-C=directory -c --git-dir --work-tree --namespace --exec-path --config-env --super-prefix"),
    { stop: true },
  );
  for (const setting of valuesOf(parsed, "-c")) noteGitSetting(setting, call, runner);
  if (hasFlag(parsed, "--config-env")) noteOpaque(findings, "git takes settings out of the environment");
  for (const { option } of parsed.values) if (option === "--exec-path") findings.effects.add("path");
  // Its pager is the other user's then, and nothing tells it to take no commands.
  if (
    ["sudo", "doas", "su", "runuser", "pkexec", "gosu"].some((each) => findings.wrappers.has(each)) &&
    !hasFlag(parsed, "-P", "--no-pager")
  )
    noteInterpreter(findings, name);
  const [command, ...rest] = parsed.operands;
  if (command === undefined) return unknownFlow;
  const { text } = command;
  const words = rest.map((each) => each.text);
  const operands = words.filter((word) => !word.startsWith("-"));
  for (const word of rest) {
    const [, program] =
      /^--(?:upload-pack|receive-pack|exec|extcmd|ext-diff|open-files-in-pager)=(.*)$/s.exec(word.text) ??
      (text === "grep" ? /^(?:-\w*O|--open-files-in-pager$)(.*)$/s.exec(word.text) : null) ??
      [];
    if (program === "") noteInterpreter(findings, name);
    else if (program !== undefined) runner.text({ ...word, text: program }, call.scope, { by: name });
    if (/^ext::/.test(word.text))
      runner.text({ ...word, text: word.text.slice(5) }, call.scope, { by: name });
    const [, output] = /^--output=(.*)$/s.exec(word.text) ?? [];
    if (output !== undefined) notePath(findings, "change", { ...word, text: output }, name);
  }
  if (command.dynamic) noteOpaque(findings, "what git does is named by an expansion");
  else if (/^(clone|pull|fetch|ls-remote|remote|submodule|push|send-email)$/.test(text)) {
    const url = operands.find((word) => /:|\/\//.test(word)) ?? "";
    if (text === "remote" && /^(|-v|show|get-url)$/.test(words[0] ?? "")) return unknownFlow;
    if (text !== "remote")
      noteNetwork(findings, text === "push" || text === "send-email" ? "upload" : "download", hostOf(url));
    if (text !== "ls-remote") findings.writes = true;
    if (text === "push" && words.some((word) => /^(-f|--force.*|--mirror|--delete|-d|\+.*|:.+)$/.test(word)))
      findings.effects.add("history-rewrite");
  } else if (text === "config") {
    if (!words.some((word) => /^(-l|--list|--get.*|list|get)$/.test(word)) && operands.length > 1) {
      findings.writes = true;
      noteGitSetting({ ...command, text: `${operands.at(-2) ?? ""}=${operands.at(-1) ?? ""}` }, call, runner);
    } else if (words.some((word) => /^(-e|--edit|edit)$/.test(word))) noteInterpreter(findings, name);
  } else if (text === "credential" || text === "credential-store") findings.secrets.add("token");
  else if (/^(branch|tag|stash|worktree|notes|bisect)$/.test(text)) {
    const shows =
      /^(list|show)$/.test(operands[0] ?? "") ||
      (operands.length === 0 &&
        !(text === "stash" && words.length === 0) &&
        !words.some((word) => /^-[dDmMcC]/.test(word)));
    if (!shows) findings.writes = true;
    if (text === "bisect" && operands[0] === "run") runner.program(rest.slice(1), call.scope, input);
  } else if (text === "filter-branch" || text === "filter-repo") {
    noteOpaque(findings, "git runs commands over its history");
  } else if (text === "rebase" || text === "submodule") {
    const parsedRest = parseArguments(rest, takes("-x=shell --exec=shell --onto -s -X"));
    for (const each of valuesOf(parsedRest, "-x", "--exec")) runner.text(each, call.scope, { by: name });
    findings.writes = true;
  } else if (
    text === "clean" ||
    (text === "reset" && words.includes("--hard")) ||
    (text === "checkout" && words.some((word) => /^(-f|--force|\.)$/.test(word)))
  ) {
    findings.writes = true;
    if (text !== "clean" || words.some((word) => /^-\w*f|^--force/.test(word))) {
      findings.actions.add("shell.delete");
      findings.effects.add("discard");
    }
  } else if (!gitShows.test(text)) {
    findings.writes = true;
    if (!gitKnown.test(text)) noteOpaque(findings, `git ${text} may be an alias, or a program of its own`);
  }
  return flowWith(input);
};

const gitKnown =
  /^(add|commit|checkout|switch|restore|merge|rebase|reset|cherry-pick|revert|rm|mv|init|apply|am|gc|prune|repack|update-index|update-ref|symbolic-ref|maintenance|format-patch|hash-object|write-tree|read-tree|commit-tree|sparse-checkout|lfs|bundle|pack-refs|replace|rerere|mergetool|difftool|citool|gui|instaweb|daemon|svn|p4|request-pull|fast-import|fast-export)$/;

function noteGitSetting(setting: Operand, { name, scope }: Call, runner: Runner): void {
  const [, key = "", value = ""] = /^([^=]*)=?(.*)$/s.exec(setting.text) ?? [];
  if (setting.dynamic) noteOpaque(runner.findings, "git takes a setting that is an expansion");
  if (!gitRuns.test(key) || /^(|true|false|cat|less( -\w+)*|vim?|nano|store|cache|always|user)$/.test(value))
    return;
  runner.findings.effects.add("starter");
  if (/^alias\./.test(key) && !value.startsWith("!")) return;
  runner.text({ ...setting, text: value.replace(/^!/, "") }, scope, { by: name });
}

const containerShows =
  /^(ps|images|logs|inspect|top|stats|port|version|info|events|history|diff|search|ls|list|context|pods|status)$/;
const containerOptions = takes(
  "-e -u -w -v -p -h -l -m -c --env --user --workdir --env-file=read --detach-keys --name --network --volume --mount --publish --entrypoint --memory --cpus --label --restart --hostname --add-host --cap-add --cap-drop --device --security-opt --pid --ipc --ulimit --platform --pull --log-driver --log-opt --gpus --shm-size --dns --runtime --net --tmpfs --volumes-from --group-add --userns --cgroup-parent --index",
);

/** docker and its like: `exec` and `run` are wrappers; a mount of the host, or its privileges, is the host. */
const container: Handler = (call, runner) => {
  const { name, args } = call;
  const { findings } = runner;
  const top = parseArguments(
    args,
    takes("-H --host --context -l --log-level --config -c --tlscacert --project"),
    { stop: true },
  );
  let [command, ...rest] = top.operands;
  if (/^(container|image|compose|shell)$/.test(command?.text ?? "") && rest.length > 0) {
    if (command?.text === "compose") {
      findings.programs.add("docker-compose");
      return runner.generic({
        ...call,
        args: rest,
        program: {
          options: takes(
            "-f=read -p --file=read --env-file=read --profile --project-name --project-directory",
          ),
          subcommands: composeCommands,
        },
      });
    }
    [command, ...rest] = rest;
  }
  if (command === undefined) return unknownFlow;
  const parsed = parseArguments(rest, containerOptions, { stop: true });
  const words = rest.map(({ text }) => text);
  if (command.text === "exec" || command.text === "shell" || name === "lxc-attach") {
    noteMark(findings, { effects: ["container"] }, name);
    return wrapped(
      { ...call, program: { wrapper: { skip: 1, alone: { interpreter: true } } } },
      runner,
      parsed.operands,
    );
  }
  if (command.text === "run" || command.text === "create") {
    noteMark(findings, { effects: ["container"], writes: true }, name);
    const escapes =
      words.some((word) =>
        /^--(privileged|pid=host|net(work)?=host|ipc=host|userns=host|cap-add.*|device.*)$/.test(word),
      ) ||
      [...valuesOf(parsed, "-v", "--volume", "--mount")].some(({ text }) =>
        /^\/(:|etc|root|home|var\/run|proc|sys|dev|$)|source=\/(,|etc|root|var\/run)|docker\.sock/.test(text),
      );
    if (escapes) noteMark(findings, { effects: ["container-escape"], privilege: true }, name);
    for (const entry of valuesOf(parsed, "--entrypoint"))
      findings.programs.add(entry.text.split("/").at(-1) ?? "");
    if (parsed.operands.length > 1)
      return wrapped({ ...call, program: { wrapper: { skip: 1 } } }, runner, parsed.operands);
    if (hasFlag(parsed, "-i", "--interactive")) noteInterpreter(findings, name);
    return unknownFlow;
  }
  if (command.text === "cp") {
    findings.writes = true;
    for (const each of parsed.operands)
      if (!/^[\w.-]+:/.test(each.text) && each.text !== "-")
        notePath(findings, each === parsed.operands.at(-1) ? "change" : "copy", each, name, {
          recursive: true,
        });
    return unknownFlow;
  }
  if (command.text === "login") findings.secrets.add("token");
  if (/^(pull|push)$/.test(command.text))
    noteNetwork(findings, command.text === "pull" ? "download" : "upload", "");
  if (/^(attach)$/.test(command.text)) noteInterpreter(findings, name);
  const verb =
    /^(volume|network|system|node|service|stack|swarm|plugin|builder|buildx|secret|config|context|manifest|trust)$/.test(
      command.text,
    )
      ? (words[0] ?? "ls")
      : command.text;
  if (!(containerShows.test(verb) || verb === "df"))
    noteMark(findings, { effects: ["container"], writes: true }, name);
  return unknownFlow;
};

const kubeShows =
  /^(get|describe|logs|top|explain|api-resources|api-versions|version|cluster-info|diff|events|wait|options|completion|whoami|status|projects|project)$/;

/** kubectl: options may stand before the verb, and `--` before a program in a pod. */
const kubectl: Handler = (call, runner) => {
  const { name, args, scope, input } = call;
  const { findings } = runner;
  const cut = args.findIndex(({ text }) => text === "--");
  const own = cut < 0 ? args : args.slice(0, cut);
  const parsed = runner.parse({ ...call, args: own });
  const [verb, ...operands] = parsed.operands;
  const words = operands.map(({ text }) => text);
  for (const file of valuesOf(parsed, "-f", "--filename"))
    if (!/^https?:/.test(file.text)) useOperand("read", file, call, runner);
  for (const file of valuesOf(parsed, "--kubeconfig")) notePath(findings, "list", file, name);
  if (verb === undefined) return unknownFlow;
  if (verb.dynamic) noteOpaque(findings, `what ${name} does is named by an expansion`);
  const secrets = words.some((word) =>
    /^secrets?([./].*)?$/i.test(word.split(",").find((each) => /^secret/i.test(each)) ?? ""),
  );
  if (kubeShows.test(verb.text) && secrets && hasFlag(parsed, "-o", "--output", "--template"))
    findings.secrets.add("token");
  if (verb.text === "get" && own.some(({ text }) => text.startsWith("--raw"))) findings.secrets.add("token");
  switch (verb.text) {
    case "exec":
    case "debug":
    case "run": {
      noteMark(findings, { effects: ["container"], writes: true }, name);
      findings.wrappers.add(name);
      const inner = cut >= 0 ? args.slice(cut + 1) : verb.text === "exec" ? operands.slice(1) : [];
      if (inner.length > 0) return runner.program(inner, scope, input);
      if (hasFlag(parsed, "-i", "-t", "--stdin", "--tty")) noteInterpreter(findings, name);
      return unknownFlow;
    }
    case "attach":
    case "edit":
      noteMark(
        findings,
        { interpreter: true, ...(verb.text === "edit" ? { effects: ["orchestration"] } : {}) },
        name,
      );
      return unknownFlow;
    case "port-forward":
    case "proxy":
      noteMark(findings, { effects: ["tunnel"], network: "listen" }, name);
      return unknownFlow;
    case "cp":
      findings.writes = true;
      for (const each of operands)
        if (!each.text.includes(":"))
          notePath(findings, each === operands.at(-1) ? "change" : "copy", each, name, { recursive: true });
      return unknownFlow;
    case "config":
      if (/^(view|get-contexts|current-context|get-clusters|get-users)$/.test(words[0] ?? "")) {
        if (hasFlag(parsed, "--raw")) findings.secrets.add("cloud-credentials");
      } else findings.writes = true;
      return unknownFlow;
    case "create":
      if (words[0] === "token") findings.secrets.add("token");
      break;
    case "auth":
    case "rollout":
      if (/^(can-i|whoami|status|history)$/.test(words[0] ?? "")) return unknownFlow;
      break;
    default:
  }
  if (!kubeShows.test(verb.text)) noteMark(findings, { effects: ["orchestration"], writes: true }, name);
  if (verb.text === "delete") findings.actions.add("shell.delete");
  return unknownFlow;
};

/** Command lines of clouds: verbs that show, and those that hand out credentials. */
const cloud: Handler = (call, runner) => {
  const { name, args, scope } = call;
  const { findings } = runner;
  const words = args.map(({ text }) => text);
  const line = words.join(" ");
  noteNetwork(findings, "connect", "");
  if (
    /get-access-token|print-access-token|print-identity-token|get-session-token|assume-role|get-login-password|get-secret-value|get-parameters?\b.*--with-decryption|list-keys|keys list|connection-string|show-connection-string|get-credentials|secret show|secret download|secrets versions access|create-for-rbac|credential|create-access-key|ecr get-login|export-credentials|generate-sas|kv get|read secret|update-kubeconfig|\bread\b.*--reveal/.test(
      line,
    )
  )
    findings.secrets.add("cloud-credentials");
  if (name === "pass" || name === "op" || name === "bw" || name === "vault") findings.secrets.add("token");
  if (
    /run-command|ssm (send-command|start-session)|compute ssh|ecs execute-command|container exec|vm extension/.test(
      line,
    )
  ) {
    findings.effects.add("remote-run");
    const at = words.findIndex((word) => /^--(scripts|command|exec-command|commands)$/.test(word));
    const text = args[at + 1];
    if (at >= 0 && text !== undefined) runner.text(text, scope, { by: name });
    else noteOpaque(findings, `${name} runs something on another host`);
  }
  const verbs = words.filter((word) => /^[a-z][a-z0-9-]*$/.test(word));
  const shows =
    verbs.some((word) =>
      /^(list.*|show|describe.*|get.*|ls|status|version|find|read|info|help|account|tail|logs|search|check|query|whoami|print-.*)$/.test(
        word,
      ),
    ) &&
    !verbs.some((word) =>
      /^(create.*|delete.*|update.*|set.*|put.*|rm|cp|mv|sync|start|stop|restart|run.*|remove.*|add|attach.*|detach.*|terminate.*|modify.*|deploy.*|invoke|apply|login|logout|import|upload.*|purge|reset.*|revoke.*|authorize.*|reboot.*|deallocate|scale|swap|assign|grant.*|write|edit|move|rotate|disable|enable|send.*|assume-role|execute-command)$/.test(
        word,
      ),
    );
  if (!shows) noteMark(findings, { effects: ["cloud"], writes: true }, name);
  if (/\bs3 (cp|sync|mv)\b|storage (blob|file) upload|storage cp/.test(line))
    noteNetwork(findings, "upload", "");
  return unknownFlow;
};

/** Package managers by flags. */
const packageFlags: Handler = (call, runner) => {
  const { name, args } = call;
  const { findings } = runner;
  const [first = ""] = args.map(({ text }) => text);
  const changes = {
    pacman: /^-(S(?!s|i)|R|U|D)|^--(sync|remove|upgrade)/,
    dpkg: /^-(i|r|P|A)|^--(install|remove|purge|configure|unpack|force-.*|set-selections|add-architecture|clear-.*)/,
    rpm: /^-(i|U|F|e|E|D)|^--(install|upgrade|erase|import|eval|define|initdb|rebuilddb|setperms)/,
  }[name];
  if (args.some(({ text }) => changes?.test(text) === true) && !/^-q/.test(first)) {
    noteMark(findings, { system: true, effects: ["package"] }, name);
    for (const each of args)
      if (/\.(deb|rpm|pkg\.tar\.\w+)$/.test(each.text)) useOperand("read", each, call, runner);
    for (const { option, value } of parseArguments(args, takes("--pre-invoke --post-invoke")).values)
      if (/^--(pre|post)-invoke$/.test(option)) runner.text(value, call.scope, { by: name });
    if (args.some(({ text }) => /^--eval|^--define|^-[ED]/.test(text)))
      noteOpaque(findings, `${name} runs a hook`);
  }
  return unknownFlow;
};

const gpg: Handler = ({ name, args, input }, { findings }) => {
  const words = args.map(({ text }) => text);
  if (words.some((word) => /^--export-secret|^--export-ssh/.test(word))) findings.secrets.add("private-key");
  const out = words.findIndex((word) => word === "-o" || word === "--output");
  const file = args[out + 1];
  if (out >= 0 && file !== undefined) notePath(findings, "change", file, name);
  const decodes = words.some((word) => /^(-d|--decrypt)$/.test(word));
  if (
    words.some((word) =>
      /^--(import|delete.*|gen.*|full-gen.*|edit-key|sign.*|recv-keys?|refresh-keys|quick.*)$|^-[secb]$/.test(
        word,
      ),
    )
  )
    findings.writes = true;
  return flowWith(input, ...(decodes ? (["decode"] as const) : []));
};

const openssl: Handler = (call, runner) => {
  const { args, input } = call;
  const { findings } = runner;
  const [command, ...rest] = args;
  const parsed = parseArguments(
    rest,
    takes(
      "-in -out -key -inkey -keyout -passin -passout -pass -connect -servername -CAfile -CApath -days -subj -config -engine -provider -host -port -signkey -cert -k -kfile -K -iv",
    ),
    { dashLong: true },
  );
  for (const file of valuesOf(parsed, "-in", "-key", "-inkey", "-kfile"))
    useOperand("read", file, call, runner);
  for (const file of valuesOf(parsed, "-out", "-keyout")) useOperand("change", file, call, runner);
  if (command === undefined) noteInterpreter(findings, "openssl");
  if (hasFlag(parsed, "-sess_out", "-keylogfile", "-writerand", "-msgfile")) findings.writes = true;
  if (
    command?.text === "engine" ||
    hasFlag(parsed, "-engine", "-provider", "-provider-path", "-pre", "-post")
  )
    noteOpaque(findings, "openssl loads code that its options name");
  const [host] = valuesOf(parsed, "-connect", "-host");
  if (/^s_(client|server|time)$/.test(command?.text ?? "")) {
    noteNetwork(
      findings,
      command?.text === "s_server"
        ? "listen"
        : input === undefined || input.text === "" || input.text === "\n" || input.text === "Q\n"
          ? "connect"
          : "upload",
      host === undefined ? "" : hostOf(host.text),
    );
    return flowWith(input, "download");
  }
  const decodes = hasFlag(parsed, "-d") || command?.text === "base64";
  return flowWith(input, ...(decodes ? (["decode"] as const) : []));
};

/** Clients of databases: what they are told is judged by no one here; alone they wait for more, shell escapes too. */
const database: Handler = (call, runner) => {
  const { name, args, input } = call;
  const { findings } = runner;
  const parsed = parseArguments(
    args,
    takes(
      "-c -e -f -h -d -U -p -P -u -D -o -n -t -i -S -H --command --execute --file --host --port --user --dbname --output --eval -x -L",
    ),
  );
  const words = args.map(({ text }) => text);
  if (words.some((word) => /^--?(version|help|V)$/.test(word))) return unknownFlow;
  for (const host of valuesOf(parsed, "-h", "--host"))
    noteNetwork(findings, "connect", host.dynamic ? "" : hostOf(host.text));
  for (const operand of parsed.operands)
    if (/^\w+:\/\//.test(operand.text)) noteNetwork(findings, "connect", hostOf(operand.text));
  if (/dump/.test(name)) {
    for (const file of valuesOf(parsed, "-f", "--file", "-r", "--result-file"))
      useOperand("change", file, call, runner);
    return flowWith(input);
  }
  for (const file of valuesOf(parsed, "-o", "--output")) useOperand("change", file, call, runner);
  for (const file of valuesOf(parsed, "-f", "--file", "-i")) useOperand("read", file, call, runner);
  findings.writes = true;
  const statements = [
    ...valuesOf(parsed, "-c", "-e", "--command", "--execute", "--eval", "-x"),
    ...(/^(sqlite3|redis-cli)$/.test(name) ? parsed.operands.slice(name === "sqlite3" ? 1 : 0) : []),
  ];
  for (const { text } of statements)
    if (/^\s*(\\!|!|\.shell|\.system|system)|\|\s*\w|program\b/i.test(text))
      noteOpaque(findings, `${name} runs commands of its own`);
  if (
    statements.length === 0 &&
    input === undefined &&
    valuesOf(parsed, "-f", "--file").length === 0 &&
    !hasFlag(parsed, "-l", "--list")
  )
    noteInterpreter(findings, name);
  return flowWith(input);
};

const cloudCopy: Handler = ({ name, args }, { findings }) => {
  const words = args.map(({ text }) => text);
  if (
    words.some((word) => /^(ls|lsd|lsl|list|du|size|about|version|snapshots|info|stat|cat)$/.test(word)) &&
    !words.some((word) => /^(copy|sync|cp|rm|move)$/.test(word))
  ) {
    noteNetwork(findings, "download", "");
    return unknownFlow;
  }
  noteNetwork(findings, "upload", "");
  for (const each of args.slice(1))
    if (/^[/.~]/.test(each.text)) notePath(findings, "copy", each, name, { recursive: true });
  if (words.some((word) => /^(delete|purge|rm|rmdir|remove|forget|prune)$/.test(word)))
    findings.actions.add("shell.delete");
  return unknownFlow;
};

const sshKeygen: Handler = (call, runner) => {
  const { name, args } = call;
  const parsed = parseArguments(args, takes("-f -t -b -C -N -P -F -R -s -I -n -V -O -Y -m -D -w -r -z"));
  for (const file of valuesOf(parsed, "-f"))
    notePath(
      runner.findings,
      hasFlag(parsed, "-l", "-F", "-y", "-B", "-L", "-e")
        ? hasFlag(parsed, "-y")
          ? "read"
          : "list"
        : "change",
      file,
      name,
    );
  if (hasFlag(parsed, "-D", "-w")) noteOpaque(runner.findings, "ssh-keygen loads code that its options name");
  if (!hasFlag(parsed, "-l", "-F", "-y", "-B", "-L", "-e")) runner.findings.writes = true;
  return unknownFlow;
};

/** Servers: testing a configuration is no start, but it loads the modules that it names. */
const server: Handler = ({ name, args }, { findings }) => {
  if (args.some(({ text }) => /^(-[gC]|run|start|reload|-s|signal)$/.test(text)))
    noteMark(findings, { system: true, opaque: `${name} takes settings or orders among its words` }, name);
  if (!args.some(({ text }) => /^(-t|-T|-v|-V|-c|configtest|version|validate)$/.test(text)))
    noteMark(findings, { system: true, effects: ["service"] }, name);
  return unknownFlow;
};

export const tools: Record<string, Handler> = {
  git,
  container,
  kubectl,
  cloud,
  "package-flags": packageFlags,
  gpg,
  openssl,
  database,
  "cloud-copy": cloudCopy,
  "ssh-keygen": sshKeygen,
  server,
};
