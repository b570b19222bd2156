import { Navigate } from "@tanstack/react-router";
import { useMe } from "../api/portal.tsx";
import { homeOf } from "../frame/navigation.ts";

/** The first page after signing in, where no other was asked for. */
export function Home() {
  return <Navigate to={homeOf(useMe())} replace />;
}
