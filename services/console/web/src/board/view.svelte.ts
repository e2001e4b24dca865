/** State of the board for the components. The rules are in the framework-free modules that it uses. */
import { Api } from "../lib/api";
import type { Translate } from "../lib/catalogue";
import { ServerClock } from "../lib/clock";
import type { Language } from "../lib/duration";
import { Session, type Account } from "../lib/session";
import type { ActionName } from "./actions";
import { Alarm } from "./alarm";
import type { LiveCard } from "./card";
import { Coalescer } from "./coalescer";
import { Feed, type FeedState } from "./feed";
import { noFilters, predicate, readFilters, writeFilters, type Filters } from "./filters";
import { Places, type Grids } from "./places";
import { BoardStore } from "./store";
import { Tone } from "./tone";
import { BUILT_IN, countViews, filtersOf, queryOf, savedViews, saveViews, type View } from "./views";

export interface Boot {
  language: Language;
  icons: string;
  /** CSRF token of the sign-out form. */
  csrf: string;
  links: { name: string; href: string }[];
}

export type Theme = "light" | "dark" | "wall";

const LETTERS_OFF = "gridloop.board.letters-off";

export class BoardView {
  readonly store = new BoardStore();
  readonly clock = new ServerClock();
  readonly alarm = new Alarm();
  readonly tone = new Tone();
  readonly language: Language;
  readonly api: Api;

  /** Grows with every change of the store, so that readers update with the store. */
  revision = $state(0);
  /** The server clock, updated once a second. */
  now = $state(Date.now());
  filters = $state.raw<Filters>(noFilters());
  feedState = $state<FeedState>("connecting");
  dataAsOf = $state<number | null>(null);
  loaded = $state(false);
  signedOut = $state(false);
  account = $state.raw<Account | null>(null);
  /** Number of the case in the drawer. */
  openCase = $state<string | null>(null);
  /** An action requested by key, which the drawer opens. */
  wanted = $state<ActionName | null>(null);
  /** Ids of the cases selected for bulk actions. */
  picked = $state.raw<ReadonlySet<string>>(new Set());
  mapOn = $state(false);
  helpOn = $state(false);
  lettersOn = $state(localStorage.getItem(LETTERS_OFF) === null);
  soundOn = $state(false);
  theme = $state<Theme>("light");
  /** Polygons and names of the grids, when loaded. */
  grids = $state.raw<Grids | null>(null);
  places = $state.raw(new Places("zh-CN"));
  saved = $state.raw<View[]>(savedViews(localStorage));
  /** Text of the polite live region for screen readers. */
  announcement = $state("");
  notice = $state<{ text: string; bad: boolean } | null>(null);

  readonly #session: Session;
  readonly #feed: Feed;
  readonly #coalescer: Coalescer;
  #noticeTimer = 0;

