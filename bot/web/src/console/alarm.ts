/** How often the sound of an unaccepted S0 repeats, in milliseconds. */
const REPEAT_MS = 3_000;
const TITLE_MS = 1_000;

/**
 * What calls an agent to the screen: a sound, a flashing title, a desktop notice. Staff side only. The sound of an S0
 * goes on until somebody has accepted it; nothing here can silence it otherwise.
 */
export class Alarm {
  private context: AudioContext | null = null;
  private repeating: ReturnType<typeof setInterval> | undefined;
  private flashing: ReturnType<typeof setInterval> | undefined;
  private calm = document.title;

  /** True once the browser lets the page sound; it does so only after a click or a key. */
  get audible(): boolean {
    return this.context?.state === "running";
  }

  /** Call from a click or key press. */
  async allow(): Promise<void> {
    this.context ??= new AudioContext();
    await this.context.resume();
  }

  /** The title of the page while nothing is wrong. */
  title(text: string): void {
    this.calm = text;
    if (this.flashing === undefined) document.title = text;
  }

  /** Begins, goes on with, or ends (null) the alarm for what stands at the top. */
  raise(headline: string | null): void {
    clearInterval(this.repeating);
    clearInterval(this.flashing);
    [this.repeating, this.flashing] = [undefined, undefined];
    document.title = this.calm;
    if (headline === null) return;
    this.sound();
    this.repeating = setInterval(() => this.sound(), REPEAT_MS);
    document.title = headline;
    this.flashing = setInterval(() => {
      document.title = document.title === headline ? this.calm : headline;
    }, TITLE_MS);
  }

  /** Two rising tones. */
  sound(): void {
    const { context } = this;
    if (context?.state !== "running") return;
    [0, 0.22, 0.44].forEach((delay, i) => {
      const [tone, volume] = [context.createOscillator(), context.createGain()];
      const at = context.currentTime + delay;
      tone.type = "square";
      tone.frequency.value = i % 2 === 0 ? 740 : 988;
      volume.gain.setValueAtTime(0.0001, at);
      volume.gain.exponentialRampToValueAtTime(0.22, at + 0.02);
      volume.gain.exponentialRampToValueAtTime(0.0001, at + 0.2);
      tone.connect(volume).connect(context.destination);
      tone.start(at);
      tone.stop(at + 0.21);
    });
  }

  /** A desktop notice, if allowed: grade and reference only, since screens are seen by others. */
  notify(headline: string, tag: string): void {
    if (!("Notification" in window) || Notification.permission !== "granted") return;
    const notice = new Notification(headline, { tag, requireInteraction: true });
    notice.onclick = () => {
      window.focus();
      notice.close();
    };
  }
}
