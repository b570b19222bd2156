import { hasFlag, parseArguments, valuesOf } from "../arguments.ts";
import { noteInterpreter, noteMark, noteNetwork, noteOpaque, notePath } from "../findings.ts";
import { flowWith, unknownFlow } from "../flow.ts";
import { type Operand, plainOperand } from "../operand.ts";
import { hostOf } from "../paths.ts";
import { joinedOperands, useOperand } from "../program.ts";
import { takes } from "../programs/program.ts";
import type { Call, Handler, Runner } from "../runner.ts";

const hostIn = (operand: Operand | undefined): string =>
  operand === undefined || operand.dynamic ? "" : hostOf(operand.text);

const sshOptions = takes("-b -c -D -E=change -e -F=read -I -i -J -L -l -m -O -o -p -Q -R -S -W -w -B");

/** ssh: a shell elsewhere, a text for one, tunnels, and options that run commands here. */
const ssh: Handler = (call, runner) => {
  const { name, args, scope, input } = call;
  const { findings } = runner;
  const first = parseArguments(args, sshOptions, { stop: true });
  // Options may follow the host, too.
  const [host, ...after] = first.operands;
  const second = parseArguments(after, sshOptions, { stop: true });
  const values = [...first.values, ...second.values];
  const flags = new Set([...first.flags, ...second.flags]);
  for (const { option, value } of values) {
    if (option === "-o") noteSshOption(value, call, runner);
    if (option === "-F" || option === "-i") notePath(findings, "list", value, name);
    if (option === "-E") notePath(findings, "change", value, name);
    if (/^-[LRDWw]$/.test(option))
      noteMark(findings, { effects: ["tunnel"], network: option === "-R" ? "listen" : "connect" }, name);
    if (option === "-J")
      for (const jump of value.text.split(",")) noteNetwork(findings, "connect", hostOf(jump));
  }
  if (flags.has("-A")) findings.effects.add("agent-forwarding");
  if (flags.has("-X") || flags.has("-Y")) findings.effects.add("tunnel");
  if (flags.has("-V") || flags.has("-Q") || host === undefined) return unknownFlow;
  noteNetwork(findings, "connect", hostIn(host));
  findings.wrappers.add(name);
  findings.writes = true;
  const command = second.operands;
  if (command.length > 0) {
    if (input !== undefined) noteNetwork(findings, "upload", hostIn(host));
    const { directories } = findings;
    findings.directories = [];
    const feeds =
      input !== undefined &&
      /^(sudo\s+(-\S+\s+)*)?(\S*\/)?(ba|da|z|k)?sh(\s+-[a-z]*s?)?$/.test(joinedOperands(command).text.trim());
    if (feeds) runner.fed(name, input, scope);
    else runner.text(joinedOperands(command), scope, { by: name });
    findings.directories = directories;
    return flowWith(undefined, "download");
  }
  if (flags.has("-N")) return unknownFlow;
  if (input !== undefined) runner.fed(name, input, scope);
  else noteInterpreter(findings, name);
  return flowWith(undefined, "download");
};

function noteSshOption(value: Operand, { name, scope }: Call, runner: Runner): void {
  const [, key = "", setting = ""] = /^\s*(\w+)[\s=]+(.*)$/s.exec(value.text) ?? [];
  if (
    /^(ProxyCommand|LocalCommand|KnownHostsCommand|RemoteCommand)$/i.test(key) &&
    setting.toLowerCase() !== "none"
  )
    runner.text({ ...value, text: setting }, scope, { by: name });
  if (/^(LocalForward|RemoteForward|DynamicForward|Tunnel)$/i.test(key))
    runner.findings.effects.add("tunnel");
  if (/^ForwardAgent$/i.test(key) && /^yes/i.test(setting)) runner.findings.effects.add("agent-forwarding");
  if (/^(PKCS11Provider|SecurityKeyProvider|Include|XAuthLocation)$/i.test(key))
    noteOpaque(runner.findings, `${name} loads code that its options name`);
  if (/^ProxyJump$/i.test(key)) noteNetwork(runner.findings, "connect", hostOf(setting));
}

/** What stands before an @ is bounded: each of them may be the one that a host follows. */
const remotePath = /^(?![/.~])(?:[^/:]{0,255}@)?(\[[^\]]*\]|[^/:]+):(?!\/\/)(.*)$/s;

