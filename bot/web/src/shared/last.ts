/** The last of a list, undefined when it is empty. Lists have `at` on phones since 2022 only. */
export function last<T>(list: readonly T[]): T | undefined {
  return list[list.length - 1];
}
