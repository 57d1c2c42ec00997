/**
 * What real stacks on small nodes do, one test each: the traps collected under "ISO-TP traps on
 * small nodes" in the project's survey of the field. Quotations name where each was seen.
 */
import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { VirtualClock } from "../../../src/core/mod.ts";
import {
  CLASSIC_FORMAT,
  createIsoTpLink,
  type IsoTpIndication,
  type IsoTpLink,
  type IsoTpLinkOptions,
  oppositeAddressing,
  TransmitScheduler,
} from "../../../src/isotp/mod.ts";
import { VirtualBus, type VirtualPort } from "../../../src/sim/mod.ts";
import { countingBytes, handDriven, id11, words } from "./_support.ts";

/** isotp-c as it is shipped: block size 8, STmin 0, one WAIT borne, 100 ms for everything. */
const ISOTP_C: Partial<IsoTpLinkOptions> = {
  blockSize: 8,
  stMin: 0,
  waitFramesMax: 1,
  nBsMs: 100,
  nCrMs: 100,
};

interface Node {
  readonly link: IsoTpLink;
  readonly port: VirtualPort;
  readonly told: IsoTpIndication[];
}

/** A tester and nodes with options of their own on one bus of 500 kbit/s. */
function makeBench(nodes: readonly Partial<IsoTpLinkOptions>[]): {
  readonly clock: VirtualClock;
  readonly tester: readonly IsoTpLink[];
  readonly nodes: readonly Node[];
} {
  const clock = new VirtualClock();
  const bus = new VirtualBus({
    name: "bench",
    clock,
    seed: 1,
    bitRates: { bitrateBps: 500_000 },
  });
  const port = bus.attach("tester");
  const common = { clock, format: CLASSIC_FORMAT };
  const scheduler = new TransmitScheduler(port, clock);
  const addresses = nodes.map((_, i) => ({
    mode: "normal" as const,
    tx: id11(0x600 + i),
    rx: id11(0x580 + i),
  }));
  const tester = addresses.map((addressing) =>
    createIsoTpLink({ ...common, port, scheduler, addressing })
  );
  return {
    clock,
    tester,
    nodes: nodes.map((options, i) => {
      const port = bus.attach(`node ${i}`);
      const scheduler = new TransmitScheduler(port, clock);
      const addressing = oppositeAddressing(addresses[i]!);
      const link = createIsoTpLink({ ...common, port, scheduler, addressing, ...options });
      const told: IsoTpIndication[] = [];
      link.indications$.subscribe((indication) => told.push(indication));
      return { link, port, told };
    }),
  };
}

// "isotp-c [...]: BS 8, STmin 0, max WAIT frames 1, response timeout 100 ms. A sender that pauses
// 100 ms between CFs to serve another node kills the reception" (lishen2, SimonCahill).
Deno.test("trap: isotp-c drops a message after 100 ms; 30 nodes at once see no gap", () => {
  const { clock, tester, nodes } = makeBench(Array.from({ length: 30 }, () => ISOTP_C));
  tester.forEach((link) => link.send(countingBytes(1000)).subscribe());
  clock.run();
  for (const { told } of nodes) {
    deepStrictEqual(told.map(words), ["firstFrame 1000", "message 1000"]);
  }
});

// "and a receiver that WAITs twice is dropped by it" (the same stacks).
Deno.test("trap: a sender that bears one WAIT drops the message at the second", () => {
  const { clock, port, send } = handDriven(ISOTP_C);
  const { told } = send(countingBytes(20));
  port.end();
  port.receive(0x7E8, "31 00 00");
  clock.run({ untilMs: 50 });
  deepStrictEqual(told, ["started 0"]);
  port.receive(0x7E8, "31 00 00");
  deepStrictEqual(told, ["started 0", "N_WFT_OVRN 50"]);
});

// "python-can-isotp defaults: BS 8, wftmax 0 (a WAIT is fatal unless set)".
Deno.test("trap: a sender that bears no WAIT drops the message at the first", () => {
  const { port, send } = handDriven({ waitFramesMax: 0 });
  const { told } = send(countingBytes(20));
  port.end();
  port.receive(0x7E8, "31 00 00");
  deepStrictEqual(told, ["started 0", "N_WFT_OVRN 0"]);
});

// The same as a receiver: it may send no WAIT at all.
Deno.test("trap: a receiver with N_WFTmax 0 gives up instead of sending WAIT", () => {
  const { port, indications } = handDriven({ waitFramesMax: 0, mayContinue: () => false });
  port.receive(0x7E8, "10 14 01 02 03 04 05 06");
  deepStrictEqual(indications.map(words), ["firstFrame 20", "N_WFT_OVRN"]);
  deepStrictEqual(port.log, []);
});

// "N_Bs is 'around 1000 ms' in ISO 15765-2" (wolfSSL/wolfssl#10915); "Linux waits 1 s".
Deno.test("trap: N_Bs, N_Cr and N_As are one second by default", () => {
  const { clock, port, indications, send } = handDriven();
  const { told } = send(countingBytes(20));
  port.end();
  port.receive(0x7E8, "10 14 01 02 03 04 05 06");
  port.end();
  clock.run({ untilMs: 999 });
  strictEqual(told.length + indications.length, 2);
  clock.run({ untilMs: 1000 });
  strictEqual(told.at(-1), "N_TIMEOUT_Bs 1000");
  deepStrictEqual(indications.map(words), ["firstFrame 20", "N_TIMEOUT_Cr"]);
});

