import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { bytesToHex, hexToBytes } from "../../../src/core/mod.ts";
import {
  decodePdu,
  IsoTpReceiver,
  type ReceiverEffect,
  type ReceiverOptions,
} from "../../../src/isotp/mod.ts";

function makeReceiver(options: Partial<ReceiverOptions> = {}): IsoTpReceiver {
  return new IsoTpReceiver({
    nArMs: 1000,
    nCrMs: 1000,
    blockSize: 0,
    messageBytesMax: 4095,
    waitFramesMax: 2,
    waitMs: 50,
    flowControlDelayMs: 0,
    accepts: "segmented",
    ...options,
  }, "0x7E8/0x7E0");
}

function word(effect: ReceiverEffect): string {
  switch (effect.kind) {
    case "flowControl":
      return `FC ${effect.flowStatus}`;
    case "firstFrame":
      return `firstFrame ${effect.lengthBytes}`;
    case "message":
      return `message ${bytesToHex(effect.data)}`;
    case "error":
      return effect.error.nResult;
  }
}

/** What happens at which ms; then the state, when flow control is due, N_Cr's end, the effects. */
type Line = readonly [
  input: string,
  atMs: number,
  state: string,
  flowDue: number,
  deadline: number,
  effects?: readonly string[],
];

/** `go`, `hold`: flow control is decided; `sent`, `lost`, `stuck`: its end; `due`: N_Cr. */
function step(receiver: IsoTpReceiver, input: string, atMs: number): readonly ReceiverEffect[] {
  switch (input) {
    case "go":
      return [receiver.decideFlow(true, atMs)];
    case "hold":
      return [receiver.decideFlow(false, atMs)];
    case "sent":
      receiver.flowControlTaken(atMs);
      receiver.flowControlSent(atMs);
      return [];
    case "lost":
    case "stuck": {
      const effect = receiver.flowControlFailed(input === "stuck");
      return effect === undefined ? [] : [effect];
    }
    case "due":
      return [receiver.timedOut()];
  }
  const pdu = decodePdu(hexToBytes(input), 0);
  ok(pdu.kind !== "ignored" && pdu.kind !== "flowControl");
  return receiver.receive(pdu, atMs);
}

function check(receiver: IsoTpReceiver, lines: readonly Line[]): void {
  for (const [input, atMs, state, flowDue, deadline, effects = []] of lines) {
    const told = step(receiver, input, atMs).map(word);
    deepStrictEqual(
      [input, atMs, receiver.state, receiver.flowDueMs, receiver.deadlineMs, told],
      [input, atMs, state, flowDue, deadline, effects],
    );
  }
}

const FF_20 = "10 14 01 02 03 04 05 06";
const CF_1 = "21 07 08 09 0A 0B 0C 0D";
const CF_2 = "22 0E 0F 10 11 12 13 14";
const MESSAGE_20 = "message 01 02 03 04 05 06 07 08 09 0A 0B 0C 0D 0E 0F 10 11 12 13 14";

Deno.test("IsoTpReceiver takes a single frame", () => {
  check(makeReceiver(), [
    ["02 3E 00 CC CC CC CC CC", 3, "idle", Infinity, Infinity, ["message 3E 00"]],
  ]);
});

Deno.test("IsoTpReceiver answers a first frame and takes the rest; padding is cut off", () => {
  check(makeReceiver(), [
    [FF_20, 1, "flowControlDue", 1, Infinity, ["firstFrame 20"]],
    ["go", 1, "flowControlQueued", Infinity, Infinity, ["FC continueToSend"]],
    ["sent", 2, "consecutive", Infinity, 1002],
    [CF_1, 10, "consecutive", Infinity, 1010],
    [CF_2, 20, "idle", Infinity, Infinity, [MESSAGE_20]],
  ]);
  check(makeReceiver(), [
    ["10 08 01 02 03 04 05 06", 1, "flowControlDue", 1, Infinity, ["firstFrame 8"]],
    ["go", 1, "flowControlQueued", Infinity, Infinity, ["FC continueToSend"]],
    ["sent", 2, "consecutive", Infinity, 1002],
    ["21 07 08 CC CC CC CC CC", 10, "idle", Infinity, Infinity, [
      "message 01 02 03 04 05 06 07 08",
    ]],
  ]);
});

Deno.test("IsoTpReceiver owes flow control after each block, but not after the last frame", () => {
  check(makeReceiver({ blockSize: 1 }), [
    [FF_20, 1, "flowControlDue", 1, Infinity, ["firstFrame 20"]],
    ["go", 1, "flowControlQueued", Infinity, Infinity, ["FC continueToSend"]],
    ["sent", 2, "consecutive", Infinity, 1002],
    [CF_1, 10, "flowControlDue", 10, Infinity],
    ["go", 10, "flowControlQueued", Infinity, Infinity, ["FC continueToSend"]],
    ["sent", 11, "consecutive", Infinity, 1011],
    [CF_2, 20, "idle", Infinity, Infinity, [MESSAGE_20]],
  ]);
});

