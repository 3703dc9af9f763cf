"""What people call the language of a file, by the ending of its name."""

from __future__ import annotations

from pathlib import PurePosixPath

LANGUAGES = {
    ".js": "JavaScript", ".jsx": "JavaScript", ".mjs": "JavaScript", ".cjs": "JavaScript",
    ".ts": "TypeScript", ".tsx": "TypeScript", ".mts": "TypeScript", ".cts": "TypeScript",
    ".vue": "Vue", ".svelte": "Svelte", ".go": "Go", ".rb": "Ruby", ".java": "Java", ".kt": "Kotlin",
    ".scala": "Scala", ".php": "PHP", ".rs": "Rust", ".c": "C", ".h": "C", ".cc": "C++", ".cpp": "C++",
    ".cxx": "C++", ".hh": "C++", ".hpp": "C++", ".cs": "C#", ".swift": "Swift", ".m": "Objective-C",
    ".sh": "shell", ".bash": "shell", ".ps1": "PowerShell", ".pl": "Perl", ".lua": "Lua", ".ex": "Elixir",
    ".exs": "Elixir", ".sql": "SQL", ".ipynb": "notebooks", ".pyx": "Cython",
}  # fmt: skip


def language_of(path: str) -> str:
    """The language's name; "" where the ending tells none."""
    return LANGUAGES.get(PurePosixPath(path).suffix.lower(), "")
