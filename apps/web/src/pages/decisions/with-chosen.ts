export interface Option {
  value: string;
  label: string;
}

/** What the address chooses stays chosen, also while the list is on its way or does not hold it. */
export function withChosen(options: readonly Option[] | undefined, chosen: string | undefined): readonly Option[] {
  const known = options ?? [];
  if (chosen === undefined || known.some(({ value }) => value === chosen)) return known;
  return [...known, { value: chosen, label: chosen }];
}
