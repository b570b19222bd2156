import { hasFlag, parseArguments, valuesOf } from "../arguments.ts";
import { noteInterpreter, noteMark, noteNetwork, noteOpaque, notePath } from "../findings.ts";
import { unknownFlow } from "../flow.ts";
import { useOperand, wrapped } from "../program.ts";
import { takes } from "../programs/program.ts";
import { composeCommands } from "../programs/tools.ts";
import type { Handler } from "../runner.ts";

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

/** Containers, and what puts them in order. */
export const containers: Record<string, Handler> = {
  container,
  kubectl,
};
