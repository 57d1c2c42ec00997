/** Where the runs of this file keep journals and locks. */
export const STATE_HOME = Deno.makeTempDirSync();
globalThis.addEventListener("unload", () => Deno.removeSync(STATE_HOME, { recursive: true }));
