/**
 * The Deno permissions that a command line of canvoy needs: what it names and no more, so that
 * `canvoy plan` cannot write and no command can reach beyond this machine.
 *
 * Nothing here is Deno's own: the launcher of a checkout and that of the package compute with it.
 */
import { newestUnfinished, type SeenJournal } from "../src/journal/journal_head.ts";
import type { CommandNeed, CommandSpec, PathUse } from "../src/cli/command_spec.ts";
import { COMMANDS } from "../src/cli/commands_table.ts";

/** Where `sim` lets others join a virtual bus that says nothing of it: a free port. */
const SIM_ENDPOINT = "127.0.0.1:0";
/** Where the page is by default. */
const PAGE_PORT = "8787";
/** Where a machine tells which one it is: a place on another one is another place. */
const MACHINE_ID = "/etc/machine-id";
/** Variables that change how output looks; every other one reads as not set. */
const ENVIRONMENT = ["COLUMNS", "NO_COLOR", "TERM"];
/** Variables that tell where the state folder is. */
const STATE_ENVIRONMENT = ["HOME", "SUDO_USER", "XDG_STATE_HOME"];
/** Where the package's launcher says where the addon is. */
const ADDON_ENVIRONMENT = "CANVOY_CAN";
/** Where a fleet file says where its journals are. */
const FLEET_STATE = /^state:\s*["']?([^\s"']+)/gm;
const LOOPBACK_HOST = /^(127\.\d{1,3}\.\d{1,3}\.\d{1,3}|localhost|\[::1\]|::1):(\d{1,5})$/;

/** What is dialled, where a bus URL names it otherwise: `loopbackAddress` decides so. */
const ADDRESSES: Readonly<Record<string, string>> = { "localhost": "127.0.0.1", "::1": "[::1]" };

/** Where a fleet file names a program and a library that make keys. */
const KEY_COMMAND = /\bcommand:\s*(?:\[|-)\s*["']?([^\s"',\]]+)/g;
const KEY_LIBRARY = /\blibrary:\s*["']?([^\s"',}]+)/g;

/** What the flags are made from. */
export interface PermissionsInput {
  /** The project's own folder, or that of the package. */
  readonly project: string;
  /** Where the package looks for npm's socketcan; absent in a checkout, which has it beside others. */
  readonly addons?: string | undefined;
  /** Canvoy's arguments. */
  readonly args: readonly string[];
  /** The text of a fleet file; empty where there is none. */
  readonly readText: (path: string) => string;
  /** Where canvoy keeps what outlives a run; `undefined` where nothing tells. */
  readonly stateFolder: string | undefined;
  /** Where the user keeps that who called sudo; absent where nobody did. */
  readonly stateFolderBeside?: string | undefined;
  /** A journal at a glance. */
  readonly glance: (path: string) => SeenJournal["glance"];
  /** The journals of a folder, the newest first. */
  readonly journals: (folder: string) => Iterable<SeenJournal>;
}

/**
 * Computes Deno's permission flags for one command line.
 *
 * @param input The command line.
 * @returns The flags, in a fixed order.
 * @throws {RangeError} If a path holds a character that Deno's flags cannot carry.
 */
export function permissionFlags(input: PermissionsInput): readonly string[] {
  const { project, readText } = input;
  const { command, uses, texts } = readJob(input);
  const doesNeed = (need: CommandNeed): boolean => command?.needs?.includes(need) ?? false;
  const fleets = pathsFor(uses, "fleet");
  const opensBuses = doesNeed("bus");
  const busUrls = (opensBuses ? [...texts, ...fleets.map(readText).map(withoutComments)] : [])
    .flatMap((text) => text.match(/\b(virtual|socketcan):[^\s"',}]+/g) ?? []);
  const keepsJournal = doesNeed("journal") || doesNeed("memory");
  // Nodes of a bus within the process end with it: nobody is kept off, and no run before counts.
  const isShared = busUrls.some((url) => /^socketcan:|[?&](listen|connect)=/.test(url));
  const locks = doesNeed("locks") && isShared;
  const needsFailed = meansFailed(command, input.args);
  const readsState = needsFailed || command?.name === "resume" || doesNeed("memory") || isShared ||
    (command?.name === "demo" && input.args.includes("--signed"));
  const [chosen] = [
    ...pathsFor(uses, "state"),
    ...fleets.flatMap((path) => beneath(path, withoutComments(readText(path)), FLEET_STATE)),
  ];
  const own = input.stateFolder;
  const state = [
    ...(keepsJournal ? [chosen ?? own] : []),
    // Runs that keep their journals apart still share buses.
    ...(locks || (keepsJournal && isShared && chosen !== undefined) ? [own && `${own}/buses`] : []),
  ].filter((path) => path !== undefined);
  const journals = [...pathsFor(uses, "journal"), ...state];
  const read = [
    ...(doesNeed("project") ? [project] : []),
    ...fleets.map(folderOf),
    ...pathsFor(uses, "read"),
    ...pathsFor(uses, "change"),
    ...(needsFailed && !keepsJournal ? [chosen ?? own].filter((path) => path !== undefined) : []),
    ...(doesNeed("journal") && isShared
      ? [MACHINE_ID, ...(input.stateFolderBeside ? [`${input.stateFolderBeside}/runs`] : [])]
      : []),
  ];
  const listensAnywhere = doesNeed("endpoint") &&
    busUrls.some((url) => url.startsWith("virtual:") && !/[?&](listen|connect)=/.test(url));
  const usesCan = busUrls.some((url) => url.startsWith("socketcan:"));
  const addons = usesCan && input.addons !== undefined ? [input.addons] : [];
  const needsState = keepsJournal || doesNeed("locks");
  const environment = [...ENVIRONMENT, ...(needsState ? STATE_ENVIRONMENT : [])];
  if (addons.length > 0) environment.push(ADDON_ENVIRONMENT);
  const isAllowed = opensBuses && input.args.includes("--allow-key-programs");
  const keyPrograms = (key: RegExp): readonly string[] =>
    isAllowed ? fleets.flatMap((path) => beneath(path, withoutComments(readText(path)), key)) : [];
  return [
    flag("read", [...read, ...addons, ...(readsState ? journals : [])]),
    flag("write", [
      ...pathsFor(uses, "write"),
      ...pathsFor(uses, "trace").flatMap(traceParts),
      ...pathsFor(uses, "change"),
      ...pathsFor(uses, "keys").flatMap((path) => [path, `${path}.pub`]),
      ...journals,
    ]),
    flag("net", [
      ...busUrls.flatMap(endpointsOf),
      ...(listensAnywhere ? [SIM_ENDPOINT] : []),
      ...pageEndpoints(input.args),
    ]),
    flag("ffi", [
      ...(usesCan ? [input.addons ?? `${project}/node_modules`] : []),
      ...keyPrograms(KEY_LIBRARY),
    ]),
    flag("run", [...(usesCan ? ["ip"] : []), ...keyPrograms(KEY_COMMAND)]),
    [`--allow-env=${environment.sort().join(",")}`, "--ignore-env"],
  ].flat();
}

/** Whether nodes are selected by what became of them in the last run. */
function meansFailed(command: CommandSpec | undefined, args: readonly string[]): boolean {
  if (command?.name !== "flash" && command?.name !== "verify") return false;
  return args.some((arg, i) => {
    const [name, inline] = splitOption(arg);
    return name === "--only" && (inline ?? args[i + 1] ?? "").split(",").includes("failed");
  });
}

/** What a command line is about: of `resume` also what the run was about that it goes on with. */
function readJob(input: PermissionsInput): {
  readonly command: CommandSpec | undefined;
  readonly uses: readonly UsedPath[];
  readonly texts: readonly string[];
} {
  const { command, uses } = readArguments(input.args);
  if (command?.name !== "resume") return { command, uses, texts: input.args };
  const state = pathsFor(uses, "state")[0] ?? input.stateFolder;
  const journal = pathsFor(uses, "journal")[0] ??
    (state === undefined ? undefined : newestUnfinished(
      [`${state}/runs`, `${state}/rehearsals`].flatMap((folder) => [...input.journals(folder)]),
    ));
  const recorded = journal === undefined ? [] : input.glance(journal)?.args ?? [];
  // A journal may come from anywhere: it is given nothing to write to.
  const job = readArguments(recorded).uses.filter(({ use }) => use === "fleet" || use === "read");
  return {
    command,
    uses: [...uses, ...job],
    texts: [...input.args, ...recorded],
  };
}

/** One path of the command line. */
interface UsedPath {
  readonly path: string;
  readonly use: Exclude<PathUse, "image">;
}

/** Options of any command that take a value: which command it is shows only without them. */
const VALUED_OPTIONS: ReadonlySet<string> = new Set(
  COMMANDS.flatMap(({ options }) => options)
    .filter(({ value }) => value !== undefined)
    .map(({ name }) => `--${name}`),
);

function readArguments(
  args: readonly string[],
): { readonly command: CommandSpec | undefined; readonly uses: readonly UsedPath[] } {
  const given: (readonly [name: string, value: string])[] = [];
  const words: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const [name, inline] = splitOption(args[i]!);
    if (VALUED_OPTIONS.has(name)) given.push([name, inline ?? args[++i] ?? ""]);
    else if (!name.startsWith("-")) words.push(name);
  }
  const command = COMMANDS.find(({ name }) => name === words.slice(0, 2).join(" ")) ??
    COMMANDS.find(({ name }) => name === words[0]);
  if (command === undefined) return { command, uses: [] };
  words.splice(0, command.name.split(" ").length);
  const useOf = (name: string): PathUse | undefined =>
    command.options.find((option) => `--${option.name}` === name)?.use;
  return {
    command,
    uses: [
      ...given.flatMap(([name, value]) => usedPath(useOf(name), value)),
      ...command.operands.flatMap(({ use, path = "" }, i) => usedPath(use, words[i] ?? path)),
    ],
  };
}

function usedPath(use: PathUse | undefined, path: string): readonly UsedPath[] {
  if (use === undefined) return [];
  return use === "image" ? [{ path: imageFile(path), use: "read" }] : [{ path, use }];
}

function splitOption(arg: string): readonly [string, string | undefined] {
  const at = arg.startsWith("--") ? arg.indexOf("=") : -1;
  return at < 0 ? [arg, undefined] : [arg.slice(0, at), arg.slice(at + 1)];
}

/** `NAME=FILE` gives one image of the fleet file, `FILE` all. */
function imageFile(value: string): string {
  return value.replace(/^[A-Za-z0-9][A-Za-z0-9_.-]*=/, "");
}

function pathsFor(uses: readonly UsedPath[], use: UsedPath["use"]): readonly string[] {
  return uses.filter((one) => one.use === use && one.path !== "").map(({ path }) => path);
}

/** A long trace goes on in two files beside it; `TraceFile` names them so. */
function traceParts(path: string): readonly string[] {
  const dot = path.lastIndexOf(".");
  const at = dot > path.lastIndexOf("/") + 1 ? dot : path.length;
  return [path, ...[2, 3].map((part) => `${path.slice(0, at)}.${part}${path.slice(at)}`)];
}

function folderOf(path: string): string {
  const end = path.lastIndexOf("/");
  return end < 0 ? "." : path.slice(0, Math.max(end, 1));
}

/** What a fleet file names as it must be written to count: a path that stays in its folder. */
function beneath(fleet: string, text: string, key: RegExp): readonly string[] {
  return [...text.matchAll(key)].map((match) => match[1]!)
    .filter((path) => !path.startsWith("/") && !path.split("/").includes(".."))
    .map((path) => `${folderOf(fleet)}/${path}`);
}

function withoutComments(yaml: string): string {
  return yaml.replace(/(^|\s)#.*$/gm, "");
}

function endpointsOf(busUrl: string): readonly string[] {
  return [...busUrl.matchAll(/[?&](?:listen|connect)=([^&]+)/g)]
    .map((match) => LOOPBACK_HOST.exec(match[1]!))
    .filter((match) => match !== null)
    .map(([, host, port]) => `${ADDRESSES[host!] ?? host}:${port}`);
}

/** Where `--web` serves the page. */
function pageEndpoints(args: readonly string[]): readonly string[] {
  if (!args.includes("--web")) return [];
  const at = args.findIndex((arg) => splitOption(arg)[0] === "--web-port");
  const port = at < 0 ? PAGE_PORT : splitOption(args[at]!)[1] ?? args[at + 1] ?? "";
  return /^\d{1,5}$/.test(port) ? [`127.0.0.1:${port}`] : [];
}

function flag(kind: string, values: readonly string[]): readonly string[] {
  const bad = values.find((value) => /[,\n]/.test(value));
  if (bad !== undefined) {
    throw new RangeError(`Cannot grant access to "${bad}": Deno takes no comma in a path`);
  }
  return values.length === 0 ? [] : [`--allow-${kind}=${[...new Set(values)].join(",")}`];
}
