import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import type { CanBitRates } from "../../../src/can/mod.ts";
import type {
  FleetAddressing,
  FleetBitRates,
  FleetFileNode,
  FleetFrameFormat,
  FleetLayout,
} from "../../../src/fleet/mod.ts";
import {
  CLASSIC_FORMAT,
  FD_FORMAT,
  type FrameFormat,
  type IsoTpAddressing,
} from "../../../src/isotp/mod.ts";
import type { NodeDialect } from "../../../src/sim/mod.ts";
import type { MemoryLayout } from "../../../src/stm32/mod.ts";
import { ISO14229_PROFILE } from "../../../src/update/mod.ts";
import { fleetText, read } from "./_support.ts";

Deno.test("readFleetFile() completes a node with nothing left to look up", () => {
  const fleet = read(fleetText({ security: '{ xor: "A5 5A" }' }));
  deepStrictEqual(fleet.buses.get("can"), {
    name: "can",
    url: "virtual:can",
    bitRates: { bitrateBps: 500_000 },
    functional: {
      mode: "normal",
      tx: { id: 0x7DF, extended: false },
      rx: { id: 0x7DF, extended: false },
    },
    group: { id: 0x7FF, extended: false },
    faults: {},
  });
  deepStrictEqual(fleet.images.get("app"), { name: "app", path: "app.hex" });
  deepStrictEqual(fleet.nodes, [
    {
      name: "one",
      bus: "can",
      addressing: {
        mode: "normal",
        tx: { id: 0x7E0, extended: false },
        rx: { id: 0x7E8, extended: false },
      },
      frameFormat: CLASSIC_FORMAT,
      device: "STM32F407VG",
      layout: {
        bootloader: { start: 0x0800_0000, end: 0x0800_8000 },
        application: { start: 0x0800_8000, end: 0x0808_0000 },
      },
      image: "app",
      profile: ISO14229_PROFILE,
      security: [{ level: 1, key: { kind: "xor", mask: Uint8Array.of(0xA5, 0x5A) } }],
      blockNumber: 1,
      fingerprint: new TextEncoder().encode("CANVOY"),
      groups: [],
      sim: { behaviour: {} },
    },
  ]);
});

Deno.test("Fleet has the shapes that wire, flash and simulation take, key by key", () => {
  const same: readonly true[] = [
    isSame<FleetAddressing, IsoTpAddressing>(true),
    isSame<FleetFrameFormat, FrameFormat>(true),
    isSame<FleetLayout, MemoryLayout>(true),
    isSame<FleetBitRates, CanBitRates>(true),
  ];
  const dialect: NodeDialect = read(fleetText()).nodes[0]!.profile;
  ok(same.every((one) => one) && dialect);
});

/** Compiles for two types with the same keys, each of which can stand for the other. */
function isSame<Left, Right>(
  answer: Left extends Right ? Right extends Left ? KeysOf<Left, Right> : false : false,
): true {
  return answer as true;
}

type KeysOf<Left, Right> = [keyof Left, keyof Right] extends [keyof Right, keyof Left] ? true
  : false;

Deno.test("readFleetFile() takes SecurityAccess out of the profile where there is none", () => {
  const [node] = read(fleetText({ security: "none" })).nodes;
  deepStrictEqual(node!.security, []);
  deepStrictEqual(
    node!.profile.enter,
    ISO14229_PROFILE.enter.filter((step) => step.kind !== "securityAccess"),
  );
});

Deno.test("readFleetFile() counts ranges in names, identifiers and hardware", () => {
  const nodes = read(
    fleetText({
      ids: "request: 0x200 + 2 * {i}\n    response: 0x201 + {i} * 2",
      node: "hardware: BOX-{i:3}",
    }).replace("name: one", "name: box-{i:2}\n    count: 3\n    first: 9"),
  ).nodes;
  deepStrictEqual(nodes.map((node) => node.name), ["box-09", "box-10", "box-11"]);
  deepStrictEqual(nodes.map((node) => node.hardware), ["BOX-009", "BOX-010", "BOX-011"]);
  deepStrictEqual(nodes.map(idsOf), [[0x212, 0x213], [0x214, 0x215], [0x216, 0x217]]);
});

