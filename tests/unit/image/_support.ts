import { throws } from "node:assert/strict";
import { ImageFormatError, type ImageProblem } from "../../../src/image/mod.ts";

/**
 * Builds an Intel HEX record with the right checksum, apart from the writer under test.
 *
 * @param fields Length, address, type and data in hexadecimal.
 * @returns The line.
 */
export function hexRecord(fields: string): string {
  return ":" + fields + checksumOf(fields, 0x100);
}

/**
 * Builds an S-record with the right checksum, apart from the writer under test.
 *
 * @param type For example `S1`.
 * @param fields Count, address and data in hexadecimal.
 * @returns The line.
 */
export function sRecord(type: string, fields: string): string {
  return type + fields + checksumOf(fields, 0xFF);
}

function checksumOf(fields: string, target: number): string {
  let sum = 0;
  for (const pair of fields.match(/../g) ?? []) sum += parseInt(pair, 16);
  return ((target - sum % 256 + 256) % 256).toString(16).toUpperCase().padStart(2, "0");
}

/**
 * @param text ASCII.
 * @returns Its bytes.
 */
export function ascii(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/**
 * @param folder For example `vectors/image`.
 * @param name The file's name.
 * @returns Its content.
 */
export function readTestFile(folder: string, name: string): Uint8Array {
  return Deno.readFileSync(new URL(`../../${folder}/${name}`, import.meta.url));
}

/**
 * Asserts that reading fails in exactly one way.
 *
 * @param read What to try.
 * @param problem The kind of problem.
 * @param message The whole message.
 */
export function refuses(read: () => unknown, problem: ImageProblem, message: string): void {
  throws(read, (error) => {
    if (!(error instanceof ImageFormatError)) throw error;
    throws(() => {
      throw error;
    }, { name: "ImageFormatError", code: "IMAGE_FORMAT", problem, message });
    return true;
  });
}
