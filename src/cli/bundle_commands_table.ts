import type { CommandSpec, OperandSpec, OptionSpec } from "./command_spec.ts";

/** The word that names the fleet file. */
export const FLEET: OperandSpec = {
  name: "FLEET",
  use: "fleet",
  summary: "the fleet file (canvoy init writes one)",
};

const TRUST: OptionSpec = {
  name: "trust",
  value: "FILE",
  use: "read",
  isJob: true,
  isRepeatable: true,
  summary: "trust file: whose signatures are accepted; after a rotation give the older file first",
};

/** A signed release, where commands take one. */
export const BUNDLE: readonly OptionSpec[] = [
  {
    name: "bundle",
    value: "FILE",
    use: "read",
    isJob: true,
    summary: "a signed release instead of the images of files",
  },
  TRUST,
];

/** The wish to go back. */
export const DOWNGRADE: OptionSpec = {
  name: "allow-downgrade",
  isJob: true,
  summary:
    "update also nodes that have a newer release, or a version that cannot be compared; the run's " +
    "events say so",
};

/** Leave for code that a fleet file names. */
export const KEY_PROGRAMS: OptionSpec = {
  name: "allow-key-programs",
  summary: "run the programs, modules and libraries that the fleet file names for its keys",
};

const BUNDLE_FILE: OperandSpec = { name: "BUNDLE", use: "read", summary: "a bundle" };
const PASSPHRASE: OptionSpec = {
  name: "passphrase",
  value: "FILE",
  use: "read",
  summary: "its first line opens or closes the private key",
};
const NEW_FILE: OptionSpec = {
  name: "output",
  value: "FILE",
  use: "write",
  summary: "output file (required)",
};

/** The commands that make and look into signed releases. */
export const BUNDLE_COMMANDS: readonly CommandSpec[] = [
  {
    name: "bundle keygen",
    summary: "make a key that signs releases; FILE.pub is its public half",
    operands: [{
      name: "FILE",
      use: "keys",
      summary: "where the private key goes, for its owner alone",
    }],
    options: [
      {
        name: "algorithm",
        value: "NAME",
        choices: ["ed25519", "es256"],
        summary: "ed25519 (default) or es256",
      },
      PASSPHRASE,
    ],
    examples: ["canvoy bundle keygen release.pem"],
  },
  {
    name: "bundle trust",
    summary:
      "write a trust file: whose signatures are accepted, how many are required, and until when",
    operands: [{ name: "FILE", use: "write", summary: "where to" }],
    options: [
      {
        name: "key",
        value: "FILE",
        use: "read",
        isRepeatable: true,
        summary: "a public key that signs releases",
      },
      {
        name: "root",
        value: "FILE",
        use: "read",
        isRepeatable: true,
        summary: "a public key that signs trust files; those of --key by default",
      },
      {
        name: "threshold",
        value: "N",
        range: { min: 1, max: 100 },
        summary: "how many keys must sign a release; 1 by default",
      },
      {
        name: "root-threshold",
        value: "N",
        range: { min: 1, max: 100 },
        summary: "how many keys must sign a trust file; 1 by default",
      },
      { name: "expires", value: "DATE", summary: "expiry date, YYYY-MM-DD (required)" },
      {
        name: "previous",
        value: "FILE",
        use: "read",
        summary: "the trust file that this one follows",
      },
      { name: "revoke", value: "ID", isRepeatable: true, summary: "ID of a key to revoke" },
    ],
    examples: [
      "canvoy bundle trust trust.cbor --key release.pem.pub --expires 2027-12-31",
      "canvoy bundle trust next.cbor --previous trust.cbor --key new.pem.pub " +
      "--revoke 0123456789abcdef --expires 2028-12-31",
    ],
  },
  {
    name: "bundle pack",
    summary: "one file with all images of a fleet file, for the hardware that its nodes declare",
    operands: [FLEET],
    options: [
      { name: "vendor", value: "DOMAIN", summary: "the vendor's domain (required)" },
      {
        name: "sequence",
        value: "N",
        range: { min: 0, max: 0xFFFF_FFFF },
        summary: "the release's number, higher than any before (required)",
      },
      { name: "description", value: "TEXT", summary: "what is said of the release" },
      NEW_FILE,
    ],
    examples: [
      "canvoy bundle pack fleet.yaml --vendor example.com --sequence 7 --output r7.suit",
    ],
  },
  {
    name: "bundle sign",
    summary: "sign a bundle or a trust file, beside the signatures that it has",
    operands: [{
      name: "FILE",
      use: "change",
      summary: "the bundle or trust file; it is replaced",
    }],
    options: [{
      name: "key",
      value: "FILE",
      use: "read",
      summary: "the private key (required)",
    }, PASSPHRASE],
    examples: ["canvoy bundle sign r7.suit --key release.pem"],
  },
  {
    name: "bundle verify",
    summary: "compare a bundle with its digests, its signatures and a trust file",
    operands: [BUNDLE_FILE],
    options: [TRUST],
    examples: ["canvoy bundle verify r7.suit --trust trust.cbor"],
  },
  {
    name: "bundle inspect",
    summary: "show everything in a bundle or trust file, as text and as CBOR",
    operands: [{
      name: "FILE",
      use: "read",
      summary: "a bundle, any SUIT envelope, or a trust file",
    }],
    options: [],
    examples: ["canvoy bundle inspect r7.suit"],
  },
  {
    name: "bundle unpack",
    summary: "write the images of a bundle as Intel HEX files",
    operands: [BUNDLE_FILE],
    options: [
      {
        name: "output",
        value: "FOLDER",
        use: "write",
        summary: "an existing folder (required)",
      },
      TRUST,
    ],
    examples: ["canvoy bundle unpack r7.suit --output images"],
  },
];
