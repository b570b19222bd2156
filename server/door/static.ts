import { serveStatic } from "@hono/node-server/serve-static";
import type { Hono } from "hono";
import { compress } from "hono/compress";
import { Refusal } from "../../shared/contract/errors.ts";
import type { Env } from "./rooms.ts";

/** Serves the built portal: hashed assets for a year, `index.html` for every other path that looks like a page. */
export function servePortal(app: Hono<Env>, root: string): void {
  app.use("/*", compress());
  app.use(
    "/assets/*",
    serveStatic({
      root,
      precompressed: true,
      onFound: (_path, context) => context.header("cache-control", "public, max-age=31536000, immutable"),
    }),
  );
  app.get("/assets/*", () => {
    throw new Refusal("not_found", "There is no such file.");
  });
  const page = serveStatic({
    root,
    path: "index.html",
    onFound: (_path, context) => context.header("cache-control", "no-cache"),
  });
  app.use("/favicon.svg", serveStatic({ root }));
  app.get("/*", (context, next) => (context.req.path.startsWith("/api/") ? next() : page(context, next)));
}
