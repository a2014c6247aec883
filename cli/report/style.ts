/** Style of a page: one column of text and figures; light, dark, phone and print. */

const light = `
  color-scheme: light; --page: #ffffff; --ink: #1b1f24; --quiet: #59626d; --line: #e1e5ea; --soft: #f5f7f9;
  --accent: #0f6a84;`

const dark = `
  color-scheme: dark; --page: #15181d; --ink: #e4e7eb; --quiet: #9ba5b0; --line: #2d333b; --soft: #1c2026;
  --accent: #57bcd8;`

/** Style sheet of every page. */
export const style = `
:root {${light} }
@media (prefers-color-scheme: dark) { :root:not([data-theme=light]) {${dark} } }
:root[data-theme=dark] {${dark} }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; scroll-padding-top: 16px; }
body { margin: 0; background: var(--page); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, 'DejaVu Sans', sans-serif; }
a { color: var(--accent); text-underline-offset: 2px; }
.layout { max-width: 1240px; margin: 0 auto; padding: 0 20px 64px; }
header { padding: 44px 0 20px; display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 0 24px; align-items: start; }
h1 { font-size: clamp(26px, 4.5vw, 36px); line-height: 1.15; letter-spacing: -0.02em; margin: 0 0 10px; overflow-wrap: anywhere; }
.lead { grid-column: 1 / -1; margin: 0; font-size: 17px; color: var(--quiet); max-width: 68ch; overflow-wrap: anywhere; }
h2 { font-size: 23px; letter-spacing: -0.012em; line-height: 1.25; margin: 0 0 14px; overflow-wrap: anywhere; }
h3 { font-size: 18px; line-height: 1.3; margin: 0 0 12px; overflow-wrap: anywhere; }
p { margin: 0 0 12px; max-width: 72ch; overflow-wrap: anywhere; }
code { font-size: 0.9em; }
.theme { border: 1px solid var(--line); background: none; color: var(--quiet); font: inherit; font-size: 14px;
  padding: 5px 12px; border-radius: 999px; cursor: pointer; }
.theme:hover { color: var(--ink); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
nav { font-size: 14px; border-block: 1px solid var(--line); padding: 10px 0; margin-bottom: 8px; }
nav ol { list-style: none; margin: 0; padding: 0; display: flex; flex-wrap: wrap; gap: 2px 18px; }
nav a { color: var(--quiet); text-decoration: none; overflow-wrap: anywhere; }
nav a:hover { color: var(--accent); }
section { padding: 30px 0 6px; }
section.part { padding-top: 20px; }
section.whole + section.whole { border-top: 1px solid var(--line); }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 380px), 1fr)); gap: 26px 28px; margin: 18px 0; }
figure { margin: 0; min-width: 0; break-inside: avoid; }
figure.wide { grid-column: 1 / -1; }
figure > svg { display: block; max-width: 100%; height: auto; }
figure svg { color: inherit; }
figure .ground { fill: none; }
figcaption { font-size: 14px; line-height: 1.45; color: var(--quiet); margin-top: 6px; max-width: 76ch; overflow-wrap: anywhere; }
figcaption b { color: var(--ink); font-weight: 600; }
.save { font-size: 12px; white-space: nowrap; }
.scroll { overflow-x: auto; margin: 14px 0; max-width: 100%; }
table { border-collapse: collapse; font-size: 14px; font-variant-numeric: tabular-nums; }
th, td { text-align: left; vertical-align: top; padding: 5px 22px 5px 0; border-bottom: 1px solid var(--line); }
td { overflow-wrap: break-word; min-width: 6ch; white-space: pre-line; }
th { color: var(--quiet); font-weight: 500; white-space: nowrap; }
td.number, th.number { text-align: right; white-space: nowrap; }
.explorer { margin: 18px 0; border: 1px solid var(--line); border-radius: 12px; background: var(--soft); padding: 18px; }
.explorer label { font-size: 14px; color: var(--quiet); }
.explorer select { font: inherit; font-size: 14px; margin: 0 0 14px 6px; padding: 4px 8px; color: inherit; max-width: 100%;
  background: var(--page); border: 1px solid var(--line); border-radius: 6px; }
.explorer .views { display: grid; grid-template-columns: minmax(0, 520px) minmax(0, 1fr); gap: 16px 32px; align-items: start; }
.explorer .area { position: relative; }
.explorer .plane { display: block; width: 100%; aspect-ratio: 1; touch-action: none; cursor: crosshair; border-radius: 4px; }
.explorer .here, .explorer .ring { position: absolute; left: 0; top: 0; pointer-events: none; }
.explorer .here::before, .explorer .ring::before { content: ''; position: absolute; border-radius: 50%; box-sizing: border-box; }
.explorer .here::before { width: 14px; height: 14px; margin: -7px; border: 2.5px solid var(--page); background: var(--ink); }
.explorer .ring::before { width: 16px; height: 16px; margin: -8px; border: 2px solid var(--ink); }
.explorer .pictures { display: flex; flex-wrap: wrap; gap: 20px 24px; }
.explorer .pictures > div { min-width: 0; }
.explorer h4 { margin: 0 0 6px; font-size: 13px; font-weight: 500; color: var(--quiet); }
.explorer .decoded { display: block; width: 224px; max-width: 100%; image-rendering: pixelated; border-radius: 6px; }
.explorer .example:not([hidden]) { display: block; }
.explorer .example { width: 112px; max-width: 100%; image-rendering: pixelated; border-radius: 6px; }
.explorer .z, .explorer .who { margin: 8px 0 0; font-size: 14px; font-variant-numeric: tabular-nums; }
.explorer .who { white-space: pre-line; }
.explorer .legend { list-style: none; padding: 0; margin: 16px 0 0; display: flex; flex-wrap: wrap; gap: 4px 14px; font-size: 13px; color: var(--quiet); }
.explorer .legend i { display: inline-block; width: 9px; height: 9px; border-radius: 50%; margin-right: 6px; }
.explorer .hint { margin: 16px 0 0; font-size: 13px; color: var(--quiet); }
footer { margin-top: 36px; padding-top: 14px; border-top: 1px solid var(--line); font-size: 13px; color: var(--quiet); }
@media (min-width: 1100px) {
  .layout { display: grid; grid-template-columns: 190px minmax(0, 1fr); column-gap: 44px; }
  header, footer { grid-column: 1 / -1; }
  nav { border: 0; padding: 32px 0; margin: 0; position: sticky; top: 0; align-self: start; max-height: 100vh; overflow-y: auto; }
  nav ol { flex-direction: column; gap: 6px; }
  nav li.part { padding-left: 12px; }
  section:first-child { padding-top: 26px; }
}
@media (max-width: 700px) {
  .layout { padding: 0 16px 48px; }
  header { padding: 26px 0 16px; }
  .explorer { padding: 12px; }
  .explorer .views { grid-template-columns: minmax(0, 1fr); }
  .explorer .pictures { flex-wrap: nowrap; gap: 16px; }
  .explorer .decoded { width: 168px; }
}
@media print {
  .theme, nav, .explorer, .save { display: none; }
  .layout { display: block; max-width: none; padding: 0; }
  header { padding: 0 0 12px; }
  section { padding-top: 16px; }
}
`
