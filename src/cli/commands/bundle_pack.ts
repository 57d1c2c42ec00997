import { defined } from "../../core/mod.ts";
import type { Host } from "../../adapters/mod.ts";
import {
  BundleError,
  encodeSuitEnvelope,
  packRelease,
  type ReleaseComponent,
} from "../../bundle/mod.ts";
import type { FirmwareImage } from "../../image/mod.ts";
import { type CommandArguments, optionNumber, optionText } from "../command_spec.ts";
import { EXIT_STATUS, type ExitStatus } from "../exit_status.ts";
import { type LoadedFleet, loadFleet } from "../load_jobs.ts";
import { Output } from "../output.ts";
import { UsageError } from "../usage_error.ts";

/**
 * Packs the images that a fleet file names, for the hardware that its nodes declare.
 *
 * @param args The command line.
 * @param host The outside.
 * @returns 0.
 */
export function run(args: CommandArguments, host: Host): Promise<ExitStatus> {
  const output = new Output(args, host);
  const vendor = optionText(args, "vendor");
  const file = optionText(args, "output");
  const sequenceNumber = optionNumber(args, "sequence");
  if (vendor === undefined || file === undefined || sequenceNumber === undefined) {
    throw new UsageError(args.command, "--vendor, --sequence and --output are needed");
  }
  const loaded = loadFleet(args.operands[0]!, args, host);
  const components = componentsOf(loaded);
  const names = new Set(components.map(({ name }) => name));
  const images = new Map(
    [...names].map((name): [string, FirmwareImage] => [name, loaded.image(name)]),
  );
  const description = optionText(args, "description") ?? "";
  const envelope = packRelease({ vendor, sequenceNumber, description, components, images });
  const bytes = encodeSuitEnvelope(envelope);
  host.writeFile(file, bytes, { replace: false });
  output.result(
    `${file}: release ${sequenceNumber} of ${vendor}, ${components.length} components, ` +
      `${bytes.length} bytes, not signed yet`,
  );
  output.note(`Sign it: canvoy bundle sign ${file} --key KEY`);
  output.summary({ file, sequenceNumber, components, bytes: bytes.length });
  return Promise.resolve(EXIT_STATUS.ok);
}

/** One component for each image and each hardware that it is for. */
function componentsOf({ fleet, nodes }: LoadedFleet): readonly ReleaseComponent[] {
  const components = new Map<string, ReleaseComponent>();
  for (const { name: node, image, driver, hardware, part } of nodes) {
    if (hardware === undefined) {
      throw new BundleError(
        "BUNDLE_HARDWARE_UNDECLARED",
        `Cannot pack bundle: node "${node}" declares no hardware`,
      );
    }
    for (const name of driver === undefined ? [image] : [image, driver]) {
      const { version, requires = [] } = fleet.images.get(name)!;
      components.set(JSON.stringify([name, hardware, part]), {
        name,
        hardware,
        ...defined({ part, version }),
        requires,
      });
    }
  }
  return [...components.values()];
}
