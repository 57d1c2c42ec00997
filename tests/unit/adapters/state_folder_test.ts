import { strictEqual } from "node:assert/strict";
import { stateFolder } from "../../../src/adapters/mod.ts";

Deno.test("stateFolder() follows the XDG Base Directory Specification", () => {
  const cases: readonly [Readonly<Record<string, string>>, string | undefined][] = [
    [{ HOME: "/home/a" }, "/home/a/.local/state/canvoy"],
    [{ HOME: "/home/a", XDG_STATE_HOME: "/var/state" }, "/var/state/canvoy"],
    [{ HOME: "/home/a", XDG_STATE_HOME: "" }, "/home/a/.local/state/canvoy"],
    [{ HOME: "/home/a", XDG_STATE_HOME: "relative" }, "/home/a/.local/state/canvoy"],
    [{ XDG_STATE_HOME: "/var/state" }, "/var/state/canvoy"],
    [{ HOME: "relative" }, undefined],
    [{}, undefined],
  ];
  for (const [env, expected] of cases) {
    strictEqual(stateFolder((name) => env[name]), expected, JSON.stringify(env));
  }
});