/** Files from and to other hosts: `host:path` is remote, the last one is where it goes. */
function transfer(
  call: Call,
  runner: Runner,
  operands: readonly Operand[],
  recursive: boolean,
  remove = false,
): void {
  const { findings } = runner;
  const isRemote = ({ text }: Operand): boolean =>
    remotePath.test(text) || /^(rsync|scp|sftp):\/\//.test(text);
  const target = operands.at(-1);
  operands.forEach((operand, index) => {
    const last = operand === target && index > 0;
    if (isRemote(operand)) noteNetwork(findings, last ? "upload" : "download", hostIn(operand));
    else if (last)
      notePath(findings, "change", operand, call.name, { recursive: recursive || remove, forced: remove });
    else {
      notePath(findings, recursive ? "copy" : "read", operand, call.name, { recursive });
      if (operand.dynamic) findings.effects.add("dynamic-path");
    }
  });
  if (remove && target !== undefined && !isRemote(target))
    notePath(findings, "delete", target, call.name, { recursive: true });
}

const scp: Handler = (call, runner) => {
  const parsed = parseArguments(call.args, takes("-c -D -F -i -J -l -o -P -S=shell -X"));
  for (const { option, value } of parsed.values) {
    if (option === "-o") noteSshOption(value, call, runner);
    if (option === "-S") runner.text(value, call.scope, { by: call.name });
  }
  transfer(call, runner, parsed.operands, hasFlag(parsed, "-r"));
  return unknownFlow;
};

const rsync: Handler = (call, runner) => {
  const parsed = parseArguments(
    call.args,
    takes(
      "-e --rsh --rsync-path -f --filter --exclude --include --exclude-from --include-from --files-from -B --bwlimit --timeout --port --password-file -T --temp-dir --compare-dest --link-dest --log-file --chmod --chown --partial-dir --backup-dir --suffix --max-size --min-size --out-format",
    ),
  );
  for (const each of valuesOf(parsed, "-e", "--rsh")) {
    const [first = ""] = each.text.trim().split(/\s+/);
    if (/(^|\/)ssh$/.test(first)) ssh({ ...call, name: "ssh", args: sshWords(each) }, runner);
    else runner.text(each, call.scope, { by: call.name });
  }
  for (const each of valuesOf(parsed, "--rsync-path")) runner.text(each, call.scope, { by: call.name });
  for (const each of valuesOf(parsed, "--password-file")) notePath(runner.findings, "read", each, call.name);
  const removes = [...parsed.flags].some((flag) => /^--(del|delete.*)$/.test(flag));
  if (hasFlag(parsed, "--remove-source-files"))
    for (const each of parsed.operands.slice(0, -1))
      notePath(runner.findings, "delete", each, call.name, { recursive: true });
  if (hasFlag(parsed, "-n", "--dry-run")) {
    for (const each of parsed.operands)
      if (!remotePath.test(each.text)) notePath(runner.findings, "list", each, call.name);
    return unknownFlow;
  }
  transfer(call, runner, parsed.operands, hasFlag(parsed, "-r", "-a", "--recursive", "--archive"), removes);
  return unknownFlow;
};

