import { checksum, crc32 } from "../codec/mod.ts";
import { equalBytes, readUintBe } from "../core/mod.ts";
import { eraseUnitsTouching, protectedRegions } from "../stm32/mod.ts";
import {
  encodeRequestDownloadResponse,
  type HandlerResult,
  matchRequest,
  NRC,
  type ServerService,
  SERVICE_ID,
} from "../uds/mod.ts";
import { acknowledge, commonServices, sessionResponse, toMap } from "./application.ts";
import { hasPlausibleVectors } from "./boot.ts";
import { securityService } from "./security.ts";
import type { NodeServerContext, VirtualNode } from "./virtual_node.ts";

interface Transfer {
  readonly start: number;
  readonly sizeBytes: number;
  writtenBytes: number;
  blockSequenceCounter: number;
}

/**
 * The services of the bootloader: sessions, security, erase, download, check, and the final check
 * that makes an application valid.
 *
 * @param node The node.
 * @returns By service identifier.
 */
export function bootloaderServices(
  node: VirtualNode,
): ReadonlyMap<number, ServerService<NodeServerContext>> {
  const bootloader = new Bootloader(node);
  const { security } = node.options;
  const guarded = {
    sessions: [2],
    ...(security === undefined ? {} : { securityLevels: [security.level] }),
  };
  return toMap([
    ...commonServices(node, new Map()),
    ...(security === undefined ? [] : [securityService(node, security)]),
    {
      sid: SERVICE_ID.diagnosticSessionControl,
      subFunctions: new Map([[1, {}], [2, {}], [3, {}]]),
      handle: (request) => bootloader.session(request),
    },
    { sid: SERVICE_ID.communicationControl, handle: acknowledge },
    { sid: SERVICE_ID.controlDtcSetting, handle: acknowledge },
    {
      sid: SERVICE_ID.writeDataByIdentifier,
      ...guarded,
      handle: (request) => ({
        type: "positive",
        response: Uint8Array.of(0x6E, request[1]!, request[2]!),
      }),
    },
    { sid: SERVICE_ID.routineControl, ...guarded, handle: (r) => bootloader.routine(r) },
    { sid: SERVICE_ID.requestDownload, ...guarded, handle: (r) => bootloader.download(r) },
    {
      sid: SERVICE_ID.transferData,
      ...guarded,
      lengthBytesMin: 3,
      handle: (r) => bootloader.block(r),
    },
    { sid: SERVICE_ID.requestTransferExit, ...guarded, handle: () => bootloader.exit() },
  ]);
}

/** The flash work of one stay in the bootloader. */
class Bootloader {
  readonly #node: VirtualNode;
  #transfer: Transfer | undefined;
  /** Start and end of all that was downloaded, for the final check. */
  #extent = { start: Infinity, end: 0 };
  #blockCount = 0;

  constructor(node: VirtualNode) {
    this.#node = node;
    const { application } = node.memory;
    if (application !== undefined) {
      this.#extent = { start: application.start, end: application.start + application.sizeBytes };
    }
  }

  session(request: Uint8Array): HandlerResult {
    const session = request[1]! & 0x7F;
    this.#transfer = undefined;
    if (session === 1 && this.#node.session !== 1) {
      this.#node.resetAfter(sessionResponse(1));
      return { type: "silence" };
    }
    this.#node.enterSession(session);
    return { type: "positive", response: sessionResponse(session) };
  }

  routine(request: Uint8Array): HandlerResult {
    const { erase, check, finish } = this.#node.options.dialect;
    const eraseFields = matchRequest(erase, request);
    if (eraseFields !== undefined) return this.#erase(request, eraseFields);
    const checkFields = matchRequest(check, request);
    if (checkFields !== undefined) return this.#check(request, checkFields);
    if (matchRequest(finish, request) !== undefined) return this.#finish(request);
    return { type: "negative", nrc: NRC.requestOutOfRange };
  }

  download(request: Uint8Array): HandlerResult {
    const { dialect, behaviour, layout } = this.#node.options;
    const fields = matchRequest(dialect.download, request);
    if (fields === undefined) return { type: "negative", nrc: NRC.requestOutOfRange };
    const start = uintField(fields, "address");
    const sizeBytes = uintField(fields, "size");
    const isInside = start >= layout.application.start &&
      start + sizeBytes <= layout.application.end;
    if (!isInside) return { type: "negative", nrc: NRC.requestOutOfRange };
    this.#transfer = { start, sizeBytes, writtenBytes: 0, blockSequenceCounter: 0 };
    return {
      type: "positive",
      response: encodeRequestDownloadResponse({
        maxNumberOfBlockLength: behaviour?.maxNumberOfBlockLength ?? 4095,
        maxNumberOfBlockLengthSizeBytes: 2,
      }),
    };
  }

