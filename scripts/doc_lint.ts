// deno-lint-ignore-file no-console
/**
 * Lints the documentation of all that canvoy exports.
 *
 *     deno run --allow-read --allow-run scripts/doc_lint.ts [FILE...]
 *
 * It is `deno doc --lint` without `private-type-ref`: that one fires for each RxJS type in a public
 * signature, whose documentation is RxJS's own.
 */
const TOLERATED_KIND = "private-type-ref";

/** One complaint of `deno doc --lint`. */
export interface Finding {
  /** Deno's name of the rule: `missing-jsdoc`. */
  readonly kind: string;
  /** As Deno prints it. */
  readonly text: string;
}

/**
 * Reads the output of `deno doc --lint`.
 *
 * @param output Its standard error, without colors.
 * @returns The complaints that count.
 */
export function readFindings(output: string): readonly Finding[] {
  return output.split(/^(?=error\[)/m).flatMap((text) => {
    const kind = /^error\[([\w-]+)\]/.exec(text)?.[1];
    return kind === undefined || kind === TOLERATED_KIND ? [] : [{ kind, text: text.trim() }];
  });
}

/** The files that a user of canvoy, or another folder of it, imports. */
function* entryPoints(): Generator<string> {
  yield "mod.ts";
  for (const { name } of [...Deno.readDirSync("src")].sort((a, b) => a.name < b.name ? -1 : 1)) {
    if (hasFile(`src/${name}/mod.ts`)) yield `src/${name}/mod.ts`;
  }
}

function hasFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

if (import.meta.main) {
  const files = Deno.args.length > 0 ? Deno.args : [...entryPoints()];
  const { success, stderr } = new Deno.Command(Deno.execPath(), {
    args: ["doc", "--lint", ...files],
    env: { NO_COLOR: "1" },
    stdout: "null",
  }).outputSync();
  const output = new TextDecoder().decode(stderr);
  const findings = readFindings(output);
  const isUnderstood = success || output.includes(`error[`);
  for (const { text } of findings) console.error(`${text}\n`);
  if (!isUnderstood) console.error(output);
  console.error(`Documentation of ${files.length} files: ${findings.length} findings`);
  Deno.exit(findings.length === 0 && isUnderstood ? 0 : 1);
}
