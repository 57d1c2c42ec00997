/**
 * 34, 36 and 37 of the rogue node.
 *
 * Source: ISO 14229-1:2020, "RequestDownload", "TransferData" and "RequestTransferExit".
 */
import { readPlace } from "./rogue_places.ts";
import type { RogueOptions } from "./rogue_options.ts";
import {
  crc32Bytes,
  done,
  eraseWorkMs,
  refuse,
  type RogueServiceParts,
  type RogueVerdict,
} from "./rogue_services.ts";

function isRam(address: number): boolean {
  return address >>> 28 === 2;
}

/** 34: into erased flash, or RAM. */
export function requestDownload(parts: RogueServiceParts, data: Uint8Array): RogueVerdict {
  const { flash, state, options, life } = parts;
  const place = readPlace(options, data, 2);
  const isPacked = options.unpacks !== undefined;
  if (data[1] !== (isPacked ? 0x11 : 0) || place === undefined) return refuse(data, 0x31);
  const { address } = place;
  if (data.length !== place.endAt + (isPacked ? 4 : 0)) return refuse(data, 0x13);
  const view = new DataView(data.buffer, data.byteOffset);
  const sizeBytes = isPacked ? view.getUint32(place.endAt) : place.sizeBytes;
  const isDriver = options.needsDriver === true && isRam(address);
  if (!isDriver && !flash.isInApplication(address, sizeBytes)) return refuse(data, 0x31);
  if (state.download !== undefined) return refuse(data, options.secondDownloadNrc ?? 0x22);
  if (options.needsDriver === true && !isDriver && !life.hasDriver) return refuse(data, 0x22);
  if (parts.now() < state.eraseEndsAtMs) return refuse(data, 0x22);
  const erases = options.erasesAtDownload === true && !isDriver;
  // What is being programmed there is not erased any more; a refusal leaves the group open.
  const isErased = flash.isErased(address, sizeBytes) &&
    !parts.group.isProgrammingIn(address, sizeBytes);
  if (!erases && !isDriver && !isErased) return refuse(data, 0x70);
  parts.group.endAndSettle();
  return done(() => {
    if (erases) {
      if (!flash.erase(address, sizeBytes, parts.now())) return [0x7F, 0x34, 0x72];
      life.touch();
    }
    const counter = firstCounter(parts);
    const begun = { address, writtenBytes: 0, counter, hasBegun: false };
    state.download = isPacked
      ? {
        ...begun,
        sizeBytes: place.sizeBytes,
        container: { bytes: new Uint8Array(place.sizeBytes), unpackedBytes: sizeBytes },
      }
      : { ...begun, sizeBytes };
    const { maxNumberOfBlockLength: max = 4095 } = options;
    const repeated = options.answersRepeatAddress === true ? word(address) : [];
    return [0x74, 0x20, max >> 8, max & 0xFF, ...repeated];
  }, erases ? eraseWorkMs(parts, address, sizeBytes) : 0);
}

function firstCounter({ options: { blockCounter }, state }: RogueServiceParts): number {
  if (blockCounter === undefined || blockCounter === "none") return 1;
  const { first = 1, goesOnInSession = false } = blockCounter;
  return goesOnInSession ? state.sessionCounter ?? first : first;
}

function nextCounter({ blockCounter }: RogueOptions, counter: number): number {
  const behindFf = typeof blockCounter === "object" ? blockCounter.behindFf ?? 0 : 0;
  return counter === 0xFF ? behindFf : counter + 1;
}

/** 36: the next block, or the last one again. */
export function transferData(parts: RogueServiceParts, data: Uint8Array): RogueVerdict {
  const { state, options, flash } = parts;
  const { download } = state;
  if (download === undefined) return refuse(data, options.noDownloadNrc ?? 0x24);
  if (data.length > (options.maxNumberOfBlockLength ?? 4095)) return refuse(data, 0x31);
  const isCounted = options.blockCounter !== "none";
  const counter = data[1]!;
  if (isCounted && counter !== download.counter) {
    return download.hasBegun && counter === download.lastCounter
      ? repeatedBlock(parts, data)
      : refuse(data, 0x73);
  }
  const head = data.subarray(isCounted ? 2 : 1);
  if (options.blocksCarryRange === true && !hasRange(head, download)) return refuse(data, 0x31);
  const block = head.subarray(options.blocksCarryRange === true ? 6 : 0);
  if (download.writtenBytes + block.length > download.sizeBytes) return refuse(data, 0x71);
  return done(() => {
    if (state.download !== download) return [0x7F, 0x36, options.noDownloadNrc ?? 0x24];
    const address = download.address + download.writtenBytes;
    if (download.container !== undefined) {
      download.container.bytes.set(block, download.writtenBytes);
    } else if (!isRam(address) && !flash.program(address, block)) return [0x7F, 0x36, 0x72];
    download.writtenBytes += block.length;
    download.lastCounter = counter;
    download.counter = nextCounter(options, counter);
    state.sessionCounter = download.counter;
    download.hasBegun = true;
    download.lastAnswer = blockAnswer(options, { counter, address, block });
    return download.lastAnswer;
  }, options.programMs ?? block.length / 4 * 0.016);
}

