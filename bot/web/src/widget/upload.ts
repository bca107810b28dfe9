import { Refused, Unreachable } from "../shared/http";
import type { Accepted } from "../shared/wire";
import { find } from "./blobs";
import type { Pending } from "./shelf";

/** No news for this long is a dead line, in milliseconds: a slow one still moves. */
const SILENT_MS = 30_000;

/**
 * Takes a photo or voice note to the desk. `moved` gets the part that has gone out, 0 to 1.
 * @throws Refused, Unreachable
 */
export async function upload(
  url: string,
  headers: Record<string, string>,
  message: Pending,
  gone: string,
  moved: (part: number) => void,
): Promise<Accepted> {
  const blob = await find(message.client_id);
  if (blob === null) throw new Refused(410, "gone", gone);
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
        const said = JSON.parse(request.responseText) as Accepted & { error?: { code: string; message: string } };
        if (request.status < 300) resolve(said);
        else reject(new Refused(request.status, said.error?.code ?? "", said.error?.message ?? ""));
      } catch {
        reject(request.status < 300 ? new Unreachable("the answer was not JSON") : new Refused(request.status, "", ""));
      }
    };
    request.onerror = request.onabort = () => reject(new Unreachable("no answer"));
    request.onloadend = () => clearTimeout(timer);
    alive();
    request.send(form);
  });
}
