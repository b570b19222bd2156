import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { until } from "../connect/testing.ts";
import { dialects, nonce, useHost, type Desk } from "./testing.ts";

const host = useHost();

/** A nonce source that remembers. */
const remembered = (): { all: string[]; nonce(): string } => {
  const all: string[] = [];
  return {
    all,
    nonce: () => {
      all.push(nonce());
      return all.at(-1) ?? "";
    },
  };
};
/** Every frame that the shell could send, as a file might hold them. */
const frames = (nonce: string): string =>
  [
    "P;9;0,99;0;",
    "D;9;;0;",
    "C;9;;0;",
    "S;;;0;",
    "Q;9;0,0,99;6;'echo'",
    "L;9;allow;2;''",
    "W;9;;0;",
    "R;;;0;",
    "F;;;0;",
  ]
    .map((frame) => `\u001b]7777;${nonce};${frame};${nonce}\u0007`)
    .join("text");

/** The line editor took all keys so far, and the shell is as it was: it asks about the next line, and nothing else ran. */
const expectStillAsking = async (desk: Desk): Promise<void> => {
  const before = desk.asked.length;
  desk.type("\u0015");
  await desk.run("echo still here");
  expect(desk.asked).toHaveLength(before + 1);
  expect(desk.asked.at(-1)?.text).toBe("echo still here");
  expect(desk.exists("ran")).toBe(false);
  expect(desk.incidents).toEqual([]);
};

