import { defined, hexToBytes } from "../core/mod.ts";
import type { NodeStep, UpdateProfile } from "../update/mod.ts";
import { DEFAULT_PROFILE_NAME } from "../update/mod.ts";
import { type ExpandedNode, unknownName } from "./_expand_nodes.ts";
import type { FileCheck } from "./_needed_files.ts";
import type { IssueList } from "./_issue_list.ts";
import type { ProfileFileReader } from "./_profile_source.ts";
import { fillIndex } from "./_number_expression.ts";
import { resolveNodeAddressing } from "./_resolve_addressing.ts";
import { attempt } from "./_resolve_buses.ts";
import { resolveFrames } from "./_resolve_frames.ts";
import { resolveLayout } from "./_resolve_layout.ts";
import { resolvePath } from "./_resolve_images.ts";
import { resolveChecksumKey, resolveSecurity } from "./_resolve_security.ts";
import type { FleetFileBus, FleetFileImage, FleetFileNode, FleetLayout } from "./fleet.ts";
import type { DeclaredDevice } from "../stm32/mod.ts";
import type { FleetNodeSim } from "./fleet_sim.ts";
import type { FleetDocument, NodeFields } from "./fleet_schema.ts";

/** What is wrong with a layout. */
export interface LayoutMistake {
  /** `bootloader`, `application`, `configuration`, or `configuration 2` and so on. */
  readonly region: string;
  /** What is wrong. */
  readonly message: string;
}

/** Checks of words that other layers own; each throws a `CanvoyError` when one is wrong. */
export interface FleetLookups {
  /**
   * Finds a part.
   *
   * @param name Its name.
   * @param declared What the file declares of it, if it does.
   * @returns What the fleet file must respect.
   */
  readonly device: (name: string, declared?: DeclaredDevice) => { readonly canFd: boolean };

  /**
   * Checks that a layout fits a part.
   *
   * @param device Name of the part; `device` knows it.
   * @param layout The layout.
   * @param declared What the file declares of the part, if it does.
   * @returns Everything that is wrong with it.
   */
  readonly layout: (
    device: string,
    layout: FleetLayout,
    declared?: DeclaredDevice,
  ) => readonly LayoutMistake[];

  /**
   * Checks a bus URL.
   *
   * @param url The URL.
   */
  readonly busUrl: (url: string) => void;

  /** Looks at the files that nodes need; absent: whoever opens them will see. */
  readonly file?: FileCheck;

  /** Reads the files of profiles; absent: profiles must stand in the fleet file. */
  readonly profileFile?: ProfileFileReader;
}

/** What nodes refer to. */
export interface FleetParts {
  /** The file. */
  readonly document: FleetDocument;
  /** Its buses. */
  readonly buses: ReadonlyMap<string, FleetFileBus>;
  /** Its images. */
  readonly images: ReadonlyMap<string, FleetFileImage>;
  /** The devices that it declares. */
  readonly devices: ReadonlyMap<string, DeclaredDevice>;
  /** Its profiles, and the built-in ones. */
  readonly profiles: ReadonlyMap<string, UpdateProfile | undefined>;
  /** Checks of words that other layers own. */
  readonly lookups: FleetLookups;
}

/** What `{fingerprint}` stands for by default: "CANVOY". */
const FINGERPRINT = Uint8Array.of(0x43, 0x41, 0x4E, 0x56, 0x4F, 0x59);
const DEFAULT_BLOCK_NUMBER = 1;

/**
 * Completes a node.
 *
 * @param node The node with its template and the defaults.
 * @param parts What it refers to.
 * @param issues Takes its mistakes.
 * @returns The node; `undefined` when something is missing or wrong.
 */
