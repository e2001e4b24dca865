/** API calls: language, CSRF header, renewal of the access token, problem responses. */
import type { Language } from "./duration";

/** A problem response (RFC 9457). `status` 0 means that the request did not reach a server. */
export interface Problem {
  status: number;
  type: string;
  title: string;
  detail: string;
}

export class ApiError extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail || problem.title || `HTTP ${problem.status}`);
  }
}

export interface Change {
  body: unknown;
  /** Idempotency key, created once per form, so that a repeated press has no further effect. */
  idempotencyKey: string;
  /** The version that the person saw; the server refuses the change if there is a newer one. */
  ifMatch?: number;
}

export class Api {
  constructor(
    private readonly language: Language,
    /** Renews the access token; returns false if the session has ended. */
    private readonly renew: () => Promise<boolean>,
    private readonly send: typeof fetch = (...parameters) => fetch(...parameters),
  ) {}

  get<Answer>(path: string): Promise<Answer> {
    return this.#call<Answer>(path, { headers: this.#headers() });
  }

  post<Answer>(path: string, change: Change): Promise<Answer> {
    const headers = this.#headers();
    headers.set("Content-Type", "application/json");
    headers.set("X-Gridloop-CSRF", "1");
    headers.set("Idempotency-Key", change.idempotencyKey);
    if (change.ifMatch !== undefined) headers.set("If-Match", `"${change.ifMatch}"`);
    return this.#call<Answer>(path, { method: "POST", headers, body: JSON.stringify(change.body) });
  }

  #headers(): Headers {
    return new Headers({ Accept: "application/json", "Accept-Language": this.language });
  }

  async #call<Answer>(path: string, request: RequestInit): Promise<Answer> {
    let response = await this.#reach(path, request);
    if (response.status === 401 && (await this.renew())) response = await this.#reach(path, request);
    if (!response.ok) throw new ApiError(await problemOf(response));
    return (await response.json()) as Answer;
  }

  async #reach(path: string, request: RequestInit): Promise<Response> {
    try {
      return await this.send(path, { ...request, credentials: "same-origin" });
    } catch (reason) {
      throw new ApiError({ status: 0, type: "unreachable", title: "", detail: String(reason) });
    }
  }
}

async function problemOf(response: Response): Promise<Problem> {
  const blank = { status: response.status, type: "about:blank", title: response.statusText, detail: "" };
  try {
    return { ...blank, ...((await response.json()) as Partial<Problem>) };
  } catch {
    // A proxy's error page is not a problem document; only its status is known.
    return blank;
  }
}

/** A random UUID also where the page is not a secure context (plain http on an intranet), where randomUUID is missing. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
