/** Removes fields without a value; an unset field of the core arrives as null. */
export function withoutNulls<T extends object>(raw: T): T {
  const given = Object.entries(raw).filter(([, value]) => value !== null && value !== undefined)
  return Object.fromEntries(given) as T
}
