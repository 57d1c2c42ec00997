import { concat, type Observable } from "rxjs";
import { type FleetEvent, runFleet } from "../../fleet/mod.ts";
import type { BenchMode } from "./bench_case.ts";
import type { BenchWorld } from "./bench_world.ts";

/** How each mode updates the nodes of a world: one run, or several one after the other. */
export const MODES: Readonly<
  Record<BenchMode, (world: Pick<BenchWorld, "run">) => Observable<FleetEvent>>
> = {
  sequential: ({ run }) => concat(...run.nodes.map((node) => runFleet({ ...run, nodes: [node] }))),
  interleaved: ({ run }) => runFleet(run),
  group: ({ run }) => runFleet(run),
  "group-plain": ({ run }) => runFleet({ ...run, groupRepair: "plain" }),
};
