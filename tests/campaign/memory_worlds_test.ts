import { dearTest } from "../support/dear.ts";
import { playMemoryWorld } from "./memory_worlds.ts";

Deno.test("memory: runs killed, nodes exchanged, journals damaged: nothing torn is trusted, in 8 worlds", () => {
  for (let seed = 1; seed <= 8; seed++) playMemoryWorld(seed);
});

dearTest("memory: nothing torn is trusted in 32 worlds more", () => {
  for (let seed = 9; seed <= 40; seed++) playMemoryWorld(seed);
});

Deno.test("memory: two nodes tell one serial number, and the journal that told it cannot be read", () =>
  playMemoryWorld(588));
