import { Timer } from "../core/mod.ts";
import {
  decodeGroupOpen,
  decodeMapRequest,
  encodeGroupOpen,
  encodeGroupOpened,
  encodeMapResponse,
  type GroupOpening,
  GroupReceiver,
  groupRegionProblem,
  type GroupWork,
} from "../group/mod.ts";
import { equalBytes, rangeContains } from "../core/mod.ts";
import { programTimeMs } from "../stm32/mod.ts";
import { type HandlerResult, NRC, ROUTINE_CONTROL_TYPE } from "../uds/mod.ts";
import type { DownloadLog } from "./download_log.ts";
import { type NodeHandle, refuse } from "./node_handle.ts";
import { routineAnswer } from "./routine_runner.ts";

/** Unless its behaviour says otherwise. */
const BUFFER_BLOCKS = 16;
/** Time for one product and sum of bytes while mending, in ms: about 12 cycles at 168 MHz. */
const MEND_MS_PER_BYTE = 12 / 168_000;

/** A bootloader's end of group downloads, as docs/group-download.md specifies it. */
export class GroupServer {
  readonly #node: NodeHandle;
  readonly #log: DownloadLog;
  readonly #refusal: () => number | undefined;
  readonly #mending: Timer;
  #receiver: GroupReceiver | undefined;
  #unlisten: (() => void) | undefined;
  #workSinceMs = 0;

  /**
   * Makes a server without a group.
   *
   * @param node The node.
   * @param log Takes note of what is written.
   * @param refusal What refuses a group now, because a download of its own is open.
   */
  constructor(node: NodeHandle, log: DownloadLog, refusal: () => number | undefined) {
    this.#refusal = refusal;
    this.#node = node;
    this.#log = log;
    this.#mending = new Timer(node.options.clock, () => {
      if (this.#receiver !== undefined) this.#ended(this.#receiver, true);
    });
  }

  /**
   * Opens, asks or closes.
   *
   * @param request A request to a routine.
   * @returns What comes of it; `undefined` when it is another routine.
   */
  control(request: Uint8Array): HandlerResult | undefined {
    const routine = this.#node.options.dialect.group?.routineIdentifier;
    if (routine === undefined || request[0] !== 0x31) return undefined;
    if (request[2]! * 256 + request[3]! !== routine) return undefined;
    switch (request[1]! & 0x7F) {
      case ROUTINE_CONTROL_TYPE.startRoutine:
        return this.#open(routine, request);
      case ROUTINE_CONTROL_TYPE.requestRoutineResults:
        return this.#map(routine, request);
      case ROUTINE_CONTROL_TYPE.stopRoutine:
        this.close();
        return routineAnswer(request, []);
      default:
        return refuse(NRC.subFunctionNotSupported);
    }
  }

  /** Forgets the group; an operation that memory is busy with still ends. */
  close(): void {
    this.#unlisten?.();
    this.#unlisten = undefined;
    this.#receiver = undefined;
    this.#mending.clear();
  }

  #open(routine: number, request: Uint8Array): HandlerResult {
    if (request.length !== 24) return refuse(NRC.incorrectMessageLengthOrInvalidFormat);
    const opening = decodeGroupOpen(request);
    if (opening === undefined) return refuse(NRC.requestOutOfRange);
    if (this.#isOpen(routine, opening)) return this.#opened(routine, opening);
    const { geometry } = this.#node.options;
    const { address, sizeBytes } = opening.region;
    const range = { start: address, end: address + sizeBytes };
    const isPossible = groupRegionProblem(opening.region) === undefined &&
      address % geometry.program.unitBytes === 0 && rangeContains(this.#node.target, range);
    if (!isPossible) return refuse(NRC.requestOutOfRange);
    const refusal = this.#refusal();
    if (refusal !== undefined) return refuse(refusal);
    if (this.#node.worker.isBusy) return refuse(NRC.conditionsNotCorrect);
    if (!this.#node.flash.isErased(range)) return refuse(NRC.uploadDownloadNotAccepted);
    this.close();
    // Unit by unit: a part of them may be erased and written otherwise later.
    for (const unit of this.#node.flash.unitsTouching(range)) {
      const start = Math.max(unit.start, range.start);
      this.#log.written({ start, end: Math.min(unit.end, range.end) });
    }
    this.#log.last = { target: "flash", range };
    this.#receiver = new GroupReceiver({
      opening,
      bufferBlocks: this.#bufferBlocks,
      programMs: this.#programMs(opening),
      read: (start, length) => this.#node.flash.read(start, length) ?? new Uint8Array(length),
    });
    this.#unlisten = this.#node.listenToGroup(opening.identifier, (message) => {
      this.#receiver?.take(message);
      this.#work();
    });
    return this.#opened(routine, opening);
  }

  #isOpen(routine: number, opening: GroupOpening): boolean {
    const present = this.#receiver?.opening;
    return present !== undefined &&
      equalBytes(encodeGroupOpen(routine, present), encodeGroupOpen(routine, opening));
  }

  #opened(routine: number, opening: GroupOpening): HandlerResult {
    const opened = { bufferBlocks: this.#bufferBlocks, programMs: this.#programMs(opening) };
    return { type: "positive", response: encodeGroupOpened(routine, opened) };
  }

  #map(routine: number, request: Uint8Array): HandlerResult {
    const receiver = this.#receiver;
    if (request.length !== 7) return refuse(NRC.incorrectMessageLengthOrInvalidFormat);
    if (receiver === undefined) return refuse(NRC.requestSequenceError);
    const map = receiver.map(decodeMapRequest(request));
    const response = encodeMapResponse(routine, map, receiver.opening.region);
    return { type: "positive", response };
  }

  get #bufferBlocks(): number {
    return this.#node.behaviour.groupBufferBlocks ?? BUFFER_BLOCKS;
  }

  #programMs({ region }: GroupOpening): number {
    const { flashTimeBound = "typical", flashTimeScale = 1, programTimeScale = 1 } =
      this.#node.behaviour;
    const { geometry } = this.#node.options;
    return programTimeMs(geometry, region.blockBytes, flashTimeBound) * flashTimeScale *
      programTimeScale;
  }

  /** Begins the next piece of work, if memory is free. */
  #work(): void {
    const receiver = this.#receiver;
    if (receiver === undefined || this.#node.worker.isBusy) return;
    const work = receiver.next();
    if (work === undefined) return;
    receiver.begun(work);
    this.#workSinceMs = this.#node.options.clock.now();
    if (work.kind === "program") return this.#program(receiver, work);
    const { blockBytes } = receiver.opening.region;
    const products = work.missing * (work.present + work.missing) * blockBytes;
    this.#mending.setAt(this.#workSinceMs + products * MEND_MS_PER_BYTE);
  }

  #program(receiver: GroupReceiver, work: GroupWork & { readonly kind: "program" }): void {
    const { flash, worker } = this.#node;
    const { unitBytes } = flash.geometry.program;
    const lengthBytes = Math.ceil(work.data.length / unitBytes) * unitBytes;
    const data = new Uint8Array(lengthBytes).fill(flash.geometry.erasedValue);
    data.set(work.data);
    flash.unlock();
    worker.start([{ kind: "program", address: work.address, data }], (result) => {
      flash.lock();
      this.#ended(receiver, result === "ok");
    });
  }

  #ended(receiver: GroupReceiver, isGood: boolean): void {
    receiver.finished(isGood, this.#node.options.clock.now() - this.#workSinceMs);
    this.#work();
  }
}
