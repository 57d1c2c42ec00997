import {
  createCommandKeySource,
  decodePem,
  type Host,
  KeyFileError,
  loadModuleKeySource,
  openLibraryKeySource,
} from "../adapters/mod.ts";
import { createSigner, readCertificate } from "../codec/mod.ts";
import { CanvoyError, hexToBytes } from "../core/mod.ts";
import type { Fleet, FleetFileNode, FleetKeySource, FleetSecurity } from "../fleet/mod.ts";
import { createCmacKeySource, type Credentials, type KeySource } from "../uds/mod.ts";
import type { NodeAuthority } from "../sim/mod.ts";
import { keySourceForLevels, plainKeySource } from "../tester/mod.ts";
import type { CommandArguments } from "./command_spec.ts";
import { folderOf } from "./image_files.ts";

/** A fleet file names a program for its keys, and nobody said that it may run. */
export class KeyProgramRefusedError extends CanvoyError {
  /** Stable name of the failure. */
  override readonly code = "KEY_PROGRAM_REFUSED";

  /**
   * Says which program.
   *
   * @param program The program, module or library.
   */
  constructor(program: string) {
    super(`Cannot run ${program}, which the fleet file names for its keys: it is not allowed`);
  }
}

/** The key sources of a fleet, opened before anything is sent. */
export interface KeySources extends Disposable {
  /** Gives the one that a fleet file describes. */
  readonly of: (key: FleetKeySource) => KeySource;
  /** Who canvoy is to a node; `undefined` where it names no certificate. */
  readonly credentialsFor: (node: FleetFileNode) => Credentials | undefined;
  /** Whose certificates a virtual node believes; `undefined` where it asks for none. */
  readonly authorityOf: (node: FleetFileNode) => NodeAuthority | undefined;
  /** Makes one key source of those of a node's levels; `undefined` where it has no level. */
  readonly forNode: (security: readonly FleetSecurity[]) => KeySource | undefined;
}

/**
 * Opens every key source of a fleet: key files, programs, modules, libraries.
 *
 * @param fleet The fleet.
 * @param args The command line: `--allow-key-programs`.
 * @param host The outside.
 * @returns The key sources.
 * @throws {CanvoyError} If one cannot be opened, or is a program and not allowed.
 */
export async function openKeySources(
  fleet: Fleet,
  args: CommandArguments,
  host: Host,
): Promise<KeySources> {
  const folder = folderOf(fleet.file);
  const isAllowed = args.flags.has("allow-key-programs");
  const opened = new Map<string, KeySource & { readonly close?: () => void }>();
  for (const { security } of fleet.nodes) {
    for (const { key } of security) {
      const id = JSON.stringify(key);
      if (!opened.has(id)) opened.set(id, await openKeySource(key, { folder, host, isAllowed }));
    }
  }
  const of = (key: FleetKeySource): KeySource => opened.get(JSON.stringify(key))!;
  const files = certificateFiles(fleet, folder, host);
  return {
    of,
    credentialsFor: ({ name }) => files.get(name)?.credentials,
    authorityOf: ({ name }) => files.get(name)?.authority,
    forNode: (security) => keySourceForLevels(security, of),
    [Symbol.dispose]: () => {
      for (const { close } of opened.values()) close?.();
    },
  };
}

/** Of one node. */
interface CertificateFiles {
  readonly credentials?: Credentials;
  readonly authority?: NodeAuthority;
}

/** Where a fleet's keys and certificates are. */
interface KeyFolder {
  readonly folder: string;
  readonly host: Host;
}

/**
 * Reads a certificate.
 *
 * @param file Its path beneath the folder.
 * @param where The fleet file's folder.
 * @returns The certificate, DER.
 * @throws {FileError | KeyFileError} If it cannot be read as one.
 */
export function readCertificateFile(file: string, { folder, host }: KeyFolder): Uint8Array {
  const path = pathIn(folder, file);
  const text = new TextDecoder().decode(host.readFileBeneath(folder, file));
  const { label, der } = decodePem(path, text);
  if (label === "CERTIFICATE" && readCertificate(der) !== undefined) return der;
  throw new KeyFileError("KEY_FILE_FORMAT", path, "it holds no X.509 certificate");
}

/**
 * Reads a private key.
 *
 * @param file Its path beneath the folder.
 * @param where The fleet file's folder.
 * @returns Signs with it.
 * @throws {FileError | KeyFileError} If it cannot be read as one, or others may read it.
 */
export function readSignerFile(
  file: string,
  { folder, host }: KeyFolder,
): (message: Uint8Array) => Uint8Array {
  const path = pathIn(folder, file);
  host.readFileBeneath(folder, file);
  const text = new TextDecoder().decode(host.readSecretFile(path));
  try {
    return createSigner(decodePem(path, text).der);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new KeyFileError("KEY_FILE_FORMAT", path, "it holds no plain private key");
  }
}

/**
 * Reads the secret of AES-CMAC.
 *
 * @param file Its path beneath the folder.
 * @param where The fleet file's folder.
 * @returns 16 bytes.
 * @throws {FileError | KeyFileError} If it cannot be read as one, or others may read it.
 */
export function readCmacFile(file: string, { folder, host }: KeyFolder): Uint8Array {
  const path = pathIn(folder, file);
  host.readFileBeneath(folder, file);
  return toCmacKey(path, host.readSecretFile(path));
}

function pathIn(folder: string, file: string): string {
  return folder === "." ? file : `${folder}/${file}`;
}

function certificateFiles(
  fleet: Fleet,
  folder: string,
  host: Host,
): ReadonlyMap<string, CertificateFiles> {
  const where = { folder, host };
  return new Map(fleet.nodes.map(({ name, authentication, sim }) => [name, {
    ...(authentication === undefined ? {} : {
      credentials: {
        certificate: readCertificateFile(authentication.certificate, where),
        prove: readSignerFile(authentication.key, where),
      },
    }),
    ...(sim.authority === undefined ? {} : {
      authority: {
        certificate: readCertificateFile(sim.authority, where),
        nowMs: host.nowMs(),
      },
    }),
  }]));
}

interface Surroundings extends KeyFolder {
  readonly isAllowed: boolean;
}

async function openKeySource(
  key: FleetKeySource,
  { folder, host, isAllowed }: Surroundings,
): Promise<KeySource & { readonly close?: () => void }> {
  if (key.kind === "xor" || key.kind === "add") return plainKeySource(key);
  const file = key.kind === "command" ? key.words[0]! : key.file;
  // With a folder, or the system would look a program up where it has its own.
  const path = `${folder}/${file}`;
  if (key.kind === "cmac") return createCmacKeySource(readCmacFile(file, { folder, host }));
  if (!isAllowed) throw new KeyProgramRefusedError(path);
  // A link must not lead out of the folder either.
  host.readFileBeneath(folder, file);
  switch (key.kind) {
    case "command":
      return createCommandKeySource(path, key.words.slice(1));
    case "module":
      return await loadModuleKeySource(path);
    case "library":
      return openLibraryKeySource(path, key);
  }
}

/** 16 bytes as they are, or as 32 hexadecimal digits. */
function toCmacKey(path: string, content: Uint8Array): Uint8Array {
  if (content.length === 16) return content;
  const text = new TextDecoder().decode(content).trim();
  if (/^[0-9a-fA-F]{32}$/.test(text)) return hexToBytes(text);
  throw new KeyFileError("KEY_FILE_FORMAT", path, "it is neither 16 bytes nor 32 digits");
}
