import { html, nothing, type TemplateResult } from "lit";
import { span } from "../shared/times";
import type { Locale, Message } from "../shared/wire";

const WORDS: Record<Locale, { photo: string; voice: (length: string) => string; whole: string }> = {
  en: { photo: "Photo from the reporter", voice: (length) => `Voice note, ${length}`, whole: "Open the photo at its full size" },
  zh: { photo: "报案人发来的照片", voice: (length) => `语音，${length}`, whole: "打开原图" },
};

/** A photo or voice note of the reporter; the desk gives the bytes to those who may see the conversation, and writes it down. */
export function attachmentView(message: Message, locale: Locale): TemplateResult | typeof nothing {
  const { attachment } = message;
  if (attachment == null) return nothing;
  const words = WORDS[locale];
  const source = `/api/console/attachments/${encodeURIComponent(attachment.id)}`;
  if (attachment.kind === "voice") {
    const label = words.voice(span(attachment.duration_s ?? 0));
    return html`<div class="attachment" data-testid="attachment-voice">
      <span class="meta">${label}</span>
      <audio controls preload="none" src=${source} aria-label=${label}></audio>
    </div>`;
  }
  return html`<a class="attachment" data-testid="attachment-photo" href=${source} download title=${words.whole}>
    <img src=${source} alt=${words.photo} width=${attachment.width ?? nothing} height=${attachment.height ?? nothing} loading="lazy" />
  </a>`;
}
