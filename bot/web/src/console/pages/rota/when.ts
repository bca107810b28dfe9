/** "2026-03-02 18:30" on this device's clock as ISO 8601 with its offset; what cannot be read is sent as typed, and refused in words. */
export function asInstant(typed: string | undefined): string {
  const read = /^(\d{4}-\d{2}-\d{2})[ T](\d{1,2}:\d{2})$/.exec((typed ?? "").trim());
  const at = read === null ? new Date(NaN) : new Date(`${read[1] ?? ""}T${(read[2] ?? "").padStart(5, "0")}`);
  return Number.isNaN(at.getTime()) ? (typed ?? "") : at.toISOString();
}