describe.each(dialects)("%s", (dialect) => {
  test("forged and stale frames that a file prints change nothing", async () => {
    const source = remembered();
    const desk = await host.sit(dialect, { nonce: source.nonce });
    for (const one of ["first", "second", "third"]) await desk.run(`echo ${one}`);
    const stale = source.all.slice(0, -2);
    writeFileSync(
      join(desk.home, "hostile"),
      [frames("0".repeat(32)), ...stale.map(frames), "\u001b]7777;"].join("\n"),
    );
    await desk.run("cat hostile");
    await expectStillAsking(desk);
    expect(desk.ended).toHaveLength(5);
    expect(desk.shown()).not.toContain("7777");
  });

  test("a verdict that the user types is no verdict", async () => {
    const source = remembered();
    const desk = await host.sit(dialect, { nonce: source.nonce });
    await desk.run("echo first");
    for (const one of source.all.slice(0, -2)) desk.type(`\u001dV;${one};4;allow;${one};;\u001e`);
    desk.type("touch ran forbidden\r");
    desk.type(`\u001dV;${source.all[0] ?? ""};4;allow;x;;\u001e`);
    await until(() => desk.shown().includes("That is forbidden here."));
    expect(desk.started).toEqual([3]);
    await expectStillAsking(desk);
  });

  test("a pager runs no commands, also one that another program starts", async () => {
    const desk = await host.sit(dialect, {
      files: {
        page: "first\nlast\n",
        [dialect === "bash" ? ".bashrc" : ".zshrc"]: "PS1='$ '\nLESSSECURE=\n",
      },
    });
    desk.type("env less page\r");
    await until(() => desk.shown().includes("last"));
    desk.type("!touch ran\r");
    desk.type("| ^touch ran\r");
    desk.type("q\rq");
    await until(() => desk.ended.length === 1);
    await desk.run("echo later");
    expect(desk.exists("ran")).toBe(false);
    await expectStillAsking(desk);
  });

  test("the nonces are in no argument, environment, file or history", async () => {
    const source = remembered();
    const desk = await host.sit(dialect, { nonce: source.nonce });
    await desk.run("set -a 2>/dev/null; echo $$ >pid; env >env; (env; set -o posix; export -p) >exported");
    await desk.run("env >>env; history >history; fc -l >>history");
    const pid = readFileSync(join(desk.home, "pid"), "utf8").trim();
    const places = [
      ...["environ", "cmdline"].map((name) => `/proc/${pid}/${name}`),
      ...["env", "exported", "history"].map((name) => join(desk.home, name)),
    ];
    for (const place of places) {
      const text = readFileSync(place, "utf8");
      for (const one of source.all) expect(text).not.toContain(one);
      expect(text).not.toContain(source.all[1]?.slice(0, 16));
    }
  });

  test.each([
    ["a command after another", "echo ok;touch ran forbidden\r"],
    ["a substitution", "echo $(touch ran) forbidden\r"],
    ["quoting that hides a word", "echo forbidden; to''uch ran\r"],
    ["a line continued by a backslash", "touch ran \\\rforbidden\r"],
    ["Ctrl-C in the middle of a line", "touch ran\u0003touch ran forbidden\r"],
    ["an edit that puts the word in afterwards", "touch ran\u0001: forbidden; \r"],
    ["a yank of what was killed", "touch ran forbidden\u0015\u0019\r"],
    ["an undone change", "touch ran forbidden\u0017\u001f\r"],
    ["a key quoted before Enter", "touch ran forbidden\u0016\r\r"],
    ["line feed in place of Enter", "touch ran forbidden\n"],
    ["Ctrl-O, which runs and fetches the next line", "touch ran forbidden\u000f"],
    ["an editor over the line", "touch ran forbidden\u0018\u0005"],
    ["expansion of the line", "echo $(touch ran)\u001b\u0005"],
    ["a comment made of the line", "touch ran forbidden\u001b#"],
    ["a line made of a comment", "#touch ran forbidden\u001b#"],
    ["a command by its name", "touch ran forbidden\u001bxaccept-line\r"],
  ])("%s runs nothing unasked", async (_, keys) => {
    const desk = await host.sit(dialect, {
      files: { ".editor": "" },
      before: "export EDITOR='touch ran;:' VISUAL='touch ran;:'; ",
    });
    desk.type(keys);
    if (keys.endsWith("\r") || keys.endsWith("\n"))
      await until(() => desk.asked.length > 0 || desk.shown().includes("\u0007"));
    await desk.idle();
    desk.type("\u0003");
    await desk.run("echo sync");
    expect(desk.exists("ran")).toBe(false);
    expect(desk.incidents).toEqual([]);
  });

  test("completing and expanding a line runs nothing of it", async () => {
    const desk = await host.sit(dialect, {
      files: {
        ".bashrc":
          "PS1='$ '; [ -r /usr/share/bash-completion/bash_completion ] && . /usr/share/bash-completion/bash_completion\n",
        ".zshrc": "PS1='$ '; autoload -U compinit; compinit -u -D\n",
      },
    });
    const values = "x='$(touch ran)'; y='a[$(touch ran)]'";
    await desk.run(values);
    for (const text of [
      "ls ${x@P}/",
      "ls ${a[y]}/",
      "ls $((y))/",
      "ls $[y]/",
      "ls ${HOME:y}/",
      "ls $x/",
      "echo $(touch ran)",
      "echo `touch ran`",
      "ls ~$(touch ran)/",
      "cat <(touch ran) /",
      'cd "$(touch ran)',
      "echo *(e:'touch ran':)",
      "scp host:$(touch ran)",
      "echo ${(e)x}",
      "x='a[$(touch ran)]'; echo $a[x]",
    ]) {
      for (const key of [
        "\t",
        "\t\t",
        "\u001b?",
        "\u001b*",
        "\u001b!",
        "\u001b/",
        "\u001b{",
        "\u0018!",
        "\u0018/",
        "\u0018*",
        "\u0018g",
        "\u0018G",
        "\u001bx",
        "\u0004",
      ])
        desk.type(`${text}${key}\u0015`);
      await expectStillAsking(desk);
    }
    expect(new Set(desk.asked.map((one) => one.text))).toEqual(new Set([values, "echo still here"]));
  });

  test("in vi's keys Enter asks in both modes, and no editor opens", async () => {
    const desk = await host.sit(dialect, {
      files: { ".bashrc": "PS1='$ '; set -o vi\n", ".zshrc": "PS1='$ '; bindkey -v\n" },
      before: "export EDITOR='touch ran;:' VISUAL='touch ran;:'; ",
    });
    desk.type("touch ran forbidden\r");
    await until(() => desk.asked.length === 1);
    await desk.idle();
    desk.type("touch ran forbidden\u001b0\r");
    await until(() => desk.asked.length === 2);
    await desk.idle();
    const before = desk.prompts();
    desk.type("touch ran forbidden\u001bv");
    await desk.interrupt(() => desk.prompts() > before);
    await desk.run("echo sync");
    expect(desk.asked.at(-1)?.text).toContain("echo sync");
    expect(desk.exists("ran")).toBe(false);
    expect(desk.incidents).toEqual([]);
  });
});

