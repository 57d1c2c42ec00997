import { bytesToHex, hexToBytes, Prng, VirtualClock } from "../../../src/core/mod.ts";
import { checksum, type ChecksumName } from "../../../src/codec/mod.ts";
import {
  CLASSIC_FORMAT,
  createIsoTpLink,
  type IsoTpAddressing,
  type IsoTpLink,
  oppositeAddressing,
  TransmitScheduler,
} from "../../../src/isotp/mod.ts";
import {
  createVirtualNode,
  type NodeDialect,
  type NodeSecurity,
  VirtualBus,
  type VirtualNode,
  type VirtualNodeEvent,
  type VirtualNodeOptions,
} from "../../../src/sim/mod.ts";
import { findDevice, type MemoryLayout } from "../../../src/stm32/mod.ts";
import { createXorKeySource } from "../../../src/uds/mod.ts";
import { type Lateness, LatePort } from "../../support/late_port.ts";
import { ISO14229_PROFILE } from "../../../src/update/profiles/mod.ts";

/** Where the tests' application lies on an F407. */
export const APPLICATION = 0x0800_8000;
/** A 32 KiB bootloader, an application of one 16 KiB and one 64 KiB sector, a configuration. */
export const LAYOUT: MemoryLayout = {
  bootloader: { start: 0x0800_0000, end: 0x0800_8000 },
  application: { start: APPLICATION, end: 0x0802_0000 },
  configuration: [{ start: 0x0802_0000, end: 0x0804_0000 }],
};
/** What the lab makes keys with. */
export const KEY_MASK = Uint8Array.of(0xA5, 0x5A, 0x12, 0x34);

/** An application with a plausible vector table that tells its version. */
export function applicationBytes(
  lengthBytes: number,
  options: { start?: number; version?: string; seed?: number; stackPointer?: number } = {},
): Uint8Array {
  const { start = APPLICATION, version = "2.0.0", seed = 1, stackPointer = 0x2002_0000 } = options;
  const data = new Prng(seed).bytes(lengthBytes);
  const view = new DataView(data.buffer);
  view.setUint32(0, stackPointer, true);
  view.setUint32(4, start + 0x101, true);
  data.set(new TextEncoder().encode(`CANVOY-VERSION:${version}\0`), 0x40);
  return data;
}

/** One response as the tester heard it. */
export interface Heard {
  readonly atMs: number;
  readonly hex: string;
}

/** What a lab is made of; an F407 that speaks the default profile by default. */
export interface LabOptions
  extends Partial<Omit<VirtualNodeOptions, "port" | "clock" | "addressing" | "functional">> {
  /** How late the node's port confirms; at once by default. */
  readonly lateness?: Lateness;
}

/** One virtual node and a tester that sends raw requests, in virtual time. */
export class Lab {
  readonly clock = new VirtualClock();
  readonly bus = new VirtualBus({
    name: "lab",
    bitRates: { bitrateBps: 1_000_000 },
    clock: this.clock,
    seed: 1,
  });
  readonly node: VirtualNode;
  readonly link: IsoTpLink;
  readonly heard: Heard[] = [];
  readonly events: VirtualNodeEvent[] = [];
  /** When the last request was on the wire. */
  sentAtMs = 0;
  readonly #functional: IsoTpLink;
  readonly #dialect: NodeDialect;

  constructor({ lateness, ...options }: LabOptions = {}) {
    const addressing: IsoTpAddressing = {
      mode: "normal",
      tx: { id: 0x7E8, extended: false },
      rx: { id: 0x7E0, extended: false },
    };
    const functionalId = { id: 0x7DF, extended: false };
    const functional: IsoTpAddressing = { mode: "normal", tx: functionalId, rx: functionalId };
    this.#dialect = options.dialect ?? ISO14229_PROFILE;
    const nodePort = this.bus.attach("node");
    this.node = createVirtualNode({
      name: "node",
      seed: 1,
      geometry: findDevice("STM32F407VG"),
      layout: LAYOUT,
      format: CLASSIC_FORMAT,
      security: [{ level: 1, keySource: createXorKeySource(KEY_MASK) }],
      hardware: "LAB-1",
      ...options,
      dialect: this.#dialect,
      port: lateness === undefined ? nodePort : new LatePort(nodePort, this.clock, lateness),
      clock: this.clock,
      addressing,
      functional,
    });
    this.node.onEvent = (event) => this.events.push(event);
    const port = this.bus.attach("tester");
    this.bus.attach("witness"); // acknowledges while the node is away
    const common = {
      port,
      scheduler: new TransmitScheduler(port, this.clock),
      clock: this.clock,
      format: CLASSIC_FORMAT,
    };
    this.link = createIsoTpLink({ ...common, addressing: oppositeAddressing(addressing) });
    this.#functional = createIsoTpLink({ ...common, addressing: functional, role: "functional" });
    this.link.indications$.subscribe((indication) => {
      if (indication.type === "message") {
        this.heard.push({ atMs: indication.atMs, hex: bytesToHex(indication.data) });
      }
    });
  }

