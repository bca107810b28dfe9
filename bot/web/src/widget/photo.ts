/** What the desk takes at most (data/policy.yml, attachments); told before anything is sent. */
export const PHOTO_BYTES = 8 * 1024 * 1024;
/** A file above this is not even opened: a phone would run out of memory. */
const HOPELESS_BYTES = 40 * 1024 * 1024;
/** Above this a photo is made smaller here: slow networks are where help is needed. */
const SHRINK_BYTES = 1024 * 1024;
const SIDE = 2_048;
export const PHOTO_TYPES = "image/jpeg,image/png,image/webp";

export type Unfit = "tooLarge" | "notPhoto";

/** The picture as it will be sent, or why it cannot be. */
export async function prepare(file: Blob): Promise<Blob | Unfit> {
  if (file.size > HOPELESS_BYTES) return "tooLarge";
  const picture = await opened(file);
  if (picture === null) return "notPhoto";
  // What this browser can show and the desk does not take (a GIF, an iPhone's HEIC) is made into what it does.
  const taken = PHOTO_TYPES.split(",").includes(file.type);
  const small = !taken || file.size > SHRINK_BYTES ? await shrink(picture) : null;
  if ("close" in picture) picture.close();
  if (small === null && !taken) return "notPhoto";
  const ready = small !== null && (!taken || small.size < file.size) ? small : file;
  return ready.size > PHOTO_BYTES ? "tooLarge" : ready;
}

/** The picture in a file, null when this browser sees none in it. Safari before 15 shows pictures only as elements. */
async function opened(file: Blob): Promise<ImageBitmap | HTMLImageElement | null> {
  if (typeof createImageBitmap === "function") return await createImageBitmap(file).catch(() => null);
  const [image, url] = [new Image(), URL.createObjectURL(file)];
  image.src = url;
  const shown = await image.decode().then(() => image, () => null);
  URL.revokeObjectURL(url);
  return shown;
}

async function shrink(picture: ImageBitmap | HTMLImageElement): Promise<Blob | null> {
  const scale = Math.min(1, SIDE / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(picture.width * scale));
  canvas.height = Math.max(1, Math.round(picture.height * scale));
  canvas.getContext("2d")?.drawImage(picture, 0, 0, canvas.width, canvas.height);
  return await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.85));
}
