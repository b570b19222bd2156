import { noteMark, noteNetwork, noteOpaque, notePath } from "../findings.ts";
import { unknownFlow } from "../flow.ts";
import type { Handler } from "../runner.ts";

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

/** Clouds and their storage. */
export const clouds: Record<string, Handler> = {
  cloud,
  "cloud-copy": cloudCopy,
};
