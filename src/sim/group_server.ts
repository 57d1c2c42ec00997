import { type AddressRange, defined, equalBytes, rangeContains, Timer } from "../core/mod.ts";
import {
  decodeGroupOpen,
  decodeMapRequest,
  encodeGroupOpened,
  encodeMapResponse,
  GROUP_DATA_IDENTIFIER,
  GROUP_VERSION,
  type GroupIdentifier,
  groupOpenBytes,
  type GroupOpening,
  GroupReceiver,
  groupRegionProblem,
  type GroupWork,
  isGroupCut,
} from "../group/mod.ts";
import { resolveAddressing } from "../isotp/mod.ts";
import { programTimeMs } from "../stm32/mod.ts";
import { type HandlerResult, NRC, ROUTINE_CONTROL_TYPE } from "../uds/mod.ts";
import type { DownloadLog } from "./download_log.ts";
import { programmingSession } from "./dialect.ts";
import { type NodeHandle, refuse } from "./node_handle.ts";
import type { DataSource } from "./node_services.ts";
import { routineAnswer } from "./routine_runner.ts";

/** Bytes of the blocks that `groupBufferBlocks` counts. */
const COUNTED_BLOCK_BYTES = 512;
/** Unless its behaviour says otherwise. */
const BUFFER_BLOCKS = 16;
/** No opening is answered with more. */
const BUFFER_BLOCKS_MAX = 255;
/** Unless its behaviour says otherwise: the slowest of the parts that take groups. */
const CORE_MHZ = 48;
/** What a product and its sum take, and a byte of a checksum: docs/group-download.md, "Budget". */
const PRODUCT_CYCLES = 24;
const CHECKSUM_CYCLES = 12;
/** `[0x31, 0x01, routine (2)]` and what precedes the checksums. */
const OPENING_BYTES_MIN = 24;
/** `[0x31, 0x02, routine (2)]`. */
const CLOSE_BYTES = 4;
const BASE_ID_MAX = 0x7FF;
const EXTENDED_ID_MAX = 0x1FFF_FFFF;

