import css from "./page/page.css" with { type: "text" };
import html from "./page/page.html" with { type: "text" };
import js from "./page/page.js" with { type: "text" };

/** The files of the live page, by the path they are served at: media type and text. */
export const PAGE_FILES: ReadonlyMap<string, { readonly type: string; readonly text: string }> =
  new Map([
    ["/", { type: "text/html; charset=utf-8", text: html }],
    ["/page.css", { type: "text/css; charset=utf-8", text: css }],
    ["/page.js", { type: "text/javascript; charset=utf-8", text: js }],
  ]);
