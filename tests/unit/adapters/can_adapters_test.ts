import { deepStrictEqual } from "node:assert/strict";
import { parseCanAdapters } from "../../../src/adapters/mod.ts";

/** What ip says of interfaces: of one adapter with two channels, one with one, and virtual ones. */
function links(...rows: readonly object[]): string {
  return JSON.stringify([{ ifindex: 1, ifname: "lo", link_type: "loopback" }, ...rows]);
}

function can(ifindex: number, ifname: string, parentdev: string): object {
  return { ifindex, ifname, link_type: "can", parentbus: "usb", parentdev };
}

Deno.test("parseCanAdapters() knows adapters whatever their interfaces are called", () => {
  const before = links(
    can(3, "can0", "1-1:1.0"),
    can(4, "can1", "1-1:1.0"),
    can(5, "can2", "1-2:1.0"),
    { ifindex: 6, ifname: "vcan0", link_type: "can", linkinfo: { info_kind: "vcan" } },
  );
  deepStrictEqual(
    [...parseCanAdapters(before)],
    [["can0", "usb:1-1:1.0#0"], ["can1", "usb:1-1:1.0#1"], ["can2", "usb:1-2:1.0#0"]],
  );
  const after = links(
    can(5, "can2", "1-1:1.0"),
    can(3, "can0", "1-2:1.0"),
    can(4, "can1", "1-1:1.0"),
  );
  deepStrictEqual(
    [...parseCanAdapters(after)],
    [["can0", "usb:1-2:1.0#0"], ["can1", "usb:1-1:1.0#0"], ["can2", "usb:1-1:1.0#1"]],
  );
});

Deno.test("parseCanAdapters() knows none in what is no list of interfaces", () => {
  for (const text of ["", "{}", "[1, null]", links({ ifname: 7, link_type: "can" })]) {
    deepStrictEqual([...parseCanAdapters(text)], []);
  }
});