/** Its options alone: rsync adds the host. */
const sshWords = (text: Operand): Operand[] =>
  text.text
    .trim()
    .split(/\s+/)
    .slice(1)
    .map((word) => ({ ...plainOperand(word.replace(/^["']|["']$/g, "")), dynamic: text.dynamic }));

const curl: Handler = (call, runner) => {
  const { name, args, input } = call;
  const { findings } = runner;
  const parsed = parseArguments(
    args,
    takes(
      "-o -d -F -T -X -H -u -A -e -b -c -m -w -K -E -x -U -r -C -y -Y -z -P -Q -t -D --output --data --data-raw --data-binary --data-urlencode --data-ascii --json --form --form-string --upload-file --request --header --user --user-agent --referer --cookie --cookie-jar --max-time --write-out --config --cert --key --cacert --capath --proxy --proxy-user --range --connect-timeout --retry --retry-delay --url --resolve --output-dir --dump-header --unix-socket --interface --limit-rate --netrc-file --oauth2-bearer --trace --trace-ascii --stderr --connect-to --preproxy --socks5 --socks5-hostname",
    ),
  );
  const data = valuesOf(
    parsed,
    "-d",
    "--data",
    "--data-binary",
    "--data-urlencode",
    "--data-ascii",
    "--json",
    "-F",
    "--form",
  );
  const raw = valuesOf(parsed, "--data-raw", "--form-string");
  const sent = valuesOf(parsed, "-T", "--upload-file");
  for (const { text, dynamic, scripts } of data) {
    const [, file] = /^(?:[^=@<]*=?)[@<]([^;]*)/.exec(text) ?? [];
    if (file !== undefined && file !== "-")
      notePath(findings, "read", { ...plainOperand(file), dynamic, scripts }, name);
  }
  for (const file of sent) useOperand("read", file, call, runner);
  for (const file of valuesOf(parsed, "-K", "--config")) {
    useOperand("read", file, call, runner);
    noteOpaque(findings, "curl takes options out of a file");
  }
  for (const file of [...valuesOf(parsed, "--netrc-file", "--key", "-E", "--cert")])
    notePath(findings, "list", file, name);
  for (const file of valuesOf(parsed, "-b", "--cookie"))
    if (!file.text.includes("=")) notePath(findings, "read", file, name);
  const files = [
    ...valuesOf(
      parsed,
      "-o",
      "--output",
      "-c",
      "--cookie-jar",
      "-D",
      "--dump-header",
      "--trace",
      "--trace-ascii",
      "--stderr",
    ),
  ];
  for (const file of files) if (file.text !== "-") notePath(findings, "change", file, name);
  const method = valuesOf(parsed, "-X", "--request")[0]?.text.toUpperCase() ?? "GET";
  const head = hasFlag(parsed, "-I", "--head");
  const uploads = data.length + raw.length + sent.length > 0;
  const urls = [...parsed.operands, ...valuesOf(parsed, "--url")];
  if (
    valuesOf(parsed, "--unix-socket", "--abstract-unix-socket").length > 0 ||
    valuesOf(parsed, "-Q", "--quote").length > 0
  )
    noteMark(findings, { writes: true }, name);
  for (const url of urls) {
    // What another command prints goes out in the address; these schemes send what stands in it.
    const sends =
      uploads ||
      url.scripts.length > 0 ||
      /^(gopher|dict|telnet|tftp|mqtt|smtp|imap|pop3|ldap)s?:/i.test(url.text);
    noteNetwork(findings, sends ? "upload" : "download", hostIn(url));
    noteUrl(url, call, runner);
    if (hasFlag(parsed, "-O", "--remote-name", "--remote-name-all"))
      notePath(
        findings,
        "change",
        { ...url, text: url.text.split(/[?#]/)[0]?.split("/").at(-1) ?? "" },
        name,
      );
  }
  if (!/^(GET|HEAD|OPTIONS)$/.test(method) && !head) {
    findings.writes = true;
    if (!uploads) for (const url of urls) noteNetwork(findings, "upload", hostIn(url));
  }
  return flowWith(input, "download");
};

/** `file:` reads here, and an address of the cloud's metadata gives credentials. */
function noteUrl(url: Operand, { name }: Call, { findings }: Runner): void {
  const [, file] = /^file:\/\/([^/]*\/.*)$/i.exec(url.text) ?? [];
  if (file !== undefined) notePath(findings, "read", { ...url, text: file.replace(/^localhost/, "") }, name);
}

const wget: Handler = (call, runner) => {
  const { name, args, input } = call;
  const { findings } = runner;
  const parsed = parseArguments(
    args,
    takes(
      "-O -o -a -P -i -t -T -w -Q -U -e -A -R -D -I -X -l -B --output-document --output-file --directory-prefix --input-file --tries --timeout --user --password --header --post-data --post-file --body-data --body-file --method --user-agent --execute --use-askpass --load-cookies --save-cookies --level --wait --referer --ca-certificate",
    ),
  );
  const out = valuesOf(parsed, "-O", "--output-document");
  const uploads = valuesOf(parsed, "--post-data", "--post-file", "--body-data", "--body-file").length > 0;
  for (const file of valuesOf(parsed, "--post-file", "--body-file", "-i", "--input-file"))
    useOperand("read", file, call, runner);
  for (const file of [...out, ...valuesOf(parsed, "-o", "-a", "--save-cookies", "--output-file")])
    useOperand("change", file, call, runner);
  for (const code of valuesOf(parsed, "--use-askpass")) runner.text(code, call.scope, { by: name });
  if (hasFlag(parsed, "-e", "--execute"))
    noteOpaque(findings, "wget takes settings that change what it does");
  const spider = hasFlag(parsed, "--spider");
  for (const url of parsed.operands) {
    noteNetwork(findings, uploads ? "upload" : "download", hostIn(url));
    if (out.length === 0 && !spider) {
      const file = url.text.split(/[?#]/)[0]?.split("/").at(-1) ?? "";
      const directory = valuesOf(parsed, "-P", "--directory-prefix")[0];
      notePath(
        findings,
        "change",
        {
          ...url,
          text: `${directory === undefined ? "" : `${directory.text}/`}${file === "" ? "index.html" : file}`,
        },
        name,
      );
    }
  }
  return flowWith(input, "download");
};

/** nc: a bare connection either way; `-e` and `-c` hand a program to it. */
const netcat: Handler = ({ name, args, scope, input }, runner) => {
  const { findings } = runner;
  const parsed = parseArguments(
    args,
    takes(
      "-e -c -p -s -w -i -q -x -X -g -G -o=change -T -V -m -O -P --exec --sh-exec --lua-exec --proxy --ssl-cert --wait --source --idle-timeout -W",
    ),
  );
  for (const text of valuesOf(parsed, "-e", "--exec", "-c", "--sh-exec")) {
    noteMark(findings, { effects: ["reverse-shell"], interpreter: true }, name);
    runner.text(text, scope, { by: name });
  }
  const listens = hasFlag(parsed, "-l", "--listen");
  const host = listens ? "" : hostIn(parsed.operands[0]);
  if (hasFlag(parsed, "-z") && !listens) noteNetwork(findings, "connect", host);
  else {
    noteNetwork(findings, listens ? "listen" : input === undefined ? "connect" : "upload", host);
    findings.writes = true;
  }
  return flowWith(input, "download");
};

const socat: Handler = ({ name, args, scope, input }, runner) => {
  const { findings } = runner;
  for (const address of args.filter(({ text }) => !text.startsWith("-") || text === "-")) {
    const [, kind = "", rest = ""] = /^!?([A-Za-z0-9-]+):?(.*)$/s.exec(address.text) ?? [];
    if (/^(exec|system|shell)$/i.test(kind)) {
      noteMark(findings, { effects: ["reverse-shell"], interpreter: true }, name);
      runner.text({ ...address, text: rest.replace(/,.*$/s, "") }, scope, { by: name });
    } else if (/listen|recv/i.test(kind)) noteNetwork(findings, "listen", "");
    else if (/^(tcp|udp|ssl|openssl|socks|proxy|sctp)/i.test(kind))
      noteNetwork(findings, "connect", hostOf(rest.split(":")[0] ?? ""));
    else if (/^(file|open|create|gopen)$/i.test(kind))
      notePath(findings, "change", { ...address, text: rest.split(",")[0] ?? "" }, name);
  }
  findings.writes = true;
  return flowWith(input, "download");
};

/** Browsers for terminals: whatever looks like an address. */
const browse: Handler = (call, runner) => {
  for (const word of call.args)
    if (/^https?:|\./.test(word.text) && !word.text.startsWith("-"))
      noteNetwork(runner.findings, "download", hostIn(word));
  if (
    /^(lynx|w3m|links|elinks)$/.test(call.name) &&
    !call.args.some(({ text }) => /^-+(dump|source)/.test(text))
  )
    noteInterpreter(runner.findings, call.name);
  if (
    /^(http|https|httpie|xh)$/.test(call.name) &&
    call.args.some(({ text }) => /^(POST|PUT|PATCH|DELETE)$/i.test(text) || /[^=:]=[^=]|@/.test(text))
  ) {
    noteNetwork(runner.findings, "upload", "");
    for (const { text } of call.args)
      if (/@/.test(text))
        notePath(runner.findings, "read", plainOperand(text.replace(/^.*@/, "")), call.name);
  }
  return flowWith(call.input, "download");
};

/** Programs that ask the network a question: hosts are what has a dot or stands last. */
const probe: Handler = (call, runner) => {
  const parsed = runner.parse(call);
  for (const { option, value } of parsed.values)
    if (/^-o[NXG]$/.test(option)) notePath(runner.findings, "change", value, call.name);
  if (call.args.some(({ text }) => /^-o[NXGAS]/.test(text))) runner.findings.writes = true;
  const hosts = parsed.operands.filter(
    ({ text }) => !/^(\+|A{1,4}$|MX$|TXT$|NS$|SOA$|CNAME$|ANY$|SRV$|PTR$|\d+$)/.test(text),
  );
  for (const host of hosts) noteNetwork(runner.findings, "connect", hostIn(host).replace(/^@/, ""));
  if (hosts.some(({ dynamic, scripts }) => dynamic && scripts.length > 0))
    noteNetwork(runner.findings, "upload", "");
  if (hasFlag(parsed, "--script", "--interactive"))
    noteOpaque(runner.findings, `${call.name} runs code that is not shell`);
  if (/^(nmap|masscan|hping3)$/.test(call.name)) runner.findings.effects.add("scan");
  return unknownFlow;
};

export const remote: Record<string, Handler> = { ssh, scp, rsync, curl, wget, netcat, socat, browse, probe };
