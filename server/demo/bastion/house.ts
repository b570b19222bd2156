/** The demo host's made-up content. Nobody lives there; every name, card and secret is invented. */

export const USER = "demo";
export const HOME = `/home/${USER}`;
export const HOST = "bastion";

export type MadeUpFile = { content: string; mode: number; mtime: Date };

/** When everything there was last changed, so that each start looks the same. */
const LONG_AGO = Date.UTC(2026, 5, 12, 9, 41);
const LINE_MS = 37_000;
const LOG_LINES = 240;

export function furnish(): Record<string, MadeUpFile> {
  const file = (content: string, mode = 0o644): MadeUpFile => ({ content, mode, mtime: new Date(LONG_AGO) });
  return {
    [`${HOME}/README.txt`]: file(readme),
    [`${HOME}/notes.md`]: file(notes),
    [`${HOME}/.bash_history`]: file("sudo systemctl restart shop\ntail -f /var/log/shop/app.log\n", 0o600),
    [`${HOME}/.ssh/id_ed25519`]: file(privateKey, 0o600),
    [`${HOME}/.ssh/id_ed25519.pub`]: file("ssh-ed25519 AAAA-not-a-key demo@bastion\n"),
    [`${HOME}/.ssh/config`]: file("Host db-*\n  User deploy\n  IdentityFile ~/.ssh/id_ed25519\n", 0o600),
    [`${HOME}/shop/.env`]: file(environment, 0o600),
    [`${HOME}/shop/config.yaml`]: file(config),
    [`${HOME}/shop/deploy.sh`]: file(deploy, 0o755),
    [`${HOME}/shop/clean.sh`]: file("#!/bin/bash\nrm -rf /var/log/shop/*\n", 0o755),
    "/etc/hostname": file(`${HOST}\n`),
    "/etc/hosts": file("127.0.0.1 localhost\n10.20.0.4 bastion\n10.20.0.11 db-1\n10.20.0.12 db-2\n"),
    "/etc/os-release": file('PRETTY_NAME="A host in memory"\nNAME="Demo"\nID=demo\n'),
    "/etc/passwd": file(`root:x:0:0:root:/root:/bin/bash\n${USER}:x:1000:1000:Demo:${HOME}:/bin/bash\n`),
    "/etc/nginx/nginx.conf": file(nginx),
    "/var/log/shop/app.log": file(appLog()),
    "/var/log/nginx/access.log": file(accessLog()),
    "/var/log/auth.log": file(authLog),
    "/tmp/.keep": file(""),
  };
}

const readme = `This host is a demonstration. It lives in the gateway's memory: its files, its secrets and
its shell are made up, and it reaches no network and no file of the machine that runs it.

Try:
  tail /var/log/shop/app.log        e-mails and cards are masked on their way to you
  grep -c ERROR /var/log/shop/app.log
  cat ~/.ssh/id_ed25519             reading a secret
  rm -rf /var/log/shop              waits for a reviewer
`;

const notes = `# On call

- Logs: /var/log/shop/app.log. They hold customers' data: do not paste them into a ticket.
- A full disk is nearly always /var/log. Ask before you delete.
- The deploy key in ~/.ssh is for db-1 and db-2 alone.
`;

const privateKey = `-----BEGIN OPENSSH PRIVATE KEY-----
VGhpcyBpcyBub3QgYSBrZXkuIEl0IGlzIGEgdGV4dCBpbiBhIGRlbW9uc3RyYXRpb24s
IGFuZCBvcGVucyBub3RoaW5nIGFueXdoZXJlLg==
-----END OPENSSH PRIVATE KEY-----
`;

const environment = `DATABASE_URL=postgres://shop:not-a-password@db-1:5432/shop
SESSION_SECRET=made-up-and-used-nowhere
PAYMENT_API_KEY=demo_key_that_opens_nothing
ALERT_EMAIL=oncall@shop.example
`;

const config = `service: shop
listen: 127.0.0.1:8000
database: { host: db-1, pool: 12 }
log: { path: /var/log/shop/app.log, level: info }
`;

const deploy = `#!/bin/bash
set -euo pipefail
echo "deploying $1 to db-1 and db-2"
echo "$(date -u +%F) $1" >>/tmp/deployments
`;

const nginx = `server {
  listen 443 ssl;
  server_name shop.example;
  location / { proxy_pass http://127.0.0.1:8000; }
}
`;

const authLog = `Jun 12 08:58:11 bastion sshd[811]: Accepted publickey for demo from 10.20.0.9 port 50122
Jun 12 09:02:40 bastion sshd[811]: Disconnected from user demo 10.20.0.9 port 50122
Jun 12 09:40:55 bastion sshd[902]: Failed password for root from 203.0.113.77 port 41990
`;

const people = [
  "ada.lovelace",
  "alan.turing",
  "grace.hopper",
  "edsger.dijkstra",
  "barbara.liskov",
  "ken.iverson",
];
/** Numbers that card schemes publish for tests: their check digits are right, and no account has them. */
const cards = ["4111 1111 1111 1111", "5555 5555 5555 4444", "4012 8888 8888 1881", "3782 822463 10005"];

const pick = (from: readonly string[], index: number): string => from[index % from.length] ?? "";
const timeOf = (index: number): Date => new Date(LONG_AGO - (LOG_LINES - index) * LINE_MS);

function appLog(): string {
  return logOf((index) => {
    const time = timeOf(index).toISOString();
    const email = `${pick(people, index * 5)}@mail.example`;
    if (index % 17 === 0) return `${time} ERROR payment declined for ${email}, card ${pick(cards, index)}`;
    if (index % 5 === 0)
      return `${time} INFO  order ${10_000 + index} by ${email} paid with ${pick(cards, index)}`;
    return `${time} INFO  GET /orders/${10_000 + index} 200 ${(index * 7) % 90}ms user=${email}`;
  });
}

function accessLog(): string {
  return logOf((index) => {
    const from = `198.51.100.${(index * 13) % 250}`;
    const status = index % 29 === 0 ? 502 : 200;
    return `${from} - - [${timeOf(index).toISOString()}] "GET /orders/${10_000 + index} HTTP/2" ${status} ${512 + index}`;
  });
}

const logOf = (line: (index: number) => string): string =>
  Array.from({ length: LOG_LINES }, (_, index) => `${line(index)}\n`).join("");