export function resolveNode(
  node: ExpandedNode,
  parts: FleetParts,
  issues: IssueList,
): FleetFileNode | undefined {
  const { fields, pathOf, i } = node;
  const before = issues.count;
  const bus = refer(node, "bus", "buses", parts.buses, parts.document.buses, issues);
  const image = refer(node, "image", "images", parts.images, parts.images, issues);
  const addressing = resolveNodeAddressing({ fields, i, issues, pathOf });
  const bootloaderAddressing = fields.bootloader && resolveNodeAddressing({
    fields: fields.bootloader,
    i,
    issues,
    pathOf: (key) => [...pathOf("bootloader"), key],
  });
  const frameFormat = bus && resolveFrames(fields.frames, pathOf("frames"), bus, issues);
  const device = resolveDevice(node, bus, parts, issues);
  const declaredDevice = device === undefined ? undefined : parts.devices.get(device);
  const layout = resolveNodeLayout(node, device, parts, issues);
  const profile = resolveProfile(node, parts, issues);
  const secured = profile &&
    resolveSecurity(profile, fields.security, pathOf("security"), issues);
  const sumKeys = profile === undefined
    ? []
    : resolveChecksumKey(profile, fields.checksumKey, pathOf("checksumKey"), issues);
  const driver = resolveDriver(node, profile, parts, issues);
  const fingerprint = resolveFingerprint(node, profile, issues);
  checkIsTold(node, profile, issues);
  checkPrograms(node, profile, issues);
  const authentication = resolveAuthentication(node, issues);
  const sim = resolveSim(node, parts, issues);
  const isComplete = bus && image && addressing && frameFormat && device && layout && secured;
  if (!isComplete || issues.count !== before) return undefined;
  return {
    name: node.name,
    bus: bus.name,
    addressing,
    ...defined({ bootloaderAddressing }),
    frameFormat,
    device,
    ...defined({ declaredDevice }),
    layout,
    image: image.name,
    profile: secured.profile,
    security: [...secured.security, ...sumKeys],
    ...defined({ authentication }),
    ...(fields.hardware === undefined ? {} : { hardware: fillIndex(fields.hardware, i) }),
    ...(fields.part === undefined ? {} : { part: fillIndex(fields.part, i) }),
    blockNumber: fields.block ?? DEFAULT_BLOCK_NUMBER,
    fingerprint,
    ...defined({ driver }),
    groups: [...new Set(fields.groups)],
    sim,
  };
}

function refer<Entry>(
  { fields, pathOf }: ExpandedNode,
  key: "bus" | "image",
  what: string,
  entries: ReadonlyMap<string, Entry>,
  written: object,
  issues: IssueList,
): Entry | undefined {
  const name = fields[key];
  if (name === undefined) {
    issues.report(pathOf(key), `missing, expected one of the ${what}`);
    return undefined;
  }
  const found = entries.get(name);
  // A bus with mistakes is written but not among the entries: its own mistakes are told already.
  if (found === undefined && !Object.hasOwn(written, name)) {
    issues.report(pathOf(key), unknownName(what, name, entries.keys()));
  }
  return found;
}

/** A profile that talks to a bootloader by its own identifiers needs them, and no other does. */
function checkPrograms(
  { fields, pathOf }: ExpandedNode,
  profile: UpdateProfile | undefined,
  issues: IssueList,
): void {
  if (profile === undefined) return;
  const { enter, finish, banks } = profile;
  const steps = [...enter, ...finish, ...banks?.swap ?? [], ...banks?.confirm ?? []];
  const isTalkedTo = steps.some((step) => step.kind === "talkTo" && step.program === "bootloader");
  if (isTalkedTo === (fields.bootloader !== undefined)) return;
  const what = isTalkedTo
    ? "missing, expected {request, response} of the bootloader, as profile " +
      `${profile.name} talks to it by its own`
    : `expected no bootloader: profile ${profile.name} does not say when, {talkTo: bootloader}`;
  issues.report(pathOf("bootloader"), what, ...isTalkedTo ? [] : ["key" as const]);
}

function resolveDevice(
  { fields, pathOf }: ExpandedNode,
  bus: FleetFileBus | undefined,
  { document, devices, lookups }: FleetParts,
  issues: IssueList,
): string | undefined {
  const { device } = fields;
  if (device === undefined) {
    issues.report(pathOf("device"), "missing, expected a part, for example STM32F407VG");
    return undefined;
  }
  const report = (message: string): void => issues.report(pathOf("device"), message);
  const declared = devices.get(device);
  // One with mistakes is written but not among them: its own mistakes are told already.
  if (declared === undefined && Object.hasOwn(document.devices ?? {}, device)) return undefined;
  const found = attempt(() => lookups.device(device, declared), report);
  if (found === undefined) return undefined;
  if (bus?.bitRates.dataBitrateBps !== undefined && !found.canFd) {
    report(
      `expected a part with FDCAN, as ${bus.name} carries CAN FD: the bxCAN of ${device} ` +
        "answers each CAN FD frame with an error frame",
    );
  }
  return device;
}

function resolveNodeLayout(
  { fields, pathOf }: ExpandedNode,
  device: string | undefined,
  parts: FleetParts,
  issues: IssueList,
): FleetLayout | undefined {
  if (fields.layout === undefined) {
    issues.report(pathOf("layout"), "missing, expected how the flash is divided");
    return undefined;
  }
  const found = resolveLayout(fields.layout, pathOf("layout"), parts.document, issues);
  if (found === undefined || device === undefined) return undefined;
  const declared = parts.devices.get(device);
  for (const { region, message } of parts.lookups.layout(device, found.layout, declared)) {
    const [key = "", count = "1"] = region.split(" ");
    const path = [...found.path, key, ...(key === "configuration" ? [Number(count) - 1] : [])];
    issues.report(path, message + hexHint(issues.quote([...path, "start"])));
  }
  return found.layout;
}

