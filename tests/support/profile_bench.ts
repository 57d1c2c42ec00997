import { withFolder } from "./programs.ts";

const CONFIGS = new URL("../../configs/", import.meta.url);

/** A folder with a fleet file of one node, `fleet.yaml`, and the files that it names. */
export interface ProfileBench {
  /** The folder. */
  readonly folder: string;
  /** The fleet file. */
  readonly fleet: string;
  /** Writes a file into the folder; gives its path. */
  readonly write: (name: string, text: string) => string;
}

/** What of the fleet file is not as it is by default. */
export interface FleetChange {
  /** What follows `profiles:`, indented. */
  readonly profiles?: string;
  /** What the node says besides, a line each. */
  readonly node?: readonly string[];
}

/**
 * Runs a body with a folder that is gone afterwards: its fleet is `configs/minimal.yaml` with a
 * profile `ours`.
 */
export async function withProfileBench(
  change: FleetChange,
  body: (bench: ProfileBench) => Promise<void>,
): Promise<void> {
  await withFolder(async (folder) => {
    Deno.mkdirSync(`${folder}/images`);
    const write = (name: string, text: string): string => {
      Deno.writeTextFileSync(`${folder}/${name}`, text);
      return `${folder}/${name}`;
    };
    const image = "images/f407_v2.hex";
    Deno.copyFileSync(new URL(image, CONFIGS), `${folder}/${image}`);
    const fleet = write("fleet.yaml", fleetText(change));
    await body({ folder, fleet, write });
  });
}

function fleetText({ profiles, node = [] }: FleetChange): string {
  const text = Deno.readTextFileSync(new URL("minimal.yaml", CONFIGS));
  const lines = [...(profiles === undefined ? [] : ["profile: ours"]), ...node];
  return text.trimEnd() + "\n" + lines.map((line) => `    ${line}\n`).join("") +
    (profiles === undefined ? "" : `profiles:\n${profiles}\n`);
}
