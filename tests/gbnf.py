"""The language of the project's own grammars, read from their rules as text."""

from __future__ import annotations

import re


def rules(grammar):
    """The rules by name."""
    return dict(line.split(" ::= ", 1) for line in grammar.splitlines())


def allows(grammar, text):
    """Whether a text is in a grammar's language; ours refer to no rule from within itself."""
    found = rules(grammar)

    def expand(rule):
        parts = re.findall(r'"(?:[^"\\]|\\.)*"|\[(?:[^\]\\]|\\.)*\]|[a-z]+\d*|\S', rule)
        return "".join(translate(part) for part in parts)

    def translate(part):
        if part.startswith('"'):
            return re.escape(part[1:-1].replace("\\n", "\n").replace('\\"', '"'))
        return f"(?:{expand(found[part])})" if part in found else part

    return re.fullmatch(expand("root"), text) is not None
