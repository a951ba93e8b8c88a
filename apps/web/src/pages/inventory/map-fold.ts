/** Keeps the graph readable where one user has a great many models: a library of clients names dozens. */
import type { MapSystem } from "@steward/client";

type Model = MapSystem["models"][number];

interface User {
  readonly name: string;
  readonly models: readonly Model[];
}

/** Of models that nobody else uses, so many are drawn one by one; the table names them all. */
const OWN_MODELS_MAX = 8;

/** One model, or what several are drawn as: `title` names them. */
export interface DrawnModel extends Model {
  readonly title: string;
}

/** The users with what is drawn of their models: those that others use too, some of their own, and the rest as one. */
export function foldModels<U extends User>(users: readonly U[]): (Omit<U, "models"> & { models: DrawnModel[] })[] {
  const usedBy = Map.groupBy(
    users.flatMap(({ models }) => models),
    ({ name }) => name.toLowerCase(),
  );
  return users.map((user) => {
    const isShared = ({ name }: Model) => (usedBy.get(name.toLowerCase())?.length ?? 0) > 1;
    const own = user.models.filter((model) => !isShared(model)).toSorted(byDeclared);
    // One that would be folded by itself is drawn instead.
    const rest = own.length > OWN_MODELS_MAX + 1 ? own.slice(OWN_MODELS_MAX) : [];
    const drawn = user.models
      .filter((model) => !rest.includes(model))
      .map((model) => ({ ...model, title: model.name }));
    return { ...user, models: [...drawn, ...(rest.length === 0 ? [] : [together(user, rest)])] };
  });
}

function together({ name }: User, rest: readonly Model[]): DrawnModel {
  return {
    name: `${rest.length} more of ${name}`,
    title: rest.map((model) => model.name).join(", "),
    declared: rest.every(({ declared }) => declared),
    found: rest.some(({ found }) => found),
  };
}

/** What the register names is looked for first. */
function byDeclared(a: Model, b: Model): number {
  return Number(b.declared) - Number(a.declared);
}
