import "./files-panel.css";
import { ActionIcon, Button, FileButton, TextInput } from "@mantine/core";
import { IconDownload, IconRefresh, IconUpload } from "@tabler/icons-react";
import { useQueries, useQueryClient } from "@tanstack/react-query";
import { useState, type DragEvent } from "react";
import type { Session } from "../../../shared/nouns/session.ts";
import { toUserError } from "../../api/errors.ts";
import { listFiles } from "../../api/files.ts";
import { useApi } from "../../api/portal.tsx";
import { fileNodes, type FileNode, type Folder } from "./files-nodes.ts";
import { FilesTransfers } from "./files-transfers.tsx";
import { FilesTree } from "./files-tree.tsx";
import { useTransfers } from "./use-transfers.ts";

/** Files of a session's host. Each folder is listed once, when it is opened: a listing is a command, and is recorded. */
export function FilesPanel({ session }: { session: Session }) {
  const api = useApi();
  const queries = useQueryClient();
  const [root, setRoot] = useState<string>();
  const [typed, setTyped] = useState("~");
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const [current, setCurrent] = useState<FileNode>();
  const [over, setOver] = useState(false);

  const keyOf = (path: string) => ["files", session.id, path];
  const asked = root === undefined ? [] : [root, ...open];
  const listed = useQueries({
    queries: asked.map((path) => ({
      queryKey: keyOf(path),
      queryFn: ({ signal }: { signal: AbortSignal }) => listFiles(api, session.id, path, signal),
      staleTime: Infinity,
      refetchOnWindowFocus: false,
      refetchOnReconnect: false,
      retry: false,
    })),
  });
  const folders = new Map<string, Folder>(
    asked.map((path, index) => {
      const { data, error } = listed[index] ?? { data: undefined, error: null };
      return [path, { command: data, error: error === null ? undefined : toUserError(error) }];
    }),
  );
  /** What the host calls the folder that was asked for. */
  const top = (root === undefined ? undefined : folders.get(root)?.command?.resolved) ?? root;
  if (root !== undefined && top !== undefined) folders.set(top, folders.get(root) ?? emptyFolder);
  const nodes = top === undefined ? [] : fileNodes(top, folders, open);

  const again = (folder: string) =>
    void queries.invalidateQueries({ queryKey: keyOf(folder === top && root !== undefined ? root : folder) });
  const { transfers, download, upload, cancel } = useTransfers(session, again);
  /** Where an upload goes: the folder with the cursor, where that is open, or the one around it. */
  const into = (current?.open === true ? current.path : current?.folder) ?? top ?? "";
  const take = (files: Iterable<File>) => {
    for (const file of files) if (into !== "") upload(into, file);
  };
  const show = () => {
    const path = typed.trim();
    if (path === "") return;
    if (path === root) again(path);
    setOpen(new Set());
    setCurrent(undefined);
    setRoot(path);
  };
  const toggle = ({ path }: FileNode) =>
    setOpen((known) => {
      const next = new Set(known);
      if (!next.delete(path)) next.add(path);
      return next;
    });
  const onDrop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    take(event.dataTransfer.files);
  };

  return (
    <div
      className={over ? "files over" : "files"}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={onDrop}
    >
      <form
        className="bar sub"
        onSubmit={(event) => {
          event.preventDefault();
          show();
        }}
      >
        <TextInput
          className="sp"
          aria-label="Folder at the host"
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
        />
        <ActionIcon type="submit" aria-label="List the folder">
          <IconRefresh size={14} aria-hidden />
        </ActionIcon>
        <ActionIcon
          aria-label={current?.kind === "file" ? `Download ${current.name}` : "Download"}
          disabled={current === undefined || current.kind !== "file"}
          onClick={() => current !== undefined && download(current.path)}
        >
          <IconDownload size={14} aria-hidden />
        </ActionIcon>
        <FileButton multiple onChange={take}>
          {(props) => (
            <ActionIcon
              {...props}
              aria-label={into === "" ? "Upload" : `Upload to ${into}`}
              disabled={into === ""}
            >
              <IconUpload size={14} aria-hidden />
            </ActionIcon>
          )}
        </FileButton>
      </form>
      {top === undefined ? (
        <div className="f12 t2 files-none">
          <p>Files of the host appear here. Each listing is a command, and is recorded.</p>
          <Button className="gap" disabled={typed.trim() === ""} onClick={show}>
            List {typed.trim() === "" ? "a folder" : typed.trim()}
          </Button>
        </div>
      ) : (
        <FilesTree
          nodes={nodes}
          current={current?.path}
          go={setCurrent}
          toggle={toggle}
          download={({ path }) => download(path)}
        />
      )}
      <p className="files-drop f11 t2" aria-hidden={!over}>
        {over && into !== "" ? `Drop to upload to ${into}` : ""}
      </p>
      <FilesTransfers
        transfers={transfers}
        cancel={cancel}
        asBytes={({ path }) => download(path, true)}
        again={({ path, binary }) => download(path, binary)}
      />
    </div>
  );
}

const emptyFolder: Folder = { command: undefined, error: undefined };
