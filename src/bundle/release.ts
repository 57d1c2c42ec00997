import { type CborKey, type CborValue, sha256, uuid5, UUID_NAMESPACE_DNS } from "../codec/mod.ts";
import { compareVersions, equalBytes } from "../core/mod.ts";
import type { FirmwareImage } from "../image/mod.ts";
import { encodeShape, keyText, ShapeReader } from "./_shape.ts";
import { BundleError } from "./bundle_error.ts";
import { decodeImagePayload, encodeImagePayload } from "./image_payload.ts";
import type { SuitCommand } from "./suit_commands.ts";
import type { SuitEnvelope } from "./suit_envelope.ts";
import { encodeSuitManifest, type SuitManifest } from "./suit_manifest.ts";
import type { SuitParameters } from "./suit_parameters.ts";
import type { SuitTextOfComponent } from "./suit_text.ts";

/** One image for one kind of hardware. */
export interface ReleaseComponent {
  /** Name of the image: several components may share it. */
  readonly name: string;
  /** The hardware number that a node must report. */
  readonly hardware: string;
  /** The part number that a node must report; any when absent. */
  readonly part?: string;
  /** What the application calls itself once it runs. */
  readonly version?: string;
  /** Components that must be as new as this. */
  readonly requires: readonly ReleaseRequirement[];
}

/** What must be there beside a component. */
export interface ReleaseRequirement {
  /** Name of an image of the same release. */
  readonly name: string;
  /** The least version of it. */
  readonly version: string;
}

/** A release for a whole fleet. */
export interface Release {
  /** Domain of the maker: `example.com`. */
  readonly vendor: string;
  /** Counts up with every release. */
  readonly sequenceNumber: number;
  /** What is said of it. */
  readonly description: string;
  /** What it brings. */
  readonly components: readonly ReleaseComponent[];
  /** The images, by name. */
  readonly images: ReadonlyMap<string, FirmwareImage>;
}

/** Record of all conditions and failures as the manifest's policies say. */
const REPORT_ALL = 15;
const REPORT_FAILURE = 2;
const LANGUAGE = "en";
const MANIFEST_DESCRIPTION = 1;
const TEXT_MODEL_NAME = 2;
const TEXT_VENDOR_DOMAIN = 3;
const TEXT_VERSION = 6;

const RECORD_KEYS = [1, 2, 3, 4, 5, 6];
/** Nodes keep it in 4 bytes: a larger one would come back smaller. */
const SEQUENCE_NUMBER_MAX = 0xFFFF_FFFF;
const READER: ShapeReader = new ShapeReader("BUNDLE_FORMAT", "bundle");
const UTF8 = new TextEncoder();

/**
 * Makes the envelope of a release, without signatures: all images inside, equal ones once.
 *
 * @param release The release.
 * @returns The envelope.
 * @throws {BundleError} If it does not hold together: see {@linkcode readRelease}.
 */
export function packRelease(release: Release): SuitEnvelope {
  checkRelease(release);
  const payloads = new Map(
    [...release.images].map(([name, image]) => [`#${name}`, encodeImagePayload(image)]),
  );
  return { manifest: toManifest(release, payloads), signatures: [], severed: {}, payloads };
}

/**
 * Reads a release out of an envelope: every digest and size is compared, and the manifest must be
 * exactly the one that {@linkcode packRelease} makes, so that nothing in it goes unnoticed.
 *
 * @param envelope The envelope; its signatures are not looked at.
 * @returns The release.
 * @throws {BundleError} If it is no release of canvoy's making, or does not hold together.
 */
export function readRelease(envelope: SuitEnvelope): Release {
  const { manifest, payloads, severed } = envelope;
  if (Object.keys(severed).length > 0) READER.fail("a release is not severed");
  const settings = parametersOf(manifest.shared ?? []);
  const records = settings.map(({ release }) => readRecord(release));
  const [first] = records;
  if (first === undefined) READER.fail("it has no component");
  const text = manifest.text?.kind === "here" ? manifest.text.part.get(LANGUAGE) : undefined;
  const images = new Map<string, FirmwareImage>();
  for (const [i, { component }] of records.entries()) {
    if (images.has(component.name)) continue;
    const payload = payloads.get(`#${component.name}`);
    if (payload === undefined) READER.fail(`the image "${component.name}" is missing`);
    checkPayload(component.name, payload, settings[i]!);
    images.set(component.name, decodeImagePayload(payload, `image "${component.name}"`));
  }
  for (const uri of payloads.keys()) {
    if (!images.has(uri.slice(1))) READER.fail(`no component uses the payload ${keyText(uri)}`);
  }
  const release: Release = {
    vendor: first.vendor,
    sequenceNumber: manifest.sequenceNumber,
    description: text?.manifest.get(MANIFEST_DESCRIPTION) ?? "",
    components: records.map(({ component }) => component),
    images,
  };
  checkRelease(release);
  const expected = encodeSuitManifest(toManifest(release, payloads));
  if (!equalBytes(expected, encodeSuitManifest(manifest))) {
    READER.fail(
      "its manifest says more or other than what canvoy carries out",
      "BUNDLE_UNKNOWN_PART",
    );
  }
  return release;
}

