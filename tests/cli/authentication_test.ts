import { match, ok, strictEqual } from "node:assert/strict";
import { main } from "../../src/cli/main.ts";
import { MemoryHost } from "../unit/cli/_host.ts";

const CERTIFICATES = new URL("../fixtures/certificates/", import.meta.url);
const CONFIGS = new URL("../../configs/", import.meta.url);

/** The time of a host that is a month late. */
class LateHost extends MemoryHost {
  override readonly nowMs = (): number => Date.UTC(2026, 11, 24);
}

interface Run {
  readonly status: number;
  readonly output: string;
  readonly trace: string;
}

/** Flashes the smallest fleet, whose node asks for a certificate. */
async function flash(
  node: string,
  changes: (text: string) => string = (text) => text,
  kind: typeof MemoryHost = LateHost,
): Promise<Run> {
  const minimal = Deno.readTextFileSync(new URL("minimal.yaml", CONFIGS));
  const text = changes(
    minimal.replace(/( +)security: .*/, `$1profile: certified\n$1security: none\n$1${node}`) + `
profiles:
  certified:
    enter: ["10 02", { authentication: apce }]
`,
  );
  ok(text.includes("certified\n"));
  const image = /images\/[\w.]+/.exec(text)![0];
  const files: Record<string, string | Uint8Array> = {
    "fleet.yaml": text,
    [image]: Deno.readFileSync(new URL(image, CONFIGS)),
  };
  for (const { name } of Deno.readDirSync(CERTIFICATES)) {
    files[name] = Deno.readFileSync(new URL(name, CERTIFICATES));
  }
  const args = ["flash", "fleet.yaml", "--virtual-time", "--trace", "trace.log"];
  const host = new kind(args, { files, env: { HOME: "/home/a" } });
  const status = await main(host);
  const trace = new TextDecoder().decode(host.files.get("trace.log") ?? new Uint8Array(0));
  return { status, output: host.stdout.text + host.stderr.text, trace };
}

function certified(certificate: string, key: string): string {
  return `authentication: { certificate: ${certificate}, key: ${key} }`;
}

/** The node believes the holders of the authority's certificates. */
function guarded(text: string): string {
  return /\n +sim: \{/.test(text)
    ? text.replace(/\n( +)sim: \{/, "\n$1sim: { authority: authority.crt,")
    : /\n +sim:\n/.test(text)
    ? text.replace(/\n( +)sim:\n( +)/, "\n$1sim:\n$2authority: authority.crt\n$2")
    : text.replace(/( +)(authentication: .*)/, "$1$2\n$1sim: { authority: authority.crt }");
}

for (
  const [certificate, key] of [["tester.crt", "tester.pem"], ["tester-p256.crt", "tester-p256.pem"]]
) {
  Deno.test(`flash authenticates by ${certificate} to a node that refuses others`, async () => {
    const run = await flash(certified(certificate!, key!), guarded);
    strictEqual(run.status, 0, run.output);
    for (
      const message of [
        /#1[0-9A-F]{3}2901/,
        /#1[0-9A-F]{3}690111/,
        /#1[0-9A-F]{3}2903/,
        /#0569031200/,
      ]
    ) {
      ok(message.test(run.trace), String(message));
    }
  });
}

const REFUSED: readonly (readonly [string, string, string])[] = [
  ["a certificate of another authority", certified("stranger.crt", "tester.pem"), "7F 29 52"],
  ["a certificate that is over", certified("short.crt", "tester.pem"), "7F 29 50"],
  ["a proof by another key", certified("tester.crt", "tester-p256.pem"), "7F 29 58"],
];

for (const [what, node, response] of REFUSED) {
  Deno.test(`a node refuses ${what}, and is left untouched`, async () => {
    const run = await flash(node, guarded);
    strictEqual(run.status, 1, run.output);
    ok(run.output.includes(response), run.output);
    ok(!/#1[0-9A-F]{3}3101FF00/.test(run.trace), "nothing was erased");
  });
}

Deno.test("a node refuses to be changed by who does not authenticate", async () => {
  const run = await flash(
    certified("tester.crt", "tester.pem"),
    (text) => guarded(text).replace(", { authentication: apce }", ""),
  );
  strictEqual(run.status, 1, run.output);
  match(run.output, /7F 31 34|authenticationRequired/);
});

Deno.test("flash says where a certificate is missing, or is none", async () => {
  const missing = await flash("groups: [a]");
  strictEqual(missing.status, 1);
  match(missing.output, /the node has no certificate/);
  const wrong = await flash(certified("tester.pem", "tester.pem"));
  strictEqual(wrong.status, 2);
  match(wrong.output, /it holds no X.509 certificate/);
  const noKey = await flash(certified("tester.crt", "authority.crt"));
  strictEqual(noKey.status, 2);
  match(noKey.output, /it holds no plain private key/);
});
