import { strictEqual } from "node:assert/strict";
import { main } from "../../src/cli/main.ts";
import { MemoryHost } from "../unit/cli/_host.ts";

const CONFIGS = new URL("../../configs/", import.meta.url);

/** What a command left behind. */
export interface LabRun {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Frames in the trace; 0 where none was written. */
  readonly frames: readonly string[];
}

/** A folder in memory with configs/signed.yaml, its images, keys, a trust file and a bundle. */
export class ReleaseLab {
  readonly files: Map<string, Uint8Array> = new Map();

  /** Two keys, both needed; release 7, signed by both. */
  static async create(): Promise<ReleaseLab> {
    const lab = new ReleaseLab();
    for (const name of ["f446_v2.elf", "f103_v2.hex", "f407_v2.hex", "f407_v1.elf"]) {
      lab.files.set(`images/${name}`, Deno.readFileSync(new URL(`images/${name}`, CONFIGS)));
    }
    lab.write("signed.yaml", Deno.readTextFileSync(new URL("signed.yaml", CONFIGS)));
    lab.files.set("unlock.key", Uint8Array.from({ length: 16 }, (_, i) => 0xA0 + 7 * i));
    lab.write("pass", "words of some length\n");
    await lab.good("bundle keygen a.pem");
    await lab.good("bundle keygen b.pem --algorithm es256 --passphrase pass");
    await lab.good("bundle keygen c.pem");
    await lab.trust("trust.cbor", "--threshold 2 --expires 2030-01-01");
    await lab.pack("r7.suit", "signed.yaml");
    return lab;
  }

  write(path: string, text: string): void {
    this.files.set(path, new TextEncoder().encode(text));
  }

  text(path: string): string {
    return new TextDecoder().decode(this.files.get(path));
  }

  /** Changes the fleet file into another one. */
  fleet(path: string, ...changes: readonly (readonly [string | RegExp, string])[]): string {
    let text = this.text("signed.yaml");
    for (const [from, to] of changes) {
      strictEqual(
        text.search(from instanceof RegExp ? from : literal(from)) >= 0,
        true,
        String(from),
      );
      text = text.replace(from, to);
    }
    this.write(path, text);
    return path;
  }

  async trust(path: string, options: string): Promise<void> {
    await this.good(`bundle trust ${path} --key a.pem.pub --key b.pem.pub ${options}`);
    await this.good(`bundle sign ${path} --key a.pem`);
  }

  async pack(path: string, fleet: string, sequence = 7): Promise<void> {
    const options = `--vendor example.com --sequence ${sequence} --output ${path}`;
    await this.good(`bundle pack ${fleet} ${options}`);
    await this.good(`bundle sign ${path} --key a.pem`);
    await this.good(`bundle sign ${path} --key b.pem --passphrase pass`);
  }

  /** Runs a command line; words are separated by blanks. */
  async run(line: string): Promise<LabRun> {
    const host = new MemoryHost(line.split(" "), {
      files: Object.fromEntries(this.files),
      env: { HOME: "/home/a" },
    });
    const status = await main(host);
    for (const [path, content] of host.files) this.files.set(path, content);
    const frames = this.files.has("trace.log")
      ? this.text("trace.log").split("\n").slice(0, -1)
      : [];
    this.files.delete("trace.log");
    return { status, stdout: host.stdout.text, stderr: host.stderr.text, frames };
  }

  async good(line: string): Promise<LabRun> {
    const run = await this.run(line);
    strictEqual(run.status, 0, `${line}\n${run.stderr}`);
    return run;
  }

  /** Flashes, with a trace. */
  async flash(options: string): Promise<LabRun> {
    return await this.run(`flash ${options} --virtual-time --trace trace.log`);
  }
}

function literal(text: string): RegExp {
  return new RegExp(text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"));
}
