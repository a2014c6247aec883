/** The fields that have a value: one that the core leaves open crosses as null. */
export function withoutNulls<T extends object>(crossed: T): T {
  const given = Object.entries(crossed).filter(([, value]) => value !== null && value !== undefined)
  return Object.fromEntries(given) as T
}
