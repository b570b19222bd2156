import { useQuery } from "@tanstack/react-query";
import { Navigate, useNavigate, useRouteContext } from "@tanstack/react-router";
import { toUserError } from "../api/errors.ts";
import { BarePage } from "../frame/bare-page.tsx";
import { ErrorState, Waiting } from "../ui/states.tsx";

/** Where the issuer sends the browser back to: takes its answer, which is good once, and goes on. */
export function AuthCallback() {
  const { auth } = useRouteContext({ from: "__root__" });
  const navigate = useNavigate();
  const login = useQuery({
    queryKey: ["login"],
    queryFn: auth.finish,
    retry: false,
    staleTime: Infinity,
    gcTime: 0,
  });
  if (login.data !== undefined) return <Navigate to={login.data} replace />;
  return (
    <BarePage title="Signing in" busy={login.error === null}>
      {login.error === null ? (
        <Waiting what="Signing you in" />
      ) : (
        <ErrorState
          error={toUserError(login.error)}
          again={() => void navigate({ to: "/sign-in", replace: true })}
        />
      )}
    </BarePage>
  );
}
