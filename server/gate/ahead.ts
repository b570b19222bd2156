/**
 * The same, but each is asked for while whoever reads is still at the one before it: a chunk is masked while another is
 * being stored. `stop` is called where they leave before the end: it ends what the source may be waiting for. A source
 * that failed waits for nothing.
 */
export async function* ahead<T>(source: AsyncGenerator<T, void>, stop: () => void): AsyncGenerator<T, void> {
  const ask = () => {
    const next = source.next();
    // Whoever reads comes to it in their time.
    next.catch(() => undefined);
    return next;
  };
  let isLeft = false;
  try {
    for (let next = ask(); ;) {
      const { done, value } = await next;
      if (done === true) return;
      next = ask();
      isLeft = true;
      yield value;
      isLeft = false;
    }
  } finally {
    if (isLeft) stop();
    await source.return();
  }
}
