import { sh, type HookSecrets } from "./hook.ts";

/** zsh takes its start-up files from a directory alone. This one, without secrets, removes itself first. */
const startUpFile =
  'rm -rf -- "$ZDOTDIR"; ' +
  "if (( ${+__g_dot} )); then ZDOTDIR=$__g_dot; else unset ZDOTDIR; fi; unset __g_dot; " +
  'print -n "\\033]7777;BOOT\\007"; IFS= read -r -d "$(print -n "\\036")" __g_hook </dev/tty && ' +
  '{ stty echo icanon; eval "$__g_hook"; }; unset __g_hook';

/**
 * The command for the `exec` request with a PTY, which any login shell can run. The hook itself comes through the
 * terminal, so that no nonce is ever among arguments, in the environment, in a file or in a history.
 */
export const zshBoot =
  "exec zsh -fc '" +
  'stty -echo -icanon; d=$(mktemp -d) || exit 1; print -r -- "$1" >$d/.zshrc || exit 1; ' +
  "(( ${+ZDOTDIR} )) && export __g_dot=$ZDOTDIR; ZDOTDIR=$d exec zsh -i" +
  `' boot '${startUpFile}'`;

/** Widgets that run the line, which ask instead. */
const accepting = "accept-line accept-and-hold accept-line-and-down-history accept-and-infer-next-history";
/** Widgets that run something else than the line as it stands. zsh knows the first by its name, whatever it is made to do. */
const removed = "execute-named-cmd execute-last-named-cmd run-help which-command pound-insert";
/** Widgets that evaluate substitutions, glob qualifiers and subscripts of the line where they complete or expand it. */
const expanding =
  "complete-word expand-or-complete expand-or-complete-prefix expand-word expand-cmd-path list-choices list-expand " +
  "delete-char-or-list menu-complete menu-expand-or-complete reverse-menu-complete accept-and-menu-complete";

/**
 * The text that zsh reads as its start-up file: the hook's functions, the user's own start-up files, and then the
 * hook's place in the line editor. User-defined widgets are gone: each is code that a key runs without asking. What
 * fails in a function ends a shell with `set -e`, so nothing does. What a question tells unasked is as in bash; `pwd`
 * in a process of its own only where $PWD is not where it stands.
 */
