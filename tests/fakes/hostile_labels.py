"""Pieces of text that would act in a Mermaid diagram, in Markdown or in HTML if they were let."""

BITS = (
    '"]]', "`", "``", '\n', "%%{init: {}}%%", "%%", "click n0 ", "href ", "end", "subgraph x",
    "graph TD", ";", "#quot;", "#35;", "&#35;", "&lt;", "<b>", "</div>", "<img src=x>", "<br>",
    "-->", "---", "n0", "[", "]", "(", "{", "|", '\\', "'", '"', "@", "www.evil.example",
    "https://evil.example", "1. a", "- a", "+ a", "> a", "# a", "**b**", "__b__", "_b_", "$$x$$", "$$$",
    "style a:b#c;", "classDef a:b#c;", "\u202e", "\x00", '\xe9', '\u6f22', '\U0001f600',
    "fa:fa-bug", "classDef", "default", '\u2028', '\t', ":::x", "a.b", "x = y(z)", "o--o", "x--x",
    "javascript:alert(1)",
)  # fmt: skip
