import { type AddressRange, defined, Timer } from "../core/mod.ts";
import type { GroupIdentifier } from "../group/mod.ts";
import type { BankStatus } from "../stm32/mod.ts";
import type { FinalResult, ServerContext } from "../uds/mod.ts";
import { applicationServices, readVersion } from "./application.ts";
import { type ApplicationRecord, RecordStore } from "./application_record.ts";
import { bankBoot } from "./bank_boot.ts";
import { BankControl } from "./bank_control.ts";
import type { NodeBehaviour } from "./behaviours.ts";
import type { ApplicationJump, BootDecision } from "./boot.ts";
import { bootloaderServices } from "./bootloader.ts";
import { findMark, type HeaderMark } from "./header_mark.ts";
import { BLANK_RAM, blankMemory, type NodeMemory } from "./node_memory.ts";
import {
  bootDecision,
  createWorker,
  deliver,
  hasTwoBanks,
  protectedPlaces,
  updateTarget,
} from "./factory.ts";
import type { FlashWorker } from "./flash_worker.ts";
import type { NodeMode, VirtualNodeEvent, VirtualNodeStatistics } from "./node_event.ts";
import type { GroupListener, NodeHandle, NodeServices } from "./node_handle.ts";
import { NodeLinks, type RequestListener } from "./node_links.ts";
import type { VirtualNodeOptions } from "./node_options.ts";
import { sessionEntered } from "./node_services.ts";
import { SessionTimer, type SessionTimerHost } from "./session_timer.ts";
import { besideRule, groupTimes } from "./group_promptness.ts";
import { Stall } from "./stall.ts";
import { StartPhases } from "./start_phases.ts";
import { Responder, type ResponderHost } from "./responder.ts";
import { Watchdog } from "./watchdog.ts";
import { VirtualFlash } from "./virtual_flash.ts";
import type { VirtualNode, VirtualNodeSnapshot } from "./virtual_node.ts";

/** Unless its behaviour says otherwise. */
const BOOT_MS = 10;
const POWER_LOSS_MS = 100;

/** The hardware of a node, and what its programs may do with it. */
export class NodeCore implements VirtualNode, NodeHandle, ResponderHost, SessionTimerHost {
  onEvent: ((event: VirtualNodeEvent) => void) | undefined;
  readonly options: VirtualNodeOptions;
  readonly behaviour: NodeBehaviour;
  readonly isAnsweredBeside: ResponderHost["isAnsweredBeside"];
  readonly flash: VirtualFlash;
  readonly banks: BankControl | undefined;
  readonly mark: HeaderMark | undefined;
  readonly target: AddressRange;
  readonly worker: FlashWorker;
  readonly memory: NodeMemory = blankMemory();
  readonly #responder: Responder;
  readonly #boot: Timer;
  readonly #s3: SessionTimer;
  readonly #phases: StartPhases;
  readonly #stall: Stall;
  readonly #powerReturn: Timer;
  readonly #watchdog: Watchdog;
  readonly #ownStore = new RecordStore();
  #mode: NodeMode = "off";
  #session = 1;
  #securityLevel = 0;
  #jump: ApplicationJump | undefined;
  #services: NodeServices = new Map();
  #links: NodeLinks | undefined;
  #quiet = { communication: false, dtcSetting: false };
  /** What it answers once it runs again. */
  #answerAtBoot: number | undefined;
  /** How long power stays away once an operation was cut. */
  #powerLossMs = Infinity;
  #counts = { requests: 0, responses: 0, blocks: 0, boots: 0 };

  constructor(options: VirtualNodeOptions) {
    this.options = options;
    this.behaviour = { ...groupTimes(options), ...options.behaviour };
    this.isAnsweredBeside = besideRule(options);
    const { clock, seed, geometry, flashFaults } = options;
    this.banks = hasTwoBanks(options) ? new BankControl() : undefined;
    this.target = updateTarget(options);
    this.flash = new VirtualFlash({
      geometry,
      seed,
      protectedRanges: protectedPlaces(options).flat(),
      ...defined({ faults: flashFaults }),
    });
    this.mark = findMark(options, this.flash);
    this.worker = createWorker(this, this.#ownStore);
    this.#responder = new Responder(this, this.behaviour, clock, options.dialect.timing);
    this.#boot = new Timer(clock, () => this.#start());
    this.#s3 = new SessionTimer(clock, this.behaviour, this);
    this.#stall = new Stall(options.port);
    this.#phases = new StartPhases(clock, this.behaviour);
    this.#powerReturn = new Timer(clock, () => this.powerOn());
    this.#watchdog = new Watchdog(clock, this.behaviour, this.memory, () => this.reset());
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
      noted: { ...this.memory.noted },
      ...(this.banks === undefined ? {} : { banks: this.banks.snapshot() }),
    };
  }

  restore(snapshot: VirtualNodeSnapshot): void {
    this.powerOff();
    this.flash.restore(snapshot.flash);
    this.#ownStore.restore(snapshot.record);
    Object.assign(this.memory.noted, snapshot.noted);
    if (snapshot.banks !== undefined) this.banks?.restore(snapshot.banks);
  }

