/**
 * The project's own lint rules. They keep the layers that ARCHITECTURE.md describes: which folder
 * of src/ imports which, where packages may be used, and where time, chance and the outside enter.
 */

/**
 * What each folder of src/ may import, always through the other's `mod.ts`; `cli` may import all of
 * them. The rows hold no circle, as a test shows, so they rule out circular imports too.
 */
export const LAYERS: Readonly<Record<string, readonly string[]>> = {
  core: [],
  codec: ["core"],
  can: ["core", "codec"],
  isotp: ["core", "can"],
  uds: ["core", "codec", "isotp"],
  group: ["core", "codec", "isotp", "uds"],
  image: ["core", "codec"],
  stm32: ["core", "codec", "image"],
  bundle: ["core", "codec", "image"],
  update: ["core", "codec", "uds", "group", "image", "stm32"],
  fleet: ["core", "update", "bundle"],
  journal: ["core", "codec", "fleet"],
  report: ["core", "codec", "uds", "fleet"],
  conformance: ["core", "codec", "can", "uds", "group"],
  sim: ["core", "codec", "can", "isotp", "uds", "group", "stm32"],
  trace: ["core", "can", "isotp", "uds"],
  tester: ["core", "can", "isotp", "uds", "bundle", "image", "stm32", "update", "fleet"],
  virtual: ["core", "isotp", "uds", "image", "stm32", "fleet", "sim", "tester"],
  adapters: ["core", "can", "uds", "journal"],
};

/**
 * What a folder may name of others beside that, by `import type` alone: words that both use, of which
 * there would be two copies otherwise. With these too, the rows hold no circle.
 */
export const VOCABULARIES: Readonly<Record<string, readonly string[]>> = {
  fleet: ["stm32", "sim"],
};

/** The doors of a folder: all of it, and what loads no package, for what must be there at once. */
const DOORS: readonly string[] = ["mod.ts", "light.ts"];

/** The folders where time, chance, files and networks are real. */
const OUTER_LAYERS: readonly string[] = ["adapters", "cli"];
/** Exports of the package by themselves, so that a program that needs no rights asks for none. */
const OWN_EXPORTS: readonly string[] = ["adapters", "sim", "virtual"];

/** Where in src/ a package may be imported, as beginnings of paths; outer layers may use any `node:`. */
const PACKAGE_HOMES: Readonly<Record<string, readonly string[]>> = {
  "rxjs": [""],
  "cbor-x/encode": ["codec/cbor"],
  "cbor-x/decode": ["codec/cbor"],
  "yaml": ["fleet/"],
  "zod": ["fleet/"],
  "socketcan": ["adapters/socketcan"],
  "node:crypto": ["codec/"],
  "node:zlib": ["codec/"],
};

const AMBIENT_NAMES: readonly string[] = [
  "Deno",
  "XMLHttpRequest",
  "WebSocket",
  "Worker",
  "clearInterval",
  "clearTimeout",
  "crypto",
  "fetch",
  "localStorage",
  "performance",
  "process",
  "queueMicrotask",
  "setImmediate",
  "setInterval",
  "setTimeout",
];
const AMBIENT_MEMBERS: readonly string[] = ["Date.now", "Math.random"];
const FUNCTION_LINES_MAX = 70;
const ROOT = new URL("../", import.meta.url);

/** A file within src/, or the library's door beside it. */
interface SourceFile {
  /** Its folder in src/; `mod.ts` for the door. */
  readonly layer: string;
  /** Its path within src/. */
  readonly path: string;
}

function sourceFile(filename: string): SourceFile | undefined {
  const url = filename.startsWith("file:") ? filename : new URL(filename, ROOT).href;
  if (url === new URL("mod.ts", ROOT).href) return { layer: "mod.ts", path: "../mod.ts" };
  const base = new URL("src/", ROOT).href;
  if (!url.startsWith(base)) return undefined;
  const path = url.slice(base.length);
  return { layer: path.split("/")[0]!, path };
}

/** What is wrong with an import, or nothing. */
function importProblem(
  file: SourceFile,
  specifier: string,
  isOfTypes: boolean,
): string | undefined {
  if (!specifier.startsWith(".")) return packageProblem(file, specifier);
  const target = sourceFile(new URL(specifier, new URL(`src/${file.path}`, ROOT)).href);
  if (target === undefined) return "src/ imports nothing outside src/";
  if (target.layer === file.layer) return undefined;
  const allowed = importsOf(file.layer);
  const isNamed = isOfTypes && VOCABULARIES[file.layer]?.includes(target.layer) === true;
  if (!allowed.includes(target.layer) && !isNamed) {
    const names = allowed.join(", ") || "nothing of ours";
    return `${file.layer} may import ${names}, not ${target.layer}`;
  }
  return DOORS.some((door) => target.path === `${target.layer}/${door}`)
    ? undefined
    : `${target.layer} is entered through its mod.ts only`;
}

