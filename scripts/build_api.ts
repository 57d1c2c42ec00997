// deno-lint-ignore-file no-console
/**
 * Writes docs/reference/api: what each door of canvoy exports, as `deno doc` tells it.
 *
 *     deno run --allow-read --allow-write --allow-run scripts/build_api.ts
 *     deno run --allow-read --allow-run scripts/build_api.ts --check
 *
 * With `--check` nothing is written, and it fails where the files tell something else than the code:
 * a name that comes, goes or changes is seen in them.
 */
const FOLDER = new URL("../docs/reference/api/", import.meta.url);
const MADE = "<!-- Made by scripts/build_api.ts; the gate keeps it in step. -->";
const PACKAGE = "@canvoy/canvoy";

/** One place to import from. */
interface Door {
  /** The rest of the specifier: `` or `/can`. */
  readonly path: string;
  /** The file behind it. */
  readonly file: string;
}

/**
 * Takes what `deno doc` prints of a file apart.
 *
 * @param printed What it prints, without colors.
 * @returns What the module says of itself, and the text of each name, without places in files.
 */
export function readDoc(printed: string): {
  readonly about: string;
  readonly names: ReadonlyMap<string, string>;
} {
  const [about = "", ...blocks] = printed.split(/^Defined in .*$\n+/m);
  const texts = new Map<string, string[]>();
  for (const block of blocks) {
    const text = block.trim();
    const name = nameOf(text);
    if (name !== undefined) texts.set(name, [...texts.get(name) ?? [], text]);
  }
  const names = [...texts].toSorted(([left], [right]) => left < right ? -1 : 1)
    .map(([name, own]) => [name, own.join("\n\n")] as const);
  return { about: about.replace(/^@module$/m, "").trim(), names: new Map(names) };
}

/** The name that a block is about: the first word behind what kind it is. */
function nameOf(text: string): string | undefined {
  return /^(?:abstract )?(?:async )?(?:class|const|enum|function|interface|let|type|var) (\w+)/
    .exec(text)?.[1];
}

function doors(): readonly Door[] {
  const { exports } = JSON.parse(
    Deno.readTextFileSync(new URL("../deno.json", import.meta.url)),
  ) as { exports: Record<string, string> };
  return Object.entries(exports).map(([path, file]) => ({ path: path.slice(1), file }));
}

function printedDoc(file: string): string {
  const { success, stdout, stderr } = new Deno.Command(Deno.execPath(), {
    args: ["doc", "--quiet", file],
    cwd: new URL("..", import.meta.url),
    env: { NO_COLOR: "1" },
  }).outputSync();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

function pageName({ path }: Door): string {
  return `${path.slice(1) || "main"}.md`;
}

/** Examples that import files by their places are for who reads the source. */
function aboutText(about: string): string {
  const [text = "", ...examples] = about.split(/^@example$/m);
  const shown = examples.filter((example) => example.includes(`"${PACKAGE}"`));
  return [text, ...shown.map((example) => example.replace(/^ {1,4}/gm, ""))]
    .map((part) => part.replace(/\{@linkcode (\w+)\}/g, "`$1`").trim()).join("\n\n");
}

function pageOf(door: Door, doc: ReturnType<typeof readDoc>): string {
  const specifier = `${PACKAGE}${door.path}`;
  const index = [...doc.names.keys()].map((name) => `\`${name}\``).join(", ");
  const all = [...doc.names.values()].join("\n\n");
  return `<!-- deno-fmt-ignore-file -->\n\n${MADE}\n\n# ${specifier}\n\n` +
    `${aboutText(doc.about)}\n\n` +
    `${doc.names.size} names: ${index}.\n\n~~~text\n${all}\n~~~\n`;
}

/**
 * Makes the files.
 *
 * @returns Their texts, by name.
 */
export function apiFiles(): ReadonlyMap<string, string> {
  const all = doors().map((door) => ({ door, doc: readDoc(printedDoc(door.file)) }));
  const rows = all.map(({ door, doc }) => {
    const [sentence = ""] = doc.about.trim().split(/(?<=\.)\s/);
    const specifier = `${PACKAGE}${door.path}`;
    return `| [${specifier}](${pageName(door)}) | ${doc.names.size} | ${
      sentence.replace(/\s+/g, " ")
    } |`;
  });
  const readme = `<!-- deno-fmt-ignore-file -->\n\n${MADE}\n\n# The library\n\n` +
    "| import | names | what it is |\n| --- | ---: | --- |\n" + rows.join("\n") + "\n\n" +
    "Versions are semantic (semver.org): what is exported here changes incompatibly only with the " +
    "first number, or with the second while the first is 0. Nothing else of canvoy's source is " +
    "promised. [names.txt](names.txt) lists every name; a change of it is a change of the library.\n";
  const names = all.flatMap(({ door, doc }) =>
    [...doc.names.keys()].map((name) => `${PACKAGE}${door.path} ${name}\n`)
  );
  return new Map([
    ["README.md", readme],
    ["names.txt", names.join("")],
    ...all.map(({ door, doc }) => [pageName(door), pageOf(door, doc)] as const),
  ]);
}

function readOrEmpty(name: string): string {
  try {
    return Deno.readTextFileSync(new URL(name, FOLDER));
  } catch {
    return "";
  }
}

if (import.meta.main) {
  const isCheck = Deno.args.includes("--check");
  const stale: string[] = [];
  if (!isCheck) Deno.mkdirSync(FOLDER, { recursive: true });
  for (const [name, text] of apiFiles()) {
    if (isCheck && readOrEmpty(name) !== text) stale.push(name);
    if (!isCheck) Deno.writeTextFileSync(new URL(name, FOLDER), text);
  }
  if (stale.length > 0) {
    console.error(`docs/reference/api is not what the code exports: ${stale.join(", ")}`);
    console.error("Run deno run -A scripts/build_api.ts, and look at what has changed");
    Deno.exit(1);
  }
}
