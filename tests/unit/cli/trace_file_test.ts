import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { CanFrame, FrameListener } from "../../../src/can/mod.ts";
import { readTrace, TRACE_ENDINGS } from "../../../src/can/mod.ts";
import type { CommandArguments } from "../../../src/cli/command_spec.ts";
import type { RunBus } from "../../../src/cli/run_bus.ts";
import { TRACE } from "../../../src/cli/shared_options.ts";
import { TraceFile } from "../../../src/cli/trace_file.ts";
import { MemoryHost } from "./_host.ts";

const FRAME: CanFrame = {
  id: 0x7E0,
  extended: false,
  fd: false,
  bitRateSwitch: false,
  data: new Uint8Array(8),
};

/** Data that no compression makes smaller. */
function noise(seed: number): Uint8Array {
  let state = (seed + 1) * 0x9E3779B1 >>> 0;
  return Uint8Array.from({ length: 8 }, () => {
    state = (Math.imul(state ^ (state >>> 15), 0x2C1B3C6D) + 0x6D2B79F5) >>> 0;
    return state >>> 24;
  });
}

function args(values: Readonly<Record<string, string>>): CommandArguments {
  return {
    command: "flash",
    operands: [],
    flags: new Set(),
    values: new Map(Object.entries(values).map(([name, value]) => [name, [value]])),
  };
}

/** As much of a bus as a trace needs. */
function fakeBus(name: string): { readonly bus: RunBus; readonly send: FrameListener } {
  let listener: FrameListener = () => {};
  const bus = { name, follow: (to: FrameListener) => listener = to } as unknown as RunBus;
  return { bus, send: (frame, atMs) => listener(frame, atMs) };
}

for (const ending of ["log", "asc", "pcapng", "blf"]) {
  Deno.test(`TraceFile bounds a long .${ending}: its beginning, and the latest frames`, () => {
    const host = new MemoryHost([]);
    const { bus, send } = fakeBus("body");
    const count = 100_000;
    {
      using trace = new TraceFile(args({ "trace": `run.${ending}`, "trace-limit": "1" }), host);
      trace.follow(bus);
      for (let i = 0; i < count; i++) {
        if (i % 100 === 0) trace.comment(`event ${i}`, i);
        send({ ...FRAME, data: noise(i) }, i);
      }
    }
    const parts = ["", ".2", ".3"].map((part) => host.files.get(`run${part}.${ending}`)!);
    const sizes = parts.map((part) => part.length);
    ok(sizes.every((size) => size < 0.4 * 1024 * 1024 + 65_536), `${sizes}`);
    const times = parts.map((bytes) => {
      const { records } = readTrace({ name: "part", bytes });
      return [records[0]!.atMs, records.at(-1)!.atMs] as const;
    });
    strictEqual(times[0]![0], 0);
    const latest = times.slice(1).toSorted((left, right) => left[0] - right[0]);
    strictEqual(latest[1]![1], count - 1);
    strictEqual(latest[0]![1] + 1, latest[1]![0]);
  });
}

Deno.test("TraceFile opens nothing where none is asked for", () => {
  const host = new MemoryHost([]);
  const { bus, send } = fakeBus("body");
  {
    using trace = new TraceFile(args({}), host);
    trace.follow(bus);
    trace.comment("x", 0);
    send(FRAME, 1);
  }
  deepStrictEqual([...host.files.keys()], []);
});

Deno.test("--trace takes each ending that stands for a format of traces", () => {
  deepStrictEqual(TRACE.find(({ name }) => name === "trace")?.endings, TRACE_ENDINGS);
});
