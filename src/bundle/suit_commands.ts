import type { CborValue } from "../codec/mod.ts";
import { encodeShape, ShapeReader } from "./_shape.ts";
import { readSuitParameters, type SuitParameters, toSuitParameters } from "./suit_parameters.ts";

/**
 * Commands whose argument is a reporting policy, by number.
 *
 * Source: draft-ietf-suit-manifest, "SUIT Commands".
 */
export const SUIT_POLICY_COMMANDS = {
  "condition-vendor-identifier": 1,
  "condition-class-identifier": 2,
  "condition-image-match": 3,
  "condition-component-slot": 5,
  "condition-check-content": 6,
  "condition-abort": 14,
  "directive-write": 18,
  "directive-fetch": 21,
  "directive-copy": 22,
  "directive-invoke": 23,
  "condition-device-identifier": 24,
  "directive-swap": 31,
} as const;

/** Name of a command whose argument is a reporting policy. */
export type SuitPolicyCommand = keyof typeof SUIT_POLICY_COMMANDS;

/** One command of a sequence. */
export type SuitCommand =
  /** A condition or a directive that only says what is reported: bits 0 to 3. */
  | { readonly name: SuitPolicyCommand; readonly policy: number }
  /** Which components the following is about. */
  | {
    readonly name: "directive-set-component-index";
    readonly index: number | true | readonly number[];
  }
  /** Runs a sequence. */
  | { readonly name: "directive-run-sequence"; readonly sequence: readonly SuitCommand[] }
  /** Runs the first sequence that does not fail; `mayFail`: none has to succeed. */
  | {
    readonly name: "directive-try-each";
    readonly sequences: readonly (readonly SuitCommand[])[];
    readonly mayFail: boolean;
  }
  /** Sets parameters. */
  | { readonly name: "directive-override-parameters"; readonly parameters: SuitParameters };

const SET_COMPONENT_INDEX = 12;
const TRY_EACH = 15;
const OVERRIDE_PARAMETERS = 20;
const RUN_SEQUENCE = 32;
const POLICY_MAX = 15;
/** Sequences within sequences: more has no use, and would only cost our stack. */
const NESTING_MAX = 4;
/** What a sequence shared by all others may do beside conditions. */
const SHARED_DIRECTIVES: readonly string[] = [
  "directive-set-component-index",
  "directive-run-sequence",
  "directive-try-each",
  "directive-override-parameters",
];

const READER: ShapeReader = new ShapeReader("BUNDLE_FORMAT", "bundle");

/** Where a sequence stands. */
export interface SuitSequencePlace {
  /** Its name, for messages. */
  readonly part: string;
  /** Whether it is the shared sequence, or inside it: no directive may act there. */
  readonly isShared?: boolean;
  /** How many sequences it is inside of. */
  readonly depth?: number;
}

/**
 * Decodes a command sequence; unknown commands are refused.
 *
 * @param bytes `[number, argument, ...]`, encoded.
 * @param place Where it stands.
 * @returns The commands.
 * @throws {BundleError} If the bytes are anything else.
 */
export function decodeSuitSequence(
  bytes: Uint8Array,
  place: SuitSequencePlace,
): readonly SuitCommand[] {
  const { part, isShared = false, depth = 0 } = place;
  if (depth > NESTING_MAX) READER.fail(`${part} nests deeper than ${NESTING_MAX} sequences`);
  const items = READER.array(READER.decode(bytes, part), part);
  if (items.length === 0 || items.length % 2 !== 0) {
    READER.fail(`${part} is no list of commands with arguments`);
  }
  const commands: SuitCommand[] = [];
  for (let i = 0; i < items.length; i += 2) {
    const command = readCommand(items[i]!, items[i + 1]!, { part, isShared, depth });
    const isAllowed = !isShared || command.name.startsWith("condition-") ||
      SHARED_DIRECTIVES.includes(command.name);
    if (!isAllowed) READER.fail(`${part} has ${command.name}, which does not belong there`);
    commands.push(command);
  }
  return commands;
}

/**
 * Encodes a command sequence.
 *
 * @param commands The commands; at least one.
 * @returns The bytes.
 */
export function encodeSuitSequence(commands: readonly SuitCommand[]): Uint8Array {
  return encodeShape(commands.flatMap(toItems));
}

function readCommand(
  code: CborValue,
  argument: CborValue,
  { part, isShared, depth }: Required<SuitSequencePlace>,
): SuitCommand {
  const inner = { part, isShared, depth: depth + 1 };
  switch (code) {
    case SET_COMPONENT_INDEX:
      return { name: "directive-set-component-index", index: readIndex(argument) };
    case OVERRIDE_PARAMETERS:
      return {
        name: "directive-override-parameters",
        parameters: readSuitParameters(argument),
      };
    case RUN_SEQUENCE: {
      const sequence = decodeSuitSequence(READER.bytes(argument, "run-sequence"), inner);
      return { name: "directive-run-sequence", sequence };
    }
    case TRY_EACH: {
      const items = READER.array(argument, "try-each");
      const mayFail = items.at(-1) === null;
      const sequences = (mayFail ? items.slice(0, -1) : items)
        .map((item) => decodeSuitSequence(READER.bytes(item, "try-each"), inner));
      if (sequences.length < 2) READER.fail("try-each has fewer than 2 sequences");
      return { name: "directive-try-each", sequences, mayFail };
    }
  }
  const name = (Object.keys(SUIT_POLICY_COMMANDS) as SuitPolicyCommand[])
    .find((known) => SUIT_POLICY_COMMANDS[known] === code);
  if (name === undefined) {
    const shown = typeof code === "number" ? code : "that is no number";
    READER.fail(`${part} has a command ${shown} that canvoy does not know`, "BUNDLE_UNKNOWN_PART");
  }
  const policy = READER.uint(argument, name);
  if (policy > POLICY_MAX) READER.fail(`${name} has policy ${policy}, expected at most 15`);
  return { name, policy };
}

function readIndex(argument: CborValue): number | true | readonly number[] {
  if (argument === true) return true;
  if (!Array.isArray(argument)) return READER.uint(argument, "set-component-index");
  if (argument.length === 0) READER.fail("set-component-index names no component");
  return argument.map((index) => READER.uint(index, "set-component-index"));
}

function toItems(command: SuitCommand): readonly CborValue[] {
  switch (command.name) {
    case "directive-set-component-index":
      return [SET_COMPONENT_INDEX, command.index];
    case "directive-run-sequence":
      return [RUN_SEQUENCE, encodeSuitSequence(command.sequence)];
    case "directive-try-each": {
      const sequences = command.sequences.map(encodeSuitSequence);
      return [TRY_EACH, command.mayFail ? [...sequences, null] : sequences];
    }
    case "directive-override-parameters":
      return [OVERRIDE_PARAMETERS, toSuitParameters(command.parameters)];
    default:
      return [SUIT_POLICY_COMMANDS[command.name], command.policy];
  }
}
