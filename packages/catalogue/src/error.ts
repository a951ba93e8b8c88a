import { StewardError } from "@steward/kernel";

/**
 * What can be wrong with the catalogue.
 * `unreadable`: a file is missing, unknown or not YAML. `invalid`: a value has the wrong shape.
 * `inconsistent`: an id, a reference or a count does not agree with the rest.
 */
export type CatalogueErrorCode = "unreadable" | "invalid" | "inconsistent";

export class CatalogueError extends StewardError<CatalogueErrorCode> {
  /** One line per problem, each naming the file and the place in it. */
  readonly problems: readonly string[];
  constructor(code: CatalogueErrorCode, problems: readonly string[], options?: ErrorOptions) {
    super(code, `The standards catalogue cannot be used:\n${problems.join("\n")}`, options);
    this.problems = problems;
  }
}
