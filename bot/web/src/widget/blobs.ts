/** Photos and voice notes that are not acknowledged yet, kept in the browser's database; where it has none, in this page. */

const STORE = "files";
const memory = new Map<string, Blob>();
let opening: Promise<IDBDatabase> | null = null;

function database(): Promise<IDBDatabase> {
  opening ??= new Promise((resolve, reject) => {
    const request = indexedDB.open("vigil", 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("no database"));
    request.onblocked = () => reject(new Error("blocked"));
  });
  return opening;
}

async function ask<T>(mode: IDBTransactionMode, work: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const transaction = (await database()).transaction(STORE, mode);
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

/** What was kept, or null. */
export async function find(id: string): Promise<Blob | null> {
  const here = memory.get(id);
  if (here !== undefined) return here;
  try {
    const found = await ask("readonly", (store) => store.get(id) as IDBRequest<unknown>);
    return found instanceof Blob ? found : null;
  } catch {
    return null;
  }
}

export async function forget(id: string): Promise<void> {
  memory.delete(id);
  try {
    await ask("readwrite", (store) => store.delete(id));
  } catch {
    // It was in this page's memory only.
  }
}
