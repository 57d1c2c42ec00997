import { CanvoyProcess } from "../../support/canvoy_process.ts";
import { updateKillResume } from "../../support/host_killed.ts";
import { canTest } from "./_can.ts";

/** Few in CI, where each takes long; all twenty by `HOST_KILLED_UPDATES=20`. */
const UPDATES = Number(Deno.env.get("HOST_KILLED_UPDATES") ?? 3);

canTest(
  `${UPDATES} updates of 8 nodes on vcan, each killed once with -9, then resumed`,
  async () => {
    await updateKillResume({
      updates: UPDATES,
      url: "socketcan:vcan2",
      p2Ms: 2000,
      start: async (fleet, trace) => {
        const sim = new CanvoyProcess(["sim", fleet, "--trace", trace]);
        try {
          await sim.until(/virtual nodes run/);
          return { sim, joins: [] };
        } catch (error) {
          await sim[Symbol.asyncDispose]();
          throw error;
        }
      },
    });
  },
);
