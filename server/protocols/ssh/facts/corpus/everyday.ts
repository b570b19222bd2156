import type { Case } from "./case.ts";

const shows = (lines: string): Case[] =>
  lines
    .trim()
    .split("\n")
    .map((line) => ({ line: line.trim() }));

/** What engineers type on hosts all day. */
export const everyday: Case[] = [
  ...shows(String.raw`
    ls
    ls -la
    ls -lah /var/log
    ls *.log
    pwd
    cd /var/log
    cd -
    cd ~/work && ls
    whoami
    id
    hostname -f
    uname -a
    uptime
    w
    date
    date -u +%FT%TZ
    df -h
    df -hT /
    du -sh *
    du -sh /var/* 2>/dev/null | sort -h | tail -20
    free -m
    top -bn1
    ps aux
    ps aux | sort -nrk 3 | head -5
    ps -ef | grep nginx | grep -v grep
    pgrep -fa java
    lsof -i :8080
    ss -tlnp
    netstat -an | grep ESTABLISHED | wc -l
    ip addr
    ip a
    ip route show
    systemctl status nginx
    systemctl status nginx.service --no-pager -l
    systemctl list-units --type=service --state=failed
    systemctl is-active sshd
    systemctl cat nginx
    journalctl -u nginx -f
    journalctl -u x --since "1 hour ago" | grep -i error
    journalctl -xe
    dmesg | tail -50
    dmesg -T --level=err,warn
    tail -f /var/log/nginx/access.log
    tail -n 100 /var/log/syslog | grep -i oom
    head -20 README.md
    cat /etc/os-release
    cat /proc/cpuinfo | grep 'model name' | uniq
    cat /proc/meminfo
    grep -r TODO src
    grep -rn "listen 80" /etc/nginx
    grep -i error /var/log/app/app.log | tail -20
    grep -c '^' file.txt
    zgrep "500" /var/log/nginx/access.log.2.gz
    rg -n 'func main' --type go
    find . -name '*.log'
    find /var/log -type f -size +100M
    find . -name "*.ts" -exec grep -l foo {} +
    find . -type d -name node_modules -prune -o -type f -print
    awk '{print $1}' access.log | sort | uniq -c | sort -rn | head
    awk -F: '{print $1}' /etc/passwd
    awk '$9 >= 500 {count[$7]++} END {for (u in count) print count[u], u}' access.log
    awk -F, -v n=3 '$n > 10 && /x|y/ {print $2 "|" $3}' f.csv
    sed -n '1,20p' file
    sed 's/foo/bar/g' file
    sed -e 's#/a#/b#' -e '/^$/d' config.ini
    cut -d' ' -f1 access.log | sort -u
    wc -l *.csv
    sort -t, -k2 data.csv | uniq -d
    diff -u a.conf b.conf
    diff <(sort a) <(sort b)
    md5sum *.iso
    sha256sum -c SHA256SUMS
    file /bin/ls
    stat /etc/hosts
    which python3
    type ls
    command -v docker
    echo hello
    echo "$HOME"
    echo $?
    echo $((1 + 2))
    printf '%s\n' a b c
    git status
    git log --oneline -20
    git diff HEAD~1
    git branch -a
    git show HEAD
    git blame src/main.c
    git stash list
    git remote -v
    docker ps
    docker ps -a --format '{{.Names}}'
    docker logs -f --tail 100 web
    docker images
    docker inspect web
    docker stats --no-stream
    docker compose ps
    docker-compose logs -f api
    kubectl get pods
    kubectl get pods -n prod -o wide
    kubectl -n prod logs -f deploy/api --tail=100
    kubectl describe pod api-0
    kubectl get events --sort-by=.lastTimestamp
    kubectl get secrets
    kubectl top pods
    kubectl rollout status deploy/api
    kubectl config get-contexts
    helm list -A
    terraform plan
    az account show
    az vm list -o table
    aws s3 ls s3://bucket/
    aws sts get-caller-identity
    gcloud config list
    apt list --upgradable
    apt-cache policy nginx
    dpkg -l | grep nginx
    rpm -qa
    npm ls
    pip list
    nginx -t
    crontab -l
    mount | column -t
    lsblk -f
    sysctl net.ipv4.ip_forward
    iptables -L -n -v
    ufw status
    sestatus
    last -20
    timeout 5 ping -c 1 10.0.0.1 | tail -1
    dig +short example.com
    nslookup example.com
    openssl x509 -in cert.pem -noout -dates
    openssl version
    ssh-keygen -lf ~/.ssh/id_ed25519.pub
    cat ~/.ssh/known_hosts
    jq '.items[] | .metadata.name' pods.json
    yq '.services' compose.yml
    curl -s localhost:8080/health | jq .
    curl -sI https://example.com
    curl -s -o /dev/null -w '%{http_code}' http://localhost/
    while true; do date; sleep 1; done
    while IFS= read -r line; do echo "$line"; done < hosts.txt
    for h in a b c; do echo "$h"; done
    for f in *.log; do wc -l "$f"; done
    for i in {1..5}; do curl -s localhost:8080/health; done
    for i in $(seq 1 5); do echo "$i"; done
    if [ -f /etc/hosts ]; then cat /etc/hosts; fi
    [ -d /opt/app ] && ls /opt/app
    [[ -n "$x" ]] && echo set
    case "$1" in start) echo s;; *) echo other;; esac
    test -e /tmp/x || echo missing
    ls | wc -l
    ls -la | grep '^d' | awk '{print $9}'
    tree -L 2
    readlink -f /usr/bin/python3
    basename /a/b.txt .txt
    watch -n 1 'ss -s'
    watch df -h
    time ls
    nice -n 10 du -sh /var
    cat <<< "hello"
    comm -12 <(sort a) <(sort b)
    tar tzf backup.tgz
    tar -tvf x.tar
    zcat app.log.gz | grep ERROR
    gzip -dc app.log.gz | head
    unzip -l x.zip
    base64 < logo.png | head -c 100
    echo aGVsbG8= | base64 -d
    xxd file.bin | head
    strings /bin/ls | head
    sleep 5 &
    jobs
    fg
    wait
    export LANG=C
    x=5
    x=5; echo "$x"
    alias ll='ls -l'
    set -e
    set -o pipefail
    umask
    ulimit -n
    getent passwd root
    getent hosts db
    nproc; lscpu | grep Model
    vmstat 1 5
    iostat -x 1 3
    cal
    tput cols
    clear
    exit
    ls # and see
    cat file | tr a-z A-Z
    tail -f /var/log/app.log | grep --line-buffered ERROR
    pip freeze
    go version
    node --version
    python3 --version
    java -version
    bash --version
    sudo -l
    logname; tty
    seq 1 10 | paste -sd+ 
    column -t -s, data.csv
    xargs -a hosts.txt -n1 echo
    locate nginx.conf
    du -d1 -h . | sort -h
    ps -o pid,cmd --ppid 1 | head
    stat -c '%a %n' *
    cat /sys/class/net/eth0/mtu
    cat /proc/loadavg
    nc -zv db 5432
    git log --author="$(git config user.name)" -5
  `),
  { line: "vim notes.txt", writes: true, interpreter: true, changes: "notes.txt" },
  { line: "less /var/log/syslog", writes: true, interpreter: true, reads: "/var/log/syslog" },
  { line: "man ls", writes: true, interpreter: true },
  { line: "git pull", writes: true, network: "download:" },
  { line: "git fetch --all", writes: true, network: "download:" },
  { line: "git push origin main", writes: true, network: "upload:" },
  { line: "git checkout -b fix", writes: true },
  { line: "git commit -am 'fix'", writes: true },
  { line: "git clone https://github.com/x/y.git", writes: true, network: "download:github.com" },
  { line: "git add -A && git commit -m x", writes: true },
  { line: "mkdir -p build/out", writes: true, changes: "build/out" },
  { line: "touch a.txt", writes: true, changes: "a.txt" },
  { line: "cp a.txt b.txt", writes: true, reads: "a.txt", changes: "b.txt" },
  { line: "cp -r src dst", writes: true, changes: "dst" },
  { line: "mv a.txt b.txt", writes: true, changes: "a.txt b.txt" },
  { line: "rm old.log", writes: true, deletes: "old.log" },
  { line: "rm -rf node_modules", writes: true, deletes: "node_modules:rf" },
  { line: "rm -f /tmp/x.lock", writes: true, deletes: "/tmp/x.lock:f" },
  { line: "rmdir empty", writes: true, deletes: "empty" },
  { line: "ln -s /opt/app/current app", writes: true, changes: "app" },
  { line: "chmod +x run.sh", writes: true, changes: "run.sh" },
  { line: "chmod 644 a.conf", writes: true, changes: "a.conf" },
  { line: "chmod -R u+rwX,go-w dir", writes: true, changes: "dir" },
  { line: "chown app:app /srv/app", writes: true, effects: "ownership", changes: "/srv/app" },
  { line: "tar czf backup.tgz src", writes: true, changes: "backup.tgz", reads: "src" },
  { line: "tar xzf backup.tgz", writes: true, changes: "." },
  { line: "tar -xf x.tar -C /opt/app", writes: true, changes: "/opt/app" },
  { line: "gzip app.log", writes: true, changes: "app.log" },
  { line: "gunzip app.log.gz", writes: true, changes: "app.log.gz" },
  { line: "unzip x.zip -d out", writes: true, changes: "out" },
  { line: "echo hello > out.txt", writes: true, changes: "out.txt" },
  { line: "make 2>&1 | tee build.log", writes: true, opaque: true, changes: "build.log" },
  { line: "sort a.txt -o a.txt", writes: true, changes: "a.txt" },
  { line: "sed -i 's/a/b/' app.conf", writes: true, changes: "app.conf" },
  { line: 'for f in *.log; do gzip "$f"; done', writes: true, changes: "*.log" },
  { line: 'for d in a b; do mkdir -p "$d/x"; done', writes: true, changes: "a/x b/x" },
  {
    line: "curl -sO https://example.com/a.tgz",
    writes: true,
    network: "download:example.com",
    changes: "a.tgz",
  },
  {
    line: "wget -q https://example.com/a.tgz",
    writes: true,
    network: "download:example.com",
    changes: "a.tgz",
  },
  { line: "curl -X POST -d '{\"a\":1}' localhost:8080/x", writes: true, network: "upload:localhost" },
  { line: "scp a.txt web1:/tmp/", writes: true, network: "upload:web1", reads: "a.txt" },
  { line: "scp web1:/tmp/a.txt .", writes: true, network: "download:web1", changes: "." },
  { line: "rsync -av src/ web1:/srv/app/", writes: true, network: "upload:web1", reads: "src" },
  { line: "ssh web1", writes: true, interpreter: true, network: "connect:web1" },
  {
    line: "for s in web1 web2; do ssh $s uptime; done",
    writes: true,
    programs: "ssh uptime",
    network: "connect:web1 connect:web2",
  },
  { line: "awk '{print $1 | \"sort\"}' f", programs: "awk sort" },
  { line: "cat a b > c", writes: true, reads: "a b", changes: "c" },
  { line: "until curl -sf localhost; do sleep 1; done", network: "download:localhost" },
  { line: "set -euo pipefail" },
  { line: "export EDITOR=vim" },
  { line: "tar --create --file=x.tar src", writes: true, reads: "src", changes: "x.tar" },
  { line: "ssh web1 uptime", writes: true, network: "connect:web1", programs: "ssh uptime" },
  {
    line: "ssh -p 2222 -i ~/.ssh/id_ed25519 ops@web1 df -h",
    writes: true,
    network: "connect:web1",
    programs: "df ssh",
  },
  { line: "sudo systemctl status nginx", privilege: true },
  { line: "sudo tail -f /var/log/nginx/error.log", privilege: true },
  { line: "sudo systemctl restart nginx", writes: true, privilege: true, system: true, effects: "service" },
  { line: "systemctl reload nginx", writes: true, system: true, effects: "service" },
  {
    line: "sudo apt update",
    writes: true,
    privilege: true,
    system: true,
    effects: "package",
    network: "download:",
  },
  { line: "sudo apt-get install -y htop", writes: true, privilege: true, system: true, effects: "package" },
  { line: "docker compose up -d", writes: true, effects: "container" },
  { line: "docker restart web", writes: true, effects: "container" },
  { line: "docker exec web ls /app", effects: "container", programs: "docker ls" },
  { line: "docker exec -it web bash", writes: true, effects: "container", interpreter: true },
  { line: "docker build -t app .", writes: true, effects: "container" },
  { line: "kubectl apply -f deploy.yml", writes: true, effects: "orchestration" },
  { line: "kubectl exec -it api-0 -- ls /app", writes: true, effects: "container", programs: "kubectl ls" },
  { line: "kubectl rollout restart deploy/api", writes: true, effects: "orchestration" },
  { line: "kubectl scale --replicas=3 deploy/api", writes: true, effects: "orchestration" },
  { line: "helm upgrade app ./chart", writes: true, effects: "orchestration" },
  { line: "npm ci", writes: true, opaque: true, effects: "package" },
  { line: "npm run build", writes: true, opaque: true },
  { line: "make -j4", writes: true, opaque: true },
  { line: "pip install requests", writes: true, effects: "package" },
  { line: "python3 app.py", writes: true, scripts: "app.py" },
  { line: "python3 -m http.server", writes: true, opaque: true },
  { line: "python3", writes: true, interpreter: true },
  { line: "./deploy.sh staging", writes: true, scripts: "./deploy.sh" },
  { line: "bash setup.sh", writes: true, scripts: "setup.sh" },
  { line: "bash", writes: true, interpreter: true },
  { line: "source venv/bin/activate", writes: true, scripts: "venv/bin/activate" },
  { line: ". ~/.bashrc", writes: true, scripts: "~/.bashrc" },
  { line: "psql -h db -c 'select 1'", writes: true, network: "connect:db" },
  { line: "psql -h db", writes: true, interpreter: true, network: "connect:db" },
  { line: "redis-cli -h cache ping", writes: true, network: "connect:cache" },
  { line: "mysqldump -h db shop > shop.sql", writes: true, network: "connect:db", changes: "shop.sql" },
  { line: "kill 1234", writes: true, effects: "process" },
  { line: "pkill -HUP nginx", writes: true, effects: "process" },
  {
    line: "nohup ./run.sh > run.log 2>&1 &",
    writes: true,
    scripts: "./run.sh",
    changes: "run.log",
    wrappers: "nohup",
  },
  { line: "tmux", writes: true, interpreter: true },
  { line: "tmux ls" },
  { line: "ll /etc/nginx/sites-enabled", writes: true, programs: "ll" },
  { line: "find . -name '*.ts' -print0 | xargs -0 grep -l foo", effects: "dynamic-path" },
  { line: "env | grep JAVA", secrets: "environment" },
  { line: "history | grep ssh", secrets: "history" },
  { line: "tail -f $LOGS/app.log", effects: "dynamic-path" },
  { line: "mytool --version", writes: true, programs: "mytool" },
  { line: "PATH=$PATH:/opt/tool/bin" },
  { line: "env", secrets: "environment" },
  { line: "printenv", secrets: "environment" },
  { line: "history", secrets: "history" },
  { line: "printenv HOME" },
  { line: "find /tmp -mtime +7 -delete", writes: true, deletes: "/tmp/**:r" },
  { line: "find . -name '*.pyc' -delete", writes: true, deletes: "./**/*.pyc:r" },
  { line: "cat > app.env.example <<'EOF'\nA=1\nEOF", writes: true, changes: "app.env.example" },
  { line: "cat <<EOF | kubectl apply -f -\nkind: X\nEOF", writes: true, effects: "orchestration" },
  { line: "cat <<EOF\nhello $USER\nEOF" },
  { line: 'f() { ls "$1"; }; f /tmp', writes: true },
  { line: "dd if=/dev/zero of=test.img bs=1M count=10", writes: true, changes: "test.img" },
  { line: "truncate -s 0 app.log", writes: true, effects: "truncate", changes: "app.log" },
  { line: "logger -t deploy done", writes: true },
  {
    line: "xargs -n1 mkdir < names.txt",
    writes: true,
    opaque: true,
    effects: "dynamic-path",
    changes: "(its_input)",
  },
  { line: "ls -l | tee list.txt | wc -l", writes: true, changes: "list.txt" },
  { line: "echo 'a b' | xargs -n1 echo" },
  { line: "echo a.txt b.txt | xargs cat", reads: "a.txt b.txt" },
  { line: "gcc -o app main.c", writes: true, changes: "app", reads: "main.c" },
  { line: "openssl s_client -connect example.com:443 </dev/null", network: "connect:example.com" },
  { line: "openssl req -new -key k.pem -out k.csr", writes: true, secrets: "private-key", changes: "k.csr" },
  { line: "nmap -p 22 10.0.0.0/24", effects: "scan" },
  { line: "tcpdump -i eth0 port 80", effects: "sniff" },
  { line: "strace -p 1234", writes: true, effects: "process-inside trace" },
  { line: "ls *.txt(N)", dialect: "zsh", programs: "ls", reads: "*.txt" },
  { line: "ls -lt **/*.log(.om[1,3])", dialect: "zsh", programs: "ls", reads: "**/*.log" },
  { line: "ls *.(jpg|png)", dialect: "zsh", programs: "ls", reads: "*.*" },
  { line: "wc -l *.csv(.N) | sort -n", dialect: "zsh", programs: "sort wc" },
  { line: "du -sh *(/)", dialect: "zsh", programs: "du" },
  { line: "rm -f build/*.o(.mh+7)", dialect: "zsh", writes: true, deletes: "build/*.o:f" },
  { line: "for f (*.log) gzip -t $f", dialect: "zsh", programs: "gzip" },
  { line: "for n (web1 web2) { echo $n; uptime }", dialect: "zsh", programs: "echo uptime" },
  { line: "for i ({1..3}) echo $i", dialect: "zsh", programs: "echo" },
  { line: "for ((i = 0; i < 3; i++)) echo $i", dialect: "zsh", programs: "echo" },
  { line: "for f in *.log(N); do head -n 1 $f; done", dialect: "zsh", programs: "head" },
  { line: "hello() { echo hello }", dialect: "zsh", programs: "echo" },
  { line: "function hello { echo hello }", dialect: "zsh", programs: "echo" },
  { line: "{ date; uptime } | cat", dialect: "zsh", programs: "cat date uptime" },
  { line: "if [[ -f x ]] { cat x } else { echo none }", dialect: "zsh", programs: "cat echo" },
  { line: "while [[ ! -e done ]] { sleep 1 }", dialect: "zsh", programs: "sleep" },
];