Deno.test("readFleetFile() lets what stands nearer win, and merges sim key by key", () => {
  const text = fleetText({
    node: "template: t\n    sim: { behaviour: { stMin: 5 } }",
    file: [
      "defaults: { hardware: A, groups: [g], sim: { behaviour: { stMin: 1, blockSize: 8 } } }",
      "templates: { t: { hardware: B, sim: { behaviour: { isDead: true, stMin: 2 } } } }",
    ].join("\n"),
  });
  const [node] = read(text).nodes;
  strictEqual(node!.hardware, "B");
  deepStrictEqual(node!.groups, ["g"]);
  deepStrictEqual(node!.sim.behaviour, { stMin: 5, blockSize: 8, isDead: true });
});

Deno.test("readFleetFile() reads never as a 0x78 that does not come", () => {
  const node = "sim: { behaviour: { responsePendingAfterMs: never } }";
  const behaviour = read(fleetText({ node })).nodes[0]!.sim.behaviour;
  strictEqual(behaviour.responsePendingAfterMs, Infinity);
});

Deno.test("readFleetFile() sends CAN FD frames where the bus can", () => {
  const bus = "{ url: virtual:can, dataBitrate: 2000000 }";
  const formatOf = (node?: string): unknown =>
    read(fleetText({ bus, device: "STM32G474RE", ...(node === undefined ? {} : { node }) }))
      .nodes[0]!.frameFormat;
  deepStrictEqual(formatOf(), FD_FORMAT);
  deepStrictEqual(formatOf("frames: { fd: false }"), CLASSIC_FORMAT);
  deepStrictEqual(formatOf("frames: { txDlBytes: 16, bitRateSwitch: false, padding: none }"), {
    fd: true,
    bitRateSwitch: false,
    txDlBytes: 16,
  });
});

const ADDRESSINGS: readonly (readonly [string, IsoTpAddressing])[] = [
  ["idBits: 29\n    request: 0x123\n    response: 0x124", {
    mode: "normal",
    tx: { id: 0x123, extended: true },
    rx: { id: 0x124, extended: true },
  }],
  ["addressing: normalFixed\n    address: 0x10", {
    mode: "normalFixed",
    source: 0xF1,
    target: 0x10,
  }],
  [
    "addressing: extended\n    request: 0x6F1\n    response: 0x612\n    address: 0x12\n" +
    "    tester: 2",
    {
      mode: "extended",
      tx: { id: 0x6F1, extended: false },
      rx: { id: 0x612, extended: false },
      source: 2,
      target: 0x12,
    },
  ],
  ["addressing: mixed\n    request: 1\n    response: 2\n    extension: 3", {
    mode: "mixed11",
    tx: { id: 1, extended: false },
    rx: { id: 2, extended: false },
    addressExtension: 3,
  }],
  ["addressing: mixed\n    idBits: 29\n    address: 4\n    extension: 3", {
    mode: "mixed29",
    source: 0xF1,
    target: 4,
    addressExtension: 3,
  }],
];

for (const [ids, expected] of ADDRESSINGS) {
  Deno.test(`readFleetFile() reads ${expected.mode} addressing`, () => {
    deepStrictEqual(read(fleetText({ ids })).nodes[0]!.addressing, expected);
  });
}

Deno.test("readFleetFile() lets nodes share an identifier by their first data byte", () => {
  const ids = "addressing: extended\n    request: 0x6F1\n    response: 0x600 + {i}\n    " +
    "address: 0x10 + {i}";
  const text = fleetText({ ids }).replace("name: one", "name: n-{i}\n    count: 3");
  strictEqual(read(text).nodes.length, 3);
});