/** A bootloader's end of group downloads, as docs/group-download.md specifies it. */
export class GroupServer {
  readonly #node: NodeHandle;
  readonly #log: DownloadLog;
  readonly #refusal: () => number | undefined;
  readonly #mending: Timer;
  #receiver: GroupReceiver | undefined;
  /** The request that opened it, or cut it last. */
  #request: Uint8Array | undefined;
  #unlisten: (() => void) | undefined;
  #onMended: (() => void) | undefined;
  /** The block that is being programmed, up to the end of its last program unit. */
  #programmed: AddressRange | undefined;
  #onIdle: (() => void) | undefined;

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
    this.#mending = new Timer(node.options.clock, () => this.#onMended?.());
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
        if (request.length !== CLOSE_BYTES) {
          return refuse(NRC.incorrectMessageLengthOrInvalidFormat);
        }
        this.close();
        return routineAnswer(request, []);
      default:
        return refuse(NRC.subFunctionNotSupported);
    }
  }

  /** Forgets the group; an operation that memory is busy with still ends. */
  close(): void {
    if (this.#receiver !== undefined) this.#forgetBlank(this.#receiver.opening);
    this.#unlisten?.();
    this.#unlisten = undefined;
    this.#receiver = undefined;
    this.#request = undefined;
    this.#mending.clear();
  }

  /** Whether a group is open. */
  get isOpen(): boolean {
    return this.#receiver !== undefined;
  }

  /** Whether flash is not yet what it will be: a block is being programmed, held, or mended. */
  get isAtWork(): boolean {
    return this.isProgramming || this.#receiver?.isBusy === true;
  }

  /** Whether a block is being programmed, of a group that is open or was. */
  get isProgramming(): boolean {
    return this.#programmed !== undefined;
  }

  /**
   * Whether a block is being programmed within a range.
   *
   * @param range The range.
   */
  isProgrammingIn(range: AddressRange): boolean {
    const block = this.#programmed;
    return block !== undefined && block.start < range.end && range.start < block.end;
  }

  /**
   * Does something once no block is being programmed; the group is closed.
   *
   * @param action What to do: at once where none is.
   */
  whenIdle(action: () => void): void {
    if (this.isProgramming) this.#onIdle = action;
    else action();
  }

  /** In the order of docs/group-download.md, "Opening". */
  #open(routine: number, request: Uint8Array): HandlerResult {
    if (request.length < OPENING_BYTES_MIN) {
      return refuse(NRC.incorrectMessageLengthOrInvalidFormat);
    }
    const isRepeated = this.#request !== undefined && equalBytes(this.#request, request);
    if (isRepeated) return this.#opened(routine);
    const opening = decodeGroupOpen(request);
    if (opening === undefined || !this.#isPossible(opening)) return refuse(NRC.requestOutOfRange);
    if (request.length !== groupOpenBytes(opening.region)) {
      return refuse(NRC.incorrectMessageLengthOrInvalidFormat);
    }
    const range = rangeOf(opening);
    if (this.#receiver !== undefined && isGroupCut(this.#receiver.opening, opening)) {
      if (!this.#receiver.cut(opening)) return refuse(NRC.conditionsNotCorrect);
      this.#request = request.slice();
      this.#log.last = { target: "flash", range };
      return this.#opened(routine);
    }
    const isBusy = this.#node.worker.isBusy || this.#refusal() !== undefined;
    if (isBusy) return refuse(NRC.conditionsNotCorrect);
    if (!this.#node.flash.isErased(range)) return refuse(NRC.uploadDownloadNotAccepted);
    this.close();
    this.#begin(opening, request);
    return this.#opened(routine);
  }

  /** Whether version, identifier, cut and place are what this node can do. */
  #isPossible(opening: GroupOpening): boolean {
    const { identifier: { id, extended }, region } = opening;
    return id <= (extended ? EXTENDED_ID_MAX : BASE_ID_MAX) && !this.#isOwn(opening.identifier) &&
      groupRegionProblem(region) === undefined &&
      region.address % this.#node.options.geometry.program.unitBytes === 0 &&
      this.#bufferBlocks(opening) > 0 && rangeContains(this.#node.target, rangeOf(opening));
  }

  /** Whether it sends or is asked there. */
  #isOwn({ id, extended }: GroupIdentifier): boolean {
    const { addressing, functional } = this.#node.options;
    const { tx, rx } = resolveAddressing(addressing);
    return [tx, rx, resolveAddressing(functional).rx].some((own) =>
      own.id === id && own.extended === extended
    );
  }

  #begin(opening: GroupOpening, request: Uint8Array): void {
    const range = rangeOf(opening);
    for (const part of this.#partsOf(range)) this.#log.written(part);
    this.#log.last = { target: "flash", range };
    const { groupMapBytesMax } = this.#node.behaviour;
    const receiver = new GroupReceiver({
      opening,
      bufferBlocks: this.#bufferBlocks(opening),
      programMs: this.#programMs(opening),
      ...defined({ mapBytesMax: groupMapBytesMax }),
      read: (start, length) => this.#node.flash.read(start, length) ?? new Uint8Array(length),
    });
    this.#receiver = receiver;
    this.#request = request.slice();
    this.#unlisten = this.#node.listenToGroup(opening.identifier, {
      take: (message) => {
        if (receiver.take(message)) this.#node.keepSession();
        this.#work();
      },
      closed: () => this.close(),
    });
  }

  /** Unit by unit: a part of them may be erased and written otherwise later. */
  #partsOf(range: AddressRange): readonly AddressRange[] {
    return this.#node.flash.unitsTouching(range).map((unit) => ({
      start: Math.max(unit.start, range.start),
      end: Math.min(unit.end, range.end),
    }));
  }

  /** What a group had room in and sent nothing to needs no check. */
  #forgetBlank(opening: GroupOpening): void {
    if (this.isProgramming) return;
    for (const part of this.#partsOf(rangeOf(opening))) {
      if (this.#node.flash.isErased(part)) this.#log.erased(part);
    }
  }

  #opened(routine: number): HandlerResult {
    const { opening } = this.#receiver!;
    const opened = {
      bufferBlocks: this.#bufferBlocks(opening),
      programMs: this.#programMs(opening),
    };
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

  /** The same bytes, whatever a block has. */
  #bufferBlocks({ region }: GroupOpening): number {
    const { groupBufferBlocks = BUFFER_BLOCKS } = this.#node.behaviour;
    const count = Math.floor(groupBufferBlocks * COUNTED_BLOCK_BYTES / region.blockBytes);
    return Math.min(count, BUFFER_BLOCKS_MAX);
  }

  #programMs({ region }: GroupOpening): number {
    const { flashTimeBound = "typical", flashTimeScale = 1, programTimeScale = 1 } =
      this.#node.behaviour;
    const { geometry } = this.#node.options;
    return programTimeMs(geometry, region.blockBytes, flashTimeBound) * flashTimeScale *
      programTimeScale;
  }

  /** Begins what there is to do: memory and core work side by side. */
  #work(): void {
    for (const receiver = this.#receiver; receiver !== undefined;) {
      const work = receiver.next();
      if (work === undefined || (work.kind === "program" && this.#node.worker.isBusy)) return;
      const { clock } = this.#node.options;
      const sinceMs = clock.now();
      const ended = (isGood: boolean): void => {
        receiver.finished(work, isGood, clock.now() - sinceMs);
        this.#work();
      };
      receiver.begun(work);
      if (work.kind === "program") this.#program(work, ended);
      else this.#mend(work, () => ended(true));
    }
  }

  #mend(work: GroupWork & { readonly kind: "mend" }, ended: () => void): void {
    const { groupCoreMhz = CORE_MHZ } = this.#node.behaviour;
    const cycles = work.products * PRODUCT_CYCLES + work.checkedBytes * CHECKSUM_CYCLES;
    this.#onMended = ended;
    this.#mending.setAt(this.#node.options.clock.now() + cycles / (groupCoreMhz * 1000));
  }

  #program(
    work: GroupWork & { readonly kind: "program" },
    ended: (isGood: boolean) => void,
  ): void {
    const { flash, worker } = this.#node;
    const { unitBytes } = flash.geometry.program;
    const lengthBytes = Math.ceil(work.data.length / unitBytes) * unitBytes;
    const data = new Uint8Array(lengthBytes).fill(flash.geometry.erasedValue);
    data.set(work.data);
    // A check that came before it says nothing of it.
    this.#log.written({ start: work.address, end: work.address + work.data.length });
    flash.unlock();
    this.#programmed = { start: work.address, end: work.address + lengthBytes };
    worker.start([{ kind: "program", address: work.address, data }], (result) => {
      flash.lock();
      this.#programmed = undefined;
      ended(result === "ok");
      const action = this.#onIdle;
      this.#onIdle = undefined;
      action?.();
    });
  }
}

/**
 * Tells which versions of group download a bootloader speaks, in its programming session.
 *
 * @param node The node.
 * @returns What is under the protocol's data identifier.
 */
export function groupVersions(node: NodeHandle): DataSource {
  const { dialect } = node.options;
  const session = programmingSession(dialect);
  return (dataIdentifier) => {
    const isTold = dialect.group !== undefined && dataIdentifier === GROUP_DATA_IDENTIFIER &&
      (session === undefined || node.session === session);
    return isTold ? Uint8Array.of(GROUP_VERSION) : undefined;
  };
}

function rangeOf({ region: { address, sizeBytes } }: GroupOpening): AddressRange {
  return { start: address, end: address + sizeBytes };
}
