/** The base of every error class: one class per package, with a literal-union code that callers switch on. */

export class StewardError<Code extends string = string> extends Error {
  readonly code: Code;
  constructor(code: Code, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

export class KernelError extends StewardError<"not_canonical"> {}