/**
 * Names a kind of hardware by the class identifier of SUIT.
 *
 * @param vendor Domain of the maker.
 * @param hardware The hardware number.
 * @param part The part number, where it counts.
 * @returns UUIDs of vendor and class.
 */
export function suitClassOf(
  vendor: string,
  hardware: string,
  part?: string,
): { readonly vendorIdentifier: Uint8Array; readonly classIdentifier: Uint8Array } {
  const vendorIdentifier = uuid5(UUID_NAMESPACE_DNS, vendor);
  const classIdentifier = uuid5(
    vendorIdentifier,
    part === undefined ? hardware : `${hardware}\n${part}`,
  );
  return { vendorIdentifier, classIdentifier };
}

/**
 * Finds the component that belongs to hardware.
 *
 * @param release The release.
 * @param wanted What the hardware reports, and the name of the image: it counts where several fit,
 * and always for what is no application, but a flash driver.
 * @returns The component.
 * @throws {BundleError} If none fits, or several do and none of them has the name.
 */
export function componentFor(
  release: Release,
  wanted: {
    readonly hardware: string;
    readonly part?: string;
    readonly name: string;
    readonly isDriver?: boolean;
  },
): ReleaseComponent {
  const { hardware, part, name, isDriver = false } = wanted;
  const fitting = release.components.filter((component) =>
    component.hardware === hardware && (component.part === undefined || component.part === part)
  );
  const named = fitting.filter((component) => component.name === name);
  const found = fitting.length === 1 && !isDriver ? fitting : named;
  if (found.length === 1) return found[0]!;
  const shown = part === undefined ? `"${hardware}"` : `"${hardware}", part "${part}"`;
  throw new BundleError(
    "BUNDLE_HARDWARE",
    fitting.length === 0
      ? `Cannot use bundle: it has nothing for hardware ${shown}`
      : `Cannot use bundle: ${fitting.length} components are for hardware ${shown}, ` +
        `${named.length} of them named "${name}"`,
  );
}

function toManifest(
  release: Release,
  payloads: ReadonlyMap<string, Uint8Array>,
): SuitManifest {
  const { vendor, sequenceNumber, description, components } = release;
  const shared: SuitCommand[] = [];
  const install: SuitCommand[] = [];
  const validate: SuitCommand[] = [];
  components.forEach((component, index) => {
    const uri = `#${component.name}`;
    const payload = payloads.get(uri) ?? new Uint8Array(0);
    const select: SuitCommand = { name: "directive-set-component-index", index };
    const match: SuitCommand = { name: "condition-image-match", policy: REPORT_ALL };
    shared.push(select, {
      name: "directive-override-parameters",
      parameters: {
        ...suitClassOf(vendor, component.hardware, component.part),
        imageDigest: sha256(payload),
        imageSize: payload.length,
        release: encodeRecord(vendor, component),
      },
    });
    shared.push(
      { name: "condition-vendor-identifier", policy: REPORT_ALL },
      { name: "condition-class-identifier", policy: REPORT_ALL },
    );
    install.push(
      select,
      { name: "directive-override-parameters", parameters: { uri } },
      { name: "directive-fetch", policy: REPORT_FAILURE },
      match,
    );
    validate.push(select, match);
  });
  const text = {
    manifest: new Map(description === "" ? [] : [[MANIFEST_DESCRIPTION, description]]),
    components: components.map((component) => toText(vendor, component)),
  };
  return {
    sequenceNumber,
    components: components.map(identifierOf),
    shared,
    validate,
    install: { kind: "here", part: install },
    text: { kind: "here", part: new Map([[LANGUAGE, text]]) },
  };
}

function identifierOf({ name, hardware, part }: ReleaseComponent): readonly Uint8Array[] {
  return [name, hardware, ...(part === undefined ? [] : [part])].map((text) => UTF8.encode(text));
}

