import { CopyButton } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";

const groupDigits = 4;
const groupsShown = 2;

/** `9f3c17ae…52d08b41` as `9f3c 17ae … 52d0 8b41`. Shorter hashes stay whole. */
export function shortHash(hash: string): string {
  const groups = hash.match(new RegExp(`.{1,${groupDigits}}`, "gu")) ?? [];
  if (groups.length <= groupsShown * 2) return groups.join(" ");
  return [...groups.slice(0, groupsShown), "…", ...groups.slice(-groupsShown)].join(" ");
}

/** A hash in groups, its middle left out, whole in the clipboard. */
export function HashText({ hash, label = "sha256" }: { hash: string; label?: string }) {
  return (
    <span className="hash" title={hash}>
      {shortHash(hash)}
      <CopyButton value={hash}>
        {({ copied, copy }) => (
          <button
            type="button"
            className="plainbtn"
            onClick={copy}
            aria-label={copied ? `${label} copied` : `Copy ${label}`}
          >
            {copied ? <IconCheck size={13} aria-hidden /> : <IconCopy size={13} aria-hidden />}
          </button>
        )}
      </CopyButton>
    </span>
  );
}
