/**
 * How `scripts/canvoy` has Deno run a program of the project: nothing is asked, fetched or locked.
 * With `auto`, two processes that begin at once wait for each other, and say so on standard error.
 */
export const RUN_OPTIONS: readonly string[] = [
  "--no-prompt",
  "--frozen",
  "--cached-only",
  "--node-modules-dir=manual",
];
