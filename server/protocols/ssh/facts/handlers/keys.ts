import { hasFlag, parseArguments, valuesOf } from "../arguments.ts";
import { noteInterpreter, noteNetwork, noteOpaque, notePath } from "../findings.ts";
import { flowWith, unknownFlow } from "../flow.ts";
import { hostOf } from "../paths.ts";
import { useOperand } from "../program.ts";
import { takes } from "../programs/program.ts";
import type { Handler } from "../runner.ts";

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

/** Keys, certificates and what they seal. */
export const keys: Record<string, Handler> = {
  gpg,
  openssl,
  "ssh-keygen": sshKeygen,
};
