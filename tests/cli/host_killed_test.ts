import { startSimProcess } from "../support/canvoy_process.ts";
import { dearTest } from "../support/dear.ts";
import { updateKillResume } from "../support/host_killed.ts";

dearTest("20 updates of 8 nodes, each killed once with -9, then resumed", async () => {
  await updateKillResume({
    updates: 20,
    url: "virtual:bench",
    p2Ms: 250,
    start: (fleet, trace) => startSimProcess(fleet, "--trace", trace),
  });
});
