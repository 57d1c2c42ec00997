/**
 * The command line: understands it, carries the command out, tells how it ended.
 *
 * @module
 */
import { createHost, type Host } from "../adapters/mod.ts";
import type { ExitStatus } from "./exit_status.ts";
import { LOADERS } from "./loaders.ts";
import { runOnce } from "./run_once.ts";

/**
 * Runs canvoy once.
 *
 * @param host The outside.
 * @returns How it ended.
 */
export async function main(host: Host): Promise<ExitStatus> {
  return await runOnce(host, async (args) => {
    const { run } = await LOADERS[args.command]!();
    return await run(args, host);
  });
}

if (import.meta.main) Deno.exit(await main(createHost()));
