/** What stands in a bundle that its makers want named: software bill of materials, notices. */

/** A package whose code the bundle holds. */
export interface BundledPackage {
  /** Its name. */
  readonly name: string;
  /** Its version. */
  readonly version: string;
  /** SPDX identifier of its license. */
  readonly license: string;
  /** The text of its license. */
  readonly licenseText: string;
}

/**
 * Finds the packages that a bundle holds, by the comments that the bundler leaves in front of each
 * file.
 *
 * @param code The bundle's files.
 * @returns `name@version` of each, sorted.
 */
export function bundledPackages(code: readonly string[]): readonly string[] {
  const found = code.flatMap((text) =>
    [...text.matchAll(/node_modules\/\.deno\/((?:@[\w.-]+\+)?[\w.-]+@[\w.-]+)\/node_modules\//g)]
      .map((match) => match[1]!.replace("+", "/"))
  );
  return [...new Set(found)].sort();
}

/**
 * Writes a software bill of materials.
 *
 * Source: CycloneDX 1.6, JSON.
 *
 * @param version canvoy's version.
 * @param packages What it holds of others.
 * @returns The document.
 */
export function cycloneDx(version: string, packages: readonly BundledPackage[]): string {
  const component = (name: string, one: string, license: string, type = "library") => ({
    type,
    "bom-ref": `pkg:npm/${name.replace("@", "%40")}@${one}`,
    name,
    version: one,
    purl: `pkg:npm/${name.replace("@", "%40")}@${one}`,
    licenses: [{ license: { id: license } }],
  });
  const own = component("canvoy", version, "MIT", "application");
  const components = packages.map((one) => component(one.name, one.version, one.license));
  const bom = {
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: { component: own },
    components,
    dependencies: [
      { ref: own["bom-ref"], dependsOn: components.map((one) => one["bom-ref"]) },
      ...components.map((one) => ({ ref: one["bom-ref"], dependsOn: [] })),
    ],
  };
  return JSON.stringify(bom, undefined, 2) + "\n";
}

/**
 * Writes the notices that licenses ask for.
 *
 * @param packages What the bundle holds of others.
 * @returns One text.
 */
export function thirdPartyNotices(packages: readonly BundledPackage[]): string {
  const parts = packages.map(({ name, version, license, licenseText }) =>
    `${name} ${version} (${license})\n\n${licenseText.trim()}\n`
  );
  const head = "canvoy's programs hold code of these packages, unchanged but for being bundled.\n";
  return [head, ...parts].join(`\n${"-".repeat(78)}\n\n`);
}
