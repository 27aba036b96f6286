import { darkColors } from "../../figures/layout/palette.js";

// A series' color is an attribute of its marks. On a dark page a rule replaces it.
const darkMarks = [...darkColors]
  .map(([light, dark]) => `svg [stroke="${light}"]{stroke:${dark}}svg [fill="${light}"]{fill:${dark}}`)
  .join("");

/** The page's style sheet, for light and dark, narrow and wide screens and for paper. */
export const pageStyle = `
:root{color-scheme:light dark;--paper:#fff;--ink:#1b1f24;--soft:#59636e;--line:#d1d9e0;--band:#f6f8fa;--link:#0550ae;
--good:#116329;--bad:#a40e26;--none:#59636e}
@media screen and (prefers-color-scheme:dark){:root{--paper:#14171c;--ink:#e6e9ed;--soft:#a3adb8;--line:#3a424c;
--band:#1c2128;--link:#79b8ff;--good:#56d364;--bad:#ff8182;--none:#a3adb8}
svg [stroke="#fff"]{stroke:#14171c}svg [stroke="#1b1f24"]{stroke:#e6e9ed}svg [stroke="#767676"]{stroke:#9aa4af}
svg [fill="#767676"]{fill:#9aa4af}${darkMarks}}
*{box-sizing:border-box}
body{margin:0 auto;padding:1rem clamp(.75rem,3vw,2.5rem) 4rem;max-width:170rem;background:var(--paper);color:var(--ink);
font:1rem/1.5 system-ui,-apple-system,"Segoe UI","Liberation Sans","DejaVu Sans",sans-serif}
h1{font-size:1.6rem;margin:.5rem 0;overflow-wrap:anywhere}h2{font-size:1.25rem;margin:2.5rem 0 .75rem}
h3{font-size:1rem;margin:1.5rem 0 .5rem}
p{max-width:75ch}a{color:var(--link)}small,.soft{color:var(--soft)}
nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;padding:0;margin:0;list-style:none}
:focus-visible{outline:3px solid var(--link);outline-offset:2px}
.skip{position:absolute;left:-99rem}.skip:focus{left:1rem;top:.5rem;background:var(--paper);padding:.5rem}
.scroll{overflow:auto;max-width:100%}section>.scroll{max-height:85vh;width:fit-content}
.origin{display:grid;grid-template-columns:max-content 1fr;gap:.1rem 1rem;font-size:.875rem;max-width:110ch;margin:.5rem 0}
.origin dt{color:var(--soft)}.origin dd{margin:0;overflow-wrap:anywhere}
details{font-size:.875rem;margin:.5rem 0 1rem}pre{overflow-x:auto;margin:.25rem 0}.note{margin:.25rem 0}
.figures{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,38rem),1fr));gap:0 2rem;align-items:start}
.figures figure{min-width:0}
table{border-collapse:collapse;font-size:.875rem;font-variant-numeric:tabular-nums}
caption{text-align:left;color:var(--soft);padding:1.25rem 0 .25rem}
caption span{position:sticky;left:0;display:inline-block;max-width:min(75ch,calc(100vw - 3rem))}
th,td{padding:.3rem .6rem;border-bottom:1px solid var(--line);text-align:left;vertical-align:top}
td.number{text-align:right;white-space:nowrap}
thead th{background:var(--band);vertical-align:bottom;position:sticky;top:0;z-index:1}
tbody th[scope=row]{position:sticky;left:0;background:var(--paper)}th[scope=row]{font-weight:500}td,th[scope=row]{white-space:nowrap}
th button{font:inherit;font-weight:600;color:inherit;background:none;border:0;padding:0;cursor:pointer;text-align:inherit}
th button::after{content:" \\2195";color:var(--soft)}
th[aria-sort=ascending] button::after{content:" \\2191"}th[aria-sort=descending] button::after{content:" \\2193"}
figure{margin:1.25rem 0 2rem}figure svg{display:block;height:auto;width:100%}
figcaption{font-size:.875rem;color:var(--soft);max-width:100ch}
.paper{fill:none}
#medians figure,#runs figure{content-visibility:auto;contain-intrinsic-size:auto 40rem}
.overview{padding:0;list-style:none;display:grid;gap:.4rem}.overview li{display:grid;grid-template-columns:9.5rem 1fr;gap:.5rem;align-items:baseline}
.overview a{color:inherit}
@media(max-width:40rem){.overview li{grid-template-columns:1fr;gap:0}}
.finding{border:1px solid var(--line);border-radius:.5rem;padding:.75rem 1rem;margin:.75rem 0}
.finding h3{margin:0 0 .25rem}.finding dl{margin:.5rem 0;display:grid;grid-template-columns:max-content 1fr;gap:.1rem .75rem;font-size:.875rem}
.finding dt{color:var(--soft)}.finding dd{margin:0;overflow-wrap:anywhere}.claim{margin:.75rem 0 0;font-weight:600}
.verdict{display:inline-block;justify-self:start;border:1.5px solid;border-radius:1rem;padding:0 .6rem;font-size:.8rem;font-weight:600;white-space:nowrap}
.holds{color:var(--good)}.fails{color:var(--bad)}.absent{color:var(--none);border-style:dashed}
.live{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
@media print{nav,.skip,th button::after{display:none}body{max-width:none;padding:0;font-size:10pt}
figure,.finding,tr{break-inside:avoid}h2,h3{break-after:avoid}.scroll,section>.scroll{overflow:visible;max-height:none;width:auto}
.figures{display:block}#medians figure,#runs figure{content-visibility:visible}figure svg{min-width:0!important;max-height:23cm}
#cells,#differences{page:wide}table{font-size:6.5pt;width:100%}thead th,tbody th[scope=row]{position:static}
td,td.number,th,th[scope=row]{white-space:normal;padding:.15rem .15rem}}
@page{margin:1.5cm}@page wide{size:A4 landscape}
`;
