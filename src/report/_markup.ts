/** What XML forbids: controls but tab and line ends, lone surrogates, two non-characters. */
const FORBIDDEN = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu;

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
 * @returns The text; characters that XML forbids have become U+FFFD.
 */
export function escapeMarkup(text: string): string {
  return text.toWellFormed().replace(FORBIDDEN, "\u{FFFD}").replace(
    /[&<>"']/g,
    (sign) => ENTITIES[sign]!,
  );
}
