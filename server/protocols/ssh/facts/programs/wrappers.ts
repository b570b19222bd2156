import { each, type Program, takes } from "./program.ts";

const shell = { interpreter: true } as const;

/** Programs that run another one. */
export const wrappers: Record<string, Program> = {
  sudo: {
    options: takes(
      "-u -g -h -p -C -r -t -T -U -D -R -a -c --user --group --host --prompt --role --type --chdir --chroot --close-from --other-user --command-timeout",
    ),
    wrapper: { assignments: true },
    mark: { privilege: true },
    special: "sudo",
  },
  doas: { options: takes("-u -C=read -a"), wrapper: {}, flags: { "-s": shell }, mark: { privilege: true } },
  pkexec: { options: takes("--user"), wrapper: { alone: shell }, mark: { privilege: true } },
  ...each("su runuser", { special: "su", mark: { privilege: true } }),
  sudoedit: { options: takes("-u -g"), operands: ["change"], mark: { privilege: true, interpreter: true } },
  ...each("gosu su-exec setuidgid", {
    options: takes("-u -U -e -d -n -l -L -m"),
    wrapper: { skip: 1, alone: shell },
    mark: { privilege: true },
  }),
  chpst: {
    options: takes("-u -U -e -d -n -l -L -m -/ -b -o -p -f -c -r -t"),
    wrapper: { alone: shell },
    mark: { privilege: true },
  },
  logsave: { wrapper: { skip: 1 } },
  choom: { options: takes("-n -p"), wrapper: {} },
  "run-parts": { operands: ["script"] },
  setpriv: {
    options: takes("--reuid --regid --groups --inh-caps --ambient-caps --bounding-set --securebits"),
    wrapper: { alone: shell },
    mark: { privilege: true },
  },
  capsh: { special: "capsh", mark: { privilege: true } },
  ...each("newgrp", { mark: { privilege: true, interpreter: true } }),
  sg: {
    wrapper: { skip: 1, texts: ["-c"], alone: shell },
    mark: { privilege: true },
  },
  chroot: {
    options: takes("--userspec --groups"),
    wrapper: { skip: 1, alone: shell },
    mark: { privilege: true },
  },
  unshare: {
    options: takes("--mount-proc --map-user --map-group --setuid --setgid --root --wd -R -w -S -G"),
    wrapper: { alone: shell },
    mark: { privilege: true, effects: ["namespace"] },
  },
  nsenter: {
    options: takes("-t --target -S -G --setuid --setgid"),
    wrapper: { alone: shell },
    mark: { privilege: true, effects: ["namespace"] },
  },
  ...each("firejail bwrap systemd-nspawn proot fakechroot", {
    options: takes("--bind --ro-bind --dev --proc --tmpfs --chdir --setenv -D -M -b"),
    mark: { opaque: "what runs in its container cannot be told", writes: true },
  }),
  ...each(
    "nohup setsid unbuffer rlwrap chronic fakeroot eatmydata caffeinate dbus-run-session xvfb-run proxychains proxychains4 torsocks torify tsocks catchsegv stdoutisatty ifne linux32 linux64",
    { options: takes("-f=read -n -s -e -o=change"), wrapper: {} },
  ),
  nice: { options: takes("-n --adjustment"), wrapper: {} },
  ionice: { options: takes("-c -n -p -P -u --class --classdata"), wrapper: {} },
  cpulimit: { options: takes("-l -p -P -e --limit --pid --exe"), wrapper: {} },
  chrt: { options: takes("-T -P -D"), wrapper: { skip: 1 } },
  taskset: { wrapper: { skip: 1 } },
  numactl: { options: takes("-m -N -C -i --membind --cpunodebind --interleave"), wrapper: {} },
  prlimit: { wrapper: {} },
  ...each("setarch", { wrapper: { skip: 1, alone: shell } }),
  cgexec: { options: takes("-g"), wrapper: {} },
  ...each("faketime", { options: takes("-f -p"), wrapper: { skip: 1 } }),
  timeout: { options: takes("-k -s --kill-after --signal"), wrapper: { skip: 1 } },
  stdbuf: { options: takes("-i -o -e --input --output --error"), wrapper: {} },
  command: { wrapper: {} },
  time: { options: takes("-f -o=change --format --output=change"), wrapper: {} },
  ...each("strace ltrace", {
    options: takes("-o=change -e -p -s -u -E -P -a -I -b -l -n -S -x -F=read --output=change --trace"),
    wrapper: {},
    mark: { effects: ["trace"] },
    flags: { "-p": { effects: ["process-inside"], writes: true } },
  }),
  ...each("perf valgrind", {
    options: takes("-o=change -e -p --tool --log-file=change"),
    special: "measured",
  }),
  ...each("gdb lldb cgdb", { special: "debugger" }),
  ...each("gcore reptyr", { mark: { effects: ["process-inside"], writes: true } }),
  flock: {
    options: takes("-w -E --timeout --wait --conflict-exit-code"),
    wrapper: { skip: 1, texts: ["-c", "--command"] },
  },
  "systemd-run": {
    options: takes(
      "-p -u -M -H -E -d --unit --property --uid --gid --nice --setenv --on-calendar --on-active --on-boot --slice --description --working-directory",
    ),
    wrapper: {},
    mark: { effects: ["detached"], system: true },
  },
  "systemd-inhibit": { options: takes("--what --who --why --mode"), wrapper: {} },
  "start-stop-daemon": {
    options: takes(
      "-x=shell --exec=shell -a=shell --startas=shell -p -n -u -c -d -g --pidfile --name --user --chuid --chdir",
    ),
    mark: { effects: ["detached"], system: true },
  },
  watch: { options: takes("-n --interval -q --equexit"), wrapper: { joined: true } },
  entr: { wrapper: {} },
  script: {
    options: takes("-c=shell --command=shell -I=change -O=change -B=change -T=change -m -o -E"),
    operands: ["change"],
    special: "script",
  },
  ...each("expect", {
    options: takes("-c=code -f=script"),
    operands: ["script"],
    mark: { opaque: "expect runs code that is not shell" },
  }),
  ...each("tmux screen byobu zellij dtach abduco", { special: "multiplexer" }),
  ...each("busybox toybox", { special: "applet" }),
  xargs: { special: "xargs" },
  ...each("parallel sem", { special: "parallel" }),
  pee: { operands: ["shell"] },
  ...each("ld-linux-x86-64.so.2 ld-linux.so.2 ld-linux-aarch64.so.1 ld.so", {
    options: takes("--library-path --preload --argv0 --inhibit-rpath --audit"),
    flags: { "--preload": { effects: ["loader"] }, "--library-path": { effects: ["loader"] } },
    wrapper: {},
  }),
};