  block(request: Uint8Array): HandlerResult {
    const transfer = this.#transfer;
    if (transfer === undefined) return { type: "negative", nrc: NRC.requestSequenceError };
    const counter = request[1]!;
    if (counter === transfer.blockSequenceCounter && transfer.writtenBytes > 0) {
      return this.#repeatedBlock(counter);
    }
    if (counter !== ((transfer.blockSequenceCounter + 1) & 0xFF)) {
      return { type: "negative", nrc: NRC.wrongBlockSequenceCounter };
    }
    const data = request.slice(2);
    if (transfer.writtenBytes + data.length > transfer.sizeBytes) {
      return { type: "negative", nrc: NRC.transferDataSuspended };
    }
    const address = transfer.start + transfer.writtenBytes;
    const { unitBytes } = this.#node.options.geometry.program;
    if (address % unitBytes !== 0 || data.length % unitBytes !== 0) {
      return { type: "negative", nrc: NRC.transferDataSuspended };
    }
    this.#node.flash.unlock();
    this.#node.worker.start([{ kind: "program", address, data }], (result) => {
      this.#node.flash.lock();
      if (result === "failed") {
        this.#transfer = undefined;
        this.#node.finishLater({ type: "negative", nrc: NRC.generalProgrammingFailure });
        return;
      }
      transfer.writtenBytes += data.length;
      transfer.blockSequenceCounter = counter;
      this.#answerBlock(counter);
    });
    return { type: "later" };
  }

  exit(): HandlerResult {
    const transfer = this.#transfer;
    if (transfer === undefined || transfer.writtenBytes !== transfer.sizeBytes) {
      return { type: "negative", nrc: NRC.requestSequenceError };
    }
    this.#transfer = undefined;
    this.#extent = {
      start: Math.min(this.#extent.start, transfer.start),
      end: Math.max(this.#extent.end, transfer.start + transfer.sizeBytes),
    };
    return { type: "positive", response: Uint8Array.of(0x77) };
  }

  #answerBlock(counter: number): void {
    if (++this.#blockCount === this.#node.options.behaviour?.lostBlockResponse) {
      this.#node.forgetLater();
      return;
    }
    this.#node.finishLater({ type: "positive", response: Uint8Array.of(0x76, counter) });
  }

  #repeatedBlock(counter: number): HandlerResult {
    switch (this.#node.options.behaviour?.repeatedBlock ?? "positive") {
      case "positive":
        return { type: "positive", response: Uint8Array.of(0x76, counter) };
      case "wrongCounter":
        return { type: "negative", nrc: NRC.wrongBlockSequenceCounter };
      case "sequenceErrorAndReset":
        this.#transfer = undefined;
        return { type: "negative", nrc: NRC.requestSequenceError };
      case "sequenceError":
        return { type: "negative", nrc: NRC.requestSequenceError };
    }
  }

  #erase(request: Uint8Array, fields: ReadonlyMap<string, Uint8Array>): HandlerResult {
    const { geometry, layout } = this.#node.options;
    const start = uintField(fields, "address");
    const range = { start, end: start + uintField(fields, "size") };
    const isProtected = protectedRegions(layout).some(({ start, end }) =>
      start < range.end && end > range.start
    );
    const { application } = layout;
    if (isProtected || range.start < application.start || range.end > application.end) {
      return { type: "negative", nrc: NRC.requestOutOfRange };
    }
    const numbers = new Set(eraseUnitsTouching(geometry, range).map((unit) => unit.index));
    const units = this.#node.flash.units.filter((unit) => numbers.has(unit.index));
    // Invalid first: whatever happens from here on, a boot ends in the bootloader.
    this.#node.memory.application = undefined;
    this.#transfer = undefined;
    this.#node.flash.unlock();
    this.#node.worker.start(units.map((unit) => ({ kind: "erase", unit })), (result) => {
      this.#node.flash.lock();
      this.#node.finishLater(this.#status(request, result === "ok"));
    });
    return { type: "later" };
  }

  #check(request: Uint8Array, fields: ReadonlyMap<string, Uint8Array>): HandlerResult {
    const start = uintField(fields, "address");
    const sizeBytes = uintField(fields, "size");
    const { flash, options } = this.#node;
    const { application } = options.layout;
    if (start < application.start || start + sizeBytes > application.end) {
      return { type: "negative", nrc: NRC.requestOutOfRange };
    }
    const bytes = flash.read(start, sizeBytes);
    const isEqual = bytes !== undefined &&
      equalBytes(checksum(options.dialect.checkAlgorithm, bytes), fields.get("checksum")!);
    if (isEqual) {
      this.#extent = {
        start: Math.min(this.#extent.start, start),
        end: Math.max(this.#extent.end, start + sizeBytes),
      };
    }
    return this.#status(request, isEqual);
  }

  /** Notes the application that was downloaded as valid, if its vector table is plausible. */
  #finish(request: Uint8Array): HandlerResult {
    const { start, end } = this.#extent;
    const bytes = end > start ? this.#node.flash.read(start, end - start) : undefined;
    if (bytes === undefined || !hasPlausibleVectors(this.#node)) {
      return this.#status(request, false);
    }
    this.#node.memory.application = { start, sizeBytes: end - start, crc: crc32(bytes) };
    return this.#status(request, true);
  }

  #status(request: Uint8Array, isGood: boolean): { type: "positive"; response: Uint8Array } {
    const { goodStatus, badStatus } = this.#node.options.dialect;
    const status = isGood ? goodStatus : badStatus;
    return {
      type: "positive",
      response: Uint8Array.of(0x71, request[1]!, request[2]!, request[3]!, status),
    };
  }
}

function uintField(fields: ReadonlyMap<string, Uint8Array>, name: string): number {
  const bytes = fields.get(name);
  return bytes === undefined ? 0 : readUintBe(bytes, 0, bytes.length);
}
