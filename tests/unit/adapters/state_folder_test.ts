import { strictEqual } from "node:assert/strict";
import { stateFolder, stateFolderBeside } from "../../../src/adapters/mod.ts";

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

Deno.test("stateFolderBeside() knows the state folder of who called sudo, and no other", () => {
  const beside = (variables: Readonly<Record<string, string>>): string | undefined =>
    stateFolderBeside((name) => variables[name]);
  strictEqual(beside({ HOME: "/root", SUDO_USER: "anna" }), "/home/anna/.local/state/canvoy");
  for (
    const variables of [
      { HOME: "/home/anna" },
      { HOME: "/home/anna", SUDO_USER: "anna" },
      { HOME: "/root", SUDO_USER: "root" },
      { HOME: "/root", SUDO_USER: "../etc" },
    ]
  ) {
    strictEqual(beside(variables), undefined);
  }
});
