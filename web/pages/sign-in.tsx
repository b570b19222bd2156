import "./sign-in.css";
import { Button } from "@mantine/core";
import { IconKey, IconLock } from "@tabler/icons-react";
import { useRouteContext, useSearch } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { ownPath } from "../api/auth/auth-client.ts";
import { toUserError, type UserError } from "../api/errors.ts";
import { Mark } from "../ui/mark.tsx";

/** One button: the issuer asks the rest. */
export function SignIn() {
  const { auth, config } = useRouteContext({ from: "__root__" });
  const { to, ended } = useSearch({ from: "/sign-in" });
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<UserError>();
  useEffect(() => {
    document.title = "Sign in · Sluice";
  }, []);
  const start = async () => {
    setBusy(true);
    setError(undefined);
    try {
      await auth.signIn(ownPath(to));
    } catch (reason) {
      setError(toUserError(reason));
      setBusy(false);
    }
  };
  return (
    <main className="sign-in">
      <div className="box">
        <span className="gate">
          <Mark size={44} />
        </span>
        <h1>Sign in to Sluice</h1>
        <p className="t2 f14">
          Databases, hosts and APIs through one gate. Your work is recorded, and you can see what is.
        </p>
        {ended === true ? (
          <p className="ended f12 t-wait" role="status">
            <b>Your sign-in has ended.</b> Sign in again to go on where you were.
          </p>
        ) : null}
        <Button
          variant="filled"
          loading={busy}
          leftSection={<IconKey size={16} aria-hidden />}
          onClick={() => void start()}
        >
          {config.mode === "demo" ? "Continue as a demo person" : "Continue with your organisation"}
        </Button>
        {error === undefined ? null : (
          <p className="fg t-stop f12" role="alert" style={{ marginTop: 12 }}>
            <b>{error.message}</b> {error.hint}
          </p>
        )}
        {config.mode === "demo" ? (
          <p className="demo f12 t2">
            This is the demo. The next page lists its people: an engineer, two reviewers, an auditor and an
            administrator. Use a second tab to be two of them at once.
          </p>
        ) : null}
        <p className="f11 t3 foot">
          <IconLock size={12} aria-hidden /> No target's password ever reaches your browser.
        </p>
      </div>
    </main>
  );
}
