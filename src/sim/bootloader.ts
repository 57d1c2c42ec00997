import { withAuthentication } from "./authentication.ts";
import { sumUp } from "../codec/mod.ts";
import { type AddressRange, equalBytes, rangeContains } from "../core/mod.ts";
import {
  type FinalResult,
  type HandlerResult,
  matchRequest,
  NRC,
  type ServerContext,
  type ServerService,
  SERVICE_ID,
} from "../uds/mod.ts";
import { answerPrecondition } from "./application.ts";
import { protectedRegions } from "../stm32/mod.ts";
import { notedRegion } from "./header_mark.ts";
import type { BankControl } from "./bank_control.ts";
import { readVectors, recordOf } from "./boot.ts";
import {
  enterSessions,
  matchStep,
  type NodeDialect,
  programmingSession,
  requestsOf,
  serviceOf,
} from "./dialect.ts";
import { DownloadLog } from "./download_log.ts";
import { EraseServer, eraseSteps } from "./erase_server.ts";
import { DownloadServer } from "./download_server.ts";
import { fieldRange } from "./field_range.ts";
import { withKeptValues } from "./kept_values.ts";
import { GroupServer, groupVersions } from "./group_server.ts";
import { type NodeHandle, type NodeServices, refuse, toServices } from "./node_handle.ts";
import { acknowledge, BARE, commonServices, positive, sessionEntered } from "./node_services.ts";
import { summedRange } from "./summed_range.ts";
import { routineRefusal } from "./routine_refusal.ts";
import { type RoutineOutcome, RoutineRunner, type RoutineWork } from "./routine_runner.ts";
import { openingLevels, securityServices } from "./security.ts";

/**
 * The services of the bootloader: sessions, security, erase, download, check, and the final check
 * that makes an application valid.
 *
 * @param node The node.
 * @returns By service identifier.
 */
export function bootloaderServices(node: NodeHandle): NodeServices {
  const bootloader = new Bootloader(node);
  const versions = groupVersions(node);
  const { dialect } = node.options;
  const programming = programmingSession(dialect);
  const securityLevels = openingLevels(node.options);
  const sessions = [1, 2, 3, ...enterSessions(dialect)];
  const guard = {
    ...(programming === undefined ? {} : { sessions: [programming] }),
    ...(securityLevels.length === 0 ? {} : { securityLevels }),
  };
  const routineSids = routineServices(dialect);
  return toServices(withKeptValues(
    node,
    withAuthentication(node, [
      ...commonServices(node, undefined, (did) => versions(did) ?? bootloader.recordOf(did)),
      ...securityServices(node),
      {
        sid: SERVICE_ID.testerPresent,
        subFunctions: new Map([[0, {
          ...BARE,
          isInSequence: () =>
            !(node.behaviour.refusesTesterPresentInDownload && bootloader.downloads.isUnderWay),
        }]]),
        handle: acknowledge,
      },
      {
        sid: SERVICE_ID.diagnosticSessionControl,
        subFunctions: new Map(sessions.map((session) => [session, BARE])),
        handle: (request) => bootloader.session(request[1]! & 0x7F),
      },
      {
        sid: SERVICE_ID.ecuReset,
        subFunctions: new Map([[1, BARE], [2, BARE], [3, BARE]]),
        handle: (request) => bootloader.reset(request),
      },
      {
        sid: SERVICE_ID.writeDataByIdentifier,
        ...guard,
        lengthBytesMin: 4,
        handle: (request) => bootloader.downloads.blockOf(request) ?? writeData(node, request),
      },
      ...[...routineSids].map((sid): ServerService<ServerContext> => ({
        sid,
        // Where a routine is part of the way in, the service is there in each session, and locked.
        ...(requestsOf(dialect.enter, sid).length > 0 ? {} : guard),
        lengthBytesMin: sid === SERVICE_ID.routineControl ? 4 : 1,
        handle: (request, context) => bootloader.routine(request, context),
      })),
      ...writingServices(bootloader, dialect).map((service) => ({ ...guard, ...service })),
    ]),
  ));
}

