import {
  type CoseSign1,
  decodeImagePayload,
  keyIdOf,
  shortKeyId,
  type SuitCommand,
  type SuitEnvelope,
  type SuitParameters,
  type TrustFile,
} from "../bundle/mod.ts";
import { cborDiagnostic, decodeCbor, formatUuid } from "../codec/mod.ts";
import { CanvoyError, printable } from "../core/mod.ts";
import { imageSizeBytes } from "../image/mod.ts";

/**
 * Says in words what an envelope holds; for any SUIT envelope, of canvoy's making or not.
 *
 * @param envelope The envelope.
 * @returns Lines.
 */
export function describeEnvelope(envelope: SuitEnvelope): readonly string[] {
  const { manifest, signatures, severed, payloads } = envelope;
  const sequences: readonly (readonly [string, readonly SuitCommand[] | undefined])[] = [
    ["shared by all sequences", manifest.shared],
    ["validate", manifest.validate],
    ["load", manifest.load],
    ["invoke", manifest.invoke],
    ["payload fetch", hereOr(manifest.payloadFetch, severed.payloadFetch)],
    ["install", hereOr(manifest.install, severed.install)],
  ];
  const text = hereOr(manifest.text, severed.text);
  return [
    `SUIT envelope, sequence number ${manifest.sequenceNumber}`,
    ...signatures.map((signature) => `signature: ${describeSignature(signature)}`),
    ...(signatures.length === 0 ? ["no signature"] : []),
    ...manifest.components.map((parts, i) => `component ${i}: ${parts.map(shown).join(" / ")}`),
    ...(manifest.referenceUri === undefined ? [] : [`reference: ${quoted(manifest.referenceUri)}`]),
    ...sequences.flatMap(([name, commands]) =>
      commands === undefined ? [] : [`${name}:`, ...describeCommands(commands, "  ")]
    ),
    ...[...text ?? []].flatMap(([language, { manifest: about, components }]) => [
      `text (${language}):`,
      ...[...about.values()].map((line) => `  ${quoted(line)}`),
      ...components.map(({ identifier, texts }) =>
        `  ${identifier.map(shown).join(" / ")}: ${[...texts.values()].map(quoted).join(", ")}`
      ),
    ]),
    ...[...payloads].map(([uri, payload]) =>
      `payload ${quoted(uri)}: ${payload.length} bytes${describePayload(payload, uri)}`
    ),
  ];
}

/**
 * Says in words what a trust file says.
 *
 * @param trust What it says.
 * @param signatures Who signed it.
 * @returns Lines.
 */
export function describeTrust(
  trust: TrustFile,
  signatures: readonly CoseSign1[],
): readonly string[] {
  const revoked = new Set(trust.revoked.map((id) => id.toHex()));
  return [
    `trust file, number ${trust.sequenceNumber}, ` +
    `valid until ${new Date(trust.expiresAtS * 1000).toISOString()}`,
    `a release needs ${trust.threshold} signatures, a trust file ${trust.rootThreshold}`,
    ...trust.keys.map(({ name, spki, isRoot, isRelease }) => {
      const roles = [isRoot ? "root" : "", isRelease ? "release" : ""].filter((s) => s !== "");
      const id = keyIdOf(spki);
      const state = revoked.has(id.toHex()) ? ", revoked" : "";
      return `key ${shortKeyId(id)} "${name}": ${roles.join(" and ")}${state}`;
    }),
    ...trust.revoked.map((id) => `revoked: ${shortKeyId(id)}`),
    ...signatures.map((signature) => `signature: ${describeSignature(signature)}`),
  ];
}

function describeSignature({ algorithm, keyId }: CoseSign1): string {
  return `${algorithm} by ${
    keyId === undefined ? "a key that it does not name" : shortKeyId(keyId)
  }`;
}

function describeCommands(commands: readonly SuitCommand[], indent: string): readonly string[] {
  return commands.flatMap((command): readonly string[] => {
    const name = command.name.replace(/^(condition|directive)-/, "").replaceAll("-", " ");
    switch (command.name) {
      case "directive-set-component-index":
        return [`${indent}for component ${command.index === true ? "all" : command.index}`];
      case "directive-override-parameters":
        return describeParameters(command.parameters).map((line) => `${indent}set ${line}`);
      case "directive-run-sequence":
        return [`${indent}${name}:`, ...describeCommands(command.sequence, `${indent}  `)];
      case "directive-try-each":
        return command.sequences.flatMap((sequence, i) => [
          `${indent}${i === 0 ? "try" : "or else"}:`,
          ...describeCommands(sequence, `${indent}  `),
        ]);
      default:
        return [`${indent}${command.name.startsWith("condition") ? "check " : "do "}${name}`];
    }
  });
}

function describeParameters(parameters: SuitParameters): readonly string[] {
  return Object.entries(parameters).map(([name, value]) => {
    if (name === "release") return `release ${cborDiagnostic(decodeCbor(value as Uint8Array))}`;
    if (!(value instanceof Uint8Array)) return `${name} ${quoted(String(value))}`;
    return `${name} ${name.endsWith("Identifier") ? formatUuid(value) : value.toHex()}`;
  });
}

function describePayload(payload: Uint8Array, uri: string): string {
  try {
    return `, an image of ${imageSizeBytes(decodeImagePayload(payload, uri))} bytes`;
  } catch (error) {
    if (error instanceof CanvoyError) return "";
    throw error;
  }
}

function hereOr<Part>(
  severable:
    | { readonly kind: "here"; readonly part: Part }
    | { readonly kind: "severed" }
    | undefined,
  severed: Part | undefined,
): Part | undefined {
  return severable?.kind === "here" ? severable.part : severed;
}

/** Text where it is text, hexadecimal otherwise. */
function shown(bytes: Uint8Array): string {
  const text = new TextDecoder().decode(bytes);
  return /^[ -~]+$/.test(text) ? text : `0x${bytes.toHex()}`;
}

/** What a file says must not steer the terminal. */
function quoted(text: string): string {
  return printable(JSON.stringify(text));
}
