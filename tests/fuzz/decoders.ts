import type { FuzzDecoder } from "./decoder.ts";

/** Every decoder, by the name that the command line takes; loaded when it is asked for. */
const LOADERS: Readonly<Record<string, () => Promise<FuzzDecoder>>> = {
  "iso-tp": async () => (await import("./decoders/iso_tp.ts")).ISO_TP,
  "uds-client": async () => (await import("./decoders/uds_client.ts")).UDS_CLIENT,
  "uds-server": async () => (await import("./decoders/uds_server.ts")).UDS_SERVER,
  "group-node": async () => (await import("./decoders/group.ts")).GROUP_NODE,
  "group-tester": async () => (await import("./decoders/group.ts")).GROUP_TESTER,
  hex: async () => (await import("./decoders/firmware.ts")).HEX,
  "s-record": async () => (await import("./decoders/firmware.ts")).S_RECORD,
  elf: async () => (await import("./decoders/firmware.ts")).ELF,
  journal: async () => (await import("./decoders/journal.ts")).JOURNAL,
  "journal-records": async () => (await import("./decoders/journal.ts")).JOURNAL_RECORDS,
  fleet: async () => (await import("./decoders/fleet_file.ts")).FLEET_FILE,
  bundle: async () => (await import("./decoders/bundle.ts")).BUNDLE,
  "bundle-parts": async () => (await import("./decoders/bundle.ts")).BUNDLE_PARTS,
  trust: async () => (await import("./decoders/bundle.ts")).TRUST,
  candump: async () => (await import("./decoders/traces.ts")).CANDUMP,
  asc: async () => (await import("./decoders/traces.ts")).ASC,
  "candump-text": async () => (await import("./decoders/traces.ts")).CANDUMP_TEXT,
  blf: async () => (await import("./decoders/traces.ts")).BLF,
  pcap: async () => (await import("./decoders/traces.ts")).PCAP,
  pcapng: async () => (await import("./decoders/traces.ts")).PCAPNG,
};

/** Their names. */
export const DECODER_NAMES: readonly string[] = Object.keys(LOADERS);

/** Loads a decoder; `undefined` where none has that name. */
export async function loadDecoder(name: string): Promise<FuzzDecoder | undefined> {
  return Object.hasOwn(LOADERS, name) ? await LOADERS[name]!() : undefined;
}