export function zshHook({ nonce }: HookSecrets): string {
  return sh`__g_say() {
  emulate -L zsh
  setopt nomultibyte
  builtin printf '\e]7777;%s;%s;%s;%s;%d;%s;%s\a' "$__g_n" "$1" "$2" "$3" "\${#4}" "$4" "$__g_n" >/dev/tty
}
__g_quote() {
  emulate -L zsh
  setopt nomultibyte
  __g_quoted=\${(qqqq)1}
}
__g_words() {
  emulate -L zsh
  local __g_name __g_one
  if [[ $PWD -ef . ]]; then __g_one=\${PWD:A}; else __g_one=$(builtin pwd -P); fi
  __g_quote "$__g_one"
  __g_told=$__g_quoted
  for __g_name; do
    for __g_one in "$__g_name" "\${aliases[$__g_name]-}" "\${functions[$__g_name]-}" "\${commands[$__g_name]-}"; do
      __g_quote "$__g_one"
      __g_told+=" $__g_quoted"
    done
  done
}
__g_named() {
  emulate -L zsh
  local __g_name
  local -a __g_names
  for __g_name in \${(s: :)1}; do
    builtin printf -v __g_name %b "$__g_name"
    __g_names+=("$__g_name")
  done
  __g_words "$__g_names[@]"
}
__g_guess() {
  emulate -L zsh
  local __g_word __g_due=1
  local -a __g_names __g_list
  (( $#1 > 512 )) || __g_list=(\${(s: :)\${1//$'\t'/ }//[;|&()$'\n']/ ; })
  for __g_word in $__g_list; do
    case $__g_word in
      (';') __g_due=1 ;;
      (*=* | '!' | '{' | if | then | elif | else | while | until | do | time) ;;
      (*) (( __g_due )) && [[ $__g_word != *[^a-zA-Z0-9_.+-]* ]] && (( $#__g_names < 8 )) && __g_names+=($__g_word)
        __g_due=0 ;;
    esac
  done
  __g_words $__g_names
}
__g_wait() {
  emulate -L zsh
  setopt nomultibyte
  local IFS= __g_frame __g_rest __g_mark __g_typed=
  while :; do
    __g_mark=$'\x1d'"V;$__g_n;$__g_id;"
    builtin read -r -d $'\x1e' __g_frame </dev/tty || { __g_kind=lost; break; }
    case $__g_frame in
      (*"$__g_mark"*) ;;
      (*$'\x1dV;'*) __g_typed+=\${__g_frame%%$'\x1dV;'*}; continue ;;
      (*) __g_typed+=$__g_frame$'\x1e'; continue ;;
    esac
    __g_typed+=\${__g_frame%%"$__g_mark"*}
    __g_rest=\${__g_frame#*"$__g_mark"}
    __g_kind=\${__g_rest%%;*} __g_rest=\${__g_rest#*;}
    __g_n=\${__g_rest%%;*} __g_line=\${__g_rest#*;}
    typeset +x __g_n
    [[ $__g_kind == need ]] || break
    __g_named "$__g_line"
    __g_say W "$__g_id" '' "$__g_told"
  done
  [[ $__g_kind == instead ]] && builtin printf -v __g_line %b "$__g_line"
  __g_quote "$__g_typed"
  __g_ahead=$__g_quoted
}
__g_expand() {
  setopt localoptions nobeep
  zle .expand-history || :
}
__g_accept() {
  if [[ $CONTEXT == (vared|select) ]]; then zle .accept-line; return; fi
  if [[ \${parameters[IFS]-} == *readonly* ]]; then __g_say F frozen '' IFS; return 0; fi
  [[ $BUFFER == *[\!^]* ]] && __g_expand
  CURSOR=$#BUFFER
  zle -R
  (( ++__g_id ))
  __g_guess "$PREBUFFER$BUFFER"
  __g_quote "$PREBUFFER$BUFFER"
  __g_say Q "$__g_id" "$(( \${#PREBUFFER} > 0 )),$__g_status,$__g_ran" "$__g_quoted $__g_told"
  __g_wait
  case $__g_kind in
    (allow | instead)
      if [[ $__g_kind == instead ]]; then __g_was=$BUFFER BUFFER=$__g_line; fi
      unsetopt banghist correct correctall
      setopt interactivecomments
      zle .accept-line ;;
    (nl)
      BUFFER+=$'\n'
      CURSOR=$#BUFFER ;;
    (*)
      [[ $__g_kind == deny && -z $PREBUFFER ]] && builtin print -sr -- "$BUFFER"
      zle -I
      BUFFER= ;;
  esac
  __g_say L "$__g_id" "$__g_kind" "$__g_ahead"
  [[ $__g_kind == drop ]] && __g_keys
  [[ $__g_kind == (nl|drop) ]] && zle -R && __g_say D "$__g_count" '' ''
  [[ $__g_kind == (deny|cancel|lost) ]] && zle .send-break
  return 0
}
__g_guard() {
  case $BUFFER in
    (*[\`\(]* | *\$*[\[\{]*) zle .beep ;;
    # The widget that beeps would end a menu.
    (*) zle "__g_own_$WIDGET" || { [[ ! -o beep ]] || builtin print -n '\a' >/dev/tty; } ;;
  esac
}
__g_isearch() {
  zle ".$WIDGET" || :
  [[ $KEYS == ($'\r'|$'\n') ]] && zle accept-line
  return 0
}
__g_sink() { builtin local __g_frame; IFS= builtin read -r -t 2 -d $'\x1e' __g_frame </dev/tty; }
__g_asks() {
  emulate -L zsh
  local __g_name __g_map
  for __g_name in ${accepting}; do zle -N $__g_name __g_accept; done
  for __g_map in main vicmd; do bindkey -M $__g_map '^M' accept-line '^J' accept-line; done
  bindkey -M isearch '^M' accept-search '^J' accept-search
}
# The keypad mode in which the keys of terminfo, to which start-up files bind widgets, are what a terminal sends.
__g_keys() {
  (( __g_keypad )) && echoti smkx >/dev/tty
  return 0
}
__g_line_init() {
  __g_keys
  __g_asks
  case $CONTEXT in
    (start) __g_say D "$__g_count" '' '' ;;
    (cont) __g_say C "$(( ++__g_lines ))" '' '' ;;
  esac
}
__g_line_finish() {
  (( __g_keypad )) && echoti rmkx >/dev/tty
  return 0
}
__g_precmd() {
  __g_status=$?
  (( __g_bang )) && setopt banghist
  setopt interactivecomments
  unsetopt correct correctall rcquotes cshjunkiequotes cshjunkieloops
  galiases=() saliases=()
  if (( \${+__g_was} )); then
    builtin print -sr -- "$__g_was"
    unset __g_was
  fi
  (( ++__g_count ))
  __g_say P "$__g_count" "$__g_status,$__g_ran" ''
}
__g_preexec() { (( ++__g_ran )); __g_say S '' '' ''; }
__g_history() {
  (( ! \${+__g_was} ))
}
__g_widgets() {
  emulate -L zsh
  local __g_name __g_map __g_row
  (( \${+widgets[zle-line-init]} && \${+terminfo[smkx]} )) && [[ \${(F)functions} == *smkx* ]] && __g_keypad=1
  for __g_name in \${(k)widgets}; do
    case $widgets[$__g_name] in
      (user:*) if (( \${+widgets[.$__g_name]} )); then zle -A .$__g_name $__g_name; else zle -D $__g_name; fi ;;
    esac
  done
  # Each once: a guard of a guard would never end.
  local -aU __g_completing=(${expanding} \${(k)widgets[(R)completion:*]})
  for __g_name in $__g_completing; do
    [[ $__g_name == (.*|_*|__g_*) ]] && continue
    zle -A $__g_name __g_own_$__g_name
    zle -N $__g_name __g_guard
  done
  for __g_name in ${removed}; do zle -A .beep $__g_name; done
  for __g_name in history-incremental-search-{,pattern-}{back,for}ward; do zle -N $__g_name __g_isearch; done
  for __g_map in \${(f)"$(bindkey -l)"}; do
    [[ $__g_map == .safe ]] && continue
    for __g_row in \${(f)"$(bindkey -M $__g_map -L)"}; do
      case \${__g_row##* } in
        (.* | ${removed.replaceAll(" ", " | ")}) eval "\${__g_row% *} beep" ;;
      esac
    done
    bindkey -M $__g_map '^]V;' __g_sink
  done
  zle -N __g_sink
  zle -N zle-line-init __g_line_init
  zle -N zle-line-finish __g_line_finish
}
for __g_file in /etc/zsh/zprofile /etc/zprofile; do [[ -r $__g_file ]] && . $__g_file; done
for __g_file in .zshenv .zprofile .zshrc .zlogin; do
  [[ -r \${ZDOTDIR:-$HOME}/$__g_file ]] && . \${ZDOTDIR:-$HOME}/$__g_file
done
unset __g_file
trap - DEBUG
unfunction TRAPDEBUG 2>/dev/null
__g_n=${nonce} __g_id=0 __g_count=0 __g_lines=0 __g_ran=0 __g_status=0 __g_keypad=0
typeset +x __g_n
__g_bang=0; [[ -o banghist ]] && __g_bang=1
precmd_functions=(__g_precmd $precmd_functions)
preexec_functions=(__g_preexec $preexec_functions)
zshaddhistory_functions=(__g_history $zshaddhistory_functions)
typeset -x LESSSECURE=1
zmodload zsh/zleparameter zsh/parameter zsh/terminfo
__g_widgets
__g_say R "$ZSH_VERSION" '' ''
`;
}
