import { match, strictEqual } from "node:assert/strict";
import { RUN_OPTIONS } from "../../support/run_options.ts";
import { canTest, run } from "./_can.ts";
import { projectFile, startSim, withFolder, writeFleet } from "./_canvoy.ts";

canTest(
  "a program of thirty lines updates four nodes of canvoy sim over SocketCAN",
  () =>
    withFolder(async (folder) => {
      const fleet = writeFleet(folder, { interfaceName: "vcan0", nodeCount: 4 });
      await using _sim = await startSim(folder, fleet);
      const said = await run(
        Deno.execPath(),
        ...["run", ...RUN_OPTIONS, "--allow-env", "--allow-read"],
        ...["--allow-ffi", "--allow-run=ip", projectFile("tests/examples/flash_socketcan.ts")],
        ...[folder, "vcan0.yaml", "vcan0"],
      );
      strictEqual(said.match(/^node-\d runs 2\.0\.0$/gm)?.length, 4, said);
      match(said, /^4 nodes in \d+ ms$/m);
    }),
);
