/** Photos and voice notes that are not acknowledged yet, kept in the browser's database; where it has none, in this page. */

const STORE = "files";
/** How long the browser's database may take to open, in milliseconds. Safari 14 has days on which it never does. */
const OPEN_MS = 3_000;
const memory = new Map<string, Blob>();
let opening: Promise<IDBDatabase> | null = null;

/** One that did not open is asked for again the next time; one that opens late is taken up all the same. */
function database(): Promise<IDBDatabase> {
  opening ??= new Promise<IDBDatabase>((resolve, reject) => {
    setTimeout(() => reject(new Error("no answer")), OPEN_MS);
    const request = indexedDB.open("vigil", 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    request.onsuccess = () => {
      const opened = request.result;
      opened.onclose = close;
      resolve(opened);
      opening = Promise.resolve(opened);
    };
    request.onerror = () => reject(request.error ?? new Error("no database"));
    request.onblocked = () => reject(new Error("blocked"));
  }).catch((error: unknown) => {
    close();
    throw error;
  });
  return opening;
}

function close(): void {
  opening = null;
}

async function begin(mode: IDBTransactionMode): Promise<IDBTransaction> {
  const opened = await database();
  try {
    return opened.transaction(STORE, mode);
  } catch (error) {
    // The browser has closed it behind our back, as Safari does to a page that slept.
    close();
    throw error;
  }
}

async function ask<T>(mode: IDBTransactionMode, work: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const transaction = await begin(mode);
  const request = work(transaction.objectStore(STORE));
  return await new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve(request.result);
    transaction.onerror = transaction.onabort = () => reject(transaction.error ?? new Error("not kept"));
  });
}

/** Keeps `blob` under `id` until `forget`; it survives a reload unless the browser forbids that. */
export async function keep(id: string, blob: Blob): Promise<void> {
  try {
    await ask("readwrite", (store) => store.put(blob, id));
  } catch {
    memory.set(id, blob);
  }
}

/** What was kept, null when there is nothing. Throws when the browser's database cannot be looked into now. */
export async function find(id: string): Promise<Blob | null> {
  const here = memory.get(id);
  if (here !== undefined) return here;
  // Without a database there is nothing that could be hidden from us.
  if (typeof indexedDB === "undefined") return null;
  const found = await ask("readonly", (store) => store.get(id) as IDBRequest<unknown>);
  return found instanceof Blob ? found : null;
}

export async function forget(id: string): Promise<void> {
  memory.delete(id);
  try {
    await ask("readwrite", (store) => store.delete(id));
  } catch {
    // It was in this page's memory only.
  }
}
