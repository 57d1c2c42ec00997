import { ok, strictEqual } from "node:assert/strict";
import {
  CLASSIC_FORMAT,
  createIsoTpLink,
  type IsoTpLink,
  TransmitScheduler,
} from "../../../src/isotp/mod.ts";
import type { NodeBehaviour } from "../../../src/sim/mod.ts";
import { BUILT_IN_PROFILES } from "../../../src/update/mod.ts";
import { APPLICATION, Lab } from "./node_support.ts";

/** Where the tests' group messages come. */
export const GROUP_IDENTIFIER = { id: 0x7FF, extended: false };

/** A lab whose node takes groups, with a way to send to them; unlocked. */
export class GroupLab extends Lab {
  readonly #wire: IsoTpLink;

  constructor(behaviour: NodeBehaviour = {}) {
    super({ dialect: BUILT_IN_PROFILES.get("iso14229-group")!, behaviour });
    const port = this.bus.attach("group");
    this.#wire = createIsoTpLink({
      port,
      scheduler: new TransmitScheduler(port, this.clock),
      clock: this.clock,
      format: CLASSIC_FORMAT,
      role: "groupSender",
      addressing: { mode: "normal", tx: GROUP_IDENTIFIER, rx: GROUP_IDENTIFIER },
    });
    this.start();
    this.unlock();
  }

  /** Erased, and in the group. */
  opened(request: Uint8Array | string): this {
    this.erase(APPLICATION, 0x8000);
    const answer = this.answer(request);
    ok(answer.startsWith("71 01 47 52"), answer);
    return this;
  }

  /** Sends messages one after the other, and waits until they are out. */
  say(...messages: readonly Uint8Array[]): this {
    let left = messages.length;
    for (const message of messages) this.#wire.send(message).subscribe({ complete: () => left-- });
    for (let i = 0; left > 0 && i < 100_000; i++) this.clock.run({ untilMs: this.clock.nextDueMs });
    strictEqual(left, 0);
    return this;
  }
}