  /** Gives the node power and waits until it runs. */
  start(): this {
    this.node.powerOn();
    return this.wait(20);
  }

  /** Lets time go by. */
  wait(ms: number): this {
    this.clock.run({ untilMs: this.clock.now() + ms });
    return this;
  }

  /** Sends a request and says nothing of its answer. */
  send(request: string | Uint8Array, addressing: "physical" | "functional" = "physical"): void {
    const bytes = typeof request === "string" ? hexToBytes(request) : request;
    const link = addressing === "physical" ? this.link : this.#functional;
    link.send(bytes).subscribe({
      next: ({ type, atMs }) => {
        if (type === "sent") this.sentAtMs = atMs;
      },
      error: () => {},
    });
  }

  /** Sends a request and gives all responses up to the one that is not 0x78; none: silence. */
  ask(request: string | Uint8Array, limitMs = 20_000): readonly Heard[] {
    const from = this.heard.length;
    const untilMs = this.clock.now() + limitMs;
    this.send(request);
    while (this.clock.now() < untilMs) {
      this.clock.run({ untilMs: Math.min(untilMs, this.clock.nextDueMs) });
      const last = this.heard.at(-1);
      if (this.heard.length > from && !/^7F .. 78$/.test(last!.hex)) break;
    }
    return this.heard.slice(from);
  }

  /** The last response to a request; "silence" when there is none. */
  answer(request: string | Uint8Array, limitMs?: number): string {
    return this.ask(request, limitMs).at(-1)?.hex ?? "silence";
  }

  /** Enters the programming session and unlocks it. */
  unlock(level = 1, security?: NodeSecurity): string {
    const enter = this.answer("10 02");
    if (!enter.startsWith("50 02")) return enter;
    const seed = hexToBytes(this.answer(Uint8Array.of(0x27, level))).subarray(2);
    const source = security?.keySource ?? createXorKeySource(KEY_MASK);
    return this.answer(Uint8Array.of(0x27, level + 1, ...source.computeKey({ level, seed })));
  }

  /** Erases a range by the default profile's request. */
  erase(start: number, sizeBytes: number): string {
    return this.answer(`31 01 FF 00 44 ${word(start)} ${word(sizeBytes)}`);
  }

  /** Downloads bytes by address: the first answer that is no good one, or the last. */
  download(start: number, data: Uint8Array, blockBytes = 1024): string {
    const begun = this.answer(`34 00 44 ${word(start)} ${word(data.length)}`);
    if (!begun.startsWith("74")) return begun;
    for (let offset = 0, counter = 1; offset < data.length; offset += blockBytes, counter++) {
      const block = data.subarray(offset, offset + blockBytes);
      const answer = this.answer(Uint8Array.of(0x36, counter & 0xFF, ...block));
      if (answer !== `76 ${bytesToHex(Uint8Array.of(counter & 0xFF))}`) return answer;
    }
    return this.answer("37");
  }

  /** Checks a range by the default profile's request. */
  check(start: number, data: Uint8Array, algorithm: ChecksumName = "crc32"): string {
    const sum = bytesToHex(checksum(algorithm, data));
    return this.answer(`31 01 02 02 44 ${word(start)} ${word(data.length)} ${sum}`);
  }

  /** What is in the application region, as many bytes as the image has. */
  held(image: Uint8Array): Uint8Array | undefined {
    return this.node.flash.read(APPLICATION, image.length);
  }
}

/** Four bytes as a template's field carries them. */
export function word(value: number): string {
  return bytesToHex(Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value));
}

/** The times at which responses matched, after the request was on the wire. */
export function delaysMs(lab: Lab, heard: readonly Heard[], pattern: RegExp): readonly number[] {
  return heard.filter(({ hex }) => pattern.test(hex)).map(({ atMs }) =>
    Math.round((atMs - lab.sentAtMs) * 10) / 10
  );
}
