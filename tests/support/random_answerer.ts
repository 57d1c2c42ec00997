/** A node that answers whatever comes: often what is right, else anything. */
import { Subscription } from "rxjs";
import type { CanPort } from "../../src/can/mod.ts";
import { type Clock, Prng } from "../../src/core/mod.ts";
import { createIsoTpLink, type IsoTpAddressing, TransmitScheduler } from "../../src/isotp/mod.ts";

const FORMAT = { txDlBytes: 8, fd: false, bitRateSwitch: false, padding: 0xCC } as const;
const NRCS = [
  0x10,
  0x12,
  0x13,
  0x21,
  0x22,
  0x24,
  0x31,
  0x33,
  0x35,
  0x37,
  0x70,
  0x71,
  0x72,
  0x73,
  0x78,
];

/** What the answerer is made of. */
export interface AnswererParts {
  readonly port: CanPort;
  readonly clock: Clock;
  readonly addressing: IsoTpAddressing;
  readonly seed: number;
  /** How often it answers as a good node would, of 100. */
  readonly goodPercent: number;
}

/** A node without flash, sense or memory. */
export class RandomAnswerer {
  /** What it got. */
  readonly requests: Uint8Array[] = [];
  readonly #subscription = new Subscription();

  constructor(parts: AnswererParts) {
    const { port, clock, addressing, seed, goodPercent } = parts;
    const prng = new Prng(seed);
    const scheduler = new TransmitScheduler(port, clock);
    const link = createIsoTpLink({ port, scheduler, clock, format: FORMAT, addressing });
    const send = (data: Uint8Array): void => {
      this.#subscription.add(link.send(data).subscribe({ error: () => {} }));
    };
    this.#subscription.add(link.indications$.subscribe((indication) => {
      if (indication.type !== "message") return;
      const { data } = indication;
      this.requests.push(data);
      const draw = prng.below(100);
      if (draw < goodPercent) send(goodAnswer(data, prng));
      else for (const answer of oddAnswers(data, prng)) send(answer);
    }));
  }
}

function goodAnswer(data: Uint8Array, prng: Prng): Uint8Array {
  const [sid = 0, sub = 0, third = 0, fourth = 0] = data;
  const head = sid + 0x40;
  switch (sid) {
    case 0x10:
      return Uint8Array.of(head, sub & 0x7F, 0, 50, 1, 0xF4);
    case 0x22:
    case 0x2E:
      return Uint8Array.of(head, sub, third, 0x31, 0x32);
    case 0x27:
      return sub % 2 === 1 ? Uint8Array.of(head, sub, ...prng.bytes(4)) : Uint8Array.of(head, sub);
    case 0x31:
      return Uint8Array.of(head, sub & 0x7F, third, fourth, prng.below(4));
    case 0x34:
      return Uint8Array.of(head, 0x20, 0, 130);
    case 0x36:
    case 0x11:
      return Uint8Array.of(head, sub);
    default:
      return Uint8Array.of(head, sub & 0x7F);
  }
}

function oddAnswers(data: Uint8Array, prng: Prng): readonly Uint8Array[] {
  const sid = data[0] ?? 0;
  switch (prng.below(5)) {
    case 0:
      return [];
    case 1:
      return [Uint8Array.of(0x7F, sid, NRCS[prng.below(NRCS.length)]!)];
    case 2:
      return [Uint8Array.of(0x7F, sid, 0x78), goodAnswer(data, prng)];
    case 3:
      return [prng.bytes(1 + prng.below(30))];
    default:
      return [Uint8Array.of(sid + 0x40, ...prng.bytes(1 + prng.below(8)))];
  }
}
