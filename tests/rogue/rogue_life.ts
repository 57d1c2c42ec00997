/** What runs on a rogue node: its bootloader, its application, or for a moment nothing. */
import type { Clock } from "../../src/core/mod.ts";
import type { RogueFlash } from "./rogue_flash.ts";
import type { RogueOptions } from "./rogue_options.ts";

/** An application that may be in flash. */
export interface RogueApplication {
  readonly version: string;
  readonly address: number;
  readonly data: Uint8Array;
}

/** Identifiers that a node has while its bootloader runs. */
export interface RogueBootIds {
  readonly rxId: number;
  readonly txId: number;
  readonly isBooted: () => boolean;
}

/** Boots, and tells what runs. */
export class RogueLife {
  /** What runs. */
  kind: "application" | "bootloader" | "bootWindow" | "down" = "application";
  /** Whether its RAM holds the flash driver. */
  hasDriver = false;
  /** Resets so far. */
  resets = 0;
  /** When each was, in ms. */
  readonly resetAtMs: number[] = [];
  readonly #clock: Clock;
  readonly #options: RogueOptions;
  readonly #flash: RogueFlash;
  readonly #applications: readonly RogueApplication[];
  #runsSinceMs = -Infinity;
  #isTouched = false;
  #version: string | undefined;
  #versionBefore: string | undefined;

  constructor(
    clock: Clock,
    options: RogueOptions,
    flash: RogueFlash,
    applications: readonly RogueApplication[],
  ) {
    this.#clock = clock;
    this.#options = options;
    this.#flash = flash;
    this.#applications = applications;
    this.#version = this.#applicationInFlash()?.version;
    this.#versionBefore = this.#version;
    this.kind = this.#version === undefined ? "bootloader" : "application";
  }

  /** Something was erased: what ran does not run any more. */
  touch(): void {
    this.#isTouched = true;
  }

  /** Whether flash holds a whole application. */
  isValid(): boolean {
    return this.#applicationInFlash() !== undefined;
  }

  enterBootloader(): void {
    this.kind = "bootloader";
  }

  /** A default session in the bootloader starts what is whole. */
  leaveBootloader(): void {
    if (this.kind === "bootloader") this.#start();
  }

  /** Resets: nothing is heard until `onUp` is called. */
  reset(onUp: () => void): void {
    const { bootMs = 100, bootWindowMs } = this.#options;
    this.resets++;
    this.resetAtMs.push(this.#clock.now());
    this.kind = "down";
    this.#clock.schedule(() => {
      onUp();
      if (bootWindowMs === undefined) return this.#start();
      this.kind = "bootWindow";
      this.#clock.schedule(() => {
        if (this.kind === "bootWindow") this.#start();
      }, bootWindowMs);
    }, bootMs);
  }

  /** Somebody asks something. */
  ask(): void {
    if (this.kind === "bootWindow" && this.#options.bootWindowHolds === true) {
      this.kind = "bootloader";
    }
  }

  /** Why 22 is refused now; undefined where it is not. */
  readRefusal(): number | undefined {
    const { startingMs = 0, startingNrc = 0x22 } = this.#options;
    if (this.kind === "bootWindow") return 0x31;
    return this.kind === "application" && this.#ranMs < startingMs ? startingNrc : undefined;
  }

  /** What its application calls itself; its bootloader does not know. */
  version(): string | undefined {
    if (this.kind !== "application") return undefined;
    const { oldVersionMs = 0 } = this.#options;
    return this.#ranMs < oldVersionMs ? this.#versionBefore : this.#version;
  }

  get #ranMs(): number {
    return this.#clock.now() - this.#runsSinceMs;
  }

  #start(): void {
    this.hasDriver = false;
    const application = this.#applicationInFlash();
    const isDead = application === undefined ||
      (this.#isTouched && this.#options.neverStarts === true);
    this.kind = isDead ? "bootloader" : "application";
    if (isDead) return;
    this.#runsSinceMs = this.#clock.now();
    if (application.version === this.#version) return;
    this.#versionBefore = this.#version;
    this.#version = application.version;
  }

  #applicationInFlash(): RogueApplication | undefined {
    return this.#applications.find(({ address, data }) => this.#flash.holds(address, data));
  }
}
