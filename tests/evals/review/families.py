"""Which weaknesses count as the same: named sets of CWEs under a common parent, instead of a guess by words.

A reviewer that says CWE-23 where the truth is CWE-22 has found it; one that says CWE-20 has not. A CWE may be
in more than one set. One that is in none is the same as itself only.
"""

from __future__ import annotations

from collections.abc import Iterable

FAMILIES: dict[str, frozenset[int]] = {
    # CWE-22 and its children, with the causes that lead to it
    "path": frozenset({*range(22, 41), 59, 73}),
    # CWE-943 and its children
    "query": frozenset({89, 90, 564, 643, 652, 943}),
    # CWE-77 and its children
    "command": frozenset({77, 78, 88}),
    # CWE-94 and its children, with CWE-913, of which it is one
    "code": frozenset({94, 95, 96, 98, 470, 913, 914, 915, 917, 1321, 1336}),
    # CWE-79 and its children, with CWE-116, the missing escape that causes it
    "script": frozenset({79, 80, 81, 83, 84, 85, 86, 87, 116}),
    # CWE-93 and its children, with CWE-444 (two readings of one request)
    "line break": frozenset({93, 113, 117, 444}),
    "deserialization": frozenset({502}),
    "format string": frozenset({134}),
    # CWE-611 and what comes of it
    "xml": frozenset({611, 776, 827}),
    # CWE-610: where a request goes is for an outsider to say (CWE-441, CWE-601, CWE-918)
    "destination": frozenset({441, 601, 610, 918}),
    # CWE-400 and CWE-405 with their children
    "resources": frozenset({400, 405, 407, 409, 674, 730, 770, 789, 834, 835, 1176, 1333}),
    # CWE-203 and its children
    "observable": frozenset({203, 204, 205, 206, 207, 208, 385}),
    # CWE-668: CWE-200 and its children, credentials (CWE-522) and caches (CWE-524) that others can read
    "exposure": frozenset(
        {200, 201, 209, 212, 359, 488, 497, 522, 523, 524, 525, 532, 538, 539, 552, 598, 668}
    ),
    # CWE-345 and its children: where data or a request comes from is not verified
    "authenticity": frozenset({345, 346, 347, 352, 354, 1275}),
    # CWE-295 and its children
    "certificate": frozenset({295, 296, 297, 298, 299, 599}),
    # CWE-330 and its children
    "randomness": frozenset({330, 331, 334, 335, 338, 340, 1241}),
    # CWE-326 and CWE-327 with their children
    "cryptography": frozenset({326, 327, 328, 759, 760, 916, 1240}),
    # CWE-284: who may do what (CWE-285, CWE-287) with their children
    "access": frozenset({284, 285, 287, 288, 290, 305, 306, 639, 862, 863, 1390}),
    # CWE-732 and its children, with temporary files (CWE-377)
    "permissions": frozenset({276, 277, 278, 377, 378, 379, 732}),
    "cookie": frozenset({614, 1004, 1275}),
    # CWE-798 and its children
    "hard-coded": frozenset({259, 321, 798}),
    "debugger": frozenset({215, 489}),
}


def is_same(cwe: str, others: Iterable[str]) -> bool:
    """Whether "CWE-23" is one of these weaknesses, or of the same family as one."""
    return any(cwe == other or _families(cwe) & _families(other) for other in others)


def _families(cwe: str) -> frozenset[str]:
    number = cwe.removeprefix("CWE-")
    if not number.isdigit():
        return frozenset()
    return frozenset(name for name, members in FAMILIES.items() if int(number) in members)