function importsOf(layer: string): readonly string[] {
  if (layer === "cli") return Object.keys(LAYERS);
  if (layer === "mod.ts") return Object.keys(LAYERS).filter((one) => !OWN_EXPORTS.includes(one));
  return LAYERS[layer] ?? [];
}

function packageProblem({ layer, path }: SourceFile, specifier: string): string | undefined {
  if (specifier.startsWith("node:") && OUTER_LAYERS.includes(layer)) return undefined;
  const homes = PACKAGE_HOMES[specifier];
  if (homes?.some((home) => path.startsWith(home))) return undefined;
  const where = homes?.map((home) => `src/${home}*`).join(", ") ?? "no file of src/";
  return `"${specifier}" belongs in ${where}`;
}

const importDirection: Deno.lint.Rule = {
  create(context) {
    const file = sourceFile(context.filename);
    if (file === undefined) return {};
    function check(
      node: Deno.lint.Node,
      source: Deno.lint.Node | null,
      isOfTypes = false,
    ): void {
      const specifier = source?.type === "Literal" ? source.value : undefined;
      const problem = typeof specifier === "string"
        ? importProblem(file!, specifier, isOfTypes)
        : undefined;
      if (problem !== undefined) context.report({ node, message: problem });
    }
    return {
      ImportDeclaration: (node) => check(node, node.source, node.importKind === "type"),
      ImportExpression: (node) => check(node, node.source),
      ExportAllDeclaration: (node) => check(node, node.source),
      ExportNamedDeclaration: (node) => check(node, node.source, node.exportKind === "type"),
    };
  },
};

/** Whether an identifier only names a member or a key: `x.process`, `{ process: 1 }`. */
function isMerelyName(node: Deno.lint.Identifier): boolean {
  const { parent } = node;
  if (parent.type === "MemberExpression") return parent.property === node && !parent.computed;
  if (parent.type === "Property") return parent.key === node && !parent.shorthand;
  return "key" in parent && parent.key === node;
}

const noAmbient: Deno.lint.Rule = {
  create(context) {
    const file = sourceFile(context.filename);
    if (file === undefined || OUTER_LAYERS.includes(file.layer)) return {};
    function report(node: Deno.lint.Node, name: string): void {
      const hint = "Take a Clock, a Prng or a port as an argument";
      context.report({ node, message: `${name} belongs in src/adapters and src/cli`, hint });
    }
    return {
      Identifier(node): void {
        if (AMBIENT_NAMES.includes(node.name) && !isMerelyName(node)) report(node, node.name);
      },
      MemberExpression(node): void {
        const name = context.sourceCode.getText(node).replace(/\s/g, "");
        if (AMBIENT_MEMBERS.includes(name.replace(/^globalThis\./, ""))) report(node, name);
        else if (AMBIENT_NAMES.some((one) => name === `globalThis.${one}`)) report(node, name);
      },
      NewExpression(node): void {
        const isClock = node.callee.type === "Identifier" && node.callee.name === "Date" &&
          node.arguments.length === 0;
        if (isClock) report(node, "new Date()");
      },
      CallExpression(node): void {
        if (node.callee.type === "Identifier" && node.callee.name === "Date") {
          report(node, "Date()");
        }
      },
    };
  },
};

const functionLength: Deno.lint.Rule = {
  create(context) {
    function check(node: Deno.lint.Node): void {
      const lineCount = context.sourceCode.getText(node).split("\n").length;
      if (lineCount <= FUNCTION_LINES_MAX) return;
      const message = `a function of ${lineCount} lines; at most ${FUNCTION_LINES_MAX}`;
      context.report({ node, message });
    }
    return {
      FunctionDeclaration: check,
      FunctionExpression: check,
      ArrowFunctionExpression: check,
    };
  },
};

/** The plugin that deno.json names. */
const plugin: Deno.lint.Plugin = {
  name: "canvoy",
  rules: {
    "import-direction": importDirection,
    "no-ambient": noAmbient,
    "function-length": functionLength,
  },
};
export default plugin;
