/**
 * Follows the board's feed: a snapshot, then a stream. It is supervised, because an EventSource stops forever after
 * one 503. If a proxy blocks streams, it polls for changes every few seconds instead.
 */
import type { CardMessage } from "./card";
import type { Batch } from "./store";

export type FeedState = "connecting" | "live" | "polling" | "reconnecting" | "stale";

export interface Snapshot {
  epoch: string;
  seq: number;
  server_time: string;
  cards: CardMessage[];
}

interface Sequenced {
  seq: number;
}

/** The used part of EventSource, which tests can replace. */
export interface Stream {
  onopen: ((event: never) => unknown) | null;
  onerror: ((event: never) => unknown) | null;
  addEventListener(type: string, listener: (event: { data: string }) => void): void;
  close(): void;
}

export interface FeedParts {
  open: (path: string) => Stream;
  /** Returns parsed JSON, or throws `{status}`. */
  get: <Answer>(path: string) => Promise<Answer>;
  renew: () => Promise<boolean>;
  now: () => number;
  later: (what: () => void, milliseconds: number) => unknown;
  cancel: (timer: unknown) => void;
  random: () => number;
}

export interface FeedListener {
  snapshot(snapshot: Snapshot): void;
  batch(batch: Batch): void;
  serverTime(serverTime: string): void;
  state(state: FeedState): void;
}

const BASE = "/api/tracking/board";
/** Time of three missed heartbeats. */
export const SILENCE_MS = 30_000;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;
const POLL_MS = 3_000;
/** Number of streams without a message after which the feed polls. */
const SILENT_STREAMS = 3;
/** Interval at which a polling feed tries the stream again. */
const POLLS_PER_STREAM_TRY = 20;

export class Feed {
  #stream: Stream | null = null;
  #timer: unknown = null;
  #watch: unknown = null;
  #epoch = "";
  #seq = 0;
  #failures = 0;
  #silentStreams = 0;
  #lastSign: number;
  #openedAt = 0;
  #state: FeedState = "connecting";
  #run = 0;

  constructor(
    private readonly parts: FeedParts,
    private readonly listener: FeedListener,
  ) {
    this.#lastSign = parts.now();
  }

  start(): void {
    this.#watchSilence();
    void this.#loadSnapshot();
  }

  stop(): void {
    this.#run += 1;
    this.#close();
    this.parts.cancel(this.#timer);
    this.parts.cancel(this.#watch);
  }

  /** Retries at once, after the network came back or at a person's request. */
  retryNow(): void {
    if (this.#state === "live" || this.#state === "polling") return;
    this.#failures = 0;
    this.#reconnect(0);
  }

  async #loadSnapshot(): Promise<void> {
    const run = ++this.#run;
    this.#close();
    try {
      const snapshot = await this.parts.get<Snapshot>(`${BASE}/snapshot`);
      if (run !== this.#run) return;
      this.#epoch = snapshot.epoch;
      this.#seq = snapshot.seq;
      this.listener.serverTime(snapshot.server_time);
      this.listener.snapshot(snapshot);
      this.#sign();
      this.#connect();
    } catch {
      if (run === this.#run) this.#failed();
    }
  }

  #connect(): void {
    if (this.#epoch === "") void this.#loadSnapshot();
    else if (this.#silentStreams >= SILENT_STREAMS) void this.#poll(POLLS_PER_STREAM_TRY);
    else this.#listen();
  }

  #listen(): void {
    this.#run += 1;
    this.#close();
    let received = false;
    const stream = this.parts.open(`${BASE}/stream?since=${this.#since()}`);
    this.#stream = stream;
    this.#openedAt = this.parts.now();
    const on = <Data extends Sequenced>(type: string, take: (data: Data) => void): void =>
      stream.addEventListener(type, (event) => {
        if (this.#stream !== stream) return;
        const data = JSON.parse(event.data) as Data;
        received = true;
        this.#silentStreams = 0;
        this.#seq = Math.max(this.#seq, data.seq);
        take(data);
        this.#alive("live");
      });
    on<Sequenced & Batch>("batch", (batch) => this.#pass(batch));
    on<Sequenced & { server_time: string }>("hb", (beat) => this.listener.serverTime(beat.server_time));
    stream.addEventListener("reset", () => this.#stream === stream && this.#startAgain());
    stream.addEventListener("bye", () => this.#stream === stream && this.#failed());
    stream.onerror = () => {
      if (this.#stream !== stream) return;
      if (!received) this.#silentStreams += 1;
      this.#failed();
    };
  }

  async #poll(triesLeft: number): Promise<void> {
    const run = ++this.#run;
    this.#close();
    try {
      const changes = await this.parts.get<Sequenced & Batch>(`${BASE}/changes?since=${this.#since()}`);
      if (run !== this.#run) return;
      this.#seq = Math.max(this.#seq, changes.seq);
      this.#pass(changes);
      this.#alive("polling");
      if (triesLeft <= 0) this.#silentStreams = 0;
      this.#timer = this.parts.later(
        () => (triesLeft <= 0 ? this.#listen() : void this.#poll(triesLeft - 1)),
        POLL_MS,
      );
    } catch (reason) {
      if (run !== this.#run) return;
      if ((reason as { status?: number }).status === 410) this.#startAgain();
      else this.#failed();
    }
  }

  #pass(batch: Batch): void {
    this.listener.batch({ cards: batch.cards, removed: batch.removed });
  }

  /** Starts again with a snapshot, after the usual delay, so that a server that always asks for it is not flooded. */
  #startAgain(): void {
    this.#epoch = "";
    this.#failed();
  }

  #failed(): void {
    this.#close();
    if (this.#state !== "stale") this.#become("reconnecting");
    const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 1.7 ** this.#failures);
    this.#failures += 1;
    // The random delay keeps two hundred screens from reconnecting in the same second.
    this.#reconnect(wait + this.parts.random() * FIRST_WAIT_MS);
  }

  #reconnect(wait: number): void {
    const run = ++this.#run;
    this.#close();
    this.parts.cancel(this.#timer);
    this.#timer = this.parts.later(() => void this.#renewAndConnect(run), wait);
  }

  async #renewAndConnect(run: number): Promise<void> {
    // EventSource does not distinguish 401 from 503, so the token is always renewed.
    await this.parts.renew();
    if (run === this.#run) this.#connect();
  }

  #watchSilence(): void {
    this.#watch = this.parts.later(() => {
      const now = this.parts.now();
      if (now - this.#lastSign > SILENCE_MS) this.#become("stale");
      if (this.#stream && now - Math.max(this.#lastSign, this.#openedAt) > SILENCE_MS) {
        this.#silentStreams += 1;
        this.#failed();
      }
      this.#watchSilence();
    }, SILENCE_MS / 6);
  }

  #alive(state: FeedState): void {
    this.#failures = 0;
    this.#sign();
    this.#become(state);
  }

  #sign(): void {
    this.#lastSign = this.parts.now();
  }

  #become(state: FeedState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.listener.state(state);
  }

  #since(): string {
    return `${this.#epoch}.${this.#seq}`;
  }

  #close(): void {
    this.#stream?.close();
    this.#stream = null;
  }
}
