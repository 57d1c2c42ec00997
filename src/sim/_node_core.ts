import { type AddressRange, equalBytes, Timer } from "../core/mod.ts";
import type { GroupIdentifier } from "../group/mod.ts";
import type { BankStatus } from "../stm32/mod.ts";
import type { FinalResult, ServerContext } from "../uds/mod.ts";
import { applicationServices, readVersion } from "./application.ts";
import { type ApplicationRecord, RecordStore } from "./application_record.ts";
import { bankBoot } from "./bank_boot.ts";
import { BankControl } from "./bank_control.ts";
import type { NodeBehaviour } from "./behaviours.ts";
import { type ApplicationJump, type BootDecision, decideBoot } from "./boot.ts";
import { bootloaderServices } from "./bootloader.ts";
import { findMark, type HeaderMark } from "./header_mark.ts";
import { deliver, hasTwoBanks, protectedPlaces, updateTarget } from "./factory.ts";
import { FlashWorker } from "./flash_worker.ts";
import type { NodeMode, VirtualNodeEvent, VirtualNodeStatistics } from "./node_event.ts";
import type { NodeHandle, NodeMemory, NodeServices } from "./node_handle.ts";
import { NodeLinks } from "./node_links.ts";
import type { VirtualNodeOptions } from "./node_options.ts";
import { sessionEntered } from "./node_services.ts";
import { Responder, type ResponderHost } from "./responder.ts";
import { VirtualFlash } from "./virtual_flash.ts";
import type { VirtualNode, VirtualNodeSnapshot } from "./virtual_node.ts";

/** Unless its behaviour says otherwise. */
const BOOT_MS = 10;
const S3_SERVER_MS = 5000;
const POWER_LOSS_MS = 100;
/** How soon a session that outlived its time under work is looked at again. */
const S3_RECHECK_MS = 20;
const WATCHDOG_MS = 1000;
/** RAM that a reset keeps, after the power was away. */
const BLANK_RAM = { requestedSession: undefined, wrongKeys: 0, failedStarts: 0, lockedUntilMs: 0 };
const FAILED_STARTS_MAX = 3;

/** The hardware of a node, and what its programs may do with it. */
export class NodeCore implements VirtualNode, NodeHandle, ResponderHost {
  onEvent: ((event: VirtualNodeEvent) => void) | undefined;
  readonly options: VirtualNodeOptions;
  readonly behaviour: NodeBehaviour;
  readonly flash: VirtualFlash;
  readonly banks: BankControl | undefined;
  readonly mark: HeaderMark | undefined;
  readonly target: AddressRange;
  readonly worker: FlashWorker;
  readonly memory: NodeMemory = { ...BLANK_RAM, written: new Map() };
  readonly #responder: Responder;
  readonly #boot: Timer;
  readonly #s3: Timer;
  readonly #powerReturn: Timer;
  readonly #watchdog: Timer;
  readonly #startsMax: number;
  readonly #ownStore = new RecordStore();
  #mode: NodeMode = "off";
  #session = 1;
  #securityLevel = 0;
  #jump: ApplicationJump | undefined;
  #services: NodeServices = new Map();
  #links: NodeLinks | undefined;
  #quiet = { communication: false, dtcSetting: false };
  #isStalled = false;
  /** Whether what runs hears and says nothing. */
  #isHung = false;
  /** What it would say if its core did not stand still. */
  #muted: { readonly response: Uint8Array; readonly say: () => void }[] = [];
  /** What it answers once it runs again. */
  #answerAtBoot: number | undefined;
  /** How long power stays away once an operation was cut. */
  #powerLossMs = Infinity;
  #counts = { requests: 0, responses: 0, blocks: 0, boots: 0 };

