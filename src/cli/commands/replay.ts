import { type Host, startPageServer } from "../../adapters/mod.ts";
import { finalTable, paintNothing, PastRun } from "../../report/mod.ts";
import type { CommandArguments } from "../command_spec.ts";
import { EXIT_STATUS, type ExitStatus } from "../exit_status.ts";
import { Output } from "../output.ts";
import { readEvents } from "../read_events.ts";
import { StopRequest } from "../stop_request.ts";
import { pageFiles, pagePort, untilSeen } from "../web_page.ts";

/**
 * Shows a finished run again, from its journal or the events that `--json` wrote: its table, or with `--web` the
 * page with a slider over time.
 *
 * @param args The command line.
 * @param host The outside.
 * @returns 0.
 */
export async function run(args: CommandArguments, host: Host): Promise<ExitStatus> {
  const output = new Output(args, host);
  const [name = ""] = args.operands;
  const past = new PastRun(readEvents(name, host));
  for (const line of finalTable(past.stateAt(Infinity), paintNothing)) output.result(line);
  if (args.flags.has("web")) {
    using stop = new StopRequest(host);
    const server = startPageServer({
      port: pagePort(args),
      files: pageFiles({ title: name, mode: "replay", endMs: past.endMs }),
      snapshot: (query) => past.tell(Number(query.get("atMs") ?? past.endMs)),
      connect: () => () => {},
      actions: new Map(),
      token: crypto.randomUUID(),
    });
    host.stderr.write(`canvoy: the page is http://127.0.0.1:${server.port}/\n`);
    await untilSeen(host, stop);
    await server.close();
  }
  output.summary({ file: name, nodes: past.stateAt(Infinity).nodes.size });
  return EXIT_STATUS.ok;
}
