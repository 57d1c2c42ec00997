import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { CanvoyProcess } from "../support/canvoy_process.ts";
import { startSim } from "../support/canvoy_run.ts";
import { withFleet } from "../support/two_bus_fleet.ts";
import { dearTest } from "../support/dear.ts";

// By itself in its file: what other runs left in doubt would be erased whatever is known.

dearTest(
  "resume of a journal elsewhere trusts nothing that it or the state folder calls torn",
  () =>
    withFleet(async (fleet, folder) => {
      const { sim, joins } = await startSim(fleet);
      await using _sim = sim;
      const elsewhere = `${folder}/elsewhere.cborseq`;
      await using first = new CanvoyProcess(
        ["flash", fleet, ...joins, "--journal", elsewhere, "--json"],
      );
      await first.until(/"node":"node-0","type":"segmentPhase","segment":0,"phase":"writing"/);
      first.kill("SIGKILL");
      await first.ended();
      await using second = new CanvoyProcess([
        "flash",
        fleet,
        ...joins,
        "--only",
        "node-1",
        "--json",
      ]);
      await second.until(/"segment":2,"phase":"writing"/);
      second.kill("SIGKILL");
      await second.ended();
      const touched = first.records().filter(({ phase }) => phase === "erasing");
      ok(!touched.some(({ node, segment }) => node === "node-1" && segment === 2));
      await using resume = new CanvoyProcess(["resume", elsewhere, "--json"]);
      strictEqual(await resume.ended(), 0, resume.stdout + resume.stderr);
      const records = resume.records();
      const torn = [["node-0", 0], ["node-1", 2]] as const;
      const firstPhases = torn.map(([node, segment]) =>
        records.find((one) =>
          one.type === "segmentPhase" && one.node === node && one.segment === segment
        )?.phase
      );
      deepStrictEqual(firstPhases, ["erasing", "erasing"]);
      strictEqual(records.at(-1)!.ok, true);
    }),
);
