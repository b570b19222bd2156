/** What a path is, whoever reads or changes it. Patterns see paths without `.`, `..` and double slashes. */

type Class = readonly [kind: string, pattern: RegExp, ...examples: string[]];

/** Kinds of secret that reading gives away. The examples are what a glob is tried on. */
const secrets: readonly Class[] = [
  [
    "private-key",
    /(^|\/)(\.ssh(\/(?!known_hosts|config$|authorized_keys|[^/]*\.pub$).*)?|id_(rsa|dsa|ecdsa|ed25519)(_sk)?|[^/]+\.(key|ppk|p12|pfx|jks|keystore)|(?!(ca|fullchain|chain|cert)[^/]*\.pem)[^/]+\.pem|ssh_host_[^/]*_key|\.gnupg(\/.*)?)$|^\/etc\/(ssl|pki\/tls)\/private/,
    "/root/.ssh/id_rsa",
    "/root/.ssh/id_ed25519",
    "~/.ssh/id_rsa",
    "~/.ssh/id_ed25519",
    "/etc/ssh/ssh_host_rsa_key",
    "/etc/ssh/ssh_host_ed25519_key",
  ],
  ["shadow", /(^|\/)(g?shadow-?|master\.passwd|opasswd)$/, "/etc/shadow", "/etc/gshadow", "/etc/shadow-"],
  [
    "password-file",
    /(^|\/)(\.netrc|_netrc|\.pgpass|\.my\.cnf|\.git-credentials|\.htpasswd|\.s3cfg|\.rhosts|krb5\.keytab|[^/]+\.keytab|[^/]+\.kdbx|wp-config\.php|\.vnc\/passwd|login\.keyring)$/,
    "~/.netrc",
    "~/.pgpass",
    "/root/.my.cnf",
  ],
  [
    "token",
    /(^|\/)(\.docker\/config\.json|\.npmrc|\.pypirc|\.vault-token|\.config\/(gh|hub|op|doctl)(\/.*)?|\.terraform\.d\/credentials[^/]*|[^/]+\.tfstate|krb5cc_[^/]*)$|\/run\/secrets(\/|$)/,
    "/var/run/secrets/kubernetes.io/serviceaccount/token",
    "/run/secrets/token",
    "~/.docker/config.json",
  ],
  [
    "cloud-credentials",
    /(^|\/)(\.aws|\.azure|\.kube|\.config\/gcloud|\.oci|gcloud)(\/.*)?$|^\/etc\/kubernetes\/.*\.conf$|^\/var\/lib\/waagent(\/|$)|(^|\/)(application_default_)?credentials\.json$|(^|\/)kubeconfig$|^\/etc\/rancher\/k3s\/k3s\.yaml$/,
    "~/.aws/credentials",
    "~/.azure/msal_token_cache.json",
    "~/.kube/config",
    "/root/.aws/credentials",
    "/root/.kube/config",
  ],
  [
    "environment",
    /^\/proc\/[^/]+\/environ$|(^|\/)(\.env(\.[^/]+)?|environ)$/,
    "/proc/1/environ",
    "/proc/self/environ",
  ],
  ["memory", /^\/proc\/[^/]+\/(mem|maps|fd(\/.*)?)$|^\/dev\/(k?mem|port)$|^\/proc\/kcore$/, "/proc/self/mem"],
  [
    "history",
    /(^|\/)(\.(bash|zsh|sh|python|psql|mysql|rediscli|node_repl|lesshs?)_?(history|hst|t)|\.zhistory|\.viminfo|fish_history)$/,
    "~/.bash_history",
    "/root/.bash_history",
  ],
];

