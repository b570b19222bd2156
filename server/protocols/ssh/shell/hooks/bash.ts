import { sh, type HookSecrets } from "./hook.ts";

/**
 * The command for the `exec` request with a PTY, which any login shell can run. It says that it is there and takes
 * the real hook from the terminal, so that no nonce is ever among arguments, in the environment or in a history.
 */
export const bashBoot =
  "exec bash --norc --noprofile -c '" +
  'stty -echo -icanon; printf "\\033]7777;BOOT\\007"; ' +
  'IFS= read -r -d "$(printf "\\036")" hook </dev/tty && ' +
  'exec bash --rcfile /dev/fd/9 -i 9< <(printf %s "$hook")' +
  "'";

/** Readline's functions that run what no Enter asked for, or that put the user's own bindings back. */
const dangerous = [
  "operate-and-get-next",
  "edit-and-execute-command",
  "vi-edit-and-execute-command",
  "shell-expand-line",
  "insert-comment",
  "re-read-init-file",
  "execute-named-command",
  "vi-complete",
  "complete-into-braces",
  "glob-complete-word",
  "delete-char-or-list",
].join("|");

/**
 * Readline's functions that expand the word before the cursor, each with the letter of the key that stands for it behind
 * the guard. Bash keeps substitutions from them, but not those in what `@P`, a subscript or arithmetic evaluates.
 * Completing through a menu goes by what the key before did, which is the guard: such keys complete and list.
 */
const expanding: Record<string, string> = {
  complete: "c",
  "possible-completions": "p",
  "insert-completions": "i",
  "complete-filename": "f",
  "possible-filename-completions": "b",
  "complete-command": "k",
  "possible-command-completions": "l",
  "glob-expand-word": "e",
  "glob-list-expansions": "m",
};
const menus = ["menu-complete", "menu-complete-backward", "old-menu-complete"];

/**
 * The text that bash 5.1 or newer reads as its start-up file: the hook's functions, the user's own start-up files, and
 * then the hook's place in readline. Enter in every keymap becomes three keys: expand the history, ask, act. Asking
 * waits for the verdict, and only an allowed line gives the last key its meaning. The functions succeed always: what
 * fails ends a shell with `set -e`, and runs its ERR trap. What they keep has names that nobody else uses, since a user
 * may make any variable read-only; LC_ALL and IFS they have to set, and say where they cannot. LESSSECURE: many programs start a pager by themselves, which
 * then takes no commands.
 *
 * A question tells unasked where the shell stands and what some words of the line mean, which spares a round trip: a
 * guess by plain reading at words that stand where commands do. The gate decides by the line itself, and asks about
 * every word that was not told. Nothing of that starts a process but a function's body: what builtins print goes
 * through a pipe whose two ends are the shell's own, or through substitutions where /dev/fd gives no second end.
 */
