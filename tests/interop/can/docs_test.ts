import { docBlocks } from "../../support/doc_blocks.ts";
import { runDocument } from "../../support/doc_runner.ts";
import { canTest } from "./_can.ts";
import { projectFile, withFolder } from "./_canvoy.ts";

/** Documents with blocks for hardware. */
const DOCUMENTS = [
  "README.md",
  ...[...Deno.readDirSync(projectFile("docs/how-to"))].map(({ name }) => `docs/how-to/${name}`),
].filter((name) => blocksForHardware(name) > 0).sort();

function blocksForHardware(name: string): number {
  return docBlocks(Deno.readTextFileSync(projectFile(name)))
    .filter(({ words }) => words.includes("hardware")).length;
}

for (const name of DOCUMENTS) {
  canTest(`${name}: its commands work, with vcan0 for can0`, () =>
    withFolder(async (folder) => {
      const markdown = Deno.readTextFileSync(projectFile(name));
      await runDocument(markdown, { folder, hasCan: true });
    }));
}