Deno.test("readFleetFile() wants a group identifier that loses against all others", () => {
  const bus = "{ url: virtual:can, group: 0x7F0 }";
  strictEqual(read(fleetText({ bus })).buses.get("can")!.group.id, 0x7F0);
  const node = "profile: iso14229-group";
  strictEqual(read(fleetText({ bus, node })).nodes[0]!.profile.group?.blockBytes, 512);
  const low = "{ url: virtual:can, group: 0x7DE }";
  strictEqual(read(fleetText({ bus: low })).buses.get("can")!.group.id, 0x7DE);
  throws(() => read(fleetText({ bus: low, node })), /lower priority than all others/);
  const wide = "{ url: virtual:can, group: { idBits: 29, id: 0x1FFFFFFF } }";
  deepStrictEqual(read(fleetText({ bus: wide, node })).buses.get("can")!.group, {
    id: 0x1FFF_FFFF,
    extended: true,
  });
});

Deno.test("readFleetFile() reads how many nodes of a bus may erase at once", () => {
  const bus = "{ url: virtual:can, maxSimultaneousErases: 4 }";
  strictEqual(read(fleetText({ bus })).buses.get("can")!.erasesMax, 4);
  strictEqual(read(fleetText({})).buses.get("can")!.erasesMax, undefined);
  const none = "{ url: virtual:can, maxSimultaneousErases: 0 }";
  throws(() => read(fleetText({ bus: none })), /expected an integer in 1..1000/);
});

Deno.test("readFleetFile() reads a functional address of 29 bits", () => {
  const bus = "{ url: virtual:can, functional: { addressing: normalFixed, address: 0x33 } }";
  deepStrictEqual(read(fleetText({ bus })).buses.get("can")!.functional, {
    mode: "normalFixed",
    source: 0xF1,
    target: 0x33,
    functional: true,
  });
});

Deno.test("readFleetFile() reads a bus on which nodes are not addressed all at once", () => {
  const bus = "{ url: virtual:can, functional: none }";
  strictEqual(read(fleetText({ bus })).buses.get("can")!.functional, undefined);
  const text = fleetText({ bus, node: "profile: mine" });
  const withProfile = (keepAlive: string): string =>
    `${text}\nprofiles: { mine: { keepAlive: ${keepAlive} } }\n`;
  strictEqual(read(withProfile("physical")).nodes[0]!.profile.keepAlive, "physical");
  throws(() => read(withProfile("functional")), /expected a bus with a functional identifier/);
});

Deno.test("readFleetFile() settles image paths beneath the file's folder", () => {
  const image = '{ file: "./build/../out//app.bin", base: 0x08008000, version: "2.0" }';
  deepStrictEqual(read(fleetText({ image })).images.get("app"), {
    name: "app",
    path: "out/app.bin",
    baseAddress: 0x0800_8000,
    version: "2.0",
  });
});

Deno.test("readFleetFile() reads which part of a file is the image", () => {
  for (
    const range of [
      "0x08008000..0x0800FFFF",
      "0x08008000+32K",
      "{ start: 0x08008000, size: 32K }",
      "{ start: 0x08008000, size: 0x8000 }",
    ]
  ) {
    const image = `{ file: merged.hex, range: ${range} }`;
    const found = read(fleetText({ image })).images.get("app");
    deepStrictEqual(found?.range, { start: 0x0800_8000, end: 0x0801_0000 }, range);
  }
});

Deno.test("readFleetFile() writes anchors and aliases out", () => {
  const text = fleetText({ node: "sim: { faults: *few }" }).replace(
    '{ url: "virtual:can" }',
    "{ url: virtual:can, sim: { faults: &few { lossRatio: 0.25 } } }",
  );
  deepStrictEqual(read(text).nodes[0]!.sim.faults, { lossRatio: 0.25 });
});

function idsOf(node: FleetFileNode): readonly number[] {
  return "tx" in node.addressing ? [node.addressing.tx.id, node.addressing.rx.id] : [];
}

Deno.test("readFleetFile() reads what the report says about itself, and leaves room for the rest", () => {
  const report =
    'report: { title: "Line 4", fields: { operator: Anna, "order no": 4711, bench: } }';
  deepStrictEqual(read(fleetText({ file: report })).report, {
    title: "Line 4",
    fields: [["operator", "Anna"], ["order no", "4711"], ["bench", ""]],
  });
  strictEqual(read(fleetText()).report, undefined);
  throws(
    () => read(fleetText({ file: "report: { fields: { operator: [Anna] } }" })),
    /report\.fields\.operator: expected a text of one line, a number, or nothing/,
  );
});
