import { Refused, understood, Unreachable } from "../shared/http";
import type { Accepted } from "../shared/wire";
import { find } from "./blobs";
import type { Pending } from "./shelf";
import type { Texts } from "./texts";

/** So many looks into the browser's database that fail, a few minutes of them, are put before the person. */
const LOOKS = 15;
const failed = new Map<string, number>();

/** The file of a message. Throws Refused: for good where it is gone, or cannot be read for long, else to be tried again. */
async function kept(id: string, words: Texts): Promise<Blob> {
  let blob: Blob | null;
  try {
    blob = await find(id);
  } catch {
    const looks = (failed.get(id) ?? 0) + 1;
    failed.set(id, looks % LOOKS);
    // Not Unreachable: the desk is there, and the page must not say that it is not.
    throw new Refused(looks < LOOKS ? 503 : 410, "unread", words.fileUnread);
  }
  failed.delete(id);
  if (blob === null) throw new Refused(410, "gone", words.fileGone);
  return blob;
}

/** No news for this long is a dead line, in milliseconds: a slow one still moves. */
const SILENT_MS = 30_000;

/**
 * Takes a photo or voice note to the desk. `moved` gets the part that has gone out, 0 to 1; `words`: for what the desk
 * does not say itself.
 * @throws Refused, Unreachable
 */
export async function upload(
  url: string,
  headers: Record<string, string>,
  message: Pending,
  words: Texts,
  moved: (part: number) => void,
): Promise<Accepted> {
  const blob = await kept(message.client_id, words);
  const form = new FormData();
  form.set("client_id", message.client_id);
  if (message.text !== "") form.set("text", message.text);
  if (message.after !== undefined) form.set("beside", message.after);
  form.set("file", blob, message.file === "voice" ? "voice" : "photo");
  return await new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const alive = (): void => {
      clearTimeout(timer);
      timer = setTimeout(() => request.abort(), SILENT_MS);
    };
    request.open("POST", url);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.onprogress = ({ loaded, total }) => {
      alive();
      moved(total > 0 ? loaded / total : 0);
    };
    request.onload = () => {
      try {
        resolve(understood(request.status, request.responseText) as Accepted);
      } catch (error) {
        // A proxy that finds a file too large finds it so each time: to send it on and on would cost somebody's data.
        const blocked = error instanceof Unreachable && error.status === 413;
        reject(blocked ? new Refused(413, "too_large_on_the_way", words.fileBlocked) : (error as Error));
      }
    };
    request.onerror = request.onabort = () => reject(new Unreachable("no answer"));
    request.onloadend = () => clearTimeout(timer);
    alive();
    request.send(form);
  });
}
