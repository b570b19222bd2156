/** What is known of bytes that go from one program to the next. */
export type Trait = "download" | "decode" | "unknown";

/** `text` is the whole of it, where it stands in the command. */
export type Flow = { traits: ReadonlySet<Trait>; text: string | undefined };

export const silent: Flow = { traits: new Set(), text: "" };
export const unknownFlow: Flow = { traits: new Set(), text: undefined };

export const flowWith = (flow: Flow | undefined, ...traits: readonly Trait[]): Flow => ({
  traits: new Set([...(flow?.traits ?? []), ...traits]),
  text: undefined,
});

export const textFlow = (text: string, ...traits: readonly Trait[]): Flow => ({
  traits: new Set(traits),
  text,
});

/** One after the other. */
export const joinedFlow = (flows: readonly Flow[]): Flow => ({
  traits: new Set(flows.flatMap(({ traits }) => [...traits])),
  text: flows.every(({ text }) => text !== undefined)
    ? flows.map(({ text }) => text ?? "").join("")
    : undefined,
});
