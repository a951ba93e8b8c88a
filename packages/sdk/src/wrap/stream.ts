/** Looks at what a stream brings while somebody else reads it. */

export interface Watcher<T> {
  see(chunk: T): void;
  /** The reader has got everything. */
  end(): void;
  /** The reader stopped early. */
  leave(): void;
  fail(error: unknown): void;
}

/** The same chunks in the same order; what the watcher throws is not the reader's. */
export async function* watchIterator<T>(iterator: AsyncIterator<T>, watcher: Watcher<T>): AsyncGenerator<T, void> {
  let isOpen = true;
  try {
    for await (const chunk of { [Symbol.asyncIterator]: () => iterator }) {
      quietly(() => watcher.see(chunk));
      yield chunk;
    }
    isOpen = false;
    quietly(() => watcher.end());
  } catch (error) {
    isOpen = false;
    quietly(() => watcher.fail(error));
    throw error;
  } finally {
    if (isOpen) quietly(() => watcher.leave());
  }
}

interface Iterable {
  iterator?: () => AsyncIterator<unknown>;
  [Symbol.asyncIterator]?: () => AsyncIterator<unknown>;
}

export function isStream(value: unknown): value is Iterable {
  return typeof (value as Iterable | null | undefined)?.[Symbol.asyncIterator] === "function";
}

/** Watches whatever reads the stream from now on, and leaves the stream what it is. */
export function watchInPlace(stream: Iterable, watcher: Watcher<unknown>): void {
  quietly(() => {
    // The streams of some libraries make their iterator by a member, for reading and for splitting alike.
    const name = typeof stream.iterator === "function" ? "iterator" : Symbol.asyncIterator;
    const original = stream[name] as () => AsyncIterator<unknown>;
    stream[name] = () => watchIterator(original.call(stream), watcher);
  });
}

export function quietly(work: () => void): void {
  try {
    work();
  } catch {
    // A library may bring what no wrapper knows; its reader must not notice.
  }
}
