import "./lists.css";
import { Button, Modal } from "@mantine/core";
import { IconKey } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { toUserError } from "../api/errors.ts";
import { rotateLedgerKey } from "../api/ledger.ts";
import { useApi } from "../api/portal.tsx";
import { HashText } from "../ui/hash-text.tsx";
import { count, plural } from "../ui/number.ts";
import { Facts } from "../ui/section.tsx";
import { At } from "../ui/time.tsx";
import { DialogEnd } from "../ui/dialog-end.tsx";
import { toast } from "../ui/toast.tsx";
import { useLedgerKeys } from "./use-check.ts";

/** The key that signs the ledger, and the way to the next one. */
export function LedgerKey() {
  const { data } = useLedgerKeys();
  const [asking, setAsking] = useState(false);
  const inForce = data?.keys.toSorted((a, b) => a.since.localeCompare(b.since)).at(-1);
  if (data === undefined || inForce === undefined) return null;
  return (
    <section aria-label="The ledger's key">
      <h2>The ledger's key</h2>
      <Facts
        pairs={[
          ["In force", <code key="id">{inForce.keyId}</code>],
          ["Since", <At key="since" time={inForce.since} />],
          [
            "Fingerprint",
            <HashText
              key="print"
              hash={data.prints.get(inForce.keyId) ?? ""}
              label="fingerprint of the key"
            />,
          ],
          ["Before it", data.keys.length === 1 ? "none" : plural(data.keys.length - 1, "key")],
        ]}
      />
      <Button leftSection={<IconKey size={14} aria-hidden />} onClick={() => setAsking(true)}>
        Put a new key in force
      </Button>
      {asking ? <Rotate close={() => setAsking(false)} /> : null}
    </section>
  );
}

/** Says what happens before it happens. */
function Rotate({ close }: { close: () => void }) {
  const api = useApi();
  const queries = useQueryClient();
  const rotate = useMutation({
    mutationFn: () => rotateLedgerKey(api),
    onSuccess: ({ keyId, seq }) => {
      toast({
        verdict: "verified",
        title: `Key ${keyId} is in force`,
        message: `Entry ${count(seq)} of the ledger says so, signed by the key before.`,
      });
      void queries.invalidateQueries({ queryKey: ["ledger", "keys"] });
      close();
    },
  });
  const error = rotate.error === null ? undefined : toUserError(rotate.error);
  return (
    <Modal opened onClose={close} title="Put a new signing key in force" size={460} centered>
      <ul className="f12 ends">
        <li>
          The key in force signs its successor into the ledger, under your name, and then loses its private
          half.
        </li>
        <li>From the next entry on every gateway signs with the new key. Sessions and commands go on.</li>
        <li>
          Whoever trusts an earlier key is led to the new one by the ledger; what was signed before stays
          proven.
        </li>
        <li>
          It is not undone. Keep the new public key (<code>GET /api/ledger/key</code>) apart from the gateway.
        </li>
      </ul>
      <DialogEnd error={error} leave={close}>
        <Button data-autofocus variant="filled" loading={rotate.isPending} onClick={() => rotate.mutate()}>
          Put it in force
        </Button>
      </DialogEnd>
    </Modal>
  );
}