/** Start-up files that would take the hook's place; each is governed all the same, or refused. */
const hostile: [dialect: "bash" | "zsh", what: string, file: string, text: string][] = [
  ["bash", "bind overridden", ".bashrc", "bind() { :; }; unset() { :; }; alias bind=: builtin=:"],
  ["bash", "builtin overridden", ".bashrc", "builtin() { :; }; unset() { :; }"],
  [
    "bash",
    "Enter rebound by PROMPT_COMMAND",
    ".bashrc",
    `PROMPT_COMMAND='bind "\\"\\C-m\\": accept-line"; bind "\\"\\C-j\\": accept-line"'`,
  ],
  ["bash", "Enter rebound by a DEBUG trap", ".bashrc", `trap 'bind "\\"\\C-m\\": accept-line"' DEBUG`],
  ["bash", "PROMPT_COMMAND read-only", ".bashrc", "readonly PROMPT_COMMAND="],
  [
    "bash",
    "PS0 and PS1 of their own",
    ".bashrc",
    "PS0='x$(touch started)'; PS1='\\u@\\h:\\w\\n$ '; shopt -u promptvars",
  ],
  ["bash", "a key that evaluates the line", ".bashrc", `bind -x '"\\C-g": eval "$READLINE_LINE"'`],
  [
    "bash",
    "another key that accepts",
    ".inputrc",
    '"\\C-g": accept-line\n"\\eOM": accept-line\n"\\C-x\\C-g": operate-and-get-next\n',
  ],
  ["bash", "macros with Enter", ".inputrc", '"\\C-g": "\\C-m"\nset editing-mode emacs\n'],
  ["bash", "vi's keys by .inputrc", ".inputrc", "set editing-mode vi\nset keyseq-timeout 50\n"],
  ["bash", "another shell in its place", ".bashrc", "exec dash -i"],
  ["bash", "strict options", ".bashrc", "set -u; set -o pipefail; shopt -s extdebug; IFS=:; set -C"],
  [
    "bash",
    "the hook's names taken",
    ".bashrc",
    "__g_ask() { :; }; __g_n=1; readonly __g_n; __g_install() { :; }",
  ],
  [
    "zsh",
    "accept-line overridden",
    ".zshrc",
    "evil() { zle .accept-line }; zle -N accept-line evil; bindkey '^G' accept-line",
  ],
  [
    "zsh",
    "Enter bound to the built-in widget",
    ".zshrc",
    "bindkey '^M' .accept-line; bindkey '^G' .accept-line; bindkey -M vicmd '^M' .accept-line",
  ],
  [
    "zsh",
    "Enter rebound at each prompt",
    ".zshrc",
    "precmd() { bindkey '^M' .accept-line; bindkey '^J' .accept-line }; zle-line-init() { bindkey '^M' .accept-line }; zle -N zle-line-init",
  ],
  [
    "zsh",
    "a key that evaluates the line",
    ".zshrc",
    "evil() { eval $BUFFER }; zle -N evil; bindkey '^G' evil",
  ],
  ["zsh", "zle overridden", ".zshrc", "zle() { : }; bindkey() { : }"],
  [
    "zsh",
    "spelling correction and global aliases",
    ".zshrc",
    "setopt correctall; alias -g forbidden='; touch ran'; alias -s ran='touch ran;:'",
  ],
  ["zsh", "another shell in its place", ".zshrc", "exec dash -i"],
  ["zsh", "strict options", ".zshrc", "setopt nounset shwordsplit ksharrays noclobber errreturn; IFS=:"],
  ["zsh", "keys that send Enter", ".zshrc", "bindkey -s '^G' '^M'"],
];
test.each(hostile)("%s, hostile start-up: %s", async (dialect, _, file, text) => {
  const files = { [file]: text, ...(file === ".inputrc" && { ".bashrc": "PS1='$ '" }) };
  const desk = await host.sit(dialect, { files, unready: true, limits: { readyMs: 12_000 } });
  const refused = await desk.shell.ready.then(
    () => false,
    (error: unknown) => error,
  );
  if (refused !== false) {
    expect(refused).toMatchObject({ code: "shell_not_governable" });
    expect(desk.asked).toEqual([]);
    return;
  }
  for (const line of ["echo one", "echo two"]) await desk.run(line);
  desk.type("touch ran forbidden\u0007\u0005\u0015touch ran forbidden\r");
  await until(
    () => desk.asked.some((one) => one.text.includes("forbidden")) || desk.shell.state === "closed",
  );
  await desk.idle();
  desk.type("\u0003");
  await desk.run("echo after");
  expect(desk.exists("ran")).toBe(false);
  expect(desk.incidents).toEqual([]);
  expect(desk.asked.filter((one) => !one.text.includes("forbidden")).map((one) => one.text)).toEqual([
    "echo one",
    "echo two",
    "echo after",
  ]);
});

test("bash: functions named as what the hook is made of are not called by it", async () => {
  const desk = await host.sit("bash");
  await desk.run("break() { :; }; continue() { :; }; return() { :; }; read() { :; }; printf() { :; }");
  // Ctrl-X Ctrl-V quotes nothing, as the gate thinks it does: what follows Enter is there before the verdict.
  desk.type("touch ran forbidden\u0018\u0016\rallow;0;;\u001e");
  await until(() => desk.shown().includes("That is forbidden here."));
  await expectStillAsking(desk);
  expect(desk.started).toHaveLength(2);
});

describe("bash: what code inside the shell does to the hook", () => {
  test.each([
    ["Enter rebound", `bind '"\\C-m": accept-line'`],
    ["the handler redefined", "unset -f __g_ask; __g_ask() { bind '\"\\C-m\": accept-line'; }"],
    ["the handler's key unbound", "bind -r '\\C-m'; bind -r '\\C-j'"],
    ["another editing mode", "set +o emacs"],
  ])("%s by an allowed line: at most one line runs unasked, and the session ends", async (_, line) => {
    const desk = await host.sit("bash", { limits: { answerMs: 5_000 } });
    await desk.run(line);
    desk.type("touch one\r");
    desk.type("touch two\r");
    await until(() => desk.shell.state === "closed" || desk.exists("two") || desk.shell.state === "prompt");
    if (desk.shell.state === "closed") expect(desk.exists("two")).toBe(false);
    else expect(desk.asked.length).toBeGreaterThanOrEqual(desk.started.length);
  });
});
