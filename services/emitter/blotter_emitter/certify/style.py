"""The look of the report: light and dark, phone first, printable, no scripts."""

CSS = """\
:root { color-scheme: light dark; --ground: #f4f6f8; --paper: #fff; --text: #17202b;
  --quiet: #52606f; --line: #d5dbe2; --link: #14519c; --top: #12263f; --top-text: #f3f7fc;
  --good: #1c6b3a; --bad: #b3261e; --open: #8a5800; --other: #5b6775;
  --tint-good: #e3f3e8; --tint-bad: #fbe9e7; --tint-open: #fdf1d9; --tint-other: #e9edf1; }
@media (prefers-color-scheme: dark) { :root { --ground: #10161d; --paper: #19222c;
  --text: #e6ecf2; --quiet: #a5b2bf; --line: #33404e; --link: #8bbdf5; --top: #0a121c;
  --top-text: #e6ecf2; --good: #7fd39b; --bad: #ff8a80; --open: #f2bd5b; --other: #a5b2bf;
  --tint-good: #17301f; --tint-bad: #43211f; --tint-open: #3d2f12; --tint-other: #2a3541; } }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--ground); color: var(--text); overflow-wrap: anywhere;
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, Arial, sans-serif; }
.wide { max-width: 60rem; margin: 0 auto; padding: 0 1rem; }
header.top { background: var(--top); color: var(--top-text); padding: 1.1rem 0 1.2rem; }
.top p { margin: 0; opacity: .85; font-size: .95rem; }
h1, h2, h3 { line-height: 1.25; text-wrap: pretty; }
h1 { font-size: 1.5rem; margin: 0; }
h2 { font-size: 1.15rem; margin: 2rem 0 .6rem; }
h3 { font-size: 1rem; margin: 0; }
p { margin: .4rem 0; }
a { color: var(--link); }
:focus-visible { outline: 3px solid var(--open); outline-offset: 2px; border-radius: 3px; }
.verdict, .panel { background: var(--paper); border: 1px solid var(--line); border-radius: 8px;
  padding: .9rem 1rem; margin: 1rem 0; }
.verdict { border-left: 6px solid var(--bad); font-size: 1.1rem; font-weight: 600; }
.verdict.good { border-left-color: var(--good); }
dl { display: grid; grid-template-columns: minmax(0, 1fr); gap: .1rem 1rem; margin: 0; }
dt { color: var(--quiet); font-size: .9rem; }
dd { margin: 0 0 .4rem; }
code { font: .9em ui-monospace, "SF Mono", Menlo, Consolas, monospace; }
.count { width: 100%; border-collapse: collapse; table-layout: fixed;
  font-variant-numeric: tabular-nums; }
.count th, .count td { padding: .35rem .5rem; text-align: right;
  border-top: 1px solid var(--line); }
.count thead td { border-top: 0; }
.count thead th { border-top: 0; color: var(--quiet); font-weight: 400; font-size: .9rem;
  vertical-align: bottom; }
.count tbody th, .count thead td { text-align: left; font-weight: 400; }
ol, ul.plain { list-style: none; margin: 0; padding: 0; }
.results { background: var(--paper); border: 1px solid var(--line); border-radius: 8px; }
.results > li { padding: .7rem 1rem; border-top: 1px solid var(--line); }
.results > li:first-child { border-top: 0; }
.head { display: flex; flex-wrap: wrap; gap: .35rem .6rem; align-items: baseline; }
.head h3 { flex: 1 1 16rem; font-weight: 600; }
.tag { display: inline-block; padding: .05rem .55rem; border-radius: 4px; font-size: .85rem;
  font-weight: 600; color: var(--other); background: var(--tint-other); white-space: nowrap; }
.tag.passed { color: var(--good); background: var(--tint-good); }
.tag.failed { color: var(--bad); background: var(--tint-bad); }
.tag.not_shown { color: var(--open); background: var(--tint-open); }
.found { margin: .15rem 0 0; }
.quiet, .found { color: var(--quiet); font-size: .95rem; }
.failed-row > .found, .not_shown-row > .found { color: var(--text); }
.more { margin: .5rem 0 0; padding-left: .8rem; border-left: 3px solid var(--line); }
.more p { margin: .25rem 0; font-size: .95rem; }
.more b { font-weight: 600; }
footer { margin: 2rem 0; color: var(--quiet); font-size: .85rem; }
@media (min-width: 40rem) {
  .facts { grid-template-columns: 9rem minmax(0, 1fr); }
  .facts dd { margin-bottom: .2rem; } }
@media print { :root { color-scheme: light; --ground: #fff; }
  body { font-size: 10pt; } header.top { background: none; color: var(--text); padding-bottom: 0; }
  .results > li, .verdict, .panel { break-inside: avoid; } h2 { break-after: avoid; }
  a { color: inherit; text-decoration: none; } }
"""