function blockAnswer(
  options: RogueOptions,
  of: { readonly counter: number; readonly address: number; readonly block: Uint8Array },
): readonly number[] {
  const isBare = options.blockCounter === "none" || options.answersBarely === true;
  const head = isBare ? [0x76] : [0x76, of.counter];
  const address = options.answersRepeatAddress === true ? word(of.address) : [];
  return [...head, ...address, ...options.blockAnswerSum?.(of.block) ?? []];
}

/** Whether a block says where it belongs and how long it is, and both are so. */
function hasRange(
  head: Uint8Array,
  download: { readonly address: number; readonly writtenBytes: number },
): boolean {
  const length = head.length - 6;
  const expected = [
    ...word(download.address + download.writtenBytes),
    length >> 8 & 0xFF,
    length & 0xFF,
  ];
  return length > 0 && expected.every((byte, i) => head[i] === byte);
}

function word(value: number): readonly number[] {
  return [value >>> 24, value >>> 16 & 0xFF, value >>> 8 & 0xFF, value & 0xFF];
}

/** The last block again: its answer was lost, or the tester asked twice. */
function repeatedBlock({ state, options }: RogueServiceParts, data: Uint8Array): RogueVerdict {
  switch (options.repeatedBlock ?? "positive") {
    case "positive":
      return done(() => state.download?.lastAnswer ?? [0x76, data[1]!]);
    case "wrongCounter":
      return refuse(data, 0x73);
    case "sequenceError":
      return refuse(data, 0x24);
    case "sequenceErrorAndClose":
      return done(() => {
        state.download = undefined;
        return [0x7F, 0x36, 0x24];
      });
  }
}

/** 37: once all has come; what it carries must be so, and what it answers is the node's own. */
export function transferExit(
  { state, options, life, flash }: RogueServiceParts,
  data: Uint8Array,
): RogueVerdict {
  const { download } = state;
  if (download === undefined) return refuse(data, options.noDownloadNrc ?? 0x24);
  if (download.writtenBytes < download.sizeBytes && options.closesIncomplete !== true) {
    return refuse(data, options.incompleteExitNrc ?? 0x24);
  }
  const { address, writtenBytes } = download;
  const { exitCarries = "nothing", exitSum = crc32Bytes } = options;
  const { container } = download;
  const received = container?.bytes ??
    (isRam(address) ? undefined : flash.read(address, writtenBytes));
  const sum = received === undefined ? [] : exitSum(received);
  const wanted = {
    nothing: [],
    checksum: sum,
    addressAndSize: [...word(address), ...word(writtenBytes)],
  }[exitCarries];
  const carried = data.subarray(1);
  if (exitCarries !== "nothing" && carried.length !== wanted.length) return refuse(data, 0x13);
  return done(() => {
    state.download = undefined;
    if (!wanted.every((byte, i) => carried[i] === byte)) return [0x7F, 0x37, 0x72];
    if (container !== undefined) {
      const unpacked = options.unpacks!(container.bytes);
      if (unpacked.length !== container.unpackedBytes) return [0x7F, 0x37, 0x72];
      if (!flash.program(address, unpacked)) return [0x7F, 0x37, 0x72];
    }
    state.lastDownload = { address, sizeBytes: writtenBytes };
    const isWhole = writtenBytes === download.sizeBytes;
    if (isWhole && isRam(address)) life.hasDriver = true;
    return [0x77, ...(options.exitAnswersSum === true ? sum : [])];
  }, options.exitMs ?? 0);
}
