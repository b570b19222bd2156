import type { Mark } from "../findings.ts";
import { each, type Program, takes } from "./program.ts";

const system: Mark = { system: true };
const marked = (...effects: string[]): Program => ({ mark: { system: true, effects } });
const harmless: Program = {};

/** Programs that show or change how the host works. */
export const hostPrograms: Record<string, Program> = {
  ...each(
    "echo printf pwd ps pstree pgrep pidof uptime w who whoami id groups users last lastb lastlog free vmstat iostat mpstat nproc lscpu lspci lsusb lsmod lshw lsmem uname arch hostid cal sleep true false test [ logname tty getconf locale ulimit dstat procinfo pmap pwdx slabtop numastat lsns lsipc lslocks inxi neofetch screenfetch acpi sensors getenforce sestatus systemd-cgls systemd-cgtop systemd-detect-virt systemd-path whatis apropos which whereis type help logname apt-cache dpkg-query rpmquery debsums",
    harmless,
  ),
  // Keys kill, renice and trace; with `-b` it only prints.
  ...each("top htop atop btop glances iotop nmon", { special: "monitor" }),
  "systemd-analyze": { special: "shows-unless" },
  pidstat: { options: takes("-e=shell -p -C -G -T -U") },
  sar: { options: takes("-o=change -f=read -n -P -s -e -i") },
  date: {
    options: takes("-d -r=list -f=read --date --reference=list"),
    flags: { "-s": system, "--set": system },
  },
  dmesg: {
    options: takes("-l -f -n -s -F=read --level --since --until --facility --file=read --console-level"),
    flags: {
      "-D": system,
      "-E": system,
      "-n": system,
      "--console-off": system,
      "--console-on": system,
      "--console-level": system,
      "-C": { effects: ["logs"], writes: true },
      "-c": { effects: ["logs"], writes: true },
      "--clear": { effects: ["logs"], writes: true },
    },
  },
  hostname: { operands: ["text"], flags: { "-F": system, "-b": system }, special: "hostname" },
  getent: { operands: ["text"], special: "getent" },
  journalctl: {
    options: takes(
      "-u -n -S -U -p -t -o -g -b -D=list -M -c --since --until --unit --priority --output --lines --identifier --grep --boot --directory=list --file=read",
    ),
    flags: Object.fromEntries(
      [
        "--vacuum-size",
        "--vacuum-time",
        "--vacuum-files",
        "--rotate",
        "--flush",
        "--update-catalog",
        "--setup-keys",
        "--relinquish-var",
      ].map((flag) => [
        flag,
        { effects: flag.startsWith("--vacuum") ? ["logs"] : [], writes: true as const },
      ]),
    ),
  },
  logger: { options: takes("-p -t -f=read -n -P"), mark: { writes: true } },
  ...each("kill pkill killall killall5 skill xkill", {
    options: takes("-s -u -t -P -g -G -n"),
    special: "kill",
    mark: { effects: ["process"], writes: true },
  }),
  ...each("reboot poweroff halt shutdown telinit init kexec", marked("power")),
  ...each(
    "mkfs mkswap mke2fs mkdosfs fdisk sfdisk cfdisk gdisk sgdisk parted wipefs blkdiscard hdparm fsck e2fsck xfs_repair resize2fs tune2fs debugfs badblocks lvremove vgremove pvremove lvcreate lvextend lvreduce vgcreate pvcreate mdadm cryptsetup dmsetup zpool zfs btrfs losetup partprobe nvme sg_format",
    {
      operands: ["text"],
      mark: { system: true, effects: ["disk"] },
      special: "disk",
    },
  ),
  ...each("lvs vgs pvs lvdisplay vgdisplay pvdisplay dumpe2fs", harmless),
  smartctl: {
    flags: Object.fromEntries(
      "-s -t -X -o -S --set --smart --test --abort --saveauto --offlineauto"
        .split(" ")
        .map((flag) => [flag, system]),
    ),
  },
  ...each("mount umount swapon swapoff", { special: "mount" }),
  ...each("insmod rmmod modprobe depmod", marked("kernel")),
  sysctl: { options: takes("-p=read"), special: "sysctl" },
  ...each(
    "iptables ip6tables nft ebtables arptables iptables-restore ip6tables-restore ipset ufw firewall-cmd pfctl",
    { special: "firewall" },
  ),
  ...each("iptables-save ip6tables-save", harmless),
  ...each(
    "useradd adduser userdel deluser usermod groupadd addgroup groupdel delgroup groupmod gpasswd chsh chfn newusers vipw vigr pwconv pwunconv grpconv",
    marked("account"),
  ),
  ...each("passwd chpasswd chage", {
    options: takes("-n -x -w -i -R"),
    mark: { system: true, effects: ["account"] },
  }),
  visudo: { mark: { system: true, persistence: ["sudoers"], interpreter: true, writes: true } },
  ...each(
    "setenforce semanage restorecon chcon setsebool aa-disable aa-complain aa-teardown auditctl apparmor_parser semodule",
    marked("security"),
  ),
  ...each("timedatectl localectl hostnamectl", { special: "shows-unless" }),
  loginctl: { special: "shows-unless" },
  networkctl: { special: "shows-unless" },
  resolvectl: { special: "shows-unless" },
  ...each(
    "update-grub grub-install grub-mkconfig update-initramfs dracut mkinitcpio ldconfig update-alternatives alternatives update-ca-certificates dpkg-reconfigure netplan ifup ifdown dhclient brctl tc ethtool wg wg-quick systemd-tmpfiles systemd-sysusers authselect pam-auth-update update-rc.d chkconfig rc-update",
    { mark: system },
  ),
  "systemd-cat": { wrapper: {} },
  crontab: { special: "crontab", options: takes("-u") },
  ...each("at batch", { special: "at", options: takes("-f=script -t -q") }),
  ...each("atq", harmless),
  atrm: { mark: { writes: true } },
  systemctl: {
    options: takes("-t -p -n -o -H -M -s --type --state --property --lines --output --signal --root"),
    subcommands: {
      ...each(
        "status show cat list-units list-unit-files list-timers list-sockets list-dependencies list-jobs is-active is-enabled is-failed is-system-running get-default show-environment help",
        harmless,
      ),
      ...each(
        "start stop restart reload try-restart reload-or-restart kill isolate reset-failed daemon-reload daemon-reexec clean freeze thaw set-property",
        marked("service"),
      ),
      ...each(
        "enable disable mask unmask reenable preset link edit set-default revert import-environment set-environment",
        { mark: { system: true, effects: ["service"], persistence: ["unit"] } },
      ),
      ...each(
        "reboot poweroff halt kexec suspend hibernate emergency rescue exit soft-reboot",
        marked("power"),
      ),
    },
    bare: {},
  },
  ...each("service rc-service invoke-rc.d", { special: "service" }),
  supervisorctl: {
    subcommands: {
      ...each("status tail avail pid", harmless),
      ...each("start stop restart reload update reread", marked("service")),
    },
    bare: { interpreter: true },
  },
  env: { special: "env" },
  printenv: { special: "printenv" },
};
