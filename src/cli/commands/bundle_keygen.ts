import { encodePem, encryptPkcs8, generateSigningKey, type Host } from "../../adapters/mod.ts";
import { keyIdOf } from "../../bundle/mod.ts";
import { type CommandArguments, optionText } from "../command_spec.ts";
import { EXIT_STATUS, type ExitStatus } from "../exit_status.ts";
import { Output } from "../output.ts";
import { readPassphrase } from "../signing_keys.ts";

const ALGORITHMS = { ed25519: "EdDSA", es256: "ES256" } as const;

/**
 * Makes a key: a private file for its owner alone, and a public one beside it.
 *
 * @param args The command line.
 * @param host The outside.
 * @returns 0.
 */
export async function run(args: CommandArguments, host: Host): Promise<ExitStatus> {
  const output = new Output(args, host);
  const file = args.operands[0]!;
  const name = optionText(args, "algorithm") ?? "ed25519";
  const algorithm = ALGORITHMS[name as keyof typeof ALGORITHMS];
  const passphrase = readPassphrase(args, host);
  const key = await generateSigningKey(algorithm);
  const pem = passphrase === undefined
    ? encodePem("PRIVATE KEY", key.pkcs8)
    : encodePem("ENCRYPTED PRIVATE KEY", await encryptPkcs8(key.pkcs8, passphrase));
  host.writeSecretFile(file, new TextEncoder().encode(pem));
  const publicPem = new TextEncoder().encode(encodePem("PUBLIC KEY", key.spki));
  host.writeFile(`${file}.pub`, publicPem, { replace: false });
  const id = keyIdOf(key.spki).toHex();
  output.result(`${file}: private key, keep it secret; ${file}.pub: public key ${id.slice(0, 16)}`);
  output.summary({ file, publicFile: `${file}.pub`, keyId: id, algorithm: name });
  return EXIT_STATUS.ok;
}
