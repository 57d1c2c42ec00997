import { hex } from "../../src/core/mod.ts";
import { EMPTY_FLEET, type FleetEvent, type NodeState, reduceFleet } from "../../src/fleet/mod.ts";
import type { FirmwareImage } from "../../src/image/mod.ts";
import {
  decideBoot,
  type FlashCells,
  type VirtualNode,
  type VirtualNodeEvent,
} from "../../src/sim/mod.ts";
import { inactiveBank } from "../../src/stm32/mod.ts";
import { EraseChecker } from "./erase_checker.ts";
import {
  changeableRanges,
  erasableRanges,
  isExchanged,
  type NodeSpec,
  type World,
} from "./world.ts";

/** Waiting work that a node alone may have: boot, session, answers, faults of its receiver. */
const PENDING_PER_NODE_MAX = 24;
const PENDING_BASE = 64;
/** What may be told of one node: with every block lost over and over it is a few thousand events. */
const EVENTS_PER_NODE_MAX = 50_000;

/**
 * Watches a world from its making on and keeps what it must never see:
 * - a byte changed outside the plan, or in a protected region;
 * - a node that starts, or would start if reset now, what is neither the old nor the new image;
 * - a report that says of a node what is not so;
 * - a run that does not end, tells of more than can happen, or leaves work behind;
 * - a node that nobody can talk to any more;
 * - an erase that is asked for again with no block between (see {@linkcode EraseChecker});
 * - an erase of a node that shares its identifiers with another, or of that one.
 *
 * A second program of a unit, a program of what is not erased, and any touch of what is locked or
 * protected are broken invariants of the virtual flash itself and throw.
 */
export class Checkers {
  readonly violations: string[] = [];
  readonly #world: World;
  readonly #before: readonly Silicon[];
  #atRunStart: readonly Silicon[];

  constructor(world: World) {
    this.#world = world;
    this.#before = world.nodes.map(siliconOf);
    this.#atRunStart = this.#before;
    for (const [i, node] of world.nodes.entries()) {
      const spec = world.spec.nodes[i]!;
      const erases = new EraseChecker(spec);
      world.onRequestBegun.set(i, (sid) => erases.requestBegun(sid));
      node.onEvent = (event) => {
        const violation = erases.see(event);
        if (violation !== undefined) this.violations.push(violation);
        if (spec.twin !== undefined) this.#seeTwin(spec, event);
        this.#see(spec, node, i, event);
      };
      const twin = world.twins.get(spec.name);
      if (twin !== undefined) twin.onEvent = (event) => this.#seeTwin(spec, event);
    }
  }

  /** Looks at a run that is over; `isKilled`: its host was, so that nothing was reported. */
  runEnded(
    events: readonly FleetEvent[],
    options: { readonly isKilled?: boolean; readonly pendingElsewhere?: number } = {},
  ): void {
    this.#checkOutside();
    if (options.isKilled !== true) this.#checkReports(events, options.pendingElsewhere ?? 0);
    this.#atRunStart = this.#world.nodes.map(siliconOf);
  }

  /** Asks every node that can answer whether it is there; buses are left alone otherwise. */
  checkListening(): void {
    for (const [i, { name, behaviour }] of this.#world.spec.nodes.entries()) {
      if (behaviour.isDead !== true && !this.#world.isListening(i)) {
        this.violations.push(`${name} cannot be talked to any more`);
      }
    }
  }

