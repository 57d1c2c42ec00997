import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { chooseBuses } from "../../../src/cli/bus_choice.ts";
import type { CommandArguments } from "../../../src/cli/command_spec.ts";
import { FLEET_LOOKUPS } from "../../../src/tester/mod.ts";
import { createRunClock } from "../../../src/cli/run_clock.ts";
import { VirtualClock } from "../../../src/core/mod.ts";
import { type Fleet, readFleetFile } from "../../../src/fleet/mod.ts";
import { RealClock } from "../../../src/adapters/mod.ts";

const CONFIGS = new URL("../../../configs/", import.meta.url);

function fleetOf(name: string): Fleet {
  const text = Deno.readTextFileSync(new URL(name, CONFIGS));
  return readFleetFile({ name, text }, FLEET_LOOKUPS);
}

function argsOf(buses: readonly string[], ...flags: readonly string[]): CommandArguments {
  return {
    command: "flash",
    operands: [],
    flags: new Set(flags),
    values: new Map([["bus", buses]]),
  };
}

Deno.test("chooseBuses() takes what the fleet file says where --bus says nothing", () => {
  const choices = chooseBuses(fleetOf("demo.yaml"), argsOf([]));
  deepStrictEqual(choices.map(({ name, url, bitRates }) => [name, url.kind, bitRates]), [
    ["body", "virtual", { bitrateBps: 1_000_000 }],
    ["chassis", "virtual", { bitrateBps: 500_000, dataBitrateBps: 2_000_000 }],
  ]);
});

Deno.test("chooseBuses() puts --bus URL in place of the fleet's only bus, its bit rates kept", () => {
  const fleet = fleetOf("minimal.yaml");
  const [near] = chooseBuses(fleet, argsOf(["virtual:x?listen=127.0.0.1:0"]));
  deepStrictEqual(near!.bitRates, fleet.buses.get("bench")!.bitRates);
  strictEqual(near!.name, "bench");
  const [fast] = chooseBuses(fleet, argsOf(["virtual:x?bitrate=125000"]));
  deepStrictEqual(fast!.bitRates, { bitrateBps: 125_000 });
  const [far] = chooseBuses(fleet, argsOf(["bench=virtual:x?connect=127.0.0.1:5555"]));
  strictEqual(far!.url.kind, "loopback");
});

Deno.test("chooseBuses() refuses a --bus that is about no bus, or several", () => {
  const demo = fleetOf("demo.yaml");
  throws(() => chooseBuses(demo, argsOf(["socketcan:can0"])), {
    code: "USAGE",
    message: "--bus socketcan:can0 stands for the fleet's only bus, but demo.yaml has body, " +
      "chassis: use --bus body=socketcan:can0",
  });
  throws(() => chooseBuses(demo, argsOf(["bodi=socketcan:can0"])), {
    message: 'demo.yaml has no bus "bodi", only body, chassis',
  });
  throws(() => chooseBuses(demo, argsOf(["body=socketcan:can0", "body=virtual:a"])), {
    message: '--bus names bus "body" twice',
  });
  throws(() => chooseBuses(demo, argsOf(["body=can0"])), { code: "BUS_URL" });
});

Deno.test("createRunClock() is virtual as long as nobody outside takes part", () => {
  const fleet = fleetOf("demo.yaml");
  const cases: readonly (readonly [string, boolean])[] = [
    ["body=virtual:body", true],
    ["body=virtual:body?listen=127.0.0.1:0", false],
    ["body=virtual:body?connect=127.0.0.1:5555", false],
    ["body=socketcan:can0", false],
  ];
  for (const [bus, isVirtual] of cases) {
    using runClock = createRunClock(chooseBuses(fleet, argsOf([bus])), argsOf([]));
    strictEqual(runClock.clock instanceof VirtualClock, isVirtual, bus);
    strictEqual(runClock.clock instanceof RealClock, !isVirtual, bus);
  }
});

Deno.test("createRunClock() refuses --virtual-time where real time rules", () => {
  const choices = chooseBuses(fleetOf("demo.yaml"), argsOf(["chassis=socketcan:can0"]));
  throws(() => createRunClock(choices, argsOf([], "virtual-time")), {
    code: "USAGE",
    message: '--virtual-time is for virtual buses within this process, and bus "chassis" is at ' +
      "socketcan:can0",
  });
});
