/**
 * Runs `work` with a signal that breaks it off after `ms` milliseconds, or when `given` does, and gives back what it gives.
 * AbortSignal.timeout would do the same, but phones from before 2022 have none.
 */
export async function within<T>(ms: number, work: (signal: AbortSignal) => Promise<T>, given?: AbortSignal): Promise<T> {
  const control = new AbortController();
  given?.addEventListener("abort", () => control.abort());
  const timer = setTimeout(() => control.abort(), ms);
  try {
    return await work(control.signal);
  } finally {
    clearTimeout(timer);
  }
}