/** Services that begin, bring and end a download. */
function writingServices(
  { downloads, beginDownload }: Bootloader,
  { download: { request, block } }: NodeDialect,
): readonly ServerService<ServerContext>[] {
  const begin = request && serviceOf(request);
  const isByAddress = block !== undefined &&
    serviceOf(block.request) === SERVICE_ID.writeMemoryByAddress;
  return [
    { sid: SERVICE_ID.requestDownload, handle: beginDownload },
    ...(begin === SERVICE_ID.requestFileTransfer ? [{ sid: begin, handle: beginDownload }] : []),
    {
      sid: SERVICE_ID.transferData,
      lengthBytesMin: downloads.blockBytesMin,
      handle: (block) => downloads.block(block),
    },
    ...(isByAddress
      ? [{
        sid: SERVICE_ID.writeMemoryByAddress,
        lengthBytesMin: downloads.blockBytesMin,
        handle: (block: Uint8Array) => downloads.block(block),
      }]
      : []),
    { sid: SERVICE_ID.requestTransferExit, handle: (exit) => downloads.end(exit) },
  ];
}

/** Services by which a dialect asks for erases and checks: RoutineControl, and what some use in its place. */
function routineServices(dialect: NodeDialect): ReadonlySet<number> {
  const { erase, check, driver } = dialect;
  const templates = [erase, ...eraseSteps(dialect), check, driver?.check].map((one) =>
    one?.request
  );
  const sids = templates.flatMap((one) => one === undefined ? [] : [serviceOf(one)]);
  return new Set([SERVICE_ID.routineControl, ...sids.filter((sid) => sid !== undefined)]);
}

/** The work of one stay in the bootloader. */
class Bootloader {
  readonly downloads: DownloadServer;
  readonly #node: NodeHandle;
  readonly #log: DownloadLog;
  readonly #routines: RoutineRunner;
  readonly #group: GroupServer;
  readonly #erases: EraseServer;

