/**
 * What XML forbids, controls but tab and line ends, lone surrogates, two non-characters; and what
 * shows a text otherwise than it is: controls, characters of format, separators of lines.
 */
const FORBIDDEN = /(?![\t\n\r])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\u{FFFE}\u{FFFF}]/gu;

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/**
 * Makes any text safe within elements and quoted attributes of HTML, SVG and XML.
 *
 * @param text Any text: names, versions and messages may come from nodes.
 * @returns The text; characters that XML forbids, or that are none to see, are U+FFFD.
 */
export function escapeMarkup(text: string): string {
  return text.toWellFormed().replace(FORBIDDEN, "\u{FFFD}").replace(
    /[&<>"']/g,
    (sign) => ENTITIES[sign]!,
  );
}
