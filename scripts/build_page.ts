/**
 * Puts the files of scripts/page/ into src/report/page_files.ts: the page is served from the program
 * itself and nothing is read at run time.
 *
 *     deno run --allow-read --allow-write scripts/build_page.ts
 */
const WEB = new URL("./page/", import.meta.url);
const OUT = new URL("../src/report/page_files.ts", import.meta.url);

/** The files of the page, by the path they are served at, and their media types. */
const FILES: readonly (readonly [path: string, file: string, type: string])[] = [
  ["/", "page.html", "text/html; charset=utf-8"],
  ["/page.css", "page.css", "text/css; charset=utf-8"],
  ["/page.js", "page.js", "text/javascript; charset=utf-8"],
];

/**
 * Makes the module.
 *
 * @returns Its text.
 */
export function pageModule(): string {
  const entries = FILES.map(([path, file, type]) => {
    const text = Deno.readTextFileSync(new URL(file, WEB));
    const escaped = text.replace(/[\\`]|\$\{/g, "\\$&");
    return `  [${JSON.stringify(path)}, { type: ${
      JSON.stringify(type)
    }, text: \`${escaped}\` }],\n`;
  });
  return "// deno-fmt-ignore-file\n" +
    "// Made of scripts/page/ by scripts/build_page.ts; a test keeps it in step.\n\n" +
    "/** The files of the live page, by the path they are served at: media type and text. */\n" +
    "export const PAGE_FILES: ReadonlyMap<string, { readonly type: string; readonly text: string }> " +
    `= new Map([\n${entries.join("")}]);\n`;
}

if (import.meta.main) Deno.writeTextFileSync(OUT, pageModule());
