import { createSecondLine } from "./second-line.ts";

/**
 * `npx tsx server/masking/second-line.bench.ts`: megabytes of clean text per second through the second line, over rows
 * of five columns in chunks of 500.
 */
const words = [
  "Maria Schmidt",
  "Berlin",
  "Left at the door with Mr. Jones, 42",
  "2024-01-03 10:15",
  "in transit",
  "ORD-2024-000123",
  "•••@example.org",
  "••••4242",
];
const fields = [20, 25, 25, 1043, 1114].map((typeOid, i) => ({
  name: `c${i}`,
  typeOid,
  tableOid: 0,
  columnNumber: 0,
}));
const hidden = new Map(
  ["email", "card", "iban", "phone"].map((name) => [
    name,
    { name, description: "", mask: { kind: "redact" as const }, lookup: false },
  ]),
);
const catalog = {
  revision: "",
  readAt: "",
  serverVersion: 18,
  database: "",
  searchPath: [],
  relations: [],
  functions: [],
  operators: [],
  types: [],
};
const chunks = Array.from({ length: 400 }, (_, n) =>
  Array.from({ length: 500 }, (_, i): (string | null)[] => [
    String(n * 500 + i),
    words[i % words.length] ?? "",
    `${words[(i * 7) % words.length]} ${words[(i + 3) % 5]}`,
    words[(i + 1) % 6] ?? "",
    "2024-01-03 10:15:00",
  ]),
);
const bytes = chunks.flat(2).reduce((sum, cell) => sum + (cell?.length ?? 0), 0);
for (let round = 0; round < 4; round++) {
  const line = createSecondLine({ fields, catalog, hidden, text: "", parameters: [] });
  const start = performance.now();
  for (const chunk of chunks) line.rows(chunk);
  const seconds = (performance.now() - start) / 1000;
  process.stdout.write(
    `${(bytes / 1e6 / seconds).toFixed(0)} MB/s, ${((chunks.length * 500) / seconds / 1e6).toFixed(2)} million rows/s, ${line.found().length} findings\n`,
  );
}
