/** Two short synthesised notes. Browsers allow sound only after a click. */

const NOTES = [
  { hertz: 740, start: 0, length: 0.16 },
  { hertz: 554, start: 0.2, length: 0.24 },
] as const;

export class Tone {
  #context: AudioContext | null = null;

  /** Enables sound; call it from a click. Returns true on success. */
  async on(): Promise<boolean> {
    this.#context ??= new AudioContext();
    await this.#context.resume();
    this.play();
    return this.#context.state === "running";
  }

  off(): false {
    void this.#context?.suspend();
    return false;
  }

  play(): void {
    const context = this.#context;
    if (context?.state !== "running") return;
    for (const { hertz, start, length } of NOTES) {
      const oscillator = context.createOscillator();
      const volume = context.createGain();
      const begin = context.currentTime + start;
      oscillator.frequency.value = hertz;
      volume.gain.setValueAtTime(0, begin);
      volume.gain.linearRampToValueAtTime(0.18, begin + 0.02);
      volume.gain.exponentialRampToValueAtTime(0.001, begin + length);
      oscillator.connect(volume).connect(context.destination);
      oscillator.start(begin);
      oscillator.stop(begin + length);
    }
  }
}
