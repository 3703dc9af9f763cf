"""External entities of XML (CWE-611): a document that has files of this machine read into it."""

from __future__ import annotations

import libcst as cst

from bot.records import Claim, Confidence, RegressionTest, Severity
from bot.review.reviewers import Placement
from bot.review.rules import Candidate, WeaknessClass
from bot.review.rules.analysis.flow import Site
from bot.review.rules.analysis.guards import names_in
from bot.review.rules.analysis.names import argument, dotted, resolve
from bot.review.rules.analysis.origins import Origin, flask_rule, parameter_origins
from bot.review.rules.writing.rewrite import CannotWrite, Rewrite
from bot.review.rules.writing.shown import Look, write

FEATURE = "xml.sax.handler.feature_external_ges"
ADDRESS = "http://xml.org/sax/features/external-general-entities"
ON = frozenset({"True", "1"})


def _switch(site: Site) -> cst.BaseExpression | None:
    """The value by which a parser of `xml.sax` is told to follow external entities."""
    feature, state = argument(site.call, 0, "name"), argument(site.call, 1, "state")
    if site.method != "setFeature" or feature is None or state is None:
        return None
    named = resolve(feature.value, site.function.imports)
    source = site.function.source
    if named != FEATURE and source.code(feature.value).strip("\"'") != ADDRESS:
        return None
    return state.value if source.code(state.value) in ON else None


class _Parsed(cst.CSTVisitor):
    """Names in what is handed to a parser's `parse` or `feed`, and what names were made of."""

    def __init__(self, parser: str) -> None:
        self.parser = parser
        self.names: frozenset[str] = frozenset()
        self.made: dict[str, frozenset[str]] = {}

    def visit_Call(self, node: cst.Call) -> None:  # noqa: N802 - libcst's name
        if dotted(node.func) in {f"{self.parser}.parse", f"{self.parser}.feed"} and node.args:
            self.names |= names_in(node.args[0].value)

    def visit_Assign(self, node: cst.Assign) -> None:  # noqa: N802 - libcst's name
        for name in names_in(node.targets[0].target):
            self.made[name] = self.made.get(name, frozenset()) | names_in(node.value)


def _document(site: Site) -> Origin | None:
    """The parameter that the parser reads."""
    func = site.call.func
    parser = dotted(func.value) if isinstance(func, cst.Attribute) else ""
    if not parser or flask_rule(site.function):
        return None
    reader = _Parsed(parser)
    site.function.node.body.visit(reader)
    reached = reader.names
    for name in reader.names:
        reached |= reader.made.get(name, frozenset())
    origins = parameter_origins(site.function)
    return next((one for name, one in origins.items() if name in reached), None)


def find(site: Site) -> Candidate | None:
    """A parser that follows external entities and reads untrusted text."""
    origin = _document(site) if _switch(site) is not None else None
    if origin is None:
        return None
    name = site.function.qualified
    return Candidate(
        site,
        origin,
        frozenset(),
        title=f"External entities: {origin.words} can have files read in `{name}`",
        explanation=(
            f"`{name}` parses {origin.words} with external entities switched on. A document can name "
            "a file or an address as an entity, and its content becomes a part of the document."
        ),
        claim=Claim(
            entry=name,
            input="a document with an entity for a file of the test",
            bad="the file's text is in the result",
            good="the document is refused, or its entity stays empty",
        ),
        confidence=Confidence.HIGH,
    )


def fix(candidate: Candidate) -> Rewrite:
    """External entities switched off."""
    state = _switch(candidate.site)
    if state is None:
        raise CannotWrite("The switch is not written out.")
    place = candidate.site.function.source.outer_span(state)
    return Rewrite(((place, "False"),), "The parser follows no external entities.")


def test(candidate: Candidate, placement: Placement, attempt: int) -> RegressionTest:
    """A file that an entity names is not read."""
    if attempt:
        raise CannotWrite("No document had a file of the test read.")
    annotation = candidate.site.function.annotation(candidate.origin.name)
    ending = ".encode()" if "bytes" in annotation else ""
    look = Look(
        marked=f"document(tmp_path){ending}",
        unwanted='"private"',
        plain=f'"<data>sample</data>"{ending}',
        wanted='"sample"',
        claim="reads_no_files",
        doc="An entity that names a file is refused, or stays empty.",
        guarantee="is read alone, without the files that it names",
        imports=("import xml.sax",),
        errors=("ValueError", "xml.sax.SAXException"),
        helpers=(DOCUMENT,),
    )
    return write(candidate, placement, look)


DOCUMENT = '''def document(folder):
    """XML with an entity that stands for a file in the folder."""
    (folder / "file.txt").write_text("private")
    entity = f'<!ENTITY file SYSTEM "{(folder / "file.txt").as_uri()}">'
    return f"<!DOCTYPE data [{entity}]><data>&file;</data>"'''


WEAKNESS = WeaknessClass(
    rule="python/xml-entities",
    cwe="CWE-611",
    name="External entities of XML",
    severity=Severity.HIGH,
    impact="Whoever sends the document can read files of this machine and have addresses asked.",
    sinks="`setFeature(feature_external_ges, True)` on a parser of `xml.sax`",
    remedy="the feature switched off",
    find=find,
    fix=fix,
    test=test,
)
