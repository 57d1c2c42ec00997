import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { canTest } from "./_can.ts";
import { canvoy, startSim, withFolder, writeFleet } from "./_canvoy.ts";

canTest(
  "canvoy scan finds the nodes of an interface, and writes a fleet file that doctor takes",
  () =>
    withFolder(async (folder) => {
      const fleet = writeFleet(folder, { interfaceName: "vcan2", nodeCount: 3 });
      const range = ["--range", "0x6F8-0x70F"];
      {
        await using _sim = await startSim(folder, fleet);
        const scan = await canvoy("scan", "--bus", "socketcan:vcan2", ...range, "--json");
        strictEqual(scan.code, 0, scan.stdout + scan.stderr);
        const { nodes } = JSON.parse(scan.stdout.trim().split("\n").at(-1)!);
        deepStrictEqual(
          nodes.map(({ request, response }: Record<string, string>) => `${request} ${response}`),
          ["0x700 0x780", "0x701 0x781", "0x702 0x782"],
        );
        const found = `${folder}/found.yaml`;
        const table = await canvoy("scan", "--bus", "socketcan:vcan2", ...range, "--fleet", found);
        match(table.stdout, /0x702 +0x782 .*1\.0\.0/);
        const doctor = await canvoy("doctor", found);
        strictEqual(doctor.code, 0, doctor.stdout + doctor.stderr);
        match(doctor.stdout, /answers 0x702 on 0x782/);
      }
      const nobody = await canvoy("scan", "--bus", "socketcan:vcan2", ...range);
      strictEqual(nobody.code, 1, nobody.stdout + nobody.stderr);
    }),
);
