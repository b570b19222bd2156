import {
  IconChevronDown,
  IconChevronRight,
  IconEyeOff,
  IconFile,
  IconFolder,
  IconLink,
  IconQuestionMark,
  type Icon,
} from "@tabler/icons-react";
import { createElement, useEffect, type KeyboardEvent } from "react";
import { Visible } from "../../ui/code.tsx";
import { sizeText, type FileNode } from "./files-nodes.ts";

type Props = {
  nodes: readonly FileNode[];
  /** The path of the row with the cursor. */
  current: string | undefined;
  go: (node: FileNode) => void;
  toggle: (node: FileNode) => void;
  download: (node: FileNode) => void;
};

const icons: Record<FileNode["kind"], Icon> = {
  directory: IconFolder,
  file: IconFile,
  link: IconLink,
  other: IconQuestionMark,
  note: IconQuestionMark,
};

/** Folders and files. Enter or a double click opens a folder and downloads a file. */
export function FilesTree({ nodes, current, go, toggle, download }: Props) {
  const at = nodes.findIndex(({ path }) => path === current);
  useEffect(() => {
    if (at >= 0) document.getElementById(`file-${at}`)?.scrollIntoView({ block: "nearest" });
  }, [at]);
  const step = (to: number) => {
    const node = nodes[Math.max(0, Math.min(to, nodes.length - 1))];
    if (node !== undefined) go(node);
  };
  const act = (node: FileNode) => {
    if (node.kind === "directory") toggle(node);
    else if (node.kind !== "note") download(node);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const node = nodes[at];
    if (event.key === "ArrowDown") step(at + 1);
    else if (event.key === "ArrowUp") step(at - 1);
    else if (event.key === "Home") step(0);
    else if (event.key === "End") step(nodes.length - 1);
    else if (node === undefined) return;
    else if (event.key === "ArrowRight" && node.open === false) toggle(node);
    else if (event.key === "ArrowRight") step(at + 1);
    else if (event.key === "ArrowLeft" && node.open === true) toggle(node);
    else if (event.key === "ArrowLeft")
      step(nodes.findLastIndex((other, index) => index < at && other.depth < node.depth));
    else if (event.key === "Enter") act(node);
    else return;
    event.preventDefault();
  };
  return (
    <div
      className="files-tree"
      role="tree"
      tabIndex={0}
      aria-label="Folders and files"
      aria-activedescendant={at < 0 ? undefined : `file-${at}`}
      onKeyDown={onKeyDown}
    >
      {nodes.map((node, index) => (
        // oxlint-disable-next-line jsx-a11y/click-events-have-key-events -- the tree has the focus and the keys
        <div
          key={node.path}
          id={`file-${index}`}
          role="treeitem"
          tabIndex={-1}
          aria-level={node.depth + 1}
          aria-expanded={node.open}
          aria-selected={index === at}
          className={index === at ? "node on" : "node"}
          style={{ paddingLeft: 8 + node.depth * 14 }}
          onClick={() => {
            go(node);
            if (node.kind === "directory") toggle(node);
          }}
          onDoubleClick={() => node.kind !== "directory" && act(node)}
        >
          {node.open === undefined ? (
            <span className="leaf" />
          ) : (
            createElement(node.open ? IconChevronDown : IconChevronRight, {
              className: "i",
              size: 12,
              "aria-hidden": true,
            })
          )}
          {node.kind === "note"
            ? null
            : createElement(icons[node.kind], { className: "i", size: 14, "aria-hidden": true })}
          <span className={node.kind === "note" ? "n t2" : "n"}>
            <Visible text={node.name} />
          </span>
          <span className="m row g6">
            {node.secrets.length === 0 ? null : (
              <span className="cls" title={`Reading it would show: ${node.secrets.join(", ")}`}>
                <IconEyeOff className="i" size={12} aria-hidden />
                secret
              </span>
            )}
            {aside(node)}
          </span>
        </div>
      ))}
    </div>
  );
}

function aside({ kind, size }: FileNode): string {
  if (kind === "file") return sizeText(size);
  return kind === "link" ? "link" : "";
}
