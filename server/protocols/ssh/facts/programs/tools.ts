import type { Mark } from "../findings.ts";
import { each, type Program, takes } from "./program.ts";

const harmless: Program = {};
const writes: Program = { mark: { writes: true } };
const download: Program = { mark: { network: "download", writes: true } };
const marked = (...effects: string[]): Program => ({ mark: { writes: true, effects } });
const packages: Mark = { system: true, effects: ["package"], network: "download" };
const builds: Mark = { writes: true, opaque: "it runs what a file of the project says" };
const editor: Mark = { interpreter: true };

/** Tools with commands of their own, editors, pagers, builders and package managers. */
export const tools: Record<string, Program> = {
  ...each("vi vim nvim view vimdiff ex rvim gvim ed red", {
    options: takes("-c=code --cmd=code -S=script -u=script -w=change -W=change -s=script -t -T -i=change"),
    operands: ["change"],
    mark: editor,
    special: "editor",
  }),
  ...each("emacs mg jed joe micro mcedit kak helix hx ne pico nano", {
    options: takes("--eval=code -f -l=script"),
    operands: ["change"],
    mark: editor,
    special: "editor",
  }),
  ...each("less more most pg man info zless zmore bzless xzless jless", {
    options: takes("-p -P -x -b -j -k -t -T -o=change -S -M -C -L -m -s -h -y -z"),
    operands: ["read"],
    mark: editor,
    special: "pager",
  }),
  ...each("mc ranger nnn lf vifm tig lazygit k9s fzf ncdu", { mark: editor }),
  git: { special: "git" },
  ...each("hg svn cvs bzr", {
    options: takes("--config=code --config-option=code --diff-cmd=shell --editor-cmd=shell"),
    subcommands: {
      ...each("status log diff info blame cat annotate ls list show heads branches tags identify", harmless),
      ...each("update pull clone checkout co up", download),
      ...each("push commit ci", { mark: { network: "upload", writes: true } }),
    },
  }),
  docker: { special: "container" },
  podman: { special: "container" },
  nerdctl: { special: "container" },
  crictl: { special: "container" },
  ...each("docker-compose podman-compose", {
    options: takes("-f=read -p --file=read --project-name"),
    subcommands: compose(),
  }),
  ...each("lxc incus lxc-attach machinectl", { special: "container" }),
  ...each("kubectl oc", {
    special: "kubectl",
    options: takes(
      "-n -c -f -o -l -L -p --namespace --context --kubeconfig --cluster --user --container --filename --output --selector --field-selector --tail --since --image --type --patch --token --as --as-group --server --sort-by --replicas --from-literal --from-file --grace-period --timeout --cache-dir --request-timeout --for --template --overrides",
    ),
  }),
  helm: {
    options: takes("-n --namespace --kube-context -f=read"),
    subcommands: {
      ...each("list ls status history get show search version env template lint", harmless),
      ...each("install upgrade uninstall delete rollback", marked("orchestration")),
      ...each("pull fetch repo dependency dep plugin", download),
    },
  },
  terraform: { dashLong: true, subcommands: terraform() },
  tofu: { dashLong: true, subcommands: terraform() },
  ...each("ansible ansible-playbook puppet chef-client salt salt-call", {
    mark: { writes: true, opaque: "it runs what a file of the project says" },
  }),
  az: { special: "cloud" },
  aws: { special: "cloud" },
  gcloud: { special: "cloud" },
  ...each("doctl oci ibmcloud linode-cli hcloud vault op bw pass", { special: "cloud" }),
  apt: packageManager("list search show policy depends rdepends changelog madison"),
  "apt-get": packageManager("changelog indextargets"),
  aptitude: packageManager("search show"),
  dnf: packageManager("list search info repolist history provides repoquery check-update deplist"),
  yum: packageManager("list search info repolist history provides check-update deplist"),
  zypper: packageManager("se search info if lr repos list-updates lu packages"),
  apk: packageManager("info list search policy stats version"),
  brew: packageManager("list search info outdated deps doctor config"),
  snap: packageManager("list find info version services connections changes logs"),
  flatpak: packageManager("list search info remotes"),
  pacman: { special: "package-flags" },
  dpkg: { special: "package-flags" },
  rpm: { special: "package-flags" },
  ...each("pip pip3 pipx uv poetry conda mamba gem bundle cargo go composer cpan luarocks", {
    subcommands: {
      ...each("list show freeze check search info outdated env version config tree help doc vet", harmless),
      ...each("install add update upgrade download fetch sync get mod create remove uninstall", {
        mark: { network: "download", writes: true, effects: ["package"] },
      }),
      ...each("run test build exec tool x publish bench generate", { mark: builds }),
    },
  }),
  ...each("npm pnpm yarn bun", {
    options: takes("--prefix -C --registry -w --workspace"),
    subcommands: {
      ...each("ls list view info outdated audit why root bin whoami help ping search fund", harmless),
      ...each("install i ci add update up upgrade uninstall remove rm dedupe prune", {
        mark: {
          network: "download",
          writes: true,
          effects: ["package"],
          opaque: "packages may run code while they are installed",
        },
      }),
      ...each("run run-script test t start stop restart exec x dlx build publish", { mark: builds }),
    },
    bare: builds,
  }),
  ...each("npx bunx uvx pnpx", {
    mark: { network: "download", writes: true, opaque: "it downloads a package and runs it" },
  }),
  ...each(
    "make gmake ninja cmake meson mvn gradle gradlew ant bazel rake invoke just task scons tox nox pytest jest vitest grunt gulp msbuild dotnet sbt phpunit",
    { options: takes("-f=script -C=directory -j -I --file=script --directory=directory"), mark: builds },
  ),
  ...each("gcc g++ cc c++ clang clang++ ld as rustc javac tsc nasm", {
    options: takes("-o=change -I -L -l -D -include=read -x"),
    operands: ["read"],
    mark: { writes: true },
  }),
  ...each("gpg gpg2", { special: "gpg" }),
  ...each("ssh-askpass zenity dialog whiptail", harmless),
  ...each("ipmitool", marked("power")),
  ...each("nginx apachectl apache2ctl httpd haproxy caddy", {
    options: takes("-c=read -f=read -s -g"),
    flags: { "-t": {}, "-T": {}, "-v": {}, "-V": {} },
    special: "server",
  }),
  ...each("certbot acme.sh", { mark: { writes: true, network: "download" } }),
  ...each("rabbitmqctl kafka-topics.sh etcdctl consul nomad pm2", { special: "shows-unless" }),
  ...each("convert ffmpeg pandoc wkhtmltopdf gs", writes),
};

function compose(): Record<string, Program> {
  return {
    ...each("ps logs config images top port version ls events", harmless),
    ...each(
      "up down start stop restart kill rm build pull push create pause unpause scale run",
      marked("container"),
    ),
    exec: {
      options: takes("-u -w -e --user --workdir --env --index"),
      wrapper: { skip: 1 },
      mark: { effects: ["container"] },
    },
  };
}
export const composeCommands = compose();

function terraform(): Record<string, Program> {
  return {
    ...each("plan show validate version output graph providers fmt", { mark: { secrets: [] } }),
    ...each(
      "apply destroy import taint untaint refresh init state workspace force-unlock console test",
      marked("infrastructure"),
    ),
  };
}

function packageManager(shows: string): Program {
  return {
    options: takes("-o=setting -c=read -t --option=setting --setopt=setting --config-file=read"),
    subcommands: {
      ...each(shows, harmless),
      ...each(
        "update upgrade install remove purge autoremove full-upgrade dist-upgrade clean autoclean source download build-dep refresh add del in rm up dup reinstall downgrade erase makecache uninstall tap cleanup patch",
        { mark: packages },
      ),
    },
  };
}
