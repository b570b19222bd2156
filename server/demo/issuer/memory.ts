import type { Adapter, AdapterFactory, AdapterPayload } from "oidc-provider";

const maxItems = 10_000;

/** The issuer's state, in memory: a restart ends logins' renewal, and its tokens stay valid. The oldest go first. */
export function memoryAdapter(now: () => number): AdapterFactory {
  const items = new Map<string, { payload: AdapterPayload; expiresAt: number }>();

  const findWhere = (
    prefix: string,
    fits: (payload: AdapterPayload) => boolean,
  ): AdapterPayload | undefined => {
    for (const [key, { payload, expiresAt }] of items)
      if (key.startsWith(prefix) && expiresAt > now() && fits(payload)) return payload;
    return undefined;
  };

  return (model): Adapter => {
    const prefix = `${model}:`;
    return {
      upsert: async (id, payload, expiresIn = Number.POSITIVE_INFINITY) => {
        items.delete(prefix + id);
        items.set(prefix + id, { payload, expiresAt: now() + expiresIn * 1000 });
        for (const key of items.keys()) {
          if (items.size <= maxItems) break;
          items.delete(key);
        }
      },
      find: async (id) => {
        const item = items.get(prefix + id);
        return item !== undefined && item.expiresAt > now() ? item.payload : undefined;
      },
      findByUid: async (uid) => findWhere(prefix, (payload) => payload.uid === uid),
      findByUserCode: async (userCode) => findWhere(prefix, (payload) => payload.userCode === userCode),
      consume: async (id) => {
        const item = items.get(prefix + id);
        if (item !== undefined) item.payload.consumed = Math.floor(now() / 1000);
      },
      destroy: async (id) => void items.delete(prefix + id),
      revokeByGrantId: async (grantId) => {
        for (const [key, { payload }] of items) if (payload.grantId === grantId) items.delete(key);
      },
    };
  };
}
