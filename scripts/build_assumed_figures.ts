/**
 * Writes `docs/assumed-figures.md`: what is taken for granted of each part without a source that
 * was read.
 *
 *     deno run -A scripts/build_assumed_figures.ts
 */
import { assumedFigures, deviceName, DEVICES } from "../src/stm32/mod.ts";

const HEAD = `# Assumed figures

Each figure of a part's flash geometry names the source that was read to learn it, or is marked
assumed. These are the assumed ones; \`canvoy plan\` lists those of the devices in a fleet. None of
them decides what is erased: erase units, erased value and RAM have a source everywhere.

Written by \`scripts/build_assumed_figures.ts\` from \`src/stm32/families\`.

`;

/**
 * @returns The file's content.
 */
export function assumedFiguresText(): string {
  const devices = DEVICES.map((device) => [deviceName(device), assumedFigures(device)] as const);
  const rows = devices.map(([name, figures]) =>
    `- \`${name}\`: ${figures.length === 0 ? "none" : figures.join(", ")}`
  );
  return HEAD + rows.join("\n") + "\n";
}

if (import.meta.main) {
  const url = new URL("../docs/assumed-figures.md", import.meta.url);
  await Deno.mkdir(new URL(".", url), { recursive: true });
  await Deno.writeTextFile(url, assumedFiguresText());
}
