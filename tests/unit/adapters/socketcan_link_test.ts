import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { parseCanLink } from "../../../src/adapters/mod.ts";

/** Printed by iproute2 6.1 and newer; `tests/vectors/socketcan/README.md` tells the origin. */
function recorded(name: string): string {
  return Deno.readTextFileSync(
    new URL(`../../vectors/socketcan/${name}.json`, import.meta.url),
  );
}

Deno.test("parseCanLink() reads a virtual interface", () => {
  deepStrictEqual(parseCanLink(recorded("vcan_up")), {
    isCan: true,
    kind: "vcan",
    isUp: true,
    carriesFd: true,
    bitRates: undefined,
    state: { kind: "errorActive" },
    restartMs: 0,
    isListenOnly: false,
    queueFrames: 1000,
    txPackets: 42,
  });
  strictEqual(parseCanLink(recorded("vcan_down"))?.state.kind, "stopped");
});

Deno.test("parseCanLink() reads a CAN FD controller", () => {
  const link = parseCanLink(recorded("mcp251xfd_fd"));
  deepStrictEqual(link?.bitRates, { bitrateBps: 1_000_000, dataBitrateBps: 5_000_000 });
  ok(link.carriesFd && link.isUp);
  deepStrictEqual(link.state, { kind: "errorActive", tec: 0, rec: 0 });
  deepStrictEqual([link.restartMs, link.queueFrames], [0, 10]);
});

Deno.test("parseCanLink() reads a classic controller that is error passive", () => {
  const link = parseCanLink(recorded("sun4i_error_passive"));
  deepStrictEqual(link?.bitRates, { bitrateBps: 250_000 });
  deepStrictEqual(link.state, { kind: "errorPassive", tec: 0, rec: 135 });
  strictEqual(link.restartMs, 100);
  strictEqual(link.carriesFd, false);
});

Deno.test("parseCanLink() reads a controller that is bus-off, and one never configured", () => {
  const off = parseCanLink(recorded("busoff_no_restart"));
  deepStrictEqual(off?.state, { kind: "busOff", tec: 248, rec: 0 });
  strictEqual(off.restartMs, 0);
  const fresh = parseCanLink(recorded("unconfigured"));
  deepStrictEqual([fresh?.isUp, fresh?.bitRates, fresh?.kind], [false, undefined, "can"]);
});

Deno.test("parseCanLink() tells other interfaces, and text that describes none", () => {
  strictEqual(parseCanLink(recorded("lo"))?.isCan, false);
  for (const text of ["", "[]", "{}", "null", "[null]", 'Device "can0" does not exist.']) {
    strictEqual(parseCanLink(text), undefined);
  }
});
