// deno-lint-ignore-file no-console
/**
 * Measures how the source is built, so that a change of it can be told by figures.
 *
 *     deno task structure [FOLDER OF ANOTHER CHECKOUT]
 *
 * Counted in `src`: files and their lines; functions, arrows of more than one line included, and
 * their lines; circles of imports, types included; places that fold fleet events; callbacks by which
 * a result leaves a function that gives a stream; functions that call themselves; and conditional
 * spreads.
 */
import { parse } from "@babel/parser";

/** A node of a syntax tree, as far as it is looked at here. */
interface Syntax {
  readonly type: string;
  readonly loc?: {
    readonly start: { readonly line: number };
    readonly end: { readonly line: number };
  };
  readonly [field: string]: unknown;
}

/** What one file adds. */
interface FileFigures {
  readonly path: string;
  readonly lines: number;
  readonly functionLines: readonly number[];
  readonly imports: readonly string[];
  readonly folds: number;
  readonly resultCallbacks: number;
  readonly recursions: number;
  readonly conditionalSpreads: number;
}

const FUNCTIONS: ReadonlySet<string> = new Set([
  "ArrowFunctionExpression",
  "ClassMethod",
  "ClassPrivateMethod",
  "FunctionDeclaration",
  "FunctionExpression",
  "ObjectMethod",
]);
/** Folds one event into the fleet. */
const FOLD = "reduceFleet";

if (import.meta.main) {
  const root = Deno.realPathSync(Deno.args[0] ?? new URL("..", import.meta.url).pathname);
  const files = [...sourceFiles(`${root}/src`)].map(measureFile);
  const sum = (of: (file: FileFigures) => number): number =>
    files.reduce((total, file) => total + of(file), 0);
  const functionLines = files.flatMap((file) => file.functionLines).sort((a, b) => a - b);
  const rows: readonly (readonly [string, number])[] = [
    ["files", files.length],
    ["lines", sum(({ lines }) => lines)],
    ["lines of the longest file", Math.max(...files.map(({ lines }) => lines))],
    ["functions", functionLines.length],
    ["lines of a function, median", functionLines[functionLines.length >> 1]!],
    [
      "lines of a function, 90th percentile",
      functionLines[Math.floor(functionLines.length * 0.9)]!,
    ],
    ["lines of a function, longest", functionLines.at(-1)!],
    ["files in circles of imports", filesInCircles(files)],
    ["places that fold fleet events", sum(({ folds }) => folds)],
    ["callbacks that carry results out of streams", sum((file) => file.resultCallbacks)],
    ["functions that call themselves", sum(({ recursions }) => recursions)],
    ["conditional spreads in objects", sum((file) => file.conditionalSpreads)],
  ];
  for (const [name, figure] of rows) console.log(`${name.padEnd(46)}${String(figure).padStart(7)}`);
}

function* sourceFiles(folder: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) yield* sourceFiles(path);
    else if (name.endsWith(".ts")) yield path;
  }
}

function measureFile(path: string): FileFigures {
  const text = Deno.readTextFileSync(path);
  const program = parse(text, {
    sourceType: "module",
    createImportExpressions: true,
    plugins: ["typescript"],
  }) as unknown as Syntax;
  const nodes = [...nodesOf(program)];
  const functions = nodes.filter(({ type }) => FUNCTIONS.has(type));
  return {
    path,
    lines: text.split("\n").length - 1,
    functionLines: functions.map(linesOf).filter((lines) => lines > 1),
    imports: nodes.flatMap((node) => importOf(node, path)),
    folds: nodes.filter((node) => isFold(node) && !path.endsWith("/fleet/state.ts")).length,
    resultCallbacks: functions.filter(givesStream)
      .reduce((count, one) => count + resultCallbacksOf(one).length, 0),
    recursions: functions.filter(callsItself).length,
    conditionalSpreads: nodes.reduce((count, one) => count + conditionalSpreadsOf(one), 0),
  };
}

function* nodesOf(node: Syntax): Generator<Syntax> {
  yield node;
  for (const [field, value] of Object.entries(node)) {
    if (field === "loc" || field.endsWith("Comments")) continue;
    for (const child of Array.isArray(value) ? value : [value]) {
      if (typeof child?.type === "string") yield* nodesOf(child);
    }
  }
}

function linesOf({ loc }: Syntax): number {
  return loc!.end.line - loc!.start.line + 1;
}

function importOf({ type, source }: Syntax, path: string): readonly string[] {
  if (!/^(Import|ExportNamed|ExportAll)Declaration$/.test(type)) return [];
  const to = (source as { readonly value: string } | null)?.value;
  return to?.startsWith(".") ? [new URL(to, `file://${path}`).pathname] : [];
}

function isFold({ type, callee, arguments: args }: Syntax): boolean {
  if (type !== "CallExpression") return false;
  return [callee, ...args as readonly Syntax[]].some((one) => nameOf(one as Syntax) === FOLD);
}

/** In objects: in arrays there is no other way. */
function conditionalSpreadsOf({ type, properties }: Syntax): number {
  if (type !== "ObjectExpression") return 0;
  return (properties as readonly Syntax[]).filter(({ type, argument }) =>
    type === "SpreadElement" &&
    /^(Conditional|Logical)Expression$/.test((argument as Syntax).type)
  ).length;
}

function nameOf(node: Syntax | null | undefined): string | undefined {
  if (node?.type === "Identifier") return node["name"] as string;
  if (node?.type === "PrivateName") return `#${nameOf(node["id"] as Syntax)}`;
  if (node?.type === "MemberExpression") return nameOf(node["property"] as Syntax);
  return undefined;
}

function givesStream({ returnType }: Syntax): boolean {
  if (returnType === undefined || returnType === null) return false;
  return [...nodesOf(returnType as Syntax)].some((node) =>
    /^(Observable|Step)$/.test(nameOf(node["typeName"] as Syntax) ?? "")
  );
}

/** Parameters, and members of parameters whose type stands there, that take something and give nothing. */
function resultCallbacksOf({ params }: Syntax): readonly Syntax[] {
  return (params as readonly Syntax[]).flatMap((param) => [...nodesOf(param)]).filter((node) =>
    node.type === "TSFunctionType" &&
    ((node["params"] ?? node["parameters"]) as readonly Syntax[]).length > 0 &&
    isVoid((node["returnType"] ?? node["typeAnnotation"]) as Syntax)
  );
}

function isVoid(annotation: Syntax): boolean {
  return (annotation["typeAnnotation"] as Syntax).type === "TSVoidKeyword";
}

function callsItself(node: Syntax): boolean {
  const name = nameOf((node["id"] ?? node["key"]) as Syntax);
  return name !== undefined &&
    [...nodesOf(node["body"] as Syntax)].some(({ type, callee }) =>
      type === "CallExpression" && nameOf(callee as Syntax) === name &&
      ((callee as Syntax).type === "Identifier" ||
        ((callee as Syntax)["object"] as Syntax).type === "ThisExpression")
    );
}

/** Files that reach themselves over imports. */
function filesInCircles(files: readonly FileFigures[]): number {
  const importsOf = new Map(files.map(({ path, imports }) => [path, imports]));
  return files.filter(({ path, imports }) => {
    const reached = new Set<string>();
    const left = [...imports];
    for (let next = left.pop(); next !== undefined; next = left.pop()) {
      if (reached.has(next)) continue;
      reached.add(next);
      left.push(...importsOf.get(next) ?? []);
    }
    return reached.has(path);
  }).length;
}
