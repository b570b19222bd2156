/**
 * Places in a line where a deed can stand: `@` is the deed, a simple command without quotes. Each runs it, or would
 * if it came to that; facts of the line must hold the deed's, whatever else they hold.
 */
export const around: readonly string[] = String.raw`
((@) )
echo $((@) )
((ls); @)
!(@)
echo $(!(@))
echo $[$(@)]
echo ${"$"}{ @; }
echo "${"$"}{x[$(@)]}"
echo $"$(@)"
[[ $(@) ]]
case $(@) in a) ;; esac
case a in $(@)) ;; esac
for ((i=$(@);;)); do :; done
a=([$(@)]=1)
declare -A a=([x]=$(@))
a+=($(@))
echo ${"$"}{a:$(@)}
echo ${"$"}{!x[$(@)]}
echo >$(@)
echo "${"$"}{x:-"$(@)"}"
echo ${"$"}{x%%$(@)}
echo $((x=$(@)))
select i in $(@); do :; done
{ :; } > $(@)
f() { :; } > $(@)
coproc X { @; }
if :; then :; elif @; then :; fi
x() ( @ )
function x() ( @ )
echo 'a\'; @; echo ''
echo "a\"b"; @
echo $'a\'b'; @
echo \'; @
echo ${"$"}{x#"}"}; @
[[ a =~ (b|c) ]] && @
echo $(case x in x) @;; esac)
ls |& @
ls &> y & @
time { @; }
time ! @
echo }; @
echo {; @
echo if; @
a=1 b=2; c=3 @
>x @
<x >y @
2>&1 @
{fd}>x @
((i++)); @
echo "$(echo ")"; @)"
echo $(<x) ; @
[ -n x ] && { @; }
x=${"$"}{y:=$(@)}
: "${"$"}{x/${"$"}{y}/$(@)}"
sudo -S -p '' @
sudo -g wheel -u root -- env X=1 @
bash -c -- '@'
bash -ec -x '@'
bash +x -c '@'
bash -o posix -c '@'
zsh -fc '@'
sh -c 'exec @'
ksh -c '@'
echo @ | bash -
echo @ | bash /dev/stdin
bash < <(echo @)
. <(printf '@')
sudo sh <<< '@'
env bash <<< '@'
timeout 3 sh <<< '@'
echo @ | cat | tee x | sh
xargs -a /dev/null @
find / -maxdepth 0 -exec @ \;
find . -name x -o -exec @ \;
git bisect run @
git rebase -x '@' main
nice -n19 @
nice -19 @
ionice -c2 -n7 @
chroot --userspec=a:b /mnt @
env -C / @
env --chdir=/ @
env --split-string='@'
setsid -w @
/usr/bin/time -o x @
doas -n @
runuser -u bob -- @
runuser -l bob -c '@'
su -c '@' bob
su bob -s /bin/sh -c '@'
ssh -tt -o StrictHostKeyChecking=no web1 -- @
ssh h "bash -c '@'"
docker run -it --rm -v x:/y img @
docker exec --user root c @
kubectl exec pod -- sh -c '@'
kubectl exec pod -c c -it -- @
kubectl run x --image=y -- @
systemd-run --user --scope @
flock -n /x @
flock -x 9 -c '@'
script -c '@'
script -q -c '@' x
strace -o x -f @
ltrace @
gdb --args @
gdb -ex '!@' x
gdb -ex 'shell @'
valgrind --tool=x @
perf stat -r 3 @
busybox sh -c '@'
toybox @
at now <<< '@'
batch <<< '@'
tmux new -d '@'
tmux send-keys '@' Enter
screen -dmS x @
screen -X stuff '@'
nohup sh -c '@' >/dev/null 2>&1 &
parallel @ ::: a
echo @ | parallel
parallel '@' ::: a
watch -x @
unshare -rm -- @
pkexec --user root @
cpulimit -l 5 @
rlwrap @
unbuffer @
`
  .trim()
  .split("\n");
