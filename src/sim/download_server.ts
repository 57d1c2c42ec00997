import { type AddressRange, concatBytes, equalBytes, rangeContains } from "../core/mod.ts";
import {
  blockBounds,
  blockSequenceCounterOf,
  type BlockTemplate,
  decodeBlock,
  type FinalResult,
  type HandlerResult,
  matchRequest,
  NRC,
  PLAIN_BLOCKS,
  type TransferBlock,
} from "../uds/mod.ts";
import { badStatus, type DialectAnswer, hasStatus } from "./dialect.ts";
import {
  blockAnswer,
  downloadAnswer,
  exitAnswer,
  exitFields,
  isExitRight,
} from "./download_answers.ts";
import type { DownloadLog } from "./download_log.ts";
import type { EraseServer } from "./erase_server.ts";
import { fieldRange, placed, placeRule } from "./field_range.ts";
import type { GroupServer } from "./group_server.ts";
import { type NodeHandle, refuse } from "./node_handle.ts";
import { isInOrder, type Transfer } from "./open_transfer.ts";
import { PlacedBlocks } from "./placed_blocks.ts";
import { wholeUnits } from "./program_units.ts";

/** Unless its behaviour says otherwise. */
const BLOCK_LENGTH_MAX = 4095;
/** Service identifier, blockSequenceCounter and one byte. */
const BLOCK_BYTES_MIN = 3;

/** What a block gets that comes again, where that is no positive answer. */
const REPEATED = {
  silent: { type: "silence" },
  wrongCounter: refuse(NRC.wrongBlockSequenceCounter),
  sequenceError: refuse(NRC.requestSequenceError),
  sequenceErrorAndReset: refuse(NRC.requestSequenceError),
} as const satisfies Record<string, HandlerResult>;

/** RequestDownload, TransferData and RequestTransferExit of a bootloader. */
export class DownloadServer {
  readonly #node: NodeHandle;
  readonly #log: DownloadLog;
  readonly #eraser: Pick<EraseServer, "refusal" | "erase">;
  readonly #placed: PlacedBlocks;
  #transfer: Transfer | undefined;
  /** Blocks taken in this download, or in this session where the counter goes on. */
  #blocksTaken = 0;

  /**
   * Makes a server with no transfer under way.
   *
   * @param node The node.
   * @param log Takes note of downloads.
   * @param eraser Erases what a download begins with, where nothing else does.
   */
  constructor(node: NodeHandle, log: DownloadLog, eraser: Pick<EraseServer, "refusal" | "erase">) {
    this.#eraser = eraser;
    this.#node = node;
    this.#log = log;
    this.#placed = new PlacedBlocks(node, log, (block) => this.#takenAnswer(block));
  }

  /** Whether a transfer was begun and not ended. */
  get isUnderWay(): boolean {
    return this.#transfer !== undefined;
  }

  /** Forgets the transfer under way. */
  abandon(): void {
    this.#transfer = undefined;
  }

  /** A session begins: the transfer is forgotten, and blocks are counted anew. */
  sessionBegun(): void {
    this.abandon();
    this.#blocksTaken = 0;
  }

  /**
   * What refuses a new download, of one node or of a group, while one is open.
   *
   * @returns The negative response code; `undefined` when none is open, or the node forgets it.
   */
  refusal(): number | undefined {
    const { downloadWhileOpen = "conditionsNotCorrect" } = this.#node.behaviour;
    return this.#transfer === undefined || downloadWhileOpen === "restarts"
      ? undefined
      : NRC[downloadWhileOpen];
  }

  /** An erase comes: what forgets a download when the next one begins forgets it now. */
  erased(): void {
    if (this.refusal() === undefined) this.abandon();
  }