  #checkReports(events: readonly FleetEvent[], pendingElsewhere: number): void {
    if (events.at(-1)?.type !== "runFinished") this.violations.push("the run did not end");
    if (events.length > EVENTS_PER_NODE_MAX * this.#world.nodes.length) {
      this.violations.push(`${events.length} events`);
    }
    const state = events.reduce(reduceFleet, EMPTY_FLEET);
    for (const [i, spec] of this.#world.spec.nodes.entries()) {
      const node = state.nodes.get(spec.name);
      if (node !== undefined) this.#checkReport(spec, this.#world.nodes[i]!, i, node);
    }
    const { pendingCount } = this.#world.clock;
    const bound = pendingElsewhere + PENDING_BASE + PENDING_PER_NODE_MAX * this.#world.nodes.length;
    if (pendingCount > bound) this.violations.push(`${pendingCount} actions wait after the run`);
  }

  #seeTwin({ name }: NodeSpec, event: VirtualNodeEvent): void {
    if (event.type !== "operationEnded" || event.operation.kind === "record") return;
    this.violations.push(
      `${name} or its twin ${event.operation.kind}s: nobody knows which is which`,
    );
  }

  #see(spec: NodeSpec, node: VirtualNode, index: number, event: VirtualNodeEvent): void {
    switch (event.type) {
      case "booted":
        if (event.decision.mode === "application") this.#checkStarted(spec, node, "starts");
        return;
      case "operationEnded":
        this.#checkPlace(spec, index, event);
        return this.#checkNow(spec, node);
      case "powerLost":
        return this.#checkNow(spec, node);
    }
  }

  /** What a boot at this instant would lead to. */
  #checkNow(spec: NodeSpec, node: VirtualNode): void {
    // While no application is accepted the bootloader stays: nothing to compare.
    const record = node.acceptedApplication;
    if (record === undefined) return;
    const { flash, options: { layout } } = node;
    const decision = decideBoot({ flash, layout, record, isUpdateRequested: false });
    if (decision.mode === "application") this.#checkStarted(spec, node, "would start");
  }

  #checkStarted(spec: NodeSpec, node: VirtualNode, what: string): void {
    if (holds(node, spec.newImage) || holds(node, spec.oldImage)) return;
    this.violations.push(`${spec.name} ${what} what is neither the old nor the new image`);
  }

  #checkPlace(
    spec: NodeSpec,
    index: number,
    event: VirtualNodeEvent & { type: "operationEnded" },
  ): void {
    const { operation } = event;
    if (operation.kind !== "erase" && operation.kind !== "program") return;
    const range = operation.kind === "erase"
      ? operation.unit
      : { start: operation.address, end: operation.address + operation.data.length };
    const allowed = erasableRanges(spec, this.#world.plans[index]!);
    if (allowed.some(({ start, end }) => range.start >= start && range.end <= end)) return;
    this.violations.push(`${spec.name} ${operation.kind}s ${hex(range.start, 8)}, not in its plan`);
  }

  #checkOutside(): void {
    for (const [i, node] of this.#world.nodes.entries()) {
      const spec = this.#world.spec.nodes[i]!;
      const allowed = changeableRanges(spec, this.#world.plans[i]!);
      const now = siliconOf(node);
      for (const unit of node.flash.units) {
        if (allowed.some(({ start, end }) => unit.start >= start && unit.end <= end)) continue;
        if (this.#before[i]![unit.index] === now[unit.index]) continue;
        this.violations.push(`${spec.name} changed ${hex(unit.start, 8)}, outside its plan`);
      }
    }
  }

  #checkReport(spec: NodeSpec, node: VirtualNode, index: number, state: NodeState): void {
    const say = (what: string) =>
      this.violations.push(`${spec.name} is reported ${state.phase}: ${what}`);
    switch (state.phase) {
      case "done":
        if (!holds(node, spec.newImage)) say("it does not hold the new image");
        else if (bootOf(node) !== "application") say("its bootloader would not start it");
        return;
      case "refused":
        if (!holds(node, spec.oldImage)) say("but its old image is gone");
        return;
      case "failed":
      case "cancelled":
        return this.#checkEndState(spec, node, index, state, say);
      default:
        say("no way to end");
    }
  }

  #isAsBefore(node: VirtualNode, index: number): boolean {
    const now = siliconOf(node);
    return this.#atRunStart[index]!.every((before, i) => before === now[i]);
  }

  #checkEndState(
    spec: NodeSpec,
    node: VirtualNode,
    index: number,
    state: NodeState,
    say: (what: string) => void,
  ): void {
    if (isExchanged(spec)) return checkBanks(spec, node, state, say);
    const holdsNew = holds(node, spec.newImage);
    switch (state.endState) {
      case "untouched":
        if (!this.#isAsBefore(node, index)) say("but its flash was changed");
        return;
      case "oldImage":
        if (!this.#isAsBefore(node, index)) say("but its flash was changed");
        else if (bootOf(node) !== "application") say("but it would not start its old image");
        return;
      case "eraseUnconfirmed":
        if (bootOf(node) === "application" && !holdsNew && !holds(node, spec.oldImage)) {
          say("but it would start something else");
        }
        return;
      case "bootloader":
        // What was accepted in the meantime is the new image: the last answer may have been lost.
        if (bootOf(node) === "application" && !holdsNew) say("but it would start something");
        return;
      case "newImageUnconfirmed":
        if (!holdsNew) say("but it does not hold the new image");
        return;
      default:
        say("without saying where it was left");
    }
  }
}

/** What a node's flash holds, unit by unit in silicon, however its banks are exchanged. */
type Silicon = readonly (FlashCells | undefined)[];

function siliconOf(node: VirtualNode): Silicon {
  const { cells } = node.flash.snapshot();
  if (node.bankStatus?.isSwapped !== true) return cells;
  const half = cells.length / 2;
  return [...cells.slice(half), ...cells.slice(0, half)];
}

/** Two banks: what runs is never touched, so that the old image or the new one runs in every end. */
function checkBanks(
  spec: NodeSpec,
  node: VirtualNode,
  { endState }: NodeState,
  say: (what: string) => void,
): void {
  const runsOld = holds(node, spec.oldImage);
  const runsNew = holds(node, spec.newImage);
  if (!runsOld && !runsNew) say("but neither its old nor the new image runs");
  else if (bootOf(node) !== "application") say("but it would start nothing");
  switch (endState) {
    case "untouched":
    case "oldImage":
      return;
    case "rolledBack":
      if (!runsOld) say("but its old image does not run");
      return;
    case "newImageUnconfirmed": {
      const { geometry } = node.flash;
      const offset = inactiveBank(geometry, false).range.start - geometry.flashStart;
      if (!runsNew && !holds(node, spec.newImage, offset)) say("but no bank holds the new image");
      return;
    }
    default:
      say(`two banks do not end as ${endState}`);
  }
}

/** Whether a node's flash, read directly, is an image byte by byte, or so many bytes further on. */
export function holds(node: VirtualNode, image: FirmwareImage, offset = 0): boolean {
  return image.ranges.every(({ start, data }) => {
    const held = node.flash.read(start + offset, data.length);
    return held !== undefined && held.every((byte, i) => byte === data[i]);
  });
}

/** What a node would run after a reset. */
export function bootOf(node: VirtualNode): "application" | "bootloader" {
  const { flash, options: { layout } } = node;
  return decideBoot({ flash, layout, record: node.acceptedApplication, isUpdateRequested: false })
    .mode;
}
