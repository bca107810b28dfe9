/** The desk's longest voice note, in seconds (data/policy.yml, attachments). */
export const LONGEST_S = 120;
const TYPES = ["audio/webm;codecs=opus", "audio/mp4;codecs=mp4a.40.2", "audio/mp4", "audio/ogg;codecs=opus"];

export function canRecord(): boolean {
  return typeof MediaRecorder !== "undefined" && "mediaDevices" in navigator;
}

/** One recording from the microphone; ends by itself at the longest length. */
export class Recording {
  readonly began = Date.now();
  private readonly parts: Blob[] = [];
  private readonly timer: ReturnType<typeof setTimeout>;

  private constructor(
    private readonly recorder: MediaRecorder,
    full: () => void,
  ) {
    recorder.ondataavailable = ({ data }) => this.parts.push(data);
    this.timer = setTimeout(full, LONGEST_S * 1_000);
    recorder.start(1_000);
  }

  /** Asks for the microphone and begins; throws when it is refused or there is none. `full`: the longest length is reached. */
  static async begin(full: () => void): Promise<Recording> {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    const mimeType = TYPES.find((type) => MediaRecorder.isTypeSupported(type));
    return new Recording(new MediaRecorder(stream, mimeType === undefined ? {} : { mimeType, audioBitsPerSecond: 32_000 }), full);
  }

  get seconds(): number {
    return Math.floor((Date.now() - this.began) / 1_000);
  }

  /** Ends it; what was recorded, null when that is nothing. */
  async end(): Promise<Blob | null> {
    clearTimeout(this.timer);
    const ended = new Promise((resolve) => (this.recorder.onstop = resolve));
    if (this.recorder.state !== "inactive") {
      this.recorder.stop();
      await ended;
    }
    for (const track of this.recorder.stream.getTracks()) track.stop();
    const sound = new Blob(this.parts, { type: this.recorder.mimeType });
    return sound.size > 0 ? sound : null;
  }
}
