"""Which of a grammar's nodes are functions, types and imports: a new language is a package and a row here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Grammar:
    """A grammar's package and its names for what is looked for; `anonymous` are functions without a name."""

    package: str
    functions: tuple[str, ...]
    types: tuple[str, ...]
    imports: tuple[str, ...]  # patterns of tree-sitter's query language, or plain names of nodes
    anonymous: tuple[str, ...] = ()
    language: str = "language"


_REQUIRE = (
    "((lexical_declaration (variable_declarator value: (call_expression function: (identifier) @_f))) @i"
    ' (#eq? @_f "require"))'
)
_JAVASCRIPT_FUNCTIONS = ("function_declaration", "generator_function_declaration", "method_definition")
_JAVASCRIPT_IMPORTS = ("import_statement", "(export_statement source: (_)) @i", _REQUIRE)
_JAVASCRIPT_ANONYMOUS = ("function_expression", "arrow_function", "generator_function")
_TYPESCRIPT = Grammar(
    "tree_sitter_typescript",
    _JAVASCRIPT_FUNCTIONS,
    (
        "class_declaration",
        "abstract_class_declaration",
        "interface_declaration",
        "enum_declaration",
        "internal_module",
    ),
    (*_JAVASCRIPT_IMPORTS, "import_alias"),
    _JAVASCRIPT_ANONYMOUS,
    "language_typescript",
)
_C = Grammar(
    "tree_sitter_c",
    ("function_definition",),
    ("(struct_specifier body: (_)) @t", "(union_specifier body: (_)) @t", "(enum_specifier body: (_)) @t"),
    ("preproc_include",),
)
_CPP = Grammar(
    "tree_sitter_cpp",
    _C.functions,
    (*_C.types, "(class_specifier body: (_)) @t", "namespace_definition"),
    (*_C.imports, "using_declaration"),
    ("lambda_expression",),
)
_JAVASCRIPT = Grammar(
    "tree_sitter_javascript",
    _JAVASCRIPT_FUNCTIONS,
    ("class_declaration",),
    _JAVASCRIPT_IMPORTS,
    _JAVASCRIPT_ANONYMOUS,
)
GRAMMARS: Mapping[str, Grammar] = {
    **dict.fromkeys((".js", ".jsx", ".mjs", ".cjs"), _JAVASCRIPT),
    **dict.fromkeys((".ts", ".mts", ".cts"), _TYPESCRIPT),
    ".tsx": Grammar(
        "tree_sitter_typescript",
        _TYPESCRIPT.functions,
        _TYPESCRIPT.types,
        _TYPESCRIPT.imports,
        _TYPESCRIPT.anonymous,
        "language_tsx",
    ),
    ".go": Grammar(
        "tree_sitter_go",
        ("function_declaration", "method_declaration"),
        ("type_spec",),
        ("import_declaration",),
        ("func_literal",),
    ),
    ".java": Grammar(
        "tree_sitter_java",
        ("method_declaration", "constructor_declaration", "compact_constructor_declaration"),
        ("class_declaration", "interface_declaration", "enum_declaration", "record_declaration"),
        ("package_declaration", "import_declaration"),
        ("lambda_expression",),
    ),
    ".rb": Grammar(
        "tree_sitter_ruby",
        ("method", "singleton_method"),
        ("(class name: (_)) @t", "(module name: (_)) @t"),
        ('((call method: (identifier) @_f) @i (#match? @_f "^(require|require_relative|load)$"))',),
        ("do_block",),
    ),
    ".php": Grammar(
        "tree_sitter_php",
        ("function_definition", "method_declaration"),
        ("class_declaration", "interface_declaration", "trait_declaration", "enum_declaration"),
        (
            "namespace_use_declaration",
            "(expression_statement (require_expression)) @i",
            "(expression_statement (require_once_expression)) @i",
            "(expression_statement (include_expression)) @i",
            "(expression_statement (include_once_expression)) @i",
        ),
        ("anonymous_function", "arrow_function"),
        "language_php",
    ),
    **dict.fromkeys((".c",), _C),
    **dict.fromkeys((".h", ".cc", ".cpp", ".cxx", ".hh", ".hpp"), _CPP),
    ".rs": Grammar(
        "tree_sitter_rust",
        ("function_item",),
        ("impl_item", "trait_item", "struct_item", "enum_item", "(mod_item body: (_)) @t"),
        ("use_declaration", "extern_crate_declaration"),
        ("closure_expression",),
    ),
    ".cs": Grammar(
        "tree_sitter_c_sharp",
        (
            "method_declaration",
            "constructor_declaration",
            "operator_declaration",
            "property_declaration",
            "local_function_statement",
        ),
        (
            "namespace_declaration",
            "class_declaration",
            "struct_declaration",
            "interface_declaration",
            "record_declaration",
            "enum_declaration",
        ),
        ("using_directive",),
        ("lambda_expression",),
    ),
}
# What stands around a block and belongs to it: up to there it is shown
AROUND = frozenset(
    (
        "assignment_expression",
        "export_statement",
        "expression_statement",
        "field_definition",
        "lexical_declaration",
        "pair",
        "public_field_definition",
        "template_declaration",
        "type_declaration",
        "variable_declaration",
        "variable_declarator",
    )
)
BEFORE = frozenset(("attribute_item", "decorator"))
