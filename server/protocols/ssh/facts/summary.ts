import type { PathUse, ShellFacts } from "../../../../shared/nouns/facts.ts";

/** Names of one kind that a sentence takes, and letters of one name. */
const maxNames = 2;
const maxLetters = 80;

const short = (text: string): string =>
  text.length > maxLetters ? `${text.slice(0, maxLetters - 1)}…` : text;

const listed = (names: readonly string[]): string => {
  const shown = names.slice(0, maxNames).map(short);
  const more = names.length - shown.length;
  return more > 0 ? `${shown.join(", ")} and ${more} more` : shown.join(" and ");
};

const paths = (uses: readonly PathUse[]): string =>
  listed(uses.map(({ path }) => path)) +
  (uses.some(({ recursive }) => recursive) ? " recursively" : "") +
  (uses.some(({ forced }) => forced) ? ", by force" : "");

/** Effects as somebody would say them. */
const said: Readonly<Record<string, string>> = {
  account: "changes accounts",
  "agent-forwarding": "forwards an agent",
  broad: "takes in a whole tree",
  cloud: "changes cloud resources",
  container: "acts on containers",
  "container-escape": "opens the host to a container",
  "decode-and-run": "decodes a text and runs it",
  detached: "goes on by itself",
  "dev-tcp": "opens a connection from the shell",
  discard: "throws uncommitted work away",
  disk: "writes to disks",
  "download-and-run": "runs what it downloads",
  firewall: "changes the firewall",
  "fork-bomb": "multiplies without end",
  history: "changes the shell's history",
  "history-rewrite": "rewrites shared history",
  ifs: "changes how words are split",
  infrastructure: "changes infrastructure",
  kernel: "changes the kernel",
  loader: "changes what programs load",
  logs: "changes logs",
  mount: "changes mounts",
  namespace: "enters other namespaces",
  "network-settings": "changes network settings",
  orchestration: "changes the cluster",
  ownership: "changes owners",
  package: "changes packages",
  path: "changes where programs are looked for",
  permissions: "opens permissions",
  power: "changes the host's power state",
  process: "ends processes",
  "process-inside": "looks into processes",
  "remote-run": "runs something on another host",
  "reverse-shell": "hands a shell to the network",
  scan: "scans the network",
  security: "changes security settings",
  service: "changes services",
  "set-uid": "lets a program run as its owner",
  shadow: "gives a known name another meaning",
  sniff: "listens to traffic",
  starter: "changes what programs start",
  "startup-file": "changes what shells start with",
  truncate: "overwrites a system file",
  tunnel: "opens a tunnel",
  wipe: "destroys data for good",
};

/** A sentence without its subject, "deletes /var/log recursively, by force; as another user", the worst first. */
export function summaryOf(
  facts: Omit<ShellFacts, "summary" | "subject">,
  interpreters: readonly string[],
): string {
  const { network } = facts;
  const hosts = (directions: readonly string[]): string =>
    listed([
      ...new Set(
        network
          .filter(({ direction }) => directions.includes(direction))
          .map(({ host }) => host || "another host"),
      ),
    ]);
  const has = (...directions: readonly string[]): boolean =>
    network.some(({ direction }) => directions.includes(direction));
  const phrases = [
    facts.tampers.length > 0 && `touches the gate's hook (${listed(facts.tampers)})`,
    facts.deletes.length > 0 && `deletes ${paths(facts.deletes)}`,
    ...facts.effects.map((effect) => said[effect] ?? false),
    facts.persistence.length > 0 && `stays by ${listed(facts.persistence)}`,
    facts.secrets.length > 0 && `reads secrets (${listed(facts.secrets)})`,
    has("upload") && `sends to ${hosts(["upload"])}`,
    has("listen") && "listens for connections",
    facts.changes.length > 0 && `changes ${paths(facts.changes)}`,
    facts.actions.includes("shell.privilege") && "acts as another user",
    facts.actions.includes("shell.system") &&
      !facts.effects.some((effect) => effect in said) &&
      "changes the host",
    facts.runsScript && `runs the script ${listed(facts.scripts)}`,
    facts.opensInterpreter && `opens ${listed(interpreters)} for further commands`,
    facts.opaqueReasons.length > 0 && `cannot be known in full: ${listed(facts.opaqueReasons)}`,
    has("download") && `downloads from ${hosts(["download"])}`,
    has("connect") && !has("download", "upload") && `connects to ${hosts(["connect"])}`,
    facts.reads.length > 0 && `reads ${paths(facts.reads.map((use) => ({ ...use, forced: false })))}`,
  ].filter((phrase) => phrase !== false);
  if (phrases.length > 0)
    return phrases.slice(0, 4).join("; ") + (phrases.length > 4 ? `; and ${phrases.length - 4} more` : "");
  if (facts.programs.length > 0) return `runs ${listed(facts.programs)}`;
  return "does nothing outside the shell";
}

export const subjectOf = (
  subjects: readonly { weight: number; text: string }[],
  programs: readonly string[],
): string => {
  const [first] = subjects;
  const heaviest = subjects.reduce(
    (best, each) => (each.weight > best.weight ? each : best),
    first ?? { weight: 0, text: programs[0] ?? "" },
  );
  return short(heaviest.text.replace(/\s+/g, " ").trim());
};