  constructor(node: NodeHandle) {
    this.#node = node;
    this.#log = new DownloadLog(node.memory.noted);
    this.#group = new GroupServer(node, this.#log, () => this.downloads.refusal());
    this.#routines = new RoutineRunner(node);
    this.#erases = new EraseServer(node, this.#log, this.#routines, {
      group: this.#group,
      begun: () => this.downloads.erased(),
    });
    this.downloads = new DownloadServer(node, this.#log, this.#erases);
  }

  recordOf(did: number): Uint8Array | undefined {
    return this.#routines.record(did);
  }

  readonly beginDownload = (request: Uint8Array): HandlerResult => {
    const result = this.downloads.begin(request, this.#group);
    if (result.type === "negative") return result;
    // What is being programmed ends by itself; what waits is dropped.
    const isProgramming = this.#group.isProgramming;
    this.#group.close();
    if (!isProgramming || result.type !== "positive") return result;
    this.#group.whenIdle(() => this.#node.answerLater(result));
    return { type: "later" };
  };

  session(session: number): HandlerResult {
    this.downloads.sessionBegun();
    this.#group.close();
    const answer = sessionEntered(session, this.#node.behaviour);
    // Leaving for the default session is leaving the bootloader, if there is an application to run.
    if (session === 1 && this.#node.session !== 1) return this.#restart(answer);
    this.#node.enterSession(session);
    return answer;
  }

  reset(request: Uint8Array): HandlerResult {
    const { dialect } = this.#node.options;
    const hasFinish = requestsOf(dialect.finish, SERVICE_ID.routineControl).length > 0;
    const isAllowed = this.#node.session === (programmingSession(dialect) ?? this.#node.session) &&
      this.#isOpen;
    const answer = positive(request[0]!, request[1]! & 0x7F);
    if (hasFinish || !isAllowed || this.#node.store.record !== undefined) {
      return this.#restart(answer);
    }
    // Nothing else ends an update in this dialect: what was written and checked is accepted now.
    return this.#restart(answer, this.#accept);
  }

  /**
   * Restarts behind an answer. A block that is being programmed ends before: half programmed, it
   * would fault when it is read.
   */
  #restart(answer: FinalResult, first?: RoutineWork): HandlerResult {
    const restart = (): void => this.#node.afterResponse(() => this.#node.reset());
    if (first === undefined && !this.#group.isProgramming) {
      restart();
      return answer;
    }
    this.#group.close();
    const done = (): void => {
      restart();
      this.#node.answerLater(answer);
    };
    this.#group.whenIdle(() => first === undefined ? done() : first(done));
    return { type: "later" };
  }

  routine(request: Uint8Array, context: ServerContext): HandlerResult {
    const { dialect } = this.#node.options;
    const isEntering = matchStep(dialect.enter, request) !== undefined;
    if (isEntering) return answerPrecondition(this.#node, request);
    const programming = programmingSession(dialect);
    if (programming !== undefined && context.session !== programming) {
      return refuse(NRC.serviceNotSupportedInActiveSession);
    }
    if (!this.#isOpen) {
      return refuse(NRC.securityAccessDenied);
    }
    return this.#group.control(request) ??
      this.#routines.poll(request) ??
      this.#erases.routine(request) ??
      this.#checkDriver(request) ??
      this.#check(request) ??
      this.#swap(request) ??
      this.#finish(request) ??
      refuse(routineRefusal(dialect, request));
  }

  #checkDriver(request: Uint8Array): HandlerResult | undefined {
    const { dialect } = this.#node.options;
    const check = dialect.driver?.check;
    const { last } = this.#log;
    if (check === undefined || last?.target !== "ram") return undefined;
    const fields = matchRequest(check.request, request);
    if (fields === undefined) return undefined;
    return this.#routines.start(request, check.answer, (done) => {
      const isGood = this.#isChecksum(last.data, fields.get("checksum"));
      this.#log.hasDriver = isGood;
      done({ isGood });
    });
  }

  #check(request: Uint8Array): HandlerResult | undefined {
    const { dialect, layout } = this.#node.options;
    const { check } = dialect;
    const fields = check === undefined ? undefined : matchRequest(check.request, request);
    if (check === undefined || fields === undefined) return undefined;
    const { last } = this.#log;
    const isNamed = ["address", "offset", "page"].some((name) => fields.has(name));
    if (!isNamed && last?.target !== "flash") return refuse(NRC.requestSequenceError);
    const range = fieldRange(
      fields,
      isNamed || last?.target !== "flash" ? this.#node.target : summedRange(this.#node, last.range),
      this.#node.options,
    );
    const isReadable = [layout.application, this.#node.target].some((one) =>
      rangeContains(one, range)
    );
    if (range.end < range.start || !isReadable) {
      return refuse(NRC.requestOutOfRange);
    }
    if (this.#isAtWork) return refuse(NRC.conditionsNotCorrect);
    return this.#routines.start(request, check.answer, (done) => {
      done(this.#compare(range, check, fields.get("checksum")));
    });
  }

  #compare(
    range: AddressRange,
    check: NonNullable<NodeDialect["check"]>,
    expected: Uint8Array | undefined,
  ): RoutineOutcome {
    const bytes = this.#node.flash.read(range.start, range.end - range.start);
    if (bytes === undefined) return { isGood: false };
    const { skipBytes = 0, tailBytes = 0 } = check.over ?? {};
    // What is left out is taken for right.
    const found = { start: range.start - skipBytes, end: range.end + tailBytes };
    if (check.mode === "report") {
      this.#log.checked(found);
      return { report: sumUp(check.algorithm, bytes, this.#node.options.checksumKey) };
    }
    const isGood = this.#isChecksum(bytes, expected);
    if (isGood) this.#log.checked(found);
    return { isGood };
  }

  get #isOpen(): boolean {
    const levels = openingLevels(this.#node.options);
    return levels.length === 0 || levels.includes(this.#node.securityLevel);
  }

  /** Whether flash is not yet what it will be. */
  get #isAtWork(): boolean {
    return this.#node.worker.isBusy || this.#group.isAtWork;
  }

  #finish(request: Uint8Array): HandlerResult | undefined {
    const step = matchStep(this.#node.options.dialect.finish, request);
    if (step === undefined) return undefined;
    if (this.#isAtWork) return refuse(NRC.conditionsNotCorrect);
    return this.#routines.start(request, step.answer, (done) => this.#accept(done));
  }

  #swap(request: Uint8Array): HandlerResult | undefined {
    const { banks, options: { dialect } } = this.#node;
    const step = matchStep(dialect.banks?.swap ?? [], request);
    if (banks === undefined || step === undefined) return undefined;
    if (this.#isAtWork || banks.isOnTrial) return refuse(NRC.conditionsNotCorrect);
    return this.#routines.start(request, step.answer, (done) => this.#exchange(banks, done));
  }

  /**
   * Has the next reset exchange the banks, if all of the inactive one was checked, its vectors are
   * plausible, and bootloader and configuration are there as they are here: they move too. The trial
   * is noted before the option bit is programmed; a trial of a bank that does not run is none.
   */
  #exchange(banks: BankControl, done: Parameters<RoutineWork>[0]): void {
    const { flash, worker, targetStore: store, target, options } = this.#node;
    const { layout, isOpaque = false } = options;
    const offset = target.start - layout.application.start;
    const isWhole = !this.downloads.isUnderWay && this.#log.isChecked &&
      (isOpaque || readVectors(flash, layout, offset) !== undefined) &&
      isMirrored(this.#node, offset);
    const there = isWhole ? recordOf(flash, target, this.#log.writtenEnd) : undefined;
    if (there === undefined) return done({ isGood: false });
    const record = { ...there, start: there.start - offset };
    worker.start([
      { kind: "record", record, store },
      { kind: "trial", trial: { bankIndex: banks.inactiveIndex, boots: 0 } },
      { kind: "option", isSwapped: !banks.isSwapped },
    ], () => done({ isGood: true }));
  }

  /** Notes the application as valid, if all of it was checked and its vector table is plausible. */
  readonly #accept: RoutineWork = (done) => {
    const { flash, worker, options, store, targetStore, banks, mark } = this.#node;
    const isWhole = !this.downloads.isUnderWay && !this.#group.isOpen &&
      (options.dialect.check === undefined || this.#log.isChecked);
    const isStartable = options.isOpaque || readVectors(flash, options.layout) !== undefined;
    const record = isWhole && isStartable
      ? recordOf(
        flash,
        notedRegion(options.layout.application, options.layout, mark),
        this.#log.writtenEnd,
      )
      : undefined;
    if (record === undefined) return done({ isGood: false });
    this.#node.memory.failedStarts = 0;
    if (record.crc === store.record?.crc && record.sizeBytes === store.record.sizeBytes) {
      return done({ isGood: true });
    }
    if (mark === undefined) {
      const store = banks?.activeRecord ?? targetStore;
      return worker.start([{ kind: "record", record, store }], () => done({ isGood: true }));
    }
    const note = mark.toProgram(record);
    if (note === undefined) return done({ isGood: false });
    flash.unlock();
    worker.start([{ kind: "program", ...note }], (result) => {
      flash.lock();
      done({ isGood: result === "ok" });
    });
  };

  #isChecksum(bytes: Uint8Array, expected: Uint8Array | undefined): boolean {
    const { checksumKey, dialect: { check } } = this.#node.options;
    if (check === undefined || expected === undefined) return true;
    return equalBytes(sumUp(check.algorithm, bytes, checksumKey), expected);
  }
}

/** Whether what a swap moves besides the application is in both banks. */
function isMirrored({ flash, options: { layout } }: NodeHandle, offset: number): boolean {
  return protectedRegions(layout).every(({ start, end }) => {
    const here = flash.read(start, end - start);
    const there = flash.read(start + offset, end - start);
    return here !== undefined && there !== undefined && equalBytes(here, there);
  });
}

function writeData(node: NodeHandle, request: Uint8Array): HandlerResult {
  const { enter, finish } = node.options.dialect;
  if (matchStep([...enter, ...finish], request) === undefined) {
    return refuse(NRC.requestOutOfRange);
  }
  node.memory.written.set(request[1]! * 256 + request[2]!, request.slice(3));
  return positive(request[0]!, request[1]!, request[2]!);
}
