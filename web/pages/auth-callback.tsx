import { useNavigate, useRouteContext, useRouter } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { toUserError, type UserError } from "../api/errors.ts";
import { ErrorState, Waiting } from "../ui/states.tsx";

/** Where the issuer sends the browser back to: takes its answer and goes on to where one wanted to go. */
export function AuthCallback() {
  const { auth } = useRouteContext({ from: "__root__" });
  const router = useRouter();
  const navigate = useNavigate();
  const [error, setError] = useState<UserError>();
  // The answer is good once: a second effect run (StrictMode) must not ask again.
  const finishing = useRef<Promise<string>>(undefined);
  useEffect(() => {
    let shown = true;
    finishing.current ??= auth.finish();
    finishing.current.then(
      (to) => {
        if (shown) router.history.replace(to);
      },
      (reason: unknown) => {
        if (shown) setError(toUserError(reason));
      },
    );
    return () => {
      shown = false;
    };
  }, [auth, router]);
  return (
    <main className="centred">
      {error === undefined ? (
        <Waiting what="Signing you in" />
      ) : (
        <ErrorState error={error} again={() => void navigate({ to: "/sign-in", replace: true })} />
      )}
    </main>
  );
}
