import { type Findings, noteOpaque, notePath, noteTamper } from "./findings.ts";
import type { Dialect } from "./meaning.ts";
import { plainOperand } from "./operand.ts";

/** Names that the hook lives by; its own begin with `__g_`. */
const hook =
  /^(__g_.*|PS[0124]|PROMPT[234]?|RPROMPT|RPS1|PROMPT_COMMAND|READLINE_\w+|(precmd|preexec|chpwd|periodic|zshexit|zshaddhistory)_functions|INPUTRC|ZDOTDIR|BASH_XTRACEFD|MAIL|MAILPATH|mailpath|SPROMPT|RPS2|RPROMPT2|WATCHFMT|POSIXLY_CORRECT|BASH_COMPAT|SHELLOPTS|BASHOPTS|PWD|DIRSTACK|LESSSECURE|NULLCMD|READNULLCMD)$/;

/** The user's own, which the hook sets for the time of its work: where they are read-only it ends the session. */
export const isSetByHook = (name: string): boolean => /^(LC_ALL|IFS)$/.test(name);

/** What zsh evaluates each time it shows it, where start-up files have said so. */
const shown = /^(prompt|PS3|PROMPT_EOL_MARK)$/;

const isHook = (name: string, dialect: Dialect): boolean =>
  hook.test(name) || (dialect === "zsh" && shown.test(name));

/** Arrays through which a shell shows and changes what words mean. */
const meanings =
  /^(BASH_ALIASES|BASH_CMDS|aliases|galiases|saliases|functions|commands|options|widgets|keymaps|dis_\w+)$/;

const loader =
  /^(LD_\w+|DYLD_\w+|GCONV_PATH|LOCPATH|PYTHON(PATH|STARTUP|HOME|INSPECT)|PERL5(OPT|LIB|DB)|NODE_(OPTIONS|PATH)|RUBY(OPT|LIB)|JAVA_TOOL_OPTIONS|_JAVA_OPTIONS|JDK_JAVA_OPTIONS|PHPRC|LUA_(INIT|PATH|CPATH)\w*|GEM_(PATH|HOME)|BASH_LOADABLES_PATH|OPENSSL_(CONF|MODULES|ENGINES)|GLIBC_TUNABLES|MAKEFLAGS|TAR_OPTIONS|GIT_CONFIG\w*|GIT_EXEC_PATH|GIT_TEMPLATE_DIR|AWKPATH|AWKLIBPATH|MODULE_PATH|MALLOC_TRACE|MAGIC|NMAPDIR|TERMINFO(_DIRS)?|TERMCAP|SSLKEYLOGFILE|CLOUDSDK_PYTHON|fpath|FPATH|module_path)$/;

/** Programs that others start, and where they look for what they start. */
const starters =
  /^(PAGER|\w+_PAGER|MANPAGER|EDITOR|VISUAL|\w+_EDITOR|FCEDIT|BROWSER|LESSOPEN|LESSCLOSE|SHELL|SUDO_ASKPASS|SSH_ASKPASS|GIT_ASKPASS|GIT_SSH|GIT_SSH_COMMAND|GIT_PROXY_COMMAND|GIT_EXTERNAL_DIFF|RSYNC_RSH|CVS_RSH|MANOPT|DIFFPROG|SYSTEMD_PAGER\w*|SYSTEMD_LESS|KUBE_EDITOR|LESS|LESSKEY\w*|LESSEDIT|MORE|HOME|XDG_\w+|GIT_(DIR|WORK_TREE|COMMON_DIR|\w*OBJECT_DIRECTOR\w+|ATTR_SOURCE)|CURL_HOME|WGETRC|KUBECONFIG|DOCKER_(HOST|CONFIG|CONTEXT)|AWS_(CONFIG_FILE|PROFILE|SHARED_CREDENTIALS_FILE)|BAT_CONFIG_\w+|RIPGREP_CONFIG_PATH|ACKRC|FZF_\w+|TF_CLI_CONFIG_FILE|HELM_PLUGINS|RPM_CONFIGDIR|LESSSECURE|CDPATH|KUBECTL_EXTERNAL_DIFF)$/;
const usualStarter =
  /^(|cat|less( -[A-Za-z]+)*|more|most|true|false|vim?|nvim|nano|emacs|ed|code --wait|\/(usr\/)?bin\/(less|cat|vim?|nano|bash|sh|zsh))$/;

/** Another encoding moves the borders between quotes: its characters may hold a backslash or a bar. */
const encoding = /^(LC_ALL|LC_CTYPE|LANG)$/;
const knownEncoding = /^(|C|POSIX|[\w@.-]*\.(utf-?8)(@\w+)?)$/i;

const history = /^(HIST(FILE|SIZE|FILESIZE|CONTROL|IGNORE|CMD|TIMEFORMAT)|SAVEHIST|histchars)$/;

/** What giving a variable a value does beside the value; `value` where it is known. */
export function noteVariable(
  findings: Findings,
  name: string,
  value: string | undefined,
  live: boolean,
): void {
  if (live && isHook(name, findings.dialect)) noteTamper(findings, name);
  else if (meanings.test(name) && (findings.dialect === "zsh" || name.startsWith("BASH_"))) {
    if (live) noteTamper(findings, name);
    noteOpaque(findings, `${name} changes what words mean`);
  } else if (name === "PS4" || name === "PROMPT_COMMAND") findings.effects.add("startup-file");
  if (loader.test(name)) findings.effects.add("loader");
  if (live && encoding.test(name) && (value === undefined || !knownEncoding.test(value)))
    noteOpaque(findings, `${name} changes how the bytes of a line are read`);
  if (name === "path" && findings.dialect === "zsh") findings.effects.add("path");
  if (name === "PATH" && !isExtension(value)) findings.effects.add("path");
  if (name === "BASH_ENV" || name === "ENV") findings.effects.add("startup-file");
  if (name === "IFS") findings.effects.add("ifs");
  if (history.test(name)) findings.effects.add("history");
  // At its end the shell writes all that was typed there.
  if (name === "HISTFILE" && value !== undefined) notePath(findings, "change", plainOperand(value), name);
  if (starters.test(name) && (value === undefined || !usualStarter.test(value)))
    findings.effects.add("starter");
}

/** `PATH=$PATH:/opt/tool/bin` adds programs, and replaces none. */
const isExtension = (value: string | undefined): boolean =>
  value !== undefined && /^\$(PATH|\{PATH\}):[^:]*\/[^:]*$/.test(value) && !/:\.?(:|$)|\/tmp\b/.test(value);

/** What the hook's own functions call by these names, a function would take. */
const hookCalls = {
  bash: /^(builtin|break|continue|return)$/,
  zsh: /^(builtin|break|continue|return|emulate|setopt|unsetopt|local|typeset|unset|zle|bindkey|echoti|eval)$/,
};

export const isHookFunction = (name: string, dialect: Dialect): boolean =>
  isHook(name, dialect) ||
  hookCalls[dialect === "zsh" ? "zsh" : "bash"].test(name) ||
  /^(precmd|preexec|chpwd|periodic|zshexit|zshaddhistory|command_not_found_handler?|TRAP[A-Z0-9]+)$/.test(
    name,
  );
