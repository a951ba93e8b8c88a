/** A person's session at the API: what a browser does, in a few lines. */

export interface Answer<T> {
  readonly body: T;
  readonly etag: string | null;
}

export class Session {
  readonly #url: string;
  #cookie = "";

  constructor(url: string) {
    this.#url = url;
  }

  async send<T>(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer<T>> {
    const response = await fetch(new URL(`/api/v1${path}`, this.#url), {
      method,
      headers: {
        cookie: this.#cookie,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const [cookie] = response.headers.getSetCookie();
    if (cookie !== undefined) this.#cookie = cookie.split(";", 1)[0] as string;
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
    return { body: JSON.parse(text) as T, etag: response.headers.get("etag") };
  }

  /** Changes a record as it stands now. */
  async change(path: string, values: Record<string, unknown>, changeReason: string): Promise<void> {
    const { etag } = await this.send("GET", path);
    await this.send("PATCH", path, { values, changeReason }, { "if-match": etag ?? "" });
  }
}
