// deno-lint-ignore-file no-console
/**
 * Lints the documentation of all that canvoy exports.
 *
 *     deno run --allow-read --allow-run scripts/doc_lint.ts [FILE...]
 *
 * It is `deno doc --lint`. The doors that `deno.json` exports may show no type that none of them
 * exports, but RxJS's, whose documentation is RxJS's own. What only other folders of `src` import may.
 */
const PRIVATE_TYPE = "private-type-ref";
/** Types of RxJS in public signatures. */
const RXJS_TYPES =
  /references private type '(Observable|OperatorFunction|SchedulerAction|SchedulerLike|Subscription)'/;

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
 * @param isPublic Whether types that nobody can import are complaints, too.
 * @returns The complaints that count.
 */
export function readFindings(output: string, isPublic: boolean): readonly Finding[] {
  return output.split(/^(?=error\[)/m).flatMap((text) => {
    const kind = /^error\[([\w-]+)\]/.exec(text)?.[1];
    if (kind === undefined) return [];
    const isTolerated = kind === PRIVATE_TYPE && (!isPublic || RXJS_TYPES.test(text));
    return isTolerated ? [] : [{ kind, text: text.trim() }];
  });
}

/** The files that a user of canvoy imports. */
function doors(): readonly string[] {
  const { exports } = JSON.parse(Deno.readTextFileSync("deno.json")) as {
    exports: Record<string, string>;
  };
  return Object.values(exports).map((path) => path.replace("./", ""));
}

/** The files that another folder of canvoy imports. */
function* insideDoors(): Generator<string> {
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

/** Lints some files together, and says what counts. */
function lint(files: readonly string[], isPublic: boolean): boolean {
  const { success, stderr } = new Deno.Command(Deno.execPath(), {
    args: ["doc", "--lint", ...files],
    env: { NO_COLOR: "1" },
    stdout: "null",
  }).outputSync();
  const output = new TextDecoder().decode(stderr);
  const findings = readFindings(output, isPublic);
  const isUnderstood = success || output.includes(`error[`);
  for (const { text } of findings) console.error(`${text}\n`);
  if (!isUnderstood) console.error(output);
  console.error(`Documentation of ${files.length} files: ${findings.length} findings`);
  return findings.length === 0 && isUnderstood;
}

if (import.meta.main) {
  const areFine = Deno.args.length > 0
    ? [lint(Deno.args, false)]
    : [lint(doors(), true), lint([...insideDoors()], false)];
  Deno.exit(areFine.every(Boolean) ? 0 : 1);
}
