import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  type ErrorComponentProps,
  lazyRouteComponent,
  Outlet,
  redirect,
} from "@tanstack/react-router";
import { z } from "zod";
import { ownPath, type AuthClient } from "../api/auth/auth-client.ts";
import { bring, CodeMissing, reloadOnceAnswered } from "../api/bring.ts";
import type { PortalConfig } from "../api/config.ts";
import { toUserError } from "../api/errors.ts";
import { NotFound } from "../pages/not-found.tsx";
import { BarePage } from "../frame/bare-page.tsx";
import { ErrorState } from "../ui/states.tsx";
import { Shell } from "./shell.tsx";

export type RouterContext = { config: PortalConfig; auth: AuthClient };

const root = createRootRouteWithContext<RouterContext>()({ component: Outlet, notFoundComponent: NotFound });

const signIn = createRoute({
  getParentRoute: () => root,
  path: "/sign-in",
  validateSearch: z.object({
    to: z.string().optional(),
    /** A sign-in ended in the middle of something. */
    ended: z.boolean().optional().catch(undefined),
  }),
  component: lazyRouteComponent(() => bring(() => import("../pages/sign-in.tsx")), "SignIn"),
});

const callback = createRoute({
  getParentRoute: () => root,
  path: "/auth/callback",
  component: lazyRouteComponent(() => bring(() => import("../pages/auth-callback.tsx")), "AuthCallback"),
});

/** Behind the login. Every page is a child of it. */
const portal = createRoute({
  getParentRoute: () => root,
  id: "portal",
  beforeLoad: async ({ context, location }) => {
    if (!(await context.auth.signedIn()))
      throw redirect({ to: "/sign-in", search: { to: ownPath(location.href) } });
  },
  component: Shell,
});

const home = createRoute({
  getParentRoute: () => portal,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/targets" });
  },
});

const targets = createRoute({
  getParentRoute: () => portal,
  path: "/targets",
  validateSearch: z.object({ open: z.string().optional() }),
  component: lazyRouteComponent(() => bring(() => import("../pages/targets.tsx")), "Targets"),
});

const work = createRoute({
  getParentRoute: () => portal,
  path: "/work",
  component: lazyRouteComponent(() => bring(() => import("../pages/work.tsx")), "Work"),
});

const workAt = createRoute({
  getParentRoute: () => portal,
  path: "/work/$session",
  validateSearch: z.object({ beside: z.array(z.string()).max(3).optional().catch(undefined) }),
  component: lazyRouteComponent(() => bring(() => import("../pages/work.tsx")), "WorkAt"),
});

const reviews = createRoute({
  getParentRoute: () => portal,
  path: "/reviews",
  validateSearch: z.object({
    tab: z.enum(["decide", "mine", "decided"]).optional().catch(undefined),
    review: z.string().optional().catch(undefined),
  }),
  component: lazyRouteComponent(() => bring(() => import("../pages/reviews.tsx")), "Reviews"),
});

const audit = createRoute({
  getParentRoute: () => portal,
  path: "/audit",
  validateSearch: z.object({
    q: z.string().optional().catch(undefined),
    actor: z.string().optional().catch(undefined),
    target: z.string().optional().catch(undefined),
    verdict: z.enum(["allowed", "held", "blocked"]).optional().catch(undefined),
    since: z.iso.date().optional().catch(undefined),
    until: z.iso.date().optional().catch(undefined),
    session: z.string().optional().catch(undefined),
  }),
  component: lazyRouteComponent(() => bring(() => import("../pages/audit.tsx")), "Audit"),
});

const ledger = createRoute({
  getParentRoute: () => portal,
  path: "/ledger",
  validateSearch: z.object({
    before: z.int().min(2).optional().catch(undefined),
    kind: z
      .enum(["sessions", "commands", "reviews", "changes", "looks", "keeping", "gateway"])
      .optional()
      .catch(undefined),
  }),
  component: lazyRouteComponent(() => bring(() => import("../pages/ledger.tsx")), "Ledger"),
});

const policies = createRoute({
  getParentRoute: () => portal,
  path: "/policies",
  component: lazyRouteComponent(() => bring(() => import("../pages/policies.tsx")), "PoliciesPage"),
});

const classes = createRoute({
  getParentRoute: () => portal,
  path: "/classes",
  validateSearch: z.object({ target: z.string().optional().catch(undefined) }),
  component: lazyRouteComponent(() => bring(() => import("../pages/classes.tsx")), "Classes"),
});

const people = createRoute({
  getParentRoute: () => portal,
  path: "/people",
  component: lazyRouteComponent(() => bring(() => import("../pages/people.tsx")), "People"),
});

const targetAdmin = createRoute({
  getParentRoute: () => portal,
  path: "/targets/$name",
  component: lazyRouteComponent(() => bring(() => import("../pages/target-admin.tsx")), "TargetAdmin"),
});

const connectTarget = createRoute({
  getParentRoute: () => portal,
  path: "/connect-target",
  component: lazyRouteComponent(() => bring(() => import("../pages/target-admin.tsx")), "ConnectTarget"),
});

const settings = createRoute({
  getParentRoute: () => portal,
  path: "/settings",
  component: lazyRouteComponent(() => bring(() => import("../pages/settings.tsx")), "Settings"),
});

const routeTree = root.addChildren([
  signIn,
  callback,
  portal.addChildren([
    home,
    targets,
    work,
    workAt,
    reviews,
    audit,
    ledger,
    policies,
    classes,
    people,
    targetAdmin,
    connectTarget,
    settings,
  ]),
]);

/** A page that broke says so where it stands; the rail and the other pages go on. */
function PageFault({ error, reset }: ErrorComponentProps) {
  return (
    <BarePage title="Page fault">
      <ErrorState
        error={toUserError(error)}
        again={error instanceof CodeMissing ? () => void reloadOnceAnswered() : reset}
      />
    </BarePage>
  );
}

export function createPortalRouter(context: RouterContext) {
  return createRouter({
    routeTree,
    context,
    defaultPreload: "intent",
    defaultPendingMinMs: 0,
    defaultErrorComponent: PageFault,
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof createPortalRouter>;
  }
}
