/** How the report looks: light and dark as the reader's system does, and on paper. */
export const REPORT_STYLE = `
:root {
  color-scheme: light dark;
  --back: #fff; --text: #1b1f24; --dim: #57606a; --line: #d0d7de; --card: #f6f8fa;
  --good: #17692b; --bad: #b3131c; --bad-back: #fff0ef;
  --waiting: #dfe3e8; --entering: #9a7bd0; --checking: #6fb7c9; --erasing: #e0912f;
  --writing: #2f6fd0; --verifying: #2fa36b; --retrying: #d6336c; --activating: #7a8794;
}
@media (prefers-color-scheme: dark) {
  :root {
    --back: #0f1419; --text: #e6e9ed; --dim: #9aa5b1; --line: #313a44; --card: #181f27;
    --good: #56d078; --bad: #ff8078; --bad-back: #2c1618;
    --waiting: #2b333c; --entering: #9f84d8; --checking: #4f9db0; --erasing: #d08a34;
    --writing: #4d8cea; --verifying: #3fb37c; --retrying: #ea5c8c; --activating: #8793a0;
  }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem; max-width: 76rem; background: var(--back);
  color: var(--text); font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.5rem; margin: 0 0 .25rem; } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
.verdict { font-weight: 600; } .good { color: var(--good); fill: var(--good); }
.bad { color: var(--bad); fill: var(--bad); } .dim { color: var(--dim); fill: var(--dim); }
.cards { display: flex; flex-wrap: wrap; gap: .75rem; padding: 0; margin: 1rem 0; list-style: none; }
.cards li { background: var(--card); border: 1px solid var(--line); border-radius: 6px;
  padding: .5rem .9rem; min-width: 7rem; }
.cards b { display: block; font-size: 1.25rem; }
.failure { border: 1px solid var(--bad); border-left-width: 6px; border-radius: 6px;
  background: var(--bad-back); padding: .6rem .9rem; margin: .6rem 0; break-inside: avoid; }
.failure h3 { margin: 0; font-size: 1rem; } .failure p { margin: .25rem 0 0; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .87rem; }
th, td { text-align: left; padding: .25rem .6rem .25rem 0; border-bottom: 1px solid var(--line);
  vertical-align: top; }
th { color: var(--dim); font-weight: 600; white-space: nowrap; }
td.number, th.number { text-align: right; white-space: nowrap; }
td.keep, .nodes td { white-space: nowrap; } .nodes td.words { white-space: normal; }
.fields { width: auto; } .fields th { padding-right: 1.5rem; }
.fields td { min-width: min(16rem, 50vw); } .fields td.blank { height: 2em; border-bottom-color: var(--text); }
.brief { padding-left: 1.2rem; margin: .3rem 0; overflow-wrap: anywhere; }
td.mono { min-width: 9rem; } td.digest { padding-left: 1rem; font-family: ui-monospace, monospace; font-size: .78em; white-space: nowrap; }
code, .mono { font-family: ui-monospace, monospace; font-size: .92em; overflow-wrap: anywhere; }
svg.timeline, svg.load { display: block; width: 100%; height: auto; min-width: 40rem; }
svg text { fill: var(--text); font: 11px ui-monospace, monospace; }
svg text.good { fill: var(--good); } svg text.bad { fill: var(--bad); }
svg text.tick { fill: var(--dim); text-anchor: middle; } svg text.end { text-anchor: end; }
svg .grid { stroke: var(--line); stroke-width: 1; fill: none; }
svg .line { stroke: var(--writing); stroke-width: 1.5; fill: none; }
svg .area { fill: var(--writing); opacity: .18; }
.a-waiting { fill: var(--waiting); } .a-entering { fill: var(--entering); }
.a-checking { fill: var(--checking); } .a-erasing { fill: var(--erasing); }
.a-writing { fill: var(--writing); } .a-verifying { fill: var(--verifying); }
.a-retrying { fill: var(--retrying); } .a-activating { fill: var(--activating); }
.legend { display: flex; flex-wrap: wrap; gap: .25rem 1rem; list-style: none; padding: 0;
  margin: .25rem 0; font-size: .87rem; }
.legend svg { width: .8em; height: .8em; margin-right: .35em; }
.incidents { border-bottom: 1px solid var(--line); font-size: .87rem; }
.incidents summary { display: grid; grid-template-columns: 1rem 10rem 5rem 6rem 1fr; gap: 0 .6rem;
  padding: .3rem 0; cursor: pointer; overflow-wrap: anywhere; }
.incidents summary::-webkit-details-marker { display: none; }
.incidents summary::before { content: "\\25B8"; color: var(--dim); }
.incidents[open] summary::before { content: "\\25BE"; }
.incidents summary:hover { background: var(--card); }
.incidents table { margin: 0 0 .8rem 1.6rem; width: calc(100% - 1.6rem); }
.incidents td:last-child { width: 100%; overflow-wrap: anywhere; }
.incidents p { margin: .2rem 0 .8rem 1.6rem; }
@media screen and (max-width: 48rem) {
  .incidents summary { grid-template-columns: 1rem 1fr 5rem 6rem; }
  .incidents summary .cause { grid-column: 2 / -1; }
}
@page { margin: 12mm; }
@media print {
  :root { color-scheme: light; --back: #fff; --text: #000; --dim: #444; --line: #bbb;
    --card: #fff; --good: #17692b; --bad: #b3131c; --bad-back: #fff; --waiting: #dfe3e8; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  body { max-width: none; padding: 0; font-size: 9.5pt; line-height: 1.35; }
  h2, h3 { break-after: avoid; } .whole { break-inside: avoid; }
  table { font-size: 8pt; } td.digest { font-size: 6.8pt; } .incidents { font-size: 8pt; }
  .summary { break-after: page; }
  .scroll { overflow: visible; } tr { break-inside: avoid; } thead { display: table-header-group; }
  svg.timeline, svg.load { min-width: 0; }
  .incidents::details-content { content-visibility: visible; }
  .incidents summary { break-after: avoid; }
  .incidents summary::before, .incidents[open] summary::before { content: ""; }
}
`;
