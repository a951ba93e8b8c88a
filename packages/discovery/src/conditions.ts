/** What a scan may be told to fail on, and which components meet it. */
import { componentKey } from "./component-key.ts";
import { DiscoveryError } from "./error.ts";
import { KINDS, type Component, type Kind } from "./types.ts";

/**
 * - `any`: every component.
 * - `new`: what the baseline does not have.
 * - `shadow`: what is in the code and not registered.
 * - a kind, as `credential`: every component of it.
 */
export type Condition = "any" | "new" | "shadow" | Kind;

const CONDITIONS: readonly Condition[] = ["any", "new", "shadow", ...KINDS];

/** What the components of a scan are compared with. */
export interface Known {
  /** What an earlier scan or bill of materials has; undefined where none was given. */
  readonly baseline: readonly Component[] | undefined;
  /** Whether a component is registered; undefined where no register was asked. */
  readonly registered: ((component: Component) => boolean) | undefined;
}

export interface Breach {
  readonly component: Component;
  /** The conditions that it meets, in the order in which they were given. */
  readonly conditions: readonly Condition[];
}

/** The conditions of `shadow,credential`. @throws DiscoveryError `bad_condition` for a word that is none. */
export function parseConditions(text: string): Condition[] {
  const words = text.split(",").flatMap((word) => (word.trim() === "" ? [] : word.trim()));
  const unknown = words.find((word) => !CONDITIONS.some((condition) => condition === word));
  if (unknown !== undefined || words.length === 0) {
    throw new DiscoveryError(
      "bad_condition",
      `${unknown === undefined ? "No condition was given" : `${unknown} is no condition`}: use ${CONDITIONS.join(", ")}.`,
    );
  }
  return [...new Set(words as Condition[])];
}

/**
 * The components that meet a condition. What is registered is what the server says, else the baseline; where there is
 * neither, nothing is registered, and every component is shadow.
 * @throws DiscoveryError `bad_condition` for `new` without a baseline.
 */
export function breachesOf(
  components: readonly Component[],
  conditions: readonly Condition[],
  { baseline, registered }: Known,
): Breach[] {
  if (conditions.includes("new") && baseline === undefined)
    throw new DiscoveryError("bad_condition", "The condition new compares with a baseline: give one with --baseline.");
  const before = keysOf(baseline ?? []);
  const isRegistered = registered ?? ((component: Component) => before.has(componentKey(component)));
  const meets = (component: Component, condition: Condition): boolean => {
    if (condition === "any") return true;
    if (condition === "new") return !before.has(componentKey(component));
    if (condition === "shadow") return !isRegistered(component);
    return component.kind === condition;
  };
  return components.flatMap((component) => {
    const met = conditions.filter((condition) => meets(component, condition));
    return met.length === 0 ? [] : { component, conditions: met };
  });
}

function keysOf(components: readonly Component[]): ReadonlySet<string> {
  return new Set(components.map((component) => componentKey(component)));
}