/** Ways to stay, or to be more next time, for whoever may change the path. */
const persistence: readonly Class[] = [
  [
    "cron",
    /^\/etc\/(cron[^/]*(\/.*)?|anacrontab)$|^\/var\/spool\/(cron|at|anacron)(\/.*)?$|(^|\/)(crontab|cron\.(d|daily|hourly|weekly|monthly)(\/.*)?)$/,
    "/etc/cron.d/x",
    "/etc/crontab",
    "/etc/cron.daily/x",
    "/var/spool/cron/root",
  ],
  [
    "authorized-keys",
    /(^|\/)(authorized_keys2?|authorized_principals|\.shosts|\.rhosts|\.ssh)$/,
    "~/.ssh/authorized_keys",
    "/root/.ssh/authorized_keys",
  ],
  [
    "unit",
    /^\/(etc|run|lib|usr\/lib|usr\/local\/lib)\/systemd(\/.*)?$|(^|\/)\.config\/(systemd|autostart)(\/.*)?$|^\/etc\/(init\.d|rc[0-6S]?\.d|init|inittab|rc\.local|xdg\/autostart)(\/.*)?$|\.(service|timer)$/,
    "/etc/systemd/system/x.service",
    "/etc/rc.local",
    "/etc/init.d/x",
  ],
  [
    "profile",
    /(^|\/)\.(bashrc|bash_profile|bash_login|bash_logout|bash_aliases|profile|zshrc|zshenv|zprofile|zlogin|zlogout|kshrc|cshrc|login|inputrc|pam_environment|xprofile|xinitrc|vimrc|exrc|gdbinit|tmux\.conf|screenrc|lesskey)$|^\/etc\/(profile(\.d(\/.*)?)?|bash\.bashrc|bashrc|zsh(\/.*)?|zshrc|zshenv|environment|skel(\/.*)?|inputrc)$|(^|\/)\.ssh\/(rc|environment|config)$/,
    "~/.bashrc",
    "~/.profile",
    "/root/.bashrc",
    "/etc/profile",
    "/etc/profile.d/x.sh",
  ],
  [
    "loader",
    /^\/etc\/ld\.so\.(preload|conf(\.d(\/.*)?)?|cache)$|(^|\/)ld\.so\.preload$/,
    "/etc/ld.so.preload",
  ],
  ["pam", /^\/etc\/(pam\.d(\/.*)?|pam\.conf|security(\/.*)?|nsswitch\.conf)$/, "/etc/pam.d/sshd"],
  [
    "sudoers",
    /(^|\/)sudoers(\.d(\/.*)?)?$|^\/etc\/doas\.conf$|^\/etc\/polkit-1(\/.*)?$/,
    "/etc/sudoers",
    "/etc/sudoers.d/x",
  ],
  ["sshd", /(^|\/)sshd_config(\.d(\/.*)?)?$/, "/etc/ssh/sshd_config"],
  ["account", /^\/etc\/(passwd|group|g?shadow|subuid|subgid)-?$/, "/etc/passwd", "/etc/shadow"],
  [
    "kernel",
    /^\/etc\/(modules|modprobe\.d|modules-load\.d|udev|sysctl\.(d|conf))(\/.*)?$|^\/(boot|lib\/modules)(\/.*)?$|^\/(proc\/sys|sys)\/.*/,
    "/etc/udev/rules.d/x",
    "/proc/sys/kernel/core_pattern",
  ],
  ["git-hook", /(^|\/)\.git\/(hooks(\/.*)?|config)$/, ".git/hooks/pre-commit"],
  ["package-hook", /^\/etc\/(apt|dpkg|yum|yum\.repos\.d|dnf)(\/.*)?$/, "/etc/apt/apt.conf.d/x"],
  [
    "program",
    /^(\/usr(\/local)?)?\/s?bin\/[^/]+$|^\/(usr\/)?lib(64)?\/.*\.so[.\d]*$/,
    "/usr/bin/x",
    "/usr/local/bin/x",
  ],
  ["motd", /^\/etc\/update-motd\.d(\/.*)?$/, "/etc/update-motd.d/x"],
];

const historyFile = /(^|\/)\.((bash|zsh|sh)_history|zhistory)$/;
const logs =
  /^\/var\/log(\/(auth\.log|secure|wtmp|btmp|lastlog|audit|syslog|messages|journal).*)?$|^\/var\/log\/\*$|(^|\/)(wtmp|btmp|utmp|lastlog)$/;
const device = /^\/dev\/(sd[a-z]|hd[a-z]|vd[a-z]|xvd[a-z]|nvme\d|mapper\/|dm-\d|md\d|loop\d|mmcblk\d|disk\/)/;
const hookParts =
  /^\/proc\/(self|thread-self|\$\$|\$PPID|\$BASHPID|\$\{[^}]*\}|\d+|[^/]*[*?[][^/]*)(\/task\/[^/]+)?\/(mem|environ|fd)(\/.*)?$/;

/** Deleting one of these with all in it is no cleaning up. */
const broad =
  /^(\/|~[^/]*|\$HOME|\$\{HOME\}|\/(bin|boot|dev|etc|home|lib|lib64|opt|proc|root|run|sbin|srv|sys|usr|var)|\/(home|root|var|usr)\/[^/]*|\/var\/lib\/[^/]+)$/;

/** Free of `.`, `..`, double slashes and a trailing one; relative to `directory`, where that is known. */
export function normalPath(path: string, directory?: string): string {
  const rooted = /^(\/|~|\$)/.test(path) || directory === undefined ? path : `${directory}/${path}`;
  const parts: string[] = [];
  for (const part of rooted.split("/")) {
    if (part === "" || part === ".") continue;
    if (part === ".." && parts.length > 0 && parts.at(-1) !== ".." && !/^[~$]/.test(parts.at(-1) ?? ""))
      parts.pop();
    else if (part !== ".." || !rooted.startsWith("/")) parts.push(part);
  }
  return (rooted.startsWith("/") ? "/" : "") + parts.join("/");
}

