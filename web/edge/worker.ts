/** What the edge knows: the gateway's address and the portal's built files. */
type Env = { ORIGIN: string; ASSETS: { fetch(request: Request): Promise<Response> } };

/** Paths that only the gateway answers. */
const passed = /^\/(api|oidc)\//;

/**
 * Static files come from the edge, the API from the gateway: same origin for the browser, so no cookie, no CORS and
 * no second name. WebSocket upgrades and server-sent events pass as they are. The gateway's SLUICE_PUBLIC_URL is the
 * edge's address.
 */
export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const url = new URL(request.url);
    if (!passed.test(url.pathname)) return env.ASSETS.fetch(request);
    const target = new URL(url.pathname + url.search, env.ORIGIN);
    return fetch(new Request(target, request), { redirect: "manual" });
  },
};
