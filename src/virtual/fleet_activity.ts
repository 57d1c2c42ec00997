import type { Fleet, FleetEvent, FleetEventBody, FleetFileNode } from "../fleet/mod.ts";
import type { FirmwareImage } from "../image/mod.ts";
import type { VirtualNodeEvent } from "../sim/mod.ts";
import { imageOfFile, planNodeJob } from "../tester/mod.ts";

type Segment = { readonly start: number; readonly end: number; readonly dataBytes: number };
type SegmentPhase = Extract<FleetEventBody, { readonly type: "segmentPhase" }>["phase"];

/** What is known of one node's flash. */
interface NodeFlash {
  readonly segments: readonly Segment[];
  readonly phases: SegmentPhase[];
  readonly writtenBytes: number[];
  readonly version: string | undefined;
}

/**
 * Tells what virtual nodes do as events of a fleet, so that whatever shows a run can show them: a
 * segment is erased and written as the node's own flash says, and through once the node runs its
 * application again. Nodes that somebody updates again begin anew.
 */
export class FleetActivity {
  readonly #nodes = new Map<string, NodeFlash>();
  readonly #tell: (event: FleetEvent) => void;

  /**
   * Tells the fleet, and how the images of its nodes are laid out.
   *
   * @param fleet The fleet.
   * @param parts The nodes that are played, the images, the time in ms, and who is told.
   */
  constructor(fleet: Fleet, parts: {
    readonly nodes: readonly FleetFileNode[];
    readonly image: (name: string) => FirmwareImage;
    readonly atMs: number;
    readonly tell: (event: FleetEvent) => void;
  }) {
    const { nodes, image, atMs, tell } = parts;
    this.#tell = tell;
    const listed = nodes.map(({ name, bus, device, image }) => ({ name, bus, device, image }));
    tell({ atMs, type: "runStarted", nodes: listed });
    for (const node of nodes) {
      const given = imageOfFile(fleet, node, image);
      const { segments, imageSizeBytes: imageBytes } = planNodeJob(node, given).job.plan;
      const planned = segments.map(({ range, write }) => ({
        ...range,
        dataBytes: write.data.length,
      }));
      this.#nodes.set(node.name, {
        segments: planned,
        phases: planned.map(() => "pending"),
        writtenBytes: planned.map(() => 0),
        version: given.version,
      });
      tell({ atMs, node: node.name, type: "nodePlanned", segments: planned, imageBytes });
    }
  }

  /**
   * Takes what happened on a node.
   *
   * @param node Its name.
   * @param event What happened.
   */
  next(node: string, event: VirtualNodeEvent): void {
    const flash = this.#nodes.get(node);
    if (flash === undefined) return;
    const { atMs } = event;
    switch (event.type) {
      case "powerLost":
        this.#tell({ atMs, node, type: "nodePhase", phase: "unknown" });
        break;
      case "booted":
        this.#booted(node, flash, event);
        break;
      case "operationEnded":
        this.#operated(node, flash, event);
        break;
    }
  }

  #booted(
    node: string,
    flash: NodeFlash,
    { atMs, decision }: Extract<VirtualNodeEvent, { readonly type: "booted" }>,
  ): void {
    if (decision.mode !== "application") {
      this.#tell({ atMs, node, type: "nodePhase", phase: "entering" });
      return;
    }
    const isUpdated = flash.phases.some((phase) => phase !== "pending");
    if (!isUpdated) {
      this.#tell({ atMs, node, type: "nodePhase", phase: "found" });
      return;
    }
    flash.phases.forEach((phase, segment) => {
      this.#segment(atMs, node, flash, segment, phase === "pending" ? "skipped" : "verified");
    });
    const version = flash.version === undefined ? {} : { version: flash.version };
    this.#tell({ atMs, node, type: "nodeDone", upToDate: false, ...version });
  }

  #operated(
    node: string,
    flash: NodeFlash,
    { atMs, operation, result }: Extract<VirtualNodeEvent, { readonly type: "operationEnded" }>,
  ): void {
    if (operation.kind !== "erase" && operation.kind !== "program") return;
    const address = operation.kind === "erase" ? operation.unit.start : operation.address;
    const segment = flash.segments.findIndex(({ start, end }) => start <= address && address < end);
    if (segment < 0) return;
    if (result === "failed") this.#segment(atMs, node, flash, segment, "failed");
    else if (operation.kind === "erase") this.#erased(atMs, node, flash, segment);
    else this.#programmed(atMs, node, flash, segment, operation.data.length);
  }

  #erased(atMs: number, node: string, flash: NodeFlash, segment: number): void {
    if (flash.phases.some((phase) => phase === "verified")) {
      flash.phases.fill("pending");
      this.#tell({ atMs, node, type: "nodePlanned", ...planOf(flash) });
    }
    flash.writtenBytes[segment] = 0;
    this.#tell({ atMs, node, type: "nodePhase", phase: "updating" });
    this.#segment(atMs, node, flash, segment, "erasing");
  }

  #programmed(
    atMs: number,
    node: string,
    flash: NodeFlash,
    segment: number,
    dataBytes: number,
  ): void {
    const whole = flash.segments[segment]!.dataBytes;
    if (flash.phases[segment] !== "writing") this.#segment(atMs, node, flash, segment, "writing");
    const writtenBytes = Math.min(whole, flash.writtenBytes[segment]! + dataBytes);
    flash.writtenBytes[segment] = writtenBytes;
    this.#tell({ atMs, node, type: "segmentProgress", segment, writtenBytes });
    if (writtenBytes === whole) this.#segment(atMs, node, flash, segment, "verifying");
  }

  #segment(
    atMs: number,
    node: string,
    flash: NodeFlash,
    segment: number,
    phase: SegmentPhase,
  ): void {
    if (flash.phases[segment] === phase) return;
    flash.phases[segment] = phase;
    this.#tell({ atMs, node, type: "segmentPhase", segment, phase, attempt: 1 });
  }
}

function planOf({ segments }: NodeFlash) {
  return { segments, imageBytes: segments.reduce((sum, { dataBytes }) => sum + dataBytes, 0) };
}