const kindsOf = (classes: readonly Class[], path: string, glob: boolean): string[] => {
  const matches = glob ? globMatcher(path.replace(/^\/home\/[^/]+\//, "~/")) : undefined;
  return classes
    .filter(([, known, ...examples]) => known.test(path) || (matches !== undefined && examples.some(matches)))
    .map(([kind]) => kind);
};

export const secretsAt = (path: string, glob: boolean): string[] =>
  kindsOf(secrets, path.replace(/^\$(HOME|\{HOME\})/, "~"), glob);

/** Secrets that lie below a directory that is copied as a whole. */
export const secretsBelow = (path: string): string[] => {
  const prefix = path === "/" ? "/" : `${path.replace(/\/\*$/, "")}/`;
  const among = prefix.replace(/^\/home\/([^/]+\/)?/, "~/").replace(/^\$(HOME|\{HOME\})\//, "~/");
  return secrets
    .filter(([, , ...examples]) => examples.some((example) => example.startsWith(among)))
    .map(([kind]) => kind);
};

export const persistenceAt = (path: string, glob: boolean): string[] =>
  kindsOf(persistence, path.replace(/^\$(HOME|\{HOME\})/, "~"), glob);

export const isHistoryFile = (path: string): boolean => historyFile.test(path);
export const isLog = (path: string): boolean => logs.test(path);
export const isDevice = (path: string): boolean => device.test(path);
/** A terminal by its name; one's own is `/dev/tty`. */
export const isTerminal = (path: string): boolean => /^\/dev\/(pts\/|ttyS?\d|vcs|console$)/.test(path);
/** Where a process shows its memory, environment and open files: the hook's nonce among them. */
export const isProcessInside = (path: string): boolean => hookParts.test(path);
export const isBroad = (path: string): boolean => {
  const whole = path.replace(/\/(\*|\.\*|\{\*,\.\*\})$/, "");
  return broad.test(whole === "" && path !== "" ? "/" : whole);
};
/** All that stands where the shell stands, or above. */
export const isEverythingHere = (path: string): boolean =>
  /^(|\.|\.\.(\/\.\.)*|(\.\.\/)*(\*|\.\*))$/.test(path);
/** Not a file that keeps anything. */
export const isSink = (path: string): boolean =>
  /^\/dev\/(null|zero|full|stdin|stdout|stderr|tty|fd\/\d+|u?random)$/.test(path);

/** A relative pattern says something only by the letters with which its last name begins. */
function globMatcher(glob: string): ((path: string) => boolean) | undefined {
  if (/^[/~]/.test(glob)) return (path) => matchesGlob(glob, path);
  const name = glob.slice(glob.lastIndexOf("/") + 1);
  if (!/^\.?\w{3}/.test(name)) return undefined;
  return (path) => matchesGlob(name, path.slice(path.lastIndexOf("/") + 1));
}

/** In steps of pattern times path, whatever the pattern: a regular expression of many stars would take for ever. */
function matchesGlob(glob: string, path: string): boolean {
  let reached = new Set([0]);
  // One part after the other: where a path cannot match any more, the rest is not looked at.
  for (const [part] of glob.matchAll(/\*+|\[[^\]]*\]|[\s\S]/g)) {
    const next = new Set<number>();
    for (const at of reached) {
      const letter = path[at];
      if (part.startsWith("*")) {
        next.add(at);
        for (let end = at; end < path.length && (part.length > 1 || path[end] !== "/"); end += 1)
          next.add(end + 1);
        // A class is taken for any character: one too many is said rather than one too few.
      } else if (part === "?" || part.length > 1) {
        if (letter !== undefined && letter !== "/") next.add(at + 1);
      } else if (letter === part) next.add(at + 1);
    }
    if (next.size === 0) return false;
    reached = next;
  }
  return reached.has(path.length);
}

const metadataHosts =
  /^(169\.254\.169\.254|169\.254\.170\.2|168\.63\.129\.16|100\.100\.100\.200|192\.0\.0\.192|\[?fd00:ec2::254\]?|metadata(\.google\.internal|\.azure\.internal)?|instance-data(\.ec2\.internal)?)$/i;

/** The host of a URL, of `user@host:path` or of a bare name; "" where none is told. Numbers become dotted addresses. */
export function hostOf(text: string): string {
  const plain = text.replace(/^[a-z][a-z0-9+.-]*:\/\//i, "");
  const authority = (plain.split(/[/?#]/)[0] ?? "").replace(/^.*@/, "");
  const name = /^\[[^\]]*\]/.exec(authority)?.[0] ?? authority.replace(/:.*$/, "");
  if (name === "" || /[$`\s{}*<>]/.test(name)) return "";
  try {
    return new URL(`http://${name}/`).hostname;
  } catch {
    return name;
  }
}

/** An address at which a cloud gives credentials to whoever asks from the host. */
export const isMetadataHost = (host: string): boolean =>
  metadataHosts.test(host) || /^\[::ffff:(a9fe:a9fe|a9fe:aa02|a83f:8110|6464:64c8)\]$/i.test(host);
