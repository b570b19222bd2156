import { each, type Program, takes } from "./program.ts";

const recursive = ["-r", "-R", "--recursive"];
const forced = ["-f", "--force"];

/** Programs that see, make, change or remove files. */
export const files: Record<string, Program> = {
  ...each(
    "tac nl od hexdump xxd strings rev base32 basenc fmt fold pr expand unexpand cut paste join comm tsort ptx column look zcat bzcat xzcat zstdcat lz4cat hd cmp sum cksum md5sum sha1sum sha224sum sha256sum sha384sum sha512sum b2sum shasum wc ccat readelf nm objdump ldd size c++filt identify catdoc antiword enca uuencode",
    {
      options: takes(
        "-w -c -n -f -d -b -s -t -l -o -j -N -A -S -a -e --width --bytes --lines --fields --delimiter --output-delimiter --to-code --from-code",
      ),
      operands: ["read"],
    },
  ),
  xxd: {
    options: takes("-c -g -l -s -o"),
    operands: ["read", "change"],
    flags: { "-r": {} },
    special: "decoder",
  },
  base64: { options: takes("-w --wrap"), operands: ["read"], special: "decoder" },
  base32: { options: takes("-w --wrap"), operands: ["read"], special: "decoder" },
  ...each("gunzip bunzip2 unxz unzstd uncompress uudecode unlz4", {
    options: takes("-S -o=change -n"),
    operands: ["change"],
    gives: "decode",
    forced,
  }),
  ...each("gzip bzip2 xz zstd lz4 compress pigz pbzip2 lzma lzop", {
    options: takes("-S -b -p -T --suffix"),
    operands: ["change"],
    special: "compressor",
  }),
  head: { options: takes("-n -c --lines --bytes"), operands: ["read"] },
  tail: { options: takes("-n -c -s --lines --bytes --pid --sleep-interval"), operands: ["read"] },
  ls: { options: takes("-I -T -w --ignore --hide --block-size --time-style"), operands: ["list"] },
  ...each(
    "dir vdir exa eza lsd du stat file readlink realpath lsof fuser namei getfacl lsattr getfattr access",
    {
      options: takes(
        "-L -I -P -d -t -c -f -p -u -e -n --max-depth --exclude --format --threshold -B --block-size -m --printf",
      ),
      operands: ["list"],
    },
  ),
  fuser: {
    operands: ["list"],
    flags: { "-k": { effects: ["process"], writes: true }, "--kill": { effects: ["process"], writes: true } },
  },
  ...each("basename dirname pathchk seq yes factor expr tput clear reset numfmt", { operands: ["text"] }),
  blkid: { options: takes("-c=read -w=change -o -s -t -L -U"), operands: ["list"] },
  ...each("df findmnt lsblk lsscsi", {
    options: takes("-t -o -x -B -e -I --output --type"),
    operands: ["list"],
  }),
  ...each("grep egrep fgrep zgrep bzgrep xzgrep zegrep zfgrep", {
    options: takes(
      "-e -m -A -B -C -d -D -f=read --regexp --max-count --file=read --include --exclude --exclude-dir --after-context --before-context --context --color --label",
    ),
    special: "grep",
    recursive: [...recursive, "--dereference-recursive"],
  }),
  ...each("rg ag ack", {
    options: takes(
      "-e -m -A -B -C -g -t -T -f=read -j -M -r --glob --type --regexp --pre=shell --max-count --context --sort",
    ),
    special: "grep",
    recursive: true,
  }),
  sort: {
    options: takes(
      "-k -t -S -T=directory -o=change --output=change --key --field-separator --parallel --compress-program=shell --files0-from=read --buffer-size",
    ),
    operands: ["read"],
  },
  uniq: { options: takes("-f -s -w"), operands: ["read", "change"] },
  shuf: { options: takes("-n -i -o=change --head-count --input-range --output=change"), operands: ["read"] },
  ...each("diff colordiff sdiff diff3 icdiff delta", {
    options: takes("-U -C -I -x -X=read -W --exclude --label -o=change"),
    operands: ["read"],
    recursive,
  }),
  jq: {
    options: takes("--arg --argjson --slurpfile --rawfile --indent -f=read --from-file=read -L"),
    operands: ["text", "read"],
  },
  yq: {
    options: takes("-o -p -I"),
    operands: ["text", "read"],
    flags: { "-i": { writes: true }, "--inplace": { writes: true }, "-s": { writes: true } },
  },
  ...each("csvcut csvgrep csvlook gron htmlq pup", {
    options: takes("--schema -c -m -r"),
    operands: ["text", "read"],
  }),
  xmllint: {
    options: takes("--xpath --schema -c --output=change -o=change"),
    flags: { "--shell": { interpreter: true } },
    operands: ["read"],
  },
  // A language of its own, with commands and files.
  ...each("mlr dasel", { operands: ["text", "read"], mark: { writes: true } }),
  ...each("bat batcat", {
    options: takes("-l -r -H --language --pager=shell --theme --style"),
    operands: ["read"],
  }),
  csplit: { options: takes("-f -b -n"), operands: ["read", "text"], mark: { writes: true } },
  iconv: { options: takes("-f -t -o=change --from-code --to-code --output=change"), operands: ["read"] },
  pdftotext: { operands: ["read", "change"] },
  tree: { options: takes("-L -I -P -o=change --fromfile=read"), operands: ["list"] },
  split: {
    options: takes("-l -b -n -a -C --lines --bytes --filter=shell"),
    operands: ["read", "change"],
    mark: { writes: true },
  },
  cat: { operands: ["read"], passes: "alone" },
  tee: { operands: ["change"], passes: "always" },
  sponge: { operands: ["change"] },
  touch: { options: takes("-d -t -r=list --date --reference=list"), operands: ["change"] },
  ...each("mkdir mkfifo mknod", { options: takes("-m -Z --mode"), operands: ["change"] }),
  mktemp: { options: takes("-p=directory --suffix --tmpdir"), operands: ["text"], mark: { writes: true } },
  rm: {
    operands: ["delete"],
    recursive,
    forced: [...forced, "--no-preserve-root"],
    flags: { "--no-preserve-root": { effects: ["broad"] } },
  },
  ...each("rmdir unlink", { operands: ["delete"] }),
  ...each("trash trash-put", { operands: ["delete"], recursive: true }),
  srm: { operands: ["delete"], recursive, forced, mark: { effects: ["wipe"] } },
  wipe: { operands: ["delete"], recursive, forced, mark: { effects: ["wipe"] } },
  shred: {
    options: takes("-n -s --iterations --size --random-source"),
    operands: ["delete"],
    forced,
    mark: { effects: ["wipe"] },
  },
  truncate: {
    options: takes("-s -r=list --size --reference=list"),
    operands: ["change"],
    mark: { effects: ["truncate"] },
  },
  fallocate: { options: takes("-l -o --length --offset"), operands: ["change"] },
  cp: {
    options: takes("-S -t=change --target-directory=change --suffix"),
    operands: ["copy"],
    last: "change",
    recursive: [...recursive, "-a", "--archive"],
    forced,
    special: "copy",
  },
  mv: {
    options: takes("-S -t=change --target-directory=change --suffix"),
    operands: ["change"],
    last: "change",
    forced,
    special: "copy",
  },
  install: {
    options: takes("-m -o -g -S -t=change --mode --owner --group --target-directory=change"),
    operands: ["read"],
    last: "change",
    special: "copy",
  },
  ln: {
    options: takes("-S -t=change --suffix --target-directory=change"),
    operands: ["list"],
    last: "change",
    forced,
    special: "link",
  },
  link: { operands: ["list", "change"] },
  rename: { operands: ["code", "change"] },
  dd: { special: "dd" },
  chmod: {
    options: takes("--reference=list"),
    operands: ["text", "change"],
    recursive: ["-R", "--recursive"],
    special: "chmod",
  },
  ...each("chown chgrp", {
    options: takes("--reference=list --from"),
    operands: ["text", "change"],
    recursive: ["-R", "--recursive"],
    mark: { effects: ["ownership"] },
  }),
  ...each("setfacl", {
    options: takes("-m -x -M=read --modify --remove"),
    operands: ["change"],
    recursive: ["-R", "--recursive"],
    mark: { effects: ["permissions"] },
  }),
  chattr: {
    options: takes("-v -p"),
    operands: ["text", "change"],
    recursive: ["-R"],
    mark: { effects: ["permissions"], system: true },
  },
  setcap: { operands: ["text", "change"], mark: { effects: ["set-uid"], privilege: true } },
  find: { special: "find" },
  ...each("fd fdfind", {
    options: takes("-e -t -d -E --extension --type --exclude --max-depth"),
    special: "fd",
  }),
  ...each("locate mlocate plocate", { options: takes("-n -d"), operands: ["text"] }),
  updatedb: { mark: { writes: true } },
  tar: {
    options: takes(
      "--to-command=shell --use-compress-program=shell --rsh-command=shell --info-script=shell --new-volume-script=shell",
    ),
    special: "tar",
  },
  bsdtar: { special: "tar" },
  zip: {
    // With -TT it runs what it is told, and -T alone may stand for both.
    flags: { "-T": { opaque: "zip runs a command on what it made" } },
    options: takes("-x -i -P -b --unzip-command=shell"),
    operands: ["change", "copy"],
    recursive: ["-r"],
  },
  unzip: { options: takes("-d=change -x -P"), operands: ["read"], special: "unpack" },
  ...each("7z 7za 7zr unrar rar unar", { operands: ["text", "copy"], mark: { writes: true } }),
  cpio: {
    options: takes("-F=read -D=directory -O=change -I=read"),
    operands: ["text"],
    mark: { writes: true },
  },
  ...each("ar ranlib strip patch", {
    options: takes("-p -i=read -d=directory -o=change"),
    operands: ["change"],
    mark: { writes: true },
  }),
  rsync: { special: "rsync" },
  ...each("dos2unix unix2dos", { operands: ["change"] }),
  ...each("logrotate", { options: takes("-s=change -m=shell"), operands: ["read"], mark: { writes: true } }),
  ...each("sync fsfreeze", { operands: ["list"] }),
  sed: { special: "sed" },
  ...each("awk gawk mawk nawk original-awk", { special: "awk" }),
  tr: { operands: ["text"], gives: "decode" },
  ...each("inotifywait inotifywatch", {
    options: takes("-e -t -o=change --outfile=change --format --exclude"),
    operands: ["list"],
  }),
};