export function bashHook({ nonce, keys }: HookSecrets): string {
  const key = (letter: string): string => `\\C-^${keys}${letter}`;
  const guarded = Object.entries({ ...expanding, ...Object.fromEntries(menus.map((name) => [name, "c"])) })
    .map(
      ([name, letter]) =>
        `${name}) builtin bind -m "$__g_map" "\\"$__g_keys\\": \\"${key("g")}${key(letter)}\\"" ;;`,
    )
    .join("\n        ");
  const bound = (to: (name: string) => string): string =>
    Object.entries(expanding)
      .map(([name, letter]) => `__g_bind '"${key(letter)}": ${to(name)}'`)
      .join("; ");
  return sh`exec 9<&-
stty echo icanon
if (( BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] < 501 )); then
  builtin printf '\e]7777;%s;F;version;;%d;%s;%s\a' ${nonce} \${#BASH_VERSION} "$BASH_VERSION" ${nonce}
  exit 1
fi
__g_say() {
  builtin local LC_ALL=C 2>/dev/null || builtin :
  builtin printf '\e]7777;%s;%s;%s;%s;%d;%s;%s\a' "$__g_n" "$1" "$2" "$3" "\${#4}" "$4" "$__g_n" >|/dev/tty
}
__g_bind() {
  builtin local __g_map
  for __g_map in emacs vi-insert vi-command; do builtin bind -m "$__g_map" "$@"; done
}
__g_asks() {
  __g_bind '"\C-m": "${key("h")}${key("a")}${key("x")}"'
  __g_bind '"\C-j": "${key("h")}${key("a")}${key("x")}"'
}
__g_arm() { __g_armed=1; __g_bind '"${key("x")}": accept-line'; }
__g_disarm() { __g_armed=0; __g_bind '"${key("x")}": ""'; }
__g_hear() {
  if (( __g_piped )); then
    { "$@"; builtin printf '\0'; } >&8
    IFS= builtin read -r -d '' __g_heard <&9
    __g_heard=\${__g_heard%$'\n'}
  else __g_heard=$("$@"); fi
}
__g_tell() {
  builtin local __g_heard __g_piped=$1 __g_name __g_alias __g_body
  (( __g_piped )) && builtin read -r __g_heard <&9
  builtin shift
  __g_hear builtin pwd -P
  __g_told=\${__g_heard@Q}
  for __g_name in "$@"; do
    __g_alias=\${BASH_ALIASES[$__g_name]-} __g_body=
    builtin declare -F -- "$__g_name" >/dev/null && __g_body=$(builtin declare -f -- "$__g_name")
    __g_hear builtin type -P -- "$__g_name"
    __g_told+=" \${__g_name@Q} \${__g_alias@Q} \${__g_body@Q} \${__g_heard@Q}"
  done
}
__g_words() { __g_tell 1 "$@" 2>/dev/null 9<<<'' 8>|/dev/fd/9 || __g_tell 0 "$@" || builtin :; }
__g_named() {
  builtin local __g_name
  builtin local -a __g_names
  __g_names=()
  IFS=' ' builtin read -r -a __g_names <<<"$1"
  for __g_name in "\${!__g_names[@]}"; do builtin printf -v "__g_names[$__g_name]" %b "\${__g_names[$__g_name]}"; done
  __g_words "\${__g_names[@]}"
}
__g_guess() {
  builtin local __g_word __g_marks=$'[;|&()\n]' __g_due=1
  builtin local -a __g_list __g_names
  __g_list=() __g_names=()
  (( \${#1} > 512 )) || IFS=$' \t' builtin read -r -a __g_list <<<"\${1//$__g_marks/ ; }"
  for __g_word in "\${__g_list[@]}"; do
    case $__g_word in
      ';') __g_due=1 ;;
      *=* | '!' | '{' | if | then | elif | else | while | until | do | time) ;;
      *) (( __g_due )) && [[ $__g_word != *[!a-zA-Z0-9_.+-]* ]] && (( \${#__g_names[@]} < 8 )) && __g_names+=("$__g_word")
        __g_due=0 ;;
    esac
  done
  __g_words "\${__g_names[@]}"
}
__g_ask() {
  if (( __g_running )); then __g_arm; builtin return; fi
  if ! builtin local LC_ALL=C IFS=' ' 2>/dev/null; then
    __g_say F frozen '' 'LC_ALL or IFS'
    builtin return
  fi
  builtin local __g_frame __g_rest='' __g_ahead='' __g_kind __g_next __g_arg __g_line
  (( __g_more )) || __g_before=
  # Readline has said why such an event is none: as ever, the line does not run.
  if (( __g_bang && ! __g_more )) && [[ $READLINE_LINE == *[\!^]* ]] &&
    ! (builtin history -p -- "$READLINE_LINE") &>/dev/null; then
    READLINE_LINE= READLINE_POINT=0
    builtin return
  fi
  (( ++__g_id ))
  __g_line=$__g_before$READLINE_LINE
  __g_guess "$__g_line"
  __g_say Q "$__g_id" "$__g_more,$__g_status,$__g_ran" "\${__g_line@Q} $__g_told"
  while :; do
    IFS= builtin read -r -d $'\x1e' -t 31536000 __g_frame </dev/tty || { __g_kind=lost; builtin break; }
    case $__g_frame in
      *$'\x1d'"V;$__g_n;$__g_id;"*) ;;
      *$'\x1dV;'*) __g_ahead+=\${__g_frame%%$'\x1dV;'*}; builtin continue ;;
      *) __g_ahead+=$__g_frame$'\x1e'; builtin continue ;;
    esac
    __g_ahead+=\${__g_frame%%$'\x1d'"V;$__g_n;$__g_id;"*}
    __g_rest=\${__g_frame#*$'\x1d'"V;$__g_n;$__g_id;"}
    __g_kind=\${__g_rest%%;*} __g_rest=\${__g_rest#*;}
    __g_next=\${__g_rest%%;*} __g_arg=\${__g_rest#*;}
    __g_n=$__g_next
    builtin export -n __g_n
    [[ $__g_kind == need ]] || builtin break
    __g_named "$__g_arg"
    __g_say W "$__g_id" '' "$__g_told"
  done
  case $__g_kind in
    allow | instead)
      if [[ $__g_kind == instead ]]; then
        __g_was=$READLINE_LINE
        builtin printf -v READLINE_LINE %b "$__g_arg"
      fi
      __g_before=$__g_line$'\n'
      builtin set +H
      __g_arm ;;
    nl)
      READLINE_LINE+=$'\n' READLINE_POINT=\${#READLINE_LINE} ;;
    *) # deny, cancel, drop, lost
      [[ $__g_kind == deny ]] && (( ! __g_more )) && builtin history -s -- "$READLINE_LINE"
      READLINE_LINE= READLINE_POINT=0 ;;
  esac
  __g_say L "$__g_id" "$__g_kind" "\${__g_ahead@Q}"
  # Gives up the lines before it as well.
  if [[ $__g_kind == @(deny|cancel) ]] && (( __g_more )); then builtin kill -INT $$; fi
}
__g_guard() {
  builtin local LC_ALL=C 2>/dev/null || builtin :
  if [[ $READLINE_LINE == @(*'$['*|*'$(('*|*'\${'*([A-Za-z0-9_])[!A-Za-z0-9_}]*) ]]; then
    if (( __g_completes )); then ${bound(() => '""')}; fi
    __g_completes=0
    builtin printf '\a' >/dev/tty
    builtin return
  fi
  if (( ! __g_completes )); then ${bound((name) => name)}; fi
  __g_completes=1
  # Asked for a second time, with nothing done in between, it lists.
  if [[ $__g_seen == "$READLINE_POINT $READLINE_LINE" ]]; then
    __g_bind '"${key("c")}": possible-completions'
  else
    __g_bind '"${key("c")}": complete'
  fi
  __g_seen="$READLINE_POINT $READLINE_LINE"
}
__g_sink() { builtin local __g_frame; IFS= builtin read -r -d $'\x1e' -t 2 __g_frame </dev/tty || builtin :; }
__g_first() {
  __g_status=$?
  (( __g_armed )) && __g_disarm
  (( __g_bang )) && builtin set -H
  if [[ -v __g_was ]]; then
    builtin history -d -1 2>/dev/null || builtin :
    builtin history -s -- "$__g_was"
    builtin unset -v __g_was
  fi
}
__g_last() {
  builtin shopt -s promptvars interactive_comments
  __g_asks
  __g_seen=
  (( ++__g_count ))
  PS0=$__g_ps0\${PS0#"$__g_ps0"}
  PS1=\${PS1%"$__g_ps1"}$__g_ps1
  PS2=\${PS2%"$__g_ps2"}$__g_ps2
  __g_say P "$__g_count" "$__g_status,$__g_ran" ''
}
__g_enter() {
  builtin local __g_map __g_line __g_keys
  for __g_map in emacs vi-insert vi-command; do
    while IFS= builtin read -r __g_line; do
      __g_keys=\${__g_line#\"} __g_keys=\${__g_keys%\": *}
      builtin bind -m "$__g_map" -r "$__g_keys"
    done < <(builtin bind -m "$__g_map" -X)
    while IFS= builtin read -r __g_line; do
      __g_keys=\${__g_line#\"} __g_keys=\${__g_keys%\": *}
      case \${__g_line##*: } in
        ${dangerous}) builtin bind -m "$__g_map" -r "$__g_keys" ;;
        ${guarded}
        accept-line) builtin bind -m "$__g_map" "\"$__g_keys\": \"${key("h")}${key("a")}${key("x")}\"" ;;
      esac
    done < <(builtin bind -m "$__g_map" -p)
  done
  __g_bind '"${key("h")}": history-expand-line'
  # A key's command leaves its last word in $_, which is the user's.
  __g_bind -x '"${key("a")}": __g_ask "$_"'
  __g_bind -x '"${key("d")}": __g_disarm "$_"'
  __g_bind -x '"${key("g")}": __g_guard "$_"'
  __g_bind -x '"\C-]V;": __g_sink "$_"'
  __g_disarm
}
__g_thawed() {
  builtin local __g_name __g_frozen
  __g_frozen=$'\n'$(builtin readonly -p)$'\n'
  for __g_name in LC_ALL IFS PS0 PS1 PS2 PROMPT_COMMAND LESSSECURE; do
    [[ $__g_frozen == *$'\n'declare\ -*([!\ ])\ "$__g_name"[=$'\n']* ]] || builtin continue
    __g_say F frozen '' "$__g_name"
    builtin exit 1
  done
}
__g_install() {
  builtin unset -f builtin unset bind read printf local declare export history kill set shopt trap
  __g_n=${nonce} __g_id=0 __g_count=0 __g_running=0 __g_more=0 __g_lines=0 __g_ran=0 __g_status=0 __g_zero=0 __g_completes=0 __g_seen= __g_before=
  __g_ps0='\${__g_zero:$((__g_running=1,++__g_ran,0)):0}\e]7777;$__g_n;S;;;0;;$__g_n\a'
  __g_ps1='\${__g_zero:$((__g_running=0,__g_more=0,0)):0}\[\e]7777;$__g_n;D;$__g_count;;0;;$__g_n\a\]'
  __g_ps2='\${__g_zero:$((__g_more=1,++__g_lines,0)):0}\[\e]7777;$__g_n;C;$__g_lines;;0;;$__g_n\a\]'
  builtin export -n __g_n
  __g_thawed
  __g_bang=0; [[ $- == *H* ]] && __g_bang=1
  PROMPT_COMMAND=(__g_first "\${PROMPT_COMMAND[@]}" __g_last)
  builtin export LESSSECURE=1
  __g_enter
  __g_say R "$BASH_VERSION" '' ''
}
builtin readonly -f __g_say __g_bind __g_asks __g_arm __g_disarm __g_hear __g_tell __g_words __g_named __g_guess __g_ask __g_guard __g_sink __g_first __g_last __g_enter __g_thawed __g_install
[[ -r /etc/profile ]] && . /etc/profile
if [[ -r ~/.bash_profile ]]; then . ~/.bash_profile
elif [[ -r ~/.bash_login ]]; then . ~/.bash_login
elif [[ -r ~/.profile ]]; then . ~/.profile
elif [[ -r ~/.bashrc ]]; then . ~/.bashrc
fi
\builtin trap - DEBUG
\builtin shopt -u extdebug
\__g_install
`;
}
