import { fileURLToPath } from "node:url";

/**
 * The folder with the fleets and images that canvoy brings with it. The package keeps its programs
 * as far beneath its own folder as this file lies beneath the project's.
 */
export const OWN_CONFIGS = fileURLToPath(new URL("../../configs/", import.meta.url));
