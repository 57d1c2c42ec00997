/**
 * Writes `docs/assumed-figures.md`: what is taken for granted of each part without a source that
 * was read, and which lines are left out.
 *
 *     deno run -A scripts/build_assumed_figures.ts
 */
import { assumedFigures, deviceName, DEVICES, LEFT_OUT } from "../src/stm32/mod.ts";

const HEAD = `# Assumed figures

Each figure of a part's flash geometry names the source that was read to learn it, or is marked
assumed. These are the assumed ones; \`canvoy plan\` lists those of the devices in a fleet. None of
them decides what is erased: erase units, erased value and RAM have a source everywhere.

Written by \`scripts/build_assumed_figures.ts\` from \`src/stm32/families\`.

`;

const LEFT_OUT_HEAD = `## Lines that are left out

By the beginnings of their names; in brackets what was read to know it. A fleet file may declare
such a part under \`devices:\`, as
[use a part that canvoy does not know](how-to/use_a_part_that_canvoy_does_not_know.md) shows.

`;

/**
 * @returns The file's content.
 */
export function assumedFiguresText(): string {
  const devices = DEVICES.map((device) => [deviceName(device), assumedFigures(device)] as const);
  const rows = devices.map(([name, figures]) =>
    `- \`${name}\`: ${figures.length === 0 ? "none" : figures.join(", ")}`
  );
  const leftOut = LEFT_OUT.map(({ lines, reason, source }) =>
    `- ${lines.map((line) => `\`STM32${line}\``).join(", ")}: ${reason} (${source})`
  );
  return `${HEAD}${rows.join("\n")}\n\n${LEFT_OUT_HEAD}${leftOut.join("\n")}\n`;
}

if (import.meta.main) {
  const url = new URL("../docs/assumed-figures.md", import.meta.url);
  await Deno.mkdir(new URL(".", url), { recursive: true });
  await Deno.writeTextFile(url, assumedFiguresText());
}
