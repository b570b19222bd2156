/**
 * Asks the store for many at once: one question is under way, and those that come meanwhile share the next, `max` at a
 * time. One that comes alone is asked at once. Where a shared question fails each is asked alone, so that nobody fails
 * for another's sake. `ask` gives what answers each of its items.
 */
export function together<Item, Answer>(
  max: number,
  ask: (items: readonly Item[]) => Promise<(item: Item) => Answer>,
): (item: Item) => Promise<Answer> {
  type Waiting = { item: Item; resolve: (answer: Answer) => void; reject: (error: unknown) => void };
  const waiting: Waiting[] = [];
  let isAsking = false;

  const settle = async (batch: readonly Waiting[]): Promise<void> => {
    try {
      const answerOf = await ask(batch.map(({ item }) => item));
      for (const { item, resolve } of batch) resolve(answerOf(item));
    } catch (error) {
      if (batch.length > 1) for (const one of batch) await settle([one]);
      else for (const { reject } of batch) reject(error);
    }
  };
  const run = async (): Promise<void> => {
    isAsking = true;
    while (waiting.length > 0) await settle(waiting.splice(0, max));
    isAsking = false;
  };

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      if (!isAsking) void run();
    });
}
