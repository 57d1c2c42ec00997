import { type AddressRange, rangeIntersection } from "../../src/core/mod.ts";

type Fields = Readonly<Record<string, unknown>>;

/**
 * Finds segments that a run asked for although something in them was in doubt.
 *
 * @param stdout What it wrote with `--json`; the last line may be torn.
 * @param doubted What was in doubt of a node, by its name.
 * @returns Its events.
 */
export function checkedInDoubt(
  stdout: string,
  doubted: (name: string) => readonly AddressRange[],
): readonly Fields[] {
  const records = stdout.split("\n").slice(0, -1).map((line) => JSON.parse(line) as Fields);
  return records.filter(({ type, phase, node, segment }) => {
    if (type !== "segmentPhase" || phase !== "checking") return false;
    const planned = records.find((one) => one.type === "nodePlanned" && one.node === node)!;
    const range = (planned.segments as readonly AddressRange[])[Number(segment)]!;
    return doubted(String(node)).some((torn) => rangeIntersection(torn, range) !== undefined);
  });
}
