import { type AddressRange, concatBytes, equalBytes, rangeContains } from "../core/mod.ts";
import { type FinalResult, type HandlerResult, NRC, type TransferBlock } from "../uds/mod.ts";
import type { DownloadLog } from "./download_log.ts";
import { type NodeHandle, refuse } from "./node_handle.ts";
import { wholeUnits } from "./program_units.ts";

/** A block that says where it belongs. */
export type PlacedBlock = TransferBlock & { readonly address: number };

/** Writes blocks that no request begins a download for: each is programmed where it says. */
export class PlacedBlocks {
  readonly #node: NodeHandle;
  readonly #log: DownloadLog;
  readonly #answer: (block: TransferBlock) => FinalResult;
  #last: PlacedBlock | undefined;

  /**
   * Makes a server that has written nothing.
   *
   * @param node The node.
   * @param log Takes note of what is written.
   * @param answer Says that a block was taken.
   */
  constructor(node: NodeHandle, log: DownloadLog, answer: (block: TransferBlock) => FinalResult) {
    this.#node = node;
    this.#log = log;
    this.#answer = answer;
  }

  /**
   * Takes a block. One that comes again as it was is not programmed again.
   *
   * @param block The block.
   * @param isLost Whether its answer gets lost.
   * @returns What comes of it.
   */
  take(block: PlacedBlock, isLost: boolean): HandlerResult {
    const { target, flash, worker, options: { dialect, geometry } } = this.#node;
    const range = { start: block.address, end: block.address + block.data.length };
    const last = this.#last;
    if (last?.address === block.address && equalBytes(last.data, block.data)) {
      return this.#answer(block);
    }
    if (dialect.driver !== undefined && geometry.ram.some((one) => rangeContains(one, range))) {
      return this.#toRam(block);
    }
    const isWrong = range.end === range.start || !rangeContains(target, range) ||
      range.start % geometry.program.unitBytes !== 0;
    if (isWrong) return refuse(NRC.requestOutOfRange);
    if (!flash.isErased(range)) return refuse(NRC.generalProgrammingFailure);
    this.#log.written(range);
    flash.unlock();
    const data = wholeUnits(block.data, geometry);
    worker.start([{ kind: "program", address: range.start, data }], (result) => {
      flash.lock();
      const held = flash.read(range.start, block.data.length);
      if (result === "failed" || held === undefined || !equalBytes(held, block.data)) {
        return this.#node.answerLater(refuse(NRC.generalProgrammingFailure));
      }
      this.#last = block;
      this.#log.last = { target: "flash", range: joined(this.#log.last, range) };
      if (isLost) this.#node.loseAnswer();
      else this.#node.answerLater(this.#answer(block));
    });
    return { type: "later" };
  }

  /** A flash driver, block by block. */
  #toRam(block: PlacedBlock): HandlerResult {
    const { last } = this.#log;
    const follows = last?.target === "ram" && this.#last !== undefined &&
      this.#last.address + this.#last.data.length === block.address;
    const data = follows ? concatBytes([last.data, block.data]) : block.data;
    this.#log.last = { target: "ram", data };
    this.#log.hasDriver = this.#node.options.dialect.driver?.check === undefined;
    this.#last = block;
    return this.#answer(block);
  }
}

/** Blocks that follow one another are one download. */
function joined(last: DownloadLog["last"], range: AddressRange): AddressRange {
  const follows = last?.target === "flash" && last.range.end === range.start;
  return follows ? { start: last.range.start, end: range.end } : range;
}
