import type { Mark } from "../findings.ts";
import { each, type Program, takes } from "./program.ts";

const connect: Mark = { network: "connect" };
const harmless: Program = {};

/** Programs that reach other hosts, or show and change how the host reaches them. */
export const network: Record<string, Program> = {
  curl: { special: "curl" },
  wget: { special: "wget" },
  ...each("aria2c axel lwp-download fetch", {
    options: takes(
      "-o=change -d=directory -O=change --on-download-complete=shell --on-download-start=shell --on-download-stop=shell --on-download-error=shell",
    ),
    operands: ["host"],
    mark: { network: "download", writes: true },
    gives: "download",
  }),
  ...each("lwp-request GET lynx w3m links elinks http https httpie xh curlie", {
    options: takes("-o=change -a -b"),
    operands: ["text"],
    mark: { network: "download" },
    gives: "download",
    special: "browse",
  }),
  ...each("nc ncat netcat nc.openbsd nc.traditional", { special: "netcat" }),
  socat: { special: "socat" },
  ...each("telnet", {
    options: takes("-l -b"),
    operands: ["host", "text"],
    mark: { network: "connect", interpreter: true },
  }),
  ...each("ftp lftp sftp tftp ncftp smbclient", {
    options: takes("-e=shell -c=code -u -P -p -i=read -F=read -o=text -b=script -J -l -s"),
    operands: ["host", "text"],
    mark: { network: "upload", interpreter: true },
  }),
  scp: { special: "scp" },
  ssh: { special: "ssh" },
  ...each("mosh autossh", { special: "ssh" }),
  sshpass: { options: takes("-p -f=read -P -e"), wrapper: {} },
  "ssh-copy-id": {
    options: takes("-i=read -p -o"),
    operands: ["host"],
    mark: { network: "upload", writes: true, persistence: ["authorized-keys"] },
  },
  "ssh-keygen": { special: "ssh-keygen" },
  "ssh-keyscan": { options: takes("-t -p -T -f=read"), operands: ["host"], mark: connect },
  "ssh-add": {
    options: takes("-t -E -T -S"),
    operands: ["read"],
    flags: { "-l": {}, "-L": {} },
    mark: { secrets: [] },
  },
  "ssh-agent": { options: takes("-a -t -E"), wrapper: {} },
  ...each(
    "ping ping6 traceroute traceroute6 tracepath mtr arping fping hping3 nmap masscan whois dig host nslookup drill kdig delv iperf iperf3 nping tcping httping",
    {
      options: takes("-c -i -W -w -s -t -p -I -m -q -f -b -x -k -P -B -oN=change -oX=change -oG=change"),
      operands: ["host"],
      mark: connect,
      special: "probe",
    },
  ),
  ss: { options: takes("-A -f -F=read"), flags: { "-K": { effects: ["process"], writes: true } } },
  ...each("netstat ifstat nethogs vnstat bmon nload ifdata conntrack", {
    options: takes("-A -f -i -t"),
  }),
  ...each("tcpdump tshark dumpcap ngrep", {
    options: takes(
      "-i -c -s -w=change -r=read -F=read -C -G -W -z=shell -f -Y -T -e -X=code -K=read -O=change",
    ),
    operands: ["text"],
    mark: { effects: ["sniff"] },
  }),
  iftop: { options: takes("-i -f -F"), mark: { interpreter: true } },
  ip: { special: "ip" },
  ...each("ifconfig route arp", { special: "interface" }),
  openssl: { special: "openssl" },
  ...each(
    "psql mysql mariadb mysqldump pg_dump pg_dumpall redis-cli mongo mongosh sqlite3 sqlplus sqlcmd clickhouse-client cqlsh influx",
    { special: "database" },
  ),
  ...each("sendmail mail mailx mutt ssmtp msmtp swaks", {
    options: takes("-s -a=read -A=read -r -c -b -f -F -q"),
    operands: ["text"],
    mark: { network: "upload" },
  }),
  ...each("rclone s3cmd azcopy gsutil mc s5cmd restic borg duplicity", { special: "cloud-copy" }),
  ...each("ngrok cloudflared chisel frpc frps bore localtunnel lt tailscale openvpn gost", {
    mark: { network: "listen", effects: ["tunnel"], writes: true },
  }),
  ...each("avahi-browse rpcinfo showmount", harmless),
  nmcli: { special: "shows-unless" },
};
