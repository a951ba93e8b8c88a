/** Orders of lists as the API writes them: `name`, or `-name` for the other way round. */

export interface Sort {
  id: string;
  desc: boolean;
}

export function parseSort(sort: string | undefined): Sort | undefined {
  if (sort === undefined || sort === "" || sort === "-") return undefined;
  return sort.startsWith("-") ? { id: sort.slice(1), desc: true } : { id: sort, desc: false };
}

/** What a press on a column's head leads to: ascending, then descending, then the list's own order. */
export function nextSort(sort: string | undefined, key: string): string | undefined {
  if (sort === key) return `-${key}`;
  return sort === `-${key}` ? undefined : key;
}