  /**
   * RequestDownload: flash must be erased there, or it is RAM and the dialect has a driver.
   *
   * @param request The request.
   * @param group Which part of flash a group's block is being programmed to, if any.
   */
  begin(
    request: Uint8Array,
    group: Pick<GroupServer, "isProgramming" | "isProgrammingIn">,
  ): HandlerResult {
    const { target } = this.#node;
    const { dialect, geometry } = this.#node.options;
    const template = dialect.download.request;
    const fields = template && matchRequest(template, request);
    if (fields === undefined) return refuse(NRC.requestOutOfRange);
    const range = fieldRange(fields, target, this.#node.options);
    const isRam = dialect.driver !== undefined &&
      geometry.ram.some((region) => rangeContains(region, range));
    if (range.end <= range.start || (!isRam && !rangeContains(target, range))) {
      return refuse(NRC.requestOutOfRange);
    }
    const refusal = this.refusal();
    if (refusal !== undefined) return refuse(refusal);
    const erases = !isRam && dialect.erase.request === undefined;
    if (!isRam) {
      if (range.start % geometry.program.unitBytes !== 0) return refuse(NRC.requestOutOfRange);
      const isBusy = this.#node.worker.isBusy && !group.isProgramming;
      if (isBusy) return refuse(NRC.conditionsNotCorrect);
      const isBlank = erases ||
        (this.#node.flash.isErased(range) && !group.isProgrammingIn(range));
      if (!isBlank) return refuse(NRC.uploadDownloadNotAccepted);
    }
    if (erases) {
      const refusal = this.#eraser.refusal(range);
      if (refusal !== undefined) return refuse(refusal);
      this.#eraser.erase(range, (isGood) => {
        this.#node.answerLater(
          isGood ? this.#opened(range, fields, false) : refuse(NRC.generalProgrammingFailure),
        );
      });
      return { type: "later" };
    }
    return this.#opened(range, fields, isRam);
  }

  #opened(
    range: AddressRange,
    fields: ReadonlyMap<string, Uint8Array>,
    isRam: boolean,
  ): FinalResult {
    if (!isRam) this.#log.written(range);
    if (this.#form.counter?.goesOn !== true) this.#blocksTaken = 0;
    this.#transfer = {
      range,
      isOpen: !fields.has("size"),
      ram: isRam ? new Uint8Array(range.end - range.start) : undefined,
      takenBytes: 0,
      rest: new Uint8Array(0),
      last: undefined,
    };
    const stated = {
      maxNumberOfBlockLength: this.#node.behaviour.maxNumberOfBlockLength ?? BLOCK_LENGTH_MAX,
      sizeBytes: this.#node.behaviour.maxNumberOfBlockLengthSizeBytes ?? 2,
    };
    return downloadAnswer(this.#node.options.dialect.download.answer, stated, {
      address: range.start,
      offset: range.start - placeRule(this.#node.options).base,
      size: range.end - range.start,
    });
  }

  /** A block by another service than TransferData; `undefined`: none. */
  blockOf(request: Uint8Array): HandlerResult | undefined {
    const isBlock = matchRequest(this.#form.request, request) !== undefined;
    return isBlock ? this.block(request) : undefined;
  }

  /** TransferData. */
  block(request: Uint8Array): HandlerResult {
    const result = this.#block(request);
    const isRefused = result.type === "negative" && !this.#node.worker.isBusy;
    if (isRefused && this.#node.behaviour.endsDownloadAtRefusedBlock) this.abandon();
    return result;
  }

  #block(request: Uint8Array): HandlerResult {
    const { behaviour, worker } = this.#node;
    const blockCount = this.#node.countBlock();
    if (blockCount === behaviour.resetAtBlock) {
      this.#node.reset();
      return { type: "silence" };
    }
    const transfer = this.#transfer;
    if (transfer === undefined && this.#node.options.dialect.download.request === undefined) {
      return this.#placedBlock(request, blockCount === behaviour.lostBlockResponse);
    }
    if (transfer === undefined) {
      return refuse(NRC[behaviour.blockWithoutDownload ?? "requestSequenceError"]);
    }
    if (worker.isBusy) return refuse(NRC.conditionsNotCorrect);
    const block = placed(decodeBlock(this.#form, request), this.#node.options);
    if (block === undefined) return refuse(NRC.incorrectMessageLengthOrInvalidFormat);
    if (block === "wrong") return this.#notTaken(request[1]!);
    const address = block.address ?? transfer.range.start + transfer.takenBytes;
    const { blockSequenceCounter: counter, data } = block;
    const refusal = this.#counterRefusal(transfer, counter);
    if (refusal !== undefined) return refusal;
    const lengthMax = behaviour.maxNumberOfBlockLength ?? BLOCK_LENGTH_MAX;
    if (lengthMax >= BLOCK_BYTES_MIN && request.length > lengthMax) {
      return refuse(NRC.incorrectMessageLengthOrInvalidFormat);
    }
    if (!isInOrder(transfer, block, this.#node.flash.geometry)) {
      return refuse(NRC.requestOutOfRange);
    }
    if (transfer.range.start + transfer.takenBytes + data.length > transfer.range.end) {
      this.#transfer = undefined;
      return refuse(NRC.transferDataSuspended);
    }
    const isLost = blockCount === behaviour.lostBlockResponse;
    const offset = address - placeRule(this.#node.options).base;
    return this.#take(transfer, { ...block, address, offset }, isLost);
  }

  #placedBlock(request: Uint8Array, isLost: boolean): HandlerResult {
    if (this.#node.worker.isBusy) return refuse(NRC.conditionsNotCorrect);
    const block = placed(decodeBlock(this.#form, request), this.#node.options);
    if (block === undefined || block === "wrong" || block.address === undefined) {
      return refuse(NRC.incorrectMessageLengthOrInvalidFormat);
    }
    const offset = block.address - placeRule(this.#node.options).base;
    return this.#placed.take({ ...block, address: block.address, offset }, isLost);
  }

  /** Shorter ones are no TransferData, whatever their counter: one byte of data, or of a counter. */
  get blockBytesMin(): number {
    return Math.min(BLOCK_BYTES_MIN, 1 + blockBounds(this.#form).overheadBytes);
  }

  get #form(): BlockTemplate {
    return this.#node.options.dialect.download.block ?? PLAIN_BLOCKS;
  }

  /** What a block gets whose counter is not the one that comes next. */
  #counterRefusal(transfer: Transfer, counter: number): HandlerResult | undefined {
    const { request, counter: counting } = this.#form;
    if (!request.parts.some((part) => part.kind === "field" && part.name === "counter")) {
      return undefined;
    }
    const { last } = transfer;
    if (counter === last?.blockSequenceCounter) return this.#repeatedBlock(last);
    const isWrapped = last?.blockSequenceCounter === 0xFF && counter < 2;
    const isExpected = counter === blockSequenceCounterOf(this.#blocksTaken, counting);
    return !isExpected || (isWrapped && this.#node.behaviour.hasCounterWithoutWrap)
      ? refuse(NRC.wrongBlockSequenceCounter)
      : undefined;
  }

  /** RequestTransferExit. */
  end(request: Uint8Array): HandlerResult {
    const transfer = this.#transfer;
    const { behaviour, options: { dialect } } = this.#node;
    if (transfer === undefined || this.#node.worker.isBusy) return refuse(NRC.requestSequenceError);
    const { isOpen, takenBytes } = transfer;
    const range = { start: transfer.range.start, end: transfer.range.start + takenBytes };
    if (!isOpen && range.end !== transfer.range.end) {
      if (behaviour.endsDownloadAtEarlyExit) this.abandon();
      return refuse(NRC.requestSequenceError);
    }
    const named = dialect.download.exit && matchRequest(dialect.download.exit, request);
    if (named === undefined) return refuse(NRC.incorrectMessageLengthOrInvalidFormat);
    const ended = (): FinalResult => this.#ended(transfer, range, named);
    if (transfer.rest.length === 0) return ended();
    this.#program(
      range.end - transfer.rest.length,
      wholeUnits(transfer.rest, this.#node.flash.geometry),
      () => {
        this.#node.answerLater(ended());
      },
    );
    return { type: "later" };
  }

  /** What was sent is there, or what the request names is something else. */
  #ended(
    { ram, isOpen, range: whole }: Transfer,
    range: AddressRange,
    named: ReadonlyMap<string, Uint8Array>,
  ): FinalResult {
    const { flash, options: { dialect, checksumKey } } = this.#node;
    const { exitAnswer: rule, exitAlgorithm } = dialect.download;
    const sizeBytes = range.end - range.start;
    const data = ram ?? flash.read(range.start, sizeBytes);
    const { base } = placeRule(this.#node.options);
    const there = exitFields(
      { address: range.start, base, data, sizeBytes, checksumKey },
      exitAlgorithm,
    );
    this.#transfer = undefined;
    if (!isExitRight(named, there)) {
      const status = rule?.response === undefined ? undefined : badStatus(rule);
      return status === undefined || !hasStatus(rule)
        ? refuse(NRC.generalProgrammingFailure)
        : exitAnswer(rule, there, status);
    }
    if (isOpen) this.#log.checked({ start: range.end, end: whole.end });
    this.#log.last = ram === undefined ? { target: "flash", range } : { target: "ram", data: ram };
    if (ram !== undefined) this.#log.hasDriver = dialect.driver?.check === undefined;
    return exitAnswer(rule, there, rule?.good[0] ?? 0);
  }

  /** Programs the whole units of what has come; the last block is filled up with erased bytes. */
  #take(
    transfer: Transfer,
    block: TransferBlock,
    isLost: boolean,
  ): HandlerResult {
    const { range, ram } = transfer;
    const { data } = block;
    const takenBytes = transfer.takenBytes + data.length;
    if (ram !== undefined) {
      ram.set(data, transfer.takenBytes);
      transfer.takenBytes = takenBytes;
      return this.#taken(transfer, block);
    }
    const { unitBytes } = this.#node.flash.geometry.program;
    const waiting = concatBytes([transfer.rest, data]);
    const isLast = range.start + takenBytes === range.end;
    const wholeBytes = isLast ? waiting.length : waiting.length - waiting.length % unitBytes;
    const address = range.start + transfer.takenBytes - transfer.rest.length;
    const units = wholeUnits(waiting.subarray(0, wholeBytes), this.#node.flash.geometry);
    const done = (): FinalResult => {
      transfer.takenBytes = takenBytes;
      transfer.rest = waiting.slice(wholeBytes);
      return this.#taken(transfer, block);
    };
    if (units.length === 0) return done();
    this.#program(address, units, () => {
      const answer = done();
      if (isLost) this.#node.loseAnswer();
      else this.#node.answerLater(answer);
    });
    return { type: "later" };
  }

  #taken(transfer: Transfer, block: TransferBlock): FinalResult {
    transfer.last = block;
    this.#blocksTaken++;
    const { range: { start, end }, takenBytes } = transfer;
    const isWhole = start + takenBytes === end;
    if (isWhole && this.#node.options.dialect.download.exit === undefined) {
      this.#ended(transfer, transfer.range, new Map());
    }
    return this.#takenAnswer(block);
  }

  #takenAnswer(block: TransferBlock): FinalResult {
    const rule = this.#answerRule;
    return blockAnswer(this.#form, block, rule && (rule.good[0] ?? 0));
  }

  /** A block whose own length or checksum is wrong. */
  #notTaken(blockSequenceCounter: number): FinalResult {
    const answer = this.#answerRule;
    const status = answer === undefined ? undefined : badStatus(answer);
    if (status === undefined) return refuse(NRC.transferDataSuspended);
    const block = { blockSequenceCounter, address: undefined, data: new Uint8Array(0) };
    return blockAnswer(this.#form, block, status);
  }

  get #answerRule(): DialectAnswer | undefined {
    return this.#node.options.dialect.download.block?.answer;
  }

  #program(address: number, data: Uint8Array, done: () => void): void {
    const { flash, worker } = this.#node;
    flash.unlock();
    worker.start([{ kind: "program", address, data }], (result) => {
      flash.lock();
      if (result === "failed" || !this.#isAsSent(address, data)) {
        this.#transfer = undefined;
        return this.#node.answerLater(refuse(NRC.generalProgrammingFailure));
      }
      done();
    });
  }

  /** Where nobody asks for a checksum, the bootloader itself compares what it has programmed. */
  #isAsSent(address: number, data: Uint8Array): boolean {
    const { flash, options: { dialect } } = this.#node;
    if (dialect.check !== undefined) return true;
    const held = flash.read(address, data.length);
    return held !== undefined && equalBytes(held, data);
  }

  #repeatedBlock(last: TransferBlock): HandlerResult {
    const { repeatedBlock = "positive" } = this.#node.behaviour;
    if (repeatedBlock === "sequenceErrorAndReset") this.#transfer = undefined;
    return repeatedBlock === "positive" ? this.#takenAnswer(last) : REPEATED[repeatedBlock];
  }
}
