import pg from "pg";
import type { CommandId } from "../../shared/ids.ts";
import { freshDatabase } from "../db/testing.ts";
import { temporaryFolder } from "../journal/testing.ts";

/** What gateways of a test stand on: an empty store, a database as their target, and a folder for what they record. */
export type Ground = {
  store: Awaited<ReturnType<typeof freshDatabase>>;
  shop: Awaited<ReturnType<typeof freshDatabase>>;
  folder: string;
  /** A way into the target past every gateway. */
  client: pg.Client;
  /** How often commands have written a cell. */
  runs(cell: number): Promise<number>;
  /** The kinds of a command's entries in the ledger, in order. */
  entries(command: CommandId): Promise<string[]>;
  remove(): Promise<void>;
};

/** A thousand cells that count their writes. */
const cells = `
create table cells (id int primary key, runs int not null default 0);
insert into cells select generate_series(1, 1000)`;

/** What a command does to a cell. */
export const write = (cell: number): string => `update cells set runs = runs + 1 where id = ${cell}`;

/** With these statements run in the target. */
export async function layGround(script = cells): Promise<Ground> {
  const [store, shop, folder] = await Promise.all([
    freshDatabase({ migrate: true }),
    freshDatabase(),
    temporaryFolder(),
  ]);
  const client = new pg.Client({ connectionString: shop.url });
  await client.connect();
  await client.query(script);
  return {
    ...{ store, shop, client },
    folder: folder.path,
    async runs(cell) {
      const { rows } = await client.query<{ runs: number }>("select runs from cells where id = $1", [cell]);
      return Number(rows[0]?.runs);
    },
    async entries(command) {
      const { rows } = await store.database.pool.query<{ kind: string }>(
        "select kind from ledger where command = $1 order by seq",
        [command],
      );
      return rows.map(({ kind }) => kind);
    },
    async remove() {
      await client.end();
      await Promise.all([store.drop(), shop.drop()]);
      await folder.remove();
    },
  };
}