  constructor(options: VirtualNodeOptions) {
    this.options = options;
    this.behaviour = options.behaviour ?? {};
    this.#startsMax = this.behaviour.failedStartsMax ?? FAILED_STARTS_MAX;
    const { clock, seed, geometry, flashFaults } = options;
    const { flashTimeBound, flashTimeScale, programTimeScale } = this.behaviour;
    this.banks = hasTwoBanks(options) ? new BankControl() : undefined;
    this.target = updateTarget(options);
    this.flash = new VirtualFlash({
      geometry,
      seed,
      protectedRanges: protectedPlaces(options).flat(),
      ...(flashFaults === undefined ? {} : { faults: flashFaults }),
    });
    this.mark = findMark(options, this.flash);
    this.worker = new FlashWorker({
      flash: this.flash,
      store: this.#ownStore,
      ...(this.banks === undefined ? {} : { banks: this.banks }),
      clock,
      seed,
      ...(flashTimeBound === undefined ? {} : { timeBound: flashTimeBound }),
      ...(flashTimeScale === undefined ? {} : { timeScale: flashTimeScale }),
      ...(programTimeScale === undefined ? {} : { programTimeScale }),
    });
    this.#responder = new Responder(this, this.behaviour, clock);
    this.#boot = new Timer(clock, () => this.#start());
    this.#s3 = new Timer(clock, () => this.#sessionTimedOut());
    this.#powerReturn = new Timer(clock, () => this.powerOn());
    this.#watchdog = new Timer(clock, () => this.#bite());
    this.#wireWorker();
    deliver(this, this.banks?.activeRecord ?? this.#ownStore);
    options.port.disconnect?.();
  }

  get mode(): NodeMode {
    return this.#mode;
  }

  get session(): number {
    return this.#session;
  }

  get securityLevel(): number {
    return this.#securityLevel;
  }

  get store(): NodeHandle["store"] {
    return this.mark ?? this.banks?.activeRecord ?? this.#ownStore;
  }

  get targetStore(): RecordStore {
    return this.banks?.inactiveRecord ?? this.#ownStore;
  }

  get bankStatus(): BankStatus | undefined {
    return this.banks?.status;
  }

  get acceptedApplication(): ApplicationRecord | undefined {
    return this.store.record;
  }

  get jump(): ApplicationJump | undefined {
    return this.#jump;
  }

  get isCommunicationStopped(): boolean {
    return this.#quiet.communication;
  }

  get isDtcSettingStopped(): boolean {
    return this.#quiet.dtcSetting;
  }

  get writtenData(): ReadonlyMap<number, Uint8Array> {
    return this.memory.written;
  }

  get statistics(): VirtualNodeStatistics {
    return { ...this.#counts, operations: this.worker.operationCount };
  }

  powerOn(): void {
    if (this.#mode !== "off") return;
    this.#powerReturn.clear();
    this.#restart();
  }

  powerOff(): void {
    if (this.#mode === "off") return;
    this.#stop();
    Object.assign(this.memory, BLANK_RAM);
    this.onEvent?.({ type: "powerLost", atMs: this.#nowMs() });
  }

  reset(): void {
    if (this.#mode === "off") return;
    this.#stop();
    this.onEvent?.({ type: "reset", atMs: this.#nowMs() });
    this.#restart();
  }

  powerOffAtOperation(operation: number, fraction?: number): void {
    this.#powerLossMs = Infinity;
    this.worker.cutAt(operation, fraction);
  }

  snapshot(): VirtualNodeSnapshot {
    return {
      flash: this.flash.snapshot(),
      record: this.#ownStore.snapshot(),
      ...(this.banks === undefined ? {} : { banks: this.banks.snapshot() }),
    };
  }

  restore(snapshot: VirtualNodeSnapshot): void {
    this.powerOff();
    this.flash.restore(snapshot.flash);
    this.#ownStore.restore(snapshot.record);
    if (snapshot.banks !== undefined) this.banks?.restore(snapshot.banks);
  }

  enterSession(session: number): void {
    this.#session = session;
    this.#securityLevel = 0;
    if (session === 1) this.#quiet = { communication: false, dtcSetting: false };
    this.#touchS3();
  }

  unlock(level: number): void {
    this.#securityLevel = level;
  }

  setQuiet(what: "communication" | "dtcSetting", isQuiet: boolean): void {
    this.#quiet[what] = isQuiet;
  }

  countBlock(): number {
    return ++this.#counts.blocks;
  }

  answerLater(result: FinalResult): void {
    this.#responder.finish(result);
    if (!this.behaviour.keepsSessionByTesterPresentOnly) this.#touchS3();
  }

  loseAnswer(): void {
    this.#responder.drop();
  }

  confirm(): void {
    this.#watchdog.clear();
  }

  afterResponse(action: () => void): void {
    this.#responder.afterResponse(action);
  }

  listenToGroup(identifier: GroupIdentifier, take: (message: Uint8Array) => void): () => void {
    return this.#links?.listenToGroup(identifier, take) ?? (() => {});
  }

  answerAfterReset(session: number): void {
    this.#responder.sendPendingNow(() => {
      this.reset();
      this.#answerAtBoot = session;
    });
  }

  services(): NodeServices {
    return this.#services;
  }

  context(addressing: ServerContext["addressing"]): ServerContext {
    return { addressing, session: this.#session, securityLevel: this.#securityLevel };
  }

  send(
    response: Uint8Array,
    options: { readonly onSent?: (() => void) | undefined; readonly isUrgent?: boolean } = {},
  ): void {
    if (this.#isStalled && options.isUrgent !== true) {
      // One 0x78 is due however many were missed.
      if (this.#muted.some((muted) => equalBytes(muted.response, response))) return;
      this.#muted.push({ response, say: () => this.send(response, options) });
      return;
    }
    this.#counts.responses++;
    this.onEvent?.({ type: "response", atMs: this.#nowMs(), data: response });
    this.#links?.send(response, options.onSent);
  }

  #wireWorker(): void {
    const { powerLossAtOperation, powerLossFraction, powerLossMs, isDeafWhileBusy } =
      this.behaviour;
    this.worker.onEnd = (operation, result) =>
      this.onEvent?.({ type: "operationEnded", atMs: this.#nowMs(), operation, result });
    if (isDeafWhileBusy) this.worker.onBusy = (isBusy) => this.#setStalled(isBusy);
    this.worker.onCut = () => {
      this.powerOff();
      this.#powerReturn.setAt(this.#nowMs() + this.#powerLossMs);
    };
    if (powerLossAtOperation === undefined) return;
    this.#powerLossMs = powerLossMs ?? POWER_LOSS_MS;
    this.worker.cutAt(powerLossAtOperation, powerLossFraction);
  }

  #restart(): void {
    this.#mode = "booting";
    this.#boot.setAt(this.#nowMs() + (this.behaviour.bootMs ?? BOOT_MS));
  }

  #start(): void {
    const { banks, worker, memory } = this;
    banks?.load(this.flash);
    // Only boots that lead to the application count: who asked for the bootloader was alive.
    if (banks === undefined || memory.requestedSession !== undefined) return this.#run();
    const isStartable = this.#decide(false).mode === "application";
    const boot = bankBoot(banks, { isStartable, bootsMax: this.#startsMax });
    worker.start(boot.operations, () => {
      if (!boot.isBack) return this.#run();
      memory.failedStarts = 0;
      this.#restart();
    });
  }

  #decide(isUpdateRequested: boolean): BootDecision {
    return decideBoot({
      flash: this.flash,
      layout: this.options.layout,
      record: this.store.record,
      isUpdateRequested,
      isResetLoop: this.memory.failedStarts >= this.#startsMax,
    });
  }

  #run(): void {
    const { memory, options } = this;
    const requestedSession = memory.requestedSession;
    const decision = this.#decide(requestedSession !== undefined);
    memory.requestedSession = undefined;
    this.#counts.boots++;
    this.#mode = decision.mode;
    this.#jump = decision.mode === "application" ? decision.jump : undefined;
    this.#watch();
    this.#services = decision.mode === "application"
      ? applicationServices(this)
      : bootloaderServices(this);
    options.port.connect?.();
    this.#links = new NodeLinks(
      options,
      this.behaviour,
      (request, addressing) => this.#take(request, addressing),
    );
    this.enterSession(requestedSession ?? 1);
    this.onEvent?.({ type: "booted", atMs: this.#nowMs(), decision });
    const answer = this.#answerAtBoot;
    this.#answerAtBoot = undefined;
    if (answer !== undefined) this.send(sessionEntered(answer, this.behaviour).response);
  }

  /** A program that runs well keeps the watchdog quiet; one on trial is not believed to. */
  #watch(): void {
    if (this.#mode !== "application") return;
    const { deadVersion, watchdogMs = WATCHDOG_MS } = this.behaviour;
    this.#isHung = deadVersion !== undefined && readVersion(this) === deadVersion;
    const isWatched = this.#isHung || this.banks?.isOnTrial === true;
    if (isWatched) this.#watchdog.setAt(this.#nowMs() + watchdogMs);
    else this.memory.failedStarts = 0;
  }

  #bite(): void {
    if (this.#isHung) this.memory.failedStarts++;
    this.reset();
  }

  #stop(): void {
    this.#isHung = false;
    this.worker.cut();
    this.#mode = "off";
    this.#jump = undefined;
    this.#answerAtBoot = undefined;
    this.#muted = [];
    this.#responder.drop();
    for (const timer of [this.#boot, this.#s3, this.#watchdog]) timer.clear();
    this.#links?.close();
    this.#links = undefined;
    this.flash.lock();
    this.#quiet = { communication: false, dtcSetting: false };
    this.#isStalled = false;
    this.options.port.disconnect?.();
    this.options.port.release?.();
  }

  #take(request: Uint8Array, addressing: ServerContext["addressing"]): void {
    if (this.behaviour.isDead || this.#isHung) return;
    this.#counts.requests++;
    this.onEvent?.({ type: "request", atMs: this.#nowMs(), addressing, data: request });
    const keepsAlive = !this.behaviour.keepsSessionByTesterPresentOnly || request[0] === 0x3E ||
      request[0] === 0x10;
    if (keepsAlive) this.#touchS3();
    this.#responder.take(request, addressing);
  }

  #touchS3(): void {
    if (this.#session === 1 || this.#mode === "off") this.#s3.clear();
    else this.#s3.setAt(this.#nowMs() + (this.behaviour.s3Ms ?? S3_SERVER_MS));
  }

  #sessionTimedOut(): void {
    // The session does not end under a request, or while memory is at work.
    if (this.worker.isBusy || this.#responder.isBusy) {
      return this.#s3.setAt(this.#nowMs() + S3_RECHECK_MS);
    }
    if (this.#mode === "bootloader") this.reset();
    else this.enterSession(1);
  }

  #setStalled(isStalled: boolean): void {
    this.#isStalled = isStalled;
    if (isStalled) return this.options.port.stall?.();
    this.options.port.release?.();
    for (const { say } of this.#muted.splice(0)) say();
  }

  #nowMs(): number {
    return this.options.clock.now();
  }
}