// "last block's CF count must stop at the data's end under BS > 0" (commaai/opendbc#1682).
Deno.test("trap: the last block ends with the data, whatever BS says", () => {
  const { port, send } = handDriven();
  // 6 + 3 * 7 bytes: with BS 2 the second block has one frame.
  const { told } = send(countingBytes(27));
  port.end();
  port.receive(0x7E8, "30 02 00");
  port.endAll();
  strictEqual(port.log.length, 3);
  port.receive(0x7E8, "30 02 00");
  port.endAll();
  strictEqual(port.log.length, 4);
  strictEqual(told.at(-1), "complete");
  // As a receiver: no flow control is owed after the last frame, though the block is full.
  const receiver = handDriven({ blockSize: 2 });
  receiver.port.receive(0x7E8, "10 14 01 02 03 04 05 06");
  receiver.port.endAll();
  receiver.port.receive(0x7E8, "21 07 08 09 0A 0B 0C 0D");
  receiver.port.receive(0x7E8, "22 0E 0F 10 11 12 13 14");
  strictEqual(receiver.port.log.length, 1);
  deepStrictEqual(receiver.indications.map(words), ["firstFrame 20", "message 20"]);
});

// "STmin 0xF0 has been sent by a real stack (eclipse-openbsw/openbsw#110): a reserved value; do not
// read it as 240 ms or 0".
Deno.test("trap: STmin 0xF0 is 127 ms", () => {
  const { clock, port, send } = handDriven();
  send(countingBytes(20));
  port.end();
  port.receive(0x7E8, "30 00 F0");
  port.end();
  clock.run({ untilMs: 126.9 });
  strictEqual(port.log.length, 2);
  clock.run({ untilMs: 127 });
  strictEqual(port.log.length, 3);
});

// "FC lost by the node (bus-off, mailbox full) shows up only as the sender's N_Bs (Xaloqi/EDS#122).
// N_Bs must be retriable at block level".
Deno.test("trap: after N_Bs the same message can be sent again on the same link", () => {
  // The second node acknowledges frames while the first is gone, or N_As would end it.
  const { clock, tester, nodes } = makeBench([{}, {}]);
  const message = countingBytes(100);
  const results: string[] = [];
  function send(): void {
    tester[0]!.send(message).subscribe({
      error: (error) => results.push(`${error.nResult}`),
      complete: () => results.push("sent"),
    });
  }
  nodes[0]!.port.disconnect();
  send();
  clock.run();
  deepStrictEqual(results, ["N_TIMEOUT_Bs"]);
  nodes[0]!.port.connect();
  send();
  clock.run();
  deepStrictEqual(results, ["N_TIMEOUT_Bs", "sent"]);
  deepStrictEqual(nodes[0]!.told.map(words), ["firstFrame 100", "message 100"]);
});

// "Two sockets with the same id pair on one host fight (linux-can/can-utils#631)".
Deno.test("trap: a second link with the same identifiers stays out of what is not its own", () => {
  const { clock, port, scheduler, send } = handDriven();
  const twin = createIsoTpLink({
    port,
    scheduler,
    clock,
    format: CLASSIC_FORMAT,
    addressing: { mode: "normal", tx: id11(0x7E0), rx: id11(0x7E8) },
  });
  const { told } = send(countingBytes(20));
  const second: string[] = [];
  twin.send(countingBytes(30)).subscribe({ error: (error) => second.push(error.nResult) });
  port.end();
  port.receive(0x7E8, "32 00 00");
  // Both wait on the same identifier: nothing tells whose flow control it is.
  deepStrictEqual([told.at(-1), second], ["N_BUFFER_OVFLW 0", ["N_BUFFER_OVFLW"]]);
  // But one that is idle stays out of it.
  const third = send(countingBytes(20));
  port.endAll();
  port.receive(0x7E8, "30 00 00");
  port.endAll();
  strictEqual(third.told.at(-1), "complete");
  strictEqual(port.log.filter((data) => data.startsWith("2")).length, 2);
});

// "a stray flow control every 256 consecutive frames at BS 0" (a widely used C UDS server).
Deno.test("trap: flow control that comes in the middle of a block changes nothing", () => {
  const { port, send } = handDriven();
  const { told } = send(countingBytes(100));
  port.end();
  port.receive(0x7E8, "30 00 00");
  port.end();
  port.receive(0x7E8, "30 08 7F");
  port.receive(0x7E8, "31 00 00");
  port.endAll();
  deepStrictEqual(told, ["started 0", "sent 0", "complete"]);
  strictEqual(port.log.length, 15);
});

// Stacks pad with what they like: 00, 55, AA, CC, or not at all.
Deno.test("trap: padding of any value, and none, is taken", () => {
  const { port, indications } = handDriven();
  port.receive(0x7E8, "02 7E 00 55 55 55 55 55");
  port.receive(0x7E8, "02 7E 00 00 00 00 00 00");
  port.receive(0x7E8, "02 7E 00");
  deepStrictEqual(indications.map(words), ["message 2", "message 2", "message 2"]);
});
