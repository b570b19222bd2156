import { loadConfig } from "../../server/config/load.ts";
import { createApp } from "../../server/door/app.ts";
import { createMetrics } from "../../server/door/metrics.ts";
import type { Rooms } from "../../server/door/rooms.ts";
import { code } from "./markdown.ts";
import { createShapes, type Schema } from "./shapes.ts";

type Content = Record<string, { schema: Schema }>;
type Operation = {
  tags?: string[];
  summary?: string;
  description?: string;
  "x-right"?: string;
  security?: unknown[];
  parameters?: { name: string; in: string; required?: boolean }[];
  requestBody?: { content: Content };
  responses: Record<string, { description: string; content?: Content }>;
};
type Description = {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
};

/** The API's description, from the door itself: nothing behind it is asked, so the other rooms may be absent. */
async function describe(): Promise<Description> {
  const { config } = loadConfig({ SLUICE_MODE: "demo" }, ".");
  const rooms: Pick<Rooms, "config" | "version" | "metrics" | "stopping"> = {
    config,
    version: "",
    metrics: createMetrics({
      openSessions: async () => 0,
      ledgerHead: async () => 0,
      evidence: async () => ({
        state: "unchecked",
        checkedTo: 0,
        completedAt: null,
        findings: [],
        findingCount: 0,
      }),
      alarms: () => 0,
    }),
    stopping: new AbortController().signal,
  };
  const answer = await createApp(rooms as Rooms).request(`${config.publicUrl}/api/openapi.json`, {
    headers: { host: config.hosts[0] ?? "" },
  });
  if (!answer.ok) throw new Error(`the door did not describe itself: ${await answer.text()}`);
  return (await answer.json()) as Description;
}

const description = await describe();
const { schemas } = description.components;
const { shape, definition } = createShapes(schemas);

/** Every endpoint, by what it is about. */
export function endpoints(): string {
  const byTag = new Map<string, string[]>();
  for (const [path, operations] of Object.entries(description.paths))
    for (const [method, operation] of Object.entries(operations)) {
      const tag = operation.tags?.[0] ?? "Others";
      byTag.set(tag, [...(byTag.get(tag) ?? []), endpoint(method, path, operation)]);
    }
  return [...byTag].map(([tag, texts]) => `### ${tag}\n\n${texts.join("\n\n")}`).join("\n\n");
}

/** What every endpoint behind a login may answer is said once, above the list. */
const common = new Set(["unauthenticated", "token_invalid", "token_expired", "forbidden"]);

function endpoint(method: string, path: string, operation: Operation): string {
  const { summary = "", description: more, security, parameters = [], requestBody, responses } = operation;
  const right = operation["x-right"];
  const asked = parameters.filter((one) => one.in !== "path");
  const answers = Object.entries(responses);
  const refused = answers
    .filter(([status]) => Number(status) >= 400)
    .flatMap(([, { description: words }]) => [...words.matchAll(/`(\w+)`/g)].map(([, name = ""]) => name))
    .filter((name) => !common.has(name));
  const lines = [
    ...(right ? [`needs the right ${code(right)}`] : security ? [] : ["public"]),
    ...(asked.length > 0 ? [asked.map((one) => `${one.in} ${code(one.name)}`).join(", ")] : []),
    ...(requestBody ? [`body ${bodies(requestBody.content)}`] : []),
    ...answers
      .filter(([status]) => Number(status) < 400)
      .map(([status, { description: words, content }]) =>
        [status, ...(content ? [bodies(content)] : []), words].join(" "),
      ),
    ...(refused.length > 0 ? [`refuses with ${refused.map(code).join(", ")}`] : []),
  ];
  return [
    `**${code(`${method.toUpperCase()} ${path}`)}** ${summary}.${more ? ` ${more}` : ""}`,
    lines.map((line) => `- ${line}`).join("\n"),
  ].join("\n\n");
}

const bodies = (content: Content) =>
  Object.entries(content)
    .map(([type, { schema }]) =>
      type.endsWith("json") && !type.includes("ndjson") ? code(shape(schema, 2)) : code(type),
    )
    .join(", ");

/** The shapes that endpoints name. */
export function shapes(): string {
  return ["```ts", Object.keys(schemas).map(definition).join("\n\n"), "```"].join("\n");
}
