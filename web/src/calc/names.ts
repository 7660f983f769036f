/** Names that can be told from each other: where several are the same, the beginning of the id stands behind them. */
export function distinct(names: string[], ids: string[]): string[] {
  const count = new Map<string, number>();
  for (const name of names) count.set(name, (count.get(name) ?? 0) + 1);
  return names.map((name, at) => (count.get(name)! > 1 ? `${name} (${ids[at]!.slice(0, 6)})` : name));
}
