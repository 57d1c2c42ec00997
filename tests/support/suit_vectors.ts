import { parseCddl } from "./cddl_parser.ts";
import { CddlWalker } from "./cddl_walker.ts";

const FOLDER = new URL("../vectors/suit/", import.meta.url);

/** What SUIT's CDDL takes from other documents: RFC 9052. */
const COSE_CDDL = `
COSE_Sign1_Tagged = #6.18(COSE_Sign1)
COSE_Sign1 = [bstr, {* COSE_Label => any}, bstr / nil, bstr]
COSE_Label = int / tstr
`;

/** The envelopes that the specification prints, smaller ones of an example first. */
export function suitExamples(): readonly { readonly name: string; readonly bytes: Uint8Array }[] {
  return [0, 1, 2, 3].flatMap((number) => {
    const text = Deno.readTextFileSync(new URL(`example${number}.txt`, FOLDER));
    const blocks = [...text.matchAll(/^~~~\n\n?((?:[0-9a-f]+\n)+)~~~$/gm)];
    return blocks.map((block, i) => ({
      name: `example ${number}.${i}`,
      bytes: Uint8Array.fromHex(block[1]!.replaceAll(/\s/g, "")),
    }));
  });
}

/** The public key of the examples' signatures. */
export function suitPublicKey(): Uint8Array {
  const pem = Deno.readTextFileSync(new URL("public_key.pem", FOLDER));
  return Uint8Array.fromBase64(pem.replaceAll(/-----[^-]+-----|\s/g, ""));
}

/** A walker over the specification's own CDDL. */
export function suitWalker(): CddlWalker {
  const cddl = Deno.readTextFileSync(new URL("draft-ietf-suit-manifest.cddl", FOLDER));
  return new CddlWalker(parseCddl(cddl + COSE_CDDL));
}
