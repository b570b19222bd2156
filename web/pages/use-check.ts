import { useMutation, useQuery } from "@tanstack/react-query";
import { can } from "../../shared/can/can.ts";
import { openLedgerFile, readLedgerKeys } from "../api/ledger.ts";
import { UserError } from "../api/errors.ts";
import { useApi, useMe } from "../api/portal.tsx";
import { check, fingerprint } from "./evidence.ts";

/** The gateway's public keys, and the fingerprint of each by key id. */
export function useLedgerKeys() {
  const api = useApi();
  return useQuery({
    queryKey: ["ledger", "keys"],
    queryFn: async ({ signal }) => {
      const { keys } = await readLedgerKeys(api, signal);
      const prints = new Map(
        await Promise.all(keys.map(async (key) => [key.keyId, await fingerprint(key)] as const)),
      );
      return { keys, prints };
    },
    staleTime: 60_000,
  });
}

/** Checks files in the browser; those who may read the ledger have recordings held against it too. */
export function useCheck() {
  const api = useApi();
  const mayReadLedger = can(useMe(), "ledger.read");
  return useMutation({
    mutationFn: async ({ file, name }: { file: Blob; name: string }) =>
      check(
        file,
        name,
        await readLedgerKeys(api),
        mayReadLedger ? async (after) => bodyOf(await openLedgerFile(api, after)) : undefined,
      ),
  });
}

function bodyOf({ body }: Response): ReadableStream<Uint8Array> {
  if (body === null) throw new UserError("unreadable", "The gateway sent an empty file.", "Try again.");
  return body;
}