  constructor(
    readonly boot: Boot,
    readonly t: Translate,
  ) {
    this.language = boot.language;
    this.#session = new Session({
      send: (...parameters) => fetch(...parameters),
      now: Date.now,
      later: (what, wait) => window.setTimeout(what, wait),
      renewed: (account) => (this.account = account),
      ended: () => this.#ended(),
    });
    this.api = new Api(this.language, () => this.#session.renew());
    this.#coalescer = new Coalescer((batches) => this.#alarmAbout(this.store.apply(batches)), {
      now: Date.now,
      later: (what, wait) => window.setTimeout(what, wait),
      frame: (what) => (document.hidden ? window.setTimeout(what, 0) : requestAnimationFrame(what)),
    });
    this.#feed = this.#makeFeed();
  }

  start(): void {
    this.theme = (document.documentElement.dataset["theme"] as Theme | undefined) ?? "light";
    this.#readAddress();
    this.store.subscribe(() => (this.revision += 1));
    window.addEventListener("popstate", () => this.#readAddress());
    window.addEventListener("online", () => this.#feed.retryNow());
    window.setInterval(() => this.#tick(), 1_000);
    void this.#session.renew();
    void this.#loadPlaces();
    this.#feed.start();
  }

  /** Loads the grids; without them the board shows codes and dots only. */
  async #loadPlaces(): Promise<void> {
    const grids = await this.api.get<Grids>("/api/registry/grids.geojson").catch(() => null);
    if (!grids) return;
    this.grids = grids;
    this.places = new Places(this.language, grids);
  }

  retry(): void {
    this.#feed.retryNow();
  }

  setFilters(filters: Filters): void {
    this.filters = filters;
    this.store.filter(predicate(filters));
    this.#writeAddress(false);
  }

  open(caseNumber: string | null): void {
    if (caseNumber === this.openCase) return;
    const opening = this.openCase === null;
    this.openCase = caseNumber;
    // One step back closes the drawer, however many cases were opened in it.
    this.#writeAddress(opening);
  }

  pick(id: string): void {
    const picked = new Set(this.picked);
    if (!picked.delete(id)) picked.add(id);
    this.picked = picked;
  }

  unpick(): void {
    this.picked = new Set();
  }

  get views(): { view: View; count: number }[] {
    void this.revision;
    const views = [...BUILT_IN, ...this.saved];
    const counts = countViews(views, this.store.all(), this.filters.mode);
    return views.map((view, index) => ({ view, count: counts[index]! }));
  }

  /** The filters in the form of a saved view. */
  get currentQuery(): string {
    return queryOf({ ...this.filters, mode: "actual" });
  }

  showView(view: View): void {
    this.setFilters({ ...filtersOf(view), mode: this.filters.mode });
  }

  saveView(view: View): void {
    this.saved = [...this.saved.filter((other) => other.name !== view.name), view];
    saveViews(this.saved, localStorage);
  }

  forgetView(name: string): void {
    this.saved = this.saved.filter((view) => view.name !== name);
    saveViews(this.saved, localStorage);
  }

  setTheme(theme: Theme): void {
    this.theme = theme;
    document.documentElement.dataset["theme"] = theme;
    document.cookie = `gridloop_theme=${theme};path=/;max-age=31536000;samesite=lax`;
  }

  setLetters(on: boolean): void {
    this.lettersOn = on;
    if (on) localStorage.removeItem(LETTERS_OFF);
    else localStorage.setItem(LETTERS_OFF, "1");
  }

  async toggleSound(): Promise<void> {
    this.soundOn = this.soundOn ? this.tone.off() : await this.tone.on();
  }

  say(text: string, bad = false): void {
    this.notice = { text, bad };
    this.announcement = text;
    window.clearTimeout(this.#noticeTimer);
    this.#noticeTimer = window.setTimeout(() => (this.notice = null), bad ? 12_000 : 5_000);
  }

  #makeFeed(): Feed {
    return new Feed(
      {
        open: (path) => new EventSource(path),
        get: (path) => this.#getOrStatus(path),
        renew: () => this.#session.renew(),
        now: Date.now,
        later: (what, wait) => window.setTimeout(what, wait),
        cancel: (timer) => window.clearTimeout(timer as number),
        random: Math.random,
      },
      {
        snapshot: (snapshot) => {
          this.#coalescer.clear();
          this.store.replace(snapshot.cards);
          this.loaded = true;
        },
        batch: (batch) => {
          this.dataAsOf = this.clock.now();
          this.#coalescer.add(batch);
        },
        serverTime: (serverTime) => {
          this.clock.set(serverTime);
          this.dataAsOf = Date.parse(serverTime);
        },
        state: (state) => (this.feedState = state),
      },
    );
  }

  async #getOrStatus<Answer>(path: string): Promise<Answer> {
    try {
      return await this.api.get<Answer>(path);
    } catch (error) {
      throw (error as { problem: { status: number } }).problem;
    }
  }

  /** Keeps the cards on the screen; an empty board redirects to the sign-in page. */
  #ended(): void {
    if (this.loaded) this.signedOut = true;
    else location.replace(this.signInPath);
  }

  get signInPath(): string {
    return `/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`;
  }

  get roles(): readonly string[] {
    return this.account?.roles ?? [];
  }

  #alarmAbout(cards: LiveCard[]): void {
    this.alarm.add(cards.filter((card) => card.mode === this.filters.mode)); // exercises do not alarm other modes
    this.alarm.keep((id) => this.store.get(id)?.light === "red");
  }

  #tick(): void {
    this.now = this.clock.now();
    if (this.alarm.toneDue(this.now) && this.soundOn) this.tone.play();
    if (this.alarm.mayAnnounce(this.now)) this.announcement = this.t("alarm.title", { count: this.alarm.cases.length });
    const alarmed = this.alarm.visible(this.now) ? `(${this.alarm.cases.length}) ` : "";
    document.title = `${alarmed}${this.t("board.title")} · ${this.t("product.name")}`;
  }

  #readAddress(): void {
    const address = new URLSearchParams(location.search);
    this.filters = readFilters(address);
    this.store.filter(predicate(this.filters));
    this.openCase = address.get("case");
    this.mapOn = address.get("map") !== null;
  }

  toggleMap(): void {
    this.mapOn = !this.mapOn;
    this.#writeAddress(false);
  }

  #writeAddress(asNewStep: boolean): void {
    const address = new URLSearchParams(location.search);
    writeFilters(this.filters, address);
    if (this.openCase) address.set("case", this.openCase);
    else address.delete("case");
    if (this.mapOn) address.set("map", "");
    else address.delete("map");
    const query = address.toString();
    const url = query ? `?${query}` : location.pathname;
    if (asNewStep) history.pushState(null, "", url);
    else history.replaceState(null, "", url);
  }
}