  enterSession(session: number): void {
    this.#session = session;
    this.#securityLevel = 0;
    if (session === 1) this.#quiet = { communication: false, dtcSetting: false };
    this.#s3.restart();
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
    this.#s3.answered();
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

  listenToGroup(identifier: GroupIdentifier, listener: GroupListener): () => void {
    return this.#links?.listenToGroup(identifier, listener) ?? (() => {});
  }

  keepSession(): void {
    this.#s3.answered();
  }

  answerAfterReset(session: number): void {
    this.#responder.sendPendingNow(() => {
      this.reset();
      this.#answerAtBoot = session;
    });
  }

  get hasSession(): boolean {
    return this.#session !== 1 && this.#mode !== "off";
  }

  get isAtWork(): boolean {
    return this.worker.isBusy || this.#responder.isBusy;
  }

  get startRefusal(): number | undefined {
    return this.#phases.refusal;
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
    const say = (): void => this.send(response, options);
    if (options.isUrgent !== true && this.#stall.holds(response, say)) return;
    this.#counts.responses++;
    this.onEvent?.({ type: "response", atMs: this.#nowMs(), data: response });
    this.#links?.send(response, options.onSent);
  }

  #wireWorker(): void {
    const { powerLossAtOperation, powerLossFraction, powerLossMs, isDeafWhileBusy } =
      this.behaviour;
    this.worker.onEnd = (operation, result) =>
      this.onEvent?.({ type: "operationEnded", atMs: this.#nowMs(), operation, result });
    if (isDeafWhileBusy) this.worker.onBusy = (isBusy) => this.#stall.set(isBusy);
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
    const isStartable = bootDecision(this, this.#watchdog).mode === "application";
    const boot = bankBoot(banks, { isStartable, bootsMax: this.#watchdog.startsMax });
    worker.start(boot.operations, () => {
      if (!boot.isBack) return this.#run();
      memory.failedStarts = 0;
      this.#restart();
    });
  }

  #run(): void {
    const { memory, memory: { requestedSession }, options } = this;
    const isUpdateRequested = requestedSession !== undefined;
    const decision = bootDecision(this, this.#watchdog, { isUpdateRequested });
    memory.requestedSession = undefined;
    this.#counts.boots++;
    const hasWindow = decision.mode === "application" && this.#phases.hasWindow;
    if (hasWindow) this.#phases.openWindow(() => this.#windowEnded());
    this.#program(hasWindow ? undefined : decision);
    options.port.connect?.();
    this.#openLinks();
    this.enterSession(requestedSession ?? 1);
    if (!hasWindow) this.onEvent?.({ type: "booted", atMs: this.#nowMs(), decision });
    const answer = this.#answerAtBoot;
    this.#answerAtBoot = undefined;
    if (answer !== undefined) this.send(sessionEntered(answer, this.behaviour).response);
  }

  /** By the identifiers of the program that runs. */
  #openLinks(): void {
    this.#links?.close();
    const take: RequestListener = (request, addressing) => this.#take(request, addressing);
    this.#links = new NodeLinks(this.options, this.behaviour, take, this.#mode === "bootloader");
  }

  /** The bootloader's window is over: the application, unless a tester holds the bootloader. */
  #windowEnded(): void {
    // What it was asked in time it still answers.
    if (this.isAtWork) return this.#phases.extendWindow();
    const isHeld = this.#phases.isHeld || this.hasSession;
    const decision: BootDecision = isHeld
      ? { mode: "bootloader", reason: "held" }
      : bootDecision(this, this.#watchdog);
    if (!isHeld) this.#program(decision);
    if (!isHeld && this.options.bootloaderAddressing !== undefined) this.#openLinks();
    this.onEvent?.({ type: "booted", atMs: this.#nowMs(), decision });
  }

  /** Runs a program: the bootloader where nothing was decided yet. */
  #program(decision: BootDecision | undefined): void {
    this.#mode = decision?.mode ?? "bootloader";
    this.#jump = decision?.mode === "application" ? decision.jump : undefined;
    if (this.#jump === undefined) {
      this.#services = bootloaderServices(this);
      return;
    }
    const version = readVersion(this);
    this.#watchdog.started(version, this.banks?.isOnTrial === true);
    const isOld = this.#phases.started(() => this.#tell(version));
    this.#tell(isOld ? this.memory.toldVersion ?? version : version);
  }

  /** The application tells a version from now on. */
  #tell(version: string | undefined): void {
    this.memory.toldVersion = version;
    this.#services = applicationServices(this, version);
  }

  #stop(): void {
    this.#watchdog.stop();
    this.worker.cut();
    this.#mode = "off";
    this.#jump = undefined;
    this.#answerAtBoot = undefined;
    this.#responder.drop();
    for (const timer of [this.#boot, this.#s3, this.#phases]) timer.clear();
    this.#links?.close();
    this.#links = undefined;
    this.flash.lock();
    this.#quiet = { communication: false, dtcSetting: false };
    this.#stall.clear();
    this.options.port.disconnect?.();
    this.options.port.release?.();
  }

  #take(request: Uint8Array, addressing: ServerContext["addressing"]): void {
    if (this.behaviour.isDead || this.#watchdog.isHung) return;
    this.#counts.requests++;
    this.onEvent?.({ type: "request", atMs: this.#nowMs(), addressing, data: request });
    this.#phases.heard();
    this.#s3.heard(request, addressing);
    this.#responder.take(request, addressing);
  }

  sessionEnded(): void {
    if (this.#mode === "bootloader") this.reset();
    else this.enterSession(1);
  }

  #nowMs(): number {
    return this.options.clock.now();
  }
}
