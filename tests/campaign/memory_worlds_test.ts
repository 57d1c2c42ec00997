import { playMemoryWorld } from "./memory_worlds.ts";

Deno.test("memory: runs killed, nodes exchanged, journals damaged: nothing torn is trusted, in 40 worlds", () => {
  for (let seed = 1; seed <= 40; seed++) playMemoryWorld(seed);
});
