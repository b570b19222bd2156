import { Button, Modal, TextInput } from "@mantine/core";
import { IconPackageExport } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { openArchive } from "../api/evidence.ts";
import { isAbort, toUserError, UserError } from "../api/errors.ts";
import { useApi } from "../api/portal.tsx";
import { DialogEnd } from "../ui/dialog-end.tsx";
import { toast } from "../ui/toast.tsx";
import { localDay } from "./audit-search.ts";
import { chunksOf, save } from "./evidence.ts";

const dayMs = 86_400_000;
const shownDays = 7;

const megabytes = (bytes: number) => `${(bytes / 1_000_000).toFixed(1)} MB`;

/** Whole days of the person's own clock as a period that ends before the day after. */
export function periodOf(first: string, last: string): { from: string; to: string } {
  const end = new Date(`${last}T00:00:00`);
  end.setDate(end.getDate() + 1);
  return { from: new Date(`${first}T00:00:00`).toISOString(), to: end.toISOString() };
}

/** Asks for a period and saves its evidence as one archive, with how much of it has come so far. */
export function EvidenceExport() {
  const [asking, setAsking] = useState(false);
  return (
    <>
      <Button
        leftSection={<IconPackageExport size={14} aria-hidden />}
        aria-label="Export evidence"
        onClick={() => setAsking(true)}
      >
        Export<span className="nophone">&nbsp;evidence</span>
      </Button>
      {asking ? <AskPeriod close={() => setAsking(false)} /> : null}
    </>
  );
}

function AskPeriod({ close }: { close: () => void }) {
  const api = useApi();
  const [first, setFirst] = useState(() => localDay(new Date(Date.now() - (shownDays - 1) * dayMs)));
  const [last, setLast] = useState(() => localDay(new Date()));
  const [received, setReceived] = useState(0);
  const stopping = useRef<AbortController>(null);
  const make = useMutation({
    mutationFn: async () => {
      const stop = new AbortController();
      stopping.current = stop;
      setReceived(0);
      const { body } = await openArchive(api, periodOf(first, last), stop.signal);
      if (body === null) throw new UserError("unreadable", "The gateway sent an empty file.", "Try again.");
      const parts: Blob[] = [];
      let length = 0;
      for await (const chunk of chunksOf(body)) {
        parts.push(new Blob([new Uint8Array(chunk)]));
        length += chunk.length;
        setReceived(length);
      }
      save(new Blob(parts, { type: "application/x-tar" }), `evidence-${first}-${last}.tar`);
      return length;
    },
    onSuccess: (length) => {
      toast({
        verdict: "verified",
        title: "Evidence exported",
        message: `${megabytes(length)}. Drop the file below to check it, or run npm run verify.`,
      });
      close();
    },
  });
  const leave = () => {
    stopping.current?.abort();
    close();
  };
  const error = make.error === null || isAbort(make.error) ? undefined : toUserError(make.error);
  return (
    <Modal opened onClose={leave} title="Export evidence" size={420} centered>
      <p className="f12">
        One archive with the recordings of all sessions that were open in the period, the ledger, the public
        keys, a summary to read and a signed list of it all. It verifies without this server. That you took it
        is in the ledger.
      </p>
      <div className="row g8 gap">
        <TextInput
          type="date"
          label="First day"
          value={first}
          max={last}
          onChange={(event) => setFirst(event.currentTarget.value)}
        />
        <TextInput
          type="date"
          label="Last day"
          value={last}
          min={first}
          onChange={(event) => setLast(event.currentTarget.value)}
        />
      </div>
      <output className="f12 t2 gap" style={{ display: "block" }}>
        {make.isPending ? `${megabytes(received)} received so far` : ""}
      </output>
      <DialogEnd error={error} leave={leave} word={make.isPending ? "Stop" : "Cancel"}>
        <Button
          data-autofocus
          variant="filled"
          disabled={first === "" || last === "" || first > last}
          loading={make.isPending}
          onClick={() => make.mutate()}
        >
          Make the archive
        </Button>
      </DialogEnd>
    </Modal>
  );
}