Deno.test("IsoTpReceiver takes frames that overtake the confirmation of its flow control", () => {
  check(makeReceiver(), [
    [FF_20, 1, "flowControlDue", 1, Infinity, ["firstFrame 20"]],
    ["go", 1, "flowControlQueued", Infinity, Infinity, ["FC continueToSend"]],
    [CF_1, 3, "consecutive", Infinity, 1003],
    ["sent", 4, "consecutive", Infinity, 1003],
    [CF_2, 5, "idle", Infinity, Infinity, [MESSAGE_20]],
  ]);
});

Deno.test("IsoTpReceiver sends WAIT while there is no room, and gives up after N_WFTmax", () => {
  const begin: readonly Line[] = [
    [FF_20, 1, "flowControlDue", 1, Infinity, ["firstFrame 20"]],
    ["hold", 1, "flowControlDue", 51, Infinity, ["FC wait"]],
    ["sent", 2, "flowControlDue", 51, Infinity],
    // Nobody asked for it: there is no room.
    [CF_1, 30, "flowControlDue", 51, Infinity],
    ["hold", 51, "flowControlDue", 101, Infinity, ["FC wait"]],
    ["sent", 52, "flowControlDue", 101, Infinity],
  ];
  check(makeReceiver(), [
    ...begin,
    ["go", 101, "flowControlQueued", Infinity, Infinity, ["FC continueToSend"]],
    ["sent", 102, "consecutive", Infinity, 1102],
    [CF_1, 110, "consecutive", Infinity, 1110],
  ]);
  check(makeReceiver(), [
    ...begin,
    ["hold", 101, "idle", Infinity, Infinity, ["N_WFT_OVRN"]],
  ]);
});

Deno.test("IsoTpReceiver ends a message by N_Cr, a wrong number, N_Ar and a lost answer", () => {
  const begin: readonly Line[] = [
    [FF_20, 1, "flowControlDue", 1, Infinity, ["firstFrame 20"]],
    ["go", 1, "flowControlQueued", Infinity, Infinity, ["FC continueToSend"]],
  ];
  const sent: Line = ["sent", 2, "consecutive", Infinity, 1002];
  const idle = ["idle", Infinity, Infinity] as const;
  check(makeReceiver(), [...begin, sent, ["due", 1002, ...idle, ["N_TIMEOUT_Cr"]]]);
  check(makeReceiver(), [...begin, sent, [CF_2, 10, ...idle, ["N_WRONG_SN"]]]);
  check(makeReceiver(), [...begin, sent, [CF_1, 10, "consecutive", Infinity, 1010], [
    CF_1,
    11,
    ...idle,
    ["N_WRONG_SN"],
  ]]);
  check(makeReceiver(), [...begin, ["stuck", 1001, ...idle, ["N_TIMEOUT_A"]]]);
  check(makeReceiver(), [...begin, ["lost", 5, ...idle, ["N_ERROR"]]]);
  // What became of flow control that no message depends on is nobody's business.
  check(makeReceiver(), [...begin, sent, ["lost", 5, "consecutive", Infinity, 1002]]);
});

Deno.test("IsoTpReceiver handles unexpected PDUs as the standard's table says", () => {
  const inMidst: readonly Line[] = [
    [FF_20, 1, "flowControlDue", 1, Infinity, ["firstFrame 20"]],
    ["go", 1, "flowControlQueued", Infinity, Infinity, ["FC continueToSend"]],
    ["sent", 2, "consecutive", Infinity, 1002],
  ];
  // Idle: a consecutive frame is ignored.
  check(makeReceiver(), [[CF_1, 0, "idle", Infinity, Infinity]]);
  // A single frame ends the reception and is taken.
  check(makeReceiver(), [...inMidst, ["01 3E", 9, "idle", Infinity, Infinity, [
    "N_UNEXP_PDU",
    "message 3E",
  ]]]);
  // A first frame ends it and begins the next.
  check(makeReceiver(), [...inMidst, ["10 08 01 02 03 04 05 06", 9, "flowControlDue", 9, Infinity, [
    "N_UNEXP_PDU",
    "firstFrame 8",
  ]]]);
});

Deno.test("IsoTpReceiver answers what is longer than its buffer with overflow", () => {
  check(makeReceiver({ messageBytesMax: 19 }), [
    [FF_20, 1, "idle", Infinity, Infinity, ["FC overflow", "N_BUFFER_OVFLW"]],
    [CF_1, 2, "idle", Infinity, Infinity],
    ["10 13 01 02 03 04 05 06", 3, "flowControlDue", 3, Infinity, ["firstFrame 19"]],
  ]);
  // 4 GiB announced cost nothing.
  check(makeReceiver(), [
    ["10 00 FF FF FF FF 01 02", 1, "idle", Infinity, Infinity, ["FC overflow", "N_BUFFER_OVFLW"]],
  ]);
});

