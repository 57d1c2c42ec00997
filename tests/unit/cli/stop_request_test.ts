import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { StopRequest } from "../../../src/cli/stop_request.ts";
import { MemoryHost } from "./_host.ts";

const CASES = [
  ["", "none"],
  ["HUP", "asked"],
  ["INT", "asked"],
  ["TERM", "asked"],
  ["HUP HUP HUP", "asked"],
  ["INT HUP", "asked"],
  ["TERM HUP HUP", "asked"],
  ["HUP TERM", "asked"],
  ["HUP INT", "urgent"],
  ["HUP TERM TERM", "urgent"],
  ["INT INT", "urgent"],
  ["INT TERM", "urgent"],
  ["TERM INT", "urgent"],
  ["INT HUP TERM", "urgent"],
  ["INT INT HUP", "urgent"],
] as const;

Deno.test("StopRequest is urgent after a second order to stop, never because the terminal is gone", () => {
  for (const [signals, wish] of CASES) {
    const host = new MemoryHost([]);
    using stop = new StopRequest(host);
    let told = 0;
    stop.requested$.subscribe(() => told++);
    for (const name of signals.split(" ").filter(Boolean)) {
      host.signal!(`SIG${name}` as "SIGHUP" | "SIGINT" | "SIGTERM");
    }
    deepStrictEqual(
      [stop.requested, stop.isUrgent, told],
      [wish !== "none", wish === "urgent", wish === "none" ? 0 : 1],
      signals,
    );
  }
});

Deno.test("StopRequest.ask() counts as the first signal, once", () => {
  const host = new MemoryHost([]);
  {
    using stop = new StopRequest(host);
    stop.ask();
    stop.ask();
    deepStrictEqual([stop.requested, stop.isUrgent], [true, false]);
    host.signal!("SIGTERM");
    stop.ask();
    strictEqual(stop.isUrgent, true);
  }
  strictEqual(host.signal, undefined);
});