function toText(vendor: string, component: ReleaseComponent): SuitTextOfComponent {
  return {
    identifier: identifierOf(component),
    texts: new Map([
      [TEXT_MODEL_NAME, component.hardware],
      [TEXT_VENDOR_DOMAIN, vendor],
      ...(component.version === undefined ? [] : [[TEXT_VERSION, component.version] as const]),
    ]),
  };
}

/** `{1: vendor, 2: name, 3: hardware, 4: part, 5: version, 6: {name: version}}`. */
function encodeRecord(vendor: string, component: ReleaseComponent): Uint8Array {
  const { name, hardware, part, version, requires } = component;
  const record = new Map<number, CborValue>([[1, vendor], [2, name], [3, hardware]]);
  if (part !== undefined) record.set(4, part);
  if (version !== undefined) record.set(5, version);
  if (requires.length > 0) record.set(6, new Map(requires.map((one) => [one.name, one.version])));
  return encodeShape(record);
}

function readRecord(
  bytes: Uint8Array | undefined,
): { readonly vendor: string; readonly component: ReleaseComponent } {
  if (bytes === undefined) READER.fail("a component has no record of canvoy's");
  const record = READER.record(READER.decode(bytes, "record"), "record", RECORD_KEYS);
  const requires = record.has(6) ? [...READER.map(record.get(6), "requirements")] : [];
  return {
    vendor: READER.line(record.get(1), "vendor"),
    component: {
      name: readName(record.get(2)),
      hardware: READER.line(record.get(3), "hardware"),
      ...(record.has(4) ? { part: READER.line(record.get(4), "part") } : {}),
      ...(record.has(5) ? { version: READER.line(record.get(5), "version") } : {}),
      requires: requires.map(([name, version]: readonly [CborKey, CborValue]) => ({
        name: readName(typeof name === "string" ? name : undefined),
        version: READER.line(version, "version"),
      })),
    },
  };
}

/** Names become names of files when a release is unpacked: they must not lead elsewhere. */
function readName(value: CborValue | undefined): string {
  const name = READER.line(value, "name of an image");
  if (!/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/.test(name)) {
    READER.fail(`the image name "${name}" is not made of letters, digits, . _ and -`);
  }
  return name;
}

function parametersOf(commands: readonly SuitCommand[]): readonly SuitParameters[] {
  return commands.flatMap((command) =>
    command.name === "directive-override-parameters" ? [command.parameters] : []
  );
}

function checkPayload(name: string, payload: Uint8Array, settings: SuitParameters): void {
  const { imageSize, imageDigest } = settings;
  if (payload.length !== imageSize) {
    READER.fail(
      `the image "${name}" has ${payload.length} bytes, its manifest says ${imageSize}`,
      "BUNDLE_SIZE",
    );
  }
  if (imageDigest === undefined || !equalBytes(sha256(payload), imageDigest)) {
    READER.fail(`the image "${name}" is not what its digest says`, "BUNDLE_DIGEST");
  }
}

function checkRelease({ vendor, sequenceNumber, components, images }: Release): void {
  if (sequenceNumber > SEQUENCE_NUMBER_MAX) {
    READER.fail(`its sequence number ${sequenceNumber} is beyond ${SEQUENCE_NUMBER_MAX}`);
  }
  READER.line(vendor, "vendor");
  const keys = new Set<string>();
  for (const component of components) {
    const { name, hardware, part, version } = component;
    readName(name);
    READER.line(hardware, "hardware");
    if (part !== undefined) READER.line(part, "part");
    if (version !== undefined) READER.line(version, "version");
    const key = JSON.stringify([name, hardware, part]);
    if (keys.has(key)) READER.fail(`"${name}" for hardware "${hardware}" is there twice`);
    keys.add(key);
    if (!images.has(name)) READER.fail(`the image "${name}" is missing`);
    checkRequirements(component, components);
  }
}

function checkRequirements(
  { name, requires }: ReleaseComponent,
  components: readonly ReleaseComponent[],
): void {
  for (const required of requires) {
    const found = components.filter((component) => component.name === required.name);
    const isMet = found.length > 0 &&
      found.every(({ version }) =>
        version !== undefined && (compareVersions(version, required.version) ?? -1) >= 0
      );
    if (isMet) continue;
    const state = `"${name}" needs "${required.name}" ${required.version} or newer, which it lacks`;
    READER.fail(state, "BUNDLE_DEPENDENCY");
  }
}
