/** Events of a page at most. */
const maxEvents = 2_000;
/** A page ends with the event that takes it over so many characters: a single one may hold a whole cell. */
const maxCharacters = 8 * 1024 * 1024;

/** The first of some events, in order, up to `left`; full where more may follow that had no room. */
export async function eventPage(
  events: AsyncIterable<string>,
  left: number,
): Promise<{ events: string[]; isFull: boolean }> {
  const page: string[] = [];
  let characters = 0;
  for await (const event of events) {
    page.push(event);
    characters += event.length;
    if (page.length === maxEvents || characters > maxCharacters) return { events: page, isFull: true };
    if (page.length >= left) break;
  }
  return { events: page, isFull: false };
}
