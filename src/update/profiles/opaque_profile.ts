import type { UpdateProfile } from "./profile.ts";

/**
 * Takes out of a profile what needs to know what flash will hold: of an image that the bootloader
 * alone understands, only it does.
 *
 * @param profile How the node is talked to.
 * @returns The same without group downloads, runs left out, and checks before anything is erased.
 */
export function opaqueProfile(profile: UpdateProfile): UpdateProfile {
  const { group: _group, download, check, ...others } = profile;
  return {
    ...others,
    download: { ...download, skipsErased: false },
    ...(check === undefined ? {} : { check: { ...check, readOnly: false } }),
  };
}
