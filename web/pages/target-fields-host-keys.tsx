import { Button, Checkbox, Textarea } from "@mantine/core";
import { IconAlertTriangle, IconFingerprint, IconKey, IconX } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { askHostKeys, type ShownKey } from "../api/administration.ts";
import { toUserError } from "../api/errors.ts";
import { useApi } from "../api/portal.tsx";
import { plural } from "../ui/number.ts";
import { readKeys, type HostPlace } from "./target-form-ssh.ts";
import { fingerprintOf } from "./target-form-keys.ts";

type Props = {
  place: HostPlace;
  /** `the host`, `jump host 1`. */
  of: string;
  error: string | undefined;
  readOnly: boolean;
  pin: (keys: readonly string[]) => void;
};

/** The keys by which a host is known. The gateway can ask for them; whether they are the host's own, people compare. */
export function HostKeyFields({ place, of, error, readOnly, pin }: Props) {
  const api = useApi();
  const [pasting, setPasting] = useState(false);
  const { host, port, hostKeys } = place;
  const reachable = host.trim() !== "" && Number(port) > 0;
  const address = { host: host.trim(), port: Number(port) };
  const ask = useMutation({ mutationFn: (where: typeof address) => askHostKeys(api, where) });
  // What another address answered is of no use here.
  const { variables: where } = ask;
  const current = where?.host === address.host && where.port === address.port;
  const asked = current ? ask.data : undefined;
  const problem = !current || ask.error === null ? undefined : toUserError(ask.error);
  const done = (keys: readonly string[]) => {
    ask.reset();
    setPasting(false);
    pin(keys);
  };
  return (
    <div className="wide hostkeys">
      {hostKeys.length === 0 ? (
        <p className="f12 t2">No key is pinned. A host that shows no pinned key is not spoken to.</p>
      ) : (
        <PinnedKeys keys={hostKeys} of={of} {...(!readOnly && { unpin: pin })} />
      )}
      {readOnly ? null : (
        <div className="row g8 wrap">
          <Button
            leftSection={<IconFingerprint size={14} aria-hidden />}
            loading={ask.isPending}
            disabled={!reachable}
            onClick={() => ask.mutate(address)}
          >
            Ask {of} for its keys
          </Button>
          <Button
            variant="subtle"
            color="quiet"
            leftSection={<IconKey size={14} aria-hidden />}
            onClick={() => setPasting(!pasting)}
            aria-expanded={pasting}
          >
            Paste keys
          </Button>
          {reachable ? null : <span className="f11 t3">Needs its host name and port first.</span>}
        </div>
      )}
      {problem === undefined ? null : (
        <p className="f12 fg t-stop" role="alert">
          <b>{problem.message}</b> {problem.hint}
        </p>
      )}
      {asked === undefined ? null : (
        <Compare shown={asked} pinned={hostKeys} of={of} pin={done} close={() => ask.reset()} />
      )}
      {pasting ? <Paste of={of} pin={done} /> : null}
      {error === undefined ? null : (
        <p className="f11 fg t-stop" role="alert">
          {error}
        </p>
      )}
    </div>
  );
}

function PinnedKeys({
  keys,
  of,
  unpin,
}: {
  keys: readonly string[];
  of: string;
  unpin?: (rest: readonly string[]) => void;
}) {
  const [prints, setPrints] = useState<ReadonlyMap<string, string>>(new Map());
  useEffect(() => {
    let over = false;
    void Promise.all(keys.map(async (key) => [key, await fingerprintOf(key)] as const)).then((pairs) => {
      if (!over) setPrints(new Map(pairs));
    });
    return () => void (over = true);
  }, [keys]);
  return (
    <ul aria-label={`Pinned keys of ${of}`}>
      {keys.map((key) => (
        <li key={key} className="row g8">
          <IconKey className="fg t-proof" size={14} aria-hidden />
          <span className="f12 b nw">{key.split(" ")[0]}</span>
          <code className="f12 print">{prints.get(key) ?? ""}</code>
          {unpin === undefined ? null : (
            <Button
              size="compact-xs"
              variant="subtle"
              color="quiet"
              leftSection={<IconX size={12} aria-hidden />}
              aria-label={`Unpin ${key.split(" ")[0]}`}
              onClick={() => unpin(keys.filter((one) => one !== key))}
            >
              Unpin
            </Button>
          )}
        </li>
      ))}
    </ul>
  );
}

/** What the host shows, beside how to see the same at the host itself. Nothing is pinned before somebody compared. */
function Compare({
  shown,
  pinned,
  of,
  pin,
  close,
}: {
  shown: readonly ShownKey[];
  pinned: readonly string[];
  of: string;
  pin: (keys: readonly string[]) => void;
  close: () => void;
}) {
  const [compared, setCompared] = useState(false);
  const changed = pinned.length > 0 && !shown.some(({ key }) => pinned.includes(key));
  return (
    <section
      className={changed ? "card compare t-stop" : "card compare"}
      aria-label={`Keys that ${of} shows`}
    >
      {changed ? (
        <p className="f12 row g6 fg t-stop" role="alert">
          <IconAlertTriangle size={14} aria-hidden />
          <span>
            <b>None of them is pinned: the host has changed, or another one answers in its place.</b> Find out
            which before you pin them.
          </span>
        </p>
      ) : null}
      <p className="f12">
        Compare each with the host's own, on its console or by somebody who has it:{" "}
        <code>ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub</code>
      </p>
      <ul>
        {shown.map(({ key, fingerprint }) => (
          <li key={key} className="row g8">
            <span className="f12 b nw">{key.split(" ")[0]}</span>
            <code className="f12 print">{fingerprint}</code>
            {pinned.includes(key) ? <span className="f11 t3 nw">pinned already</span> : null}
          </li>
        ))}
      </ul>
      <Checkbox
        label="I have compared these fingerprints with the host's own"
        checked={compared}
        onChange={(event) => setCompared(event.currentTarget.checked)}
      />
      <div className="row g8">
        <Button
          variant="filled"
          disabled={!compared || shown.length === 0}
          onClick={() => pin(shown.map(({ key }) => key))}
        >
          Pin {plural(shown.length, "key")}
        </Button>
        <Button variant="subtle" color="quiet" onClick={close}>
          Do not pin
        </Button>
      </div>
    </section>
  );
}

/** For a host that the gateway cannot ask before it knows it, as behind a jump host. */
function Paste({ of, pin }: { of: string; pin: (keys: readonly string[]) => void }) {
  const [text, setText] = useState("");
  const { keys, unread } = readKeys(text);
  return (
    <section className="card compare" aria-label={`Paste keys of ${of}`}>
      <Textarea
        label={`Public keys of ${of}`}
        description="From its /etc/ssh/ssh_host_*_key.pub, or a known_hosts that you trust: one a line"
        className="sql"
        autosize
        minRows={2}
        maxRows={6}
        spellCheck={false}
        value={text}
        error={unread.length === 0 ? undefined : `${plural(unread.length, "line")} that is no public key`}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <div className="row g8">
        <Button variant="filled" disabled={keys.length === 0 || unread.length > 0} onClick={() => pin(keys)}>
          Pin {plural(keys.length, "key")}
        </Button>
      </div>
    </section>
  );
}