Deno.test("IsoTpReceiver ignores consecutive frames shorter or longer than the first", () => {
  const begin: readonly Line[] = [
    [FF_20, 1, "flowControlDue", 1, Infinity, ["firstFrame 20"]],
    ["go", 1, "flowControlQueued", Infinity, Infinity, ["FC continueToSend"]],
    ["sent", 2, "consecutive", Infinity, 1002],
    ["21 07 08 09", 3, "consecutive", Infinity, 1002],
    [`21 ${"07 ".repeat(11)}`, 4, "consecutive", Infinity, 1002],
    [CF_1, 5, "consecutive", Infinity, 1005],
    // The last frame may be short, but not shorter than what is left.
    ["22 0E 0F 10", 6, "consecutive", Infinity, 1005],
  ];
  check(makeReceiver(), [...begin, [CF_2, 7, "idle", Infinity, Infinity, [MESSAGE_20]]]);
});

Deno.test("IsoTpReceiver listens to a group without a word", () => {
  const receiver = makeReceiver({ accepts: "silent", messageBytesMax: 20, blockSize: 1 });
  check(receiver, [
    [FF_20, 1, "consecutive", Infinity, 1001, ["firstFrame 20"]],
    [CF_1, 2, "consecutive", Infinity, 1002],
    [CF_2, 3, "idle", Infinity, Infinity, [MESSAGE_20]],
    ["10 15 01 02 03 04 05 06", 4, "idle", Infinity, Infinity, ["N_BUFFER_OVFLW"]],
    [FF_20, 5, "consecutive", Infinity, 1005, ["firstFrame 20"]],
    ["due", 1005, "idle", Infinity, Infinity, ["N_TIMEOUT_Cr"]],
  ]);
});

Deno.test("IsoTpReceiver takes single frames only where addressing is functional", () => {
  check(makeReceiver({ accepts: "singleFrames" }), [
    [FF_20, 1, "idle", Infinity, Infinity],
    [CF_1, 2, "idle", Infinity, Infinity],
    ["02 3E 80", 3, "idle", Infinity, Infinity, ["message 3E 80"]],
  ]);
});

Deno.test("IsoTpReceiver tells frames that one sender cannot have sent from lost and repeated ones", () => {
  const other = "21 17 18 19 1A 1B 1C 1D";
  const rows: readonly (readonly [string, string, string | undefined])[] = [
    [CF_1, other, "07 08 09 0A 0B 0C 0D, 17 18 19 1A 1B 1C 1D"],
    [CF_1, CF_1, undefined],
    [CF_1, "23 15 16 17 18 19 1A 1B", undefined],
    ["22 0E 0F 10 11 12 13 14", "", undefined],
  ];
  for (const [first, second, expected] of rows) {
    const receiver = makeReceiver();
    for (const input of ["10 40 01 02 03 04 05 06", "go", "sent"]) step(receiver, input, 1);
    const effects = [first, second].flatMap((input) =>
      input === "" ? [] : step(receiver, input, 2)
    );
    const [effect] = effects;
    ok(effects.length === 1 && effect?.kind === "error");
    strictEqual(effect.error.nResult, "N_WRONG_SN");
    const { contradiction } = effect;
    const told = contradiction &&
      [contradiction.first, contradiction.second].map((bytes) => bytesToHex(bytes)).join(", ");
    strictEqual(told, expected);
  }
});

Deno.test("IsoTpReceiver.nBrMsMax is the longest wait of a sender for flow control", () => {
  const receiver = makeReceiver({ blockSize: 1 });
  receiver.receive({
    kind: "firstFrame",
    lengthBytes: 50,
    data: new Uint8Array(6),
    consecutiveBytes: 7,
  }, 10);
  receiver.decideFlow(false, 10);
  receiver.flowControlTaken(12);
  receiver.flowControlSent(13);
  strictEqual(receiver.nBrMsMax, 2);
  receiver.decideFlow(true, 63);
  receiver.flowControlTaken(70);
  // From the end of the WAIT frame to the next flow control.
  strictEqual(receiver.nBrMsMax, 57);
});

Deno.test("IsoTpReceiver errors say what came where, and how much of it", () => {
  const receiver = makeReceiver();
  step(receiver, FF_20, 0);
  const [effect] = [receiver.timedOut()];
  ok(effect?.kind === "error");
  strictEqual(effect.error.code, "ISOTP_N_TIMEOUT_CR");
  strictEqual(
    effect.error.message,
    "Cannot receive a message on 0x7E8/0x7E0: no frame within 1000 ms (6 of 20 bytes had come)",
  );
});
