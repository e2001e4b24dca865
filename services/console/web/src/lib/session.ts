/** Keeps the five-minute access token fresh while the page is open. */

const REFRESH = "/api/registry/session/refresh";
/** Delay until the renewal: one minute before the end, but at least ten seconds. */
const EARLY_MS = 60_000;
const SHORTEST_MS = 10_000;

/** The signed-in account, from the registry. */
export interface Account {
  name: string;
  name_en: string;
  roles: string[];
}

export interface SessionParts {
  send: typeof fetch;
  now: () => number;
  later: (what: () => void, milliseconds: number) => unknown;
  renewed: (account: Account) => void;
  /** Called when the session has ended and a new sign-in is needed. */
  ended: () => void;
}

export class Session {
  #renewal: Promise<boolean> | null = null;

  constructor(private readonly parts: SessionParts) {}

  /** Renews the token now and schedules the next renewal. Concurrent calls share one renewal. */
  renew(): Promise<boolean> {
    this.#renewal ??= this.#refresh().finally(() => {
      this.#renewal = null;
    });
    return this.#renewal;
  }

  async #refresh(): Promise<boolean> {
    let response: Response;
    try {
      response = await this.parts.send(REFRESH, {
        method: "POST",
        headers: { "X-Gridloop-CSRF": "1" },
        credentials: "same-origin",
      });
    } catch {
      this.#again(SHORTEST_MS);
      return false;
    }
    if (response.status === 401 || response.status === 403) {
      this.parts.ended();
      return false;
    }
    if (!response.ok) {
      this.#again(SHORTEST_MS);
      return false;
    }
    const { expires_at, account } = (await response.json()) as { expires_at: string; account: Account };
    this.parts.renewed(account);
    this.#again(Math.max(SHORTEST_MS, Date.parse(expires_at) - this.parts.now() - EARLY_MS));
    return true;
  }

  #again(milliseconds: number): void {
    this.parts.later(() => void this.renew(), milliseconds);
  }
}