/** An address of the data sheet without its `0x` is another number. */
function hexHint(start: string | undefined): string {
  return /^0?8[0-9]{6}$/.test(start ?? "") ? `; did you mean 0x${start!.padStart(8, "0")}?` : "";
}

function resolveProfile(
  { fields, pathOf }: ExpandedNode,
  { profiles }: FleetParts,
  issues: IssueList,
): UpdateProfile | undefined {
  const name = fields.profile ?? DEFAULT_PROFILE_NAME;
  if (!profiles.has(name)) {
    issues.report(pathOf("profile"), unknownName("profiles", name, profiles.keys()));
  }
  return profiles.get(name);
}

function resolveDriver(
  { fields, pathOf }: ExpandedNode,
  profile: UpdateProfile | undefined,
  { images }: FleetParts,
  issues: IssueList,
): string | undefined {
  const { driver } = fields;
  if (profile === undefined) return undefined;
  if (profile.driver !== undefined && driver === undefined) {
    issues.report(
      pathOf("driver"),
      `missing, expected the image of the flash driver that profile ${profile.name} downloads`,
    );
  } else if (driver !== undefined && profile.driver === undefined) {
    const message = `expected no driver, profile ${profile.name} downloads none`;
    issues.report(pathOf("driver"), message, "key");
  } else if (driver !== undefined && !images.has(driver)) {
    issues.report(pathOf("driver"), unknownName("images", driver, images.keys()));
  }
  return driver;
}

function resolveFingerprint(
  { fields, pathOf }: ExpandedNode,
  profile: UpdateProfile | undefined,
  issues: IssueList,
): Uint8Array {
  const written = fields.fingerprint;
  const bytes = written === undefined ? FINGERPRINT : hexToBytes(written);
  const expected = profile && fingerprintSizeBytes(profile);
  if (expected !== undefined && expected !== bytes.length) {
    const message = `expected ${expected} bytes, as profile ${profile?.name} sends them`;
    if (written === undefined) issues.report(pathOf("fingerprint"), `missing, ${message}`);
    else issues.report(pathOf("fingerprint"), `${message}, not ${bytes.length}`);
  }
  return bytes;
}

/** What a node is never asked for cannot be compared: it would be refused each time. */
function checkIsTold(
  { fields, pathOf }: ExpandedNode,
  profile: UpdateProfile | undefined,
  issues: IssueList,
): void {
  if (profile === undefined) return;
  for (const key of ["hardware", "part"] as const) {
    if (fields[key] === undefined || profile.identity[`${key}Did`] !== undefined) continue;
    const message = `expected none, as profile ${profile.name} has no data identifier for it`;
    issues.report(pathOf(key), message);
  }
}

function fingerprintSizeBytes(profile: UpdateProfile): number | undefined {
  const requests = [...profile.enter, ...profile.finish].flatMap((step: NodeStep) =>
    step.kind === "request"
      ? step.request.parts
      : step.kind === "securityAccess"
      ? step.seedRequest?.parts ?? []
      : []
  );
  for (const part of requests) {
    if (part.kind === "field" && part.name === "fingerprint") return part.sizeBytes;
  }
  return undefined;
}

function resolveAuthentication(
  { fields, pathOf }: ExpandedNode,
  issues: IssueList,
): FleetFileNode["authentication"] {
  const { authentication } = fields;
  if (authentication === undefined) return undefined;
  function beneath(key: "certificate" | "key"): string {
    return resolvePath(authentication![key], [...pathOf("authentication"), key], issues);
  }
  return { certificate: beneath("certificate"), key: beneath("key") };
}

function resolveSim(
  { fields, pathOf }: ExpandedNode,
  { images }: FleetParts,
  issues: IssueList,
): FleetNodeSim {
  const { image, hardware, part, authority, sequence, behaviour, faults, flashFaults }: NonNullable<
    NodeFields["sim"]
  > = fields.sim ?? {};
  if (image !== undefined && !images.has(image)) {
    issues.report([...pathOf("sim"), "image"], unknownName("images", image, images.keys()));
  }
  const { responsePendingAfterMs, ...rest } = behaviour ?? {};
  return {
    ...defined({ image, hardware }),
    ...(authority === undefined
      ? {}
      : { authority: resolvePath(authority, [...pathOf("sim"), "authority"], issues) }),
    ...defined({ part, sequence }),
    behaviour: responsePendingAfterMs === undefined ? rest : {
      ...rest,
      responsePendingAfterMs: responsePendingAfterMs === "never"
        ? Infinity
        : responsePendingAfterMs,
    },
    ...defined({ faults, flashFaults }),
  };
}
