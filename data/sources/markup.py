"""HTML of posts as the text that a reader of the network sees."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

MOST = 32 * 1024
"""Characters of HTML that are read; what stands behind them is left out, because nesting costs time."""

_BLOCKS = frozenset(
    (
        *("p", "div", "section", "article", "blockquote", "pre", "li", "ul", "ol", "dl", "dt", "dd", "hr"),
        *("h1", "h2", "h3", "h4", "h5", "h6", "table", "tr", "figure", "aside", "header", "footer"),
        *("main", "details", "summary", "address"),
    )
)
_UNSEEN = frozenset(["script", "style", "template", "noscript", "head", "title", "svg", "iframe", "object"])


def plain(html: str) -> str:
    """The text of a piece of HTML, blocks on lines of their own. Never raises; the model cleans it."""
    if "<" not in html and "&" not in html:
        return html.strip()
    from selectolax.lexbor import LexborHTMLParser

    root = LexborHTMLParser(html[:MOST]).body
    if root is None:
        return ""
    parts: list[str] = []
    node: LexborNode | None = root.child
    depth = 1
    while node is not None:
        tag = node.tag or ""
        if tag == "-text":
            _add(parts, node.text_content or "", inside_pre=_in_pre(node))
        elif tag == "br":
            parts.append("\n")
        elif tag == "img":
            _add(parts, node.attributes.get("alt") or "", inside_pre=False)
        if tag in _BLOCKS:
            _break(parts, 2 if tag == "p" else 1)
        if tag not in _UNSEEN and (below := node.child) is not None:
            node, depth = below, depth + 1
            continue
        node, depth = _after(node, depth, parts)
    return "".join(parts).strip()


def _after(node: LexborNode, depth: int, parts: list[str]) -> tuple[LexborNode | None, int]:
    """The next node in reading order and its depth, with the breaks of the blocks that end on the way.

    Depth tells the root, because two nodes are compared by all of their HTML.
    """
    here: LexborNode | None = node
    while here is not None and depth > 0:
        tag = here.tag or ""
        if tag in _BLOCKS:
            _break(parts, 2 if tag == "p" else 1)
        if here.next is not None:
            return here.next, depth
        here, depth = here.parent, depth - 1
    return None, 0


def _in_pre(node: LexborNode) -> bool:
    return node.parent is not None and node.parent.tag in ("pre", "textarea")


def _add(parts: list[str], text: str, *, inside_pre: bool) -> None:
    if inside_pre:
        parts.append(text)
        return
    words = " ".join(text.split())
    if not words:
        if text and parts and not parts[-1].endswith((" ", "\n")):
            parts.append(" ")
        return
    if text[0].isspace() and parts and not parts[-1].endswith((" ", "\n")):
        parts.append(" ")
    parts.append(words)
    if text[-1].isspace():
        parts.append(" ")


def _break(parts: list[str], lines: int) -> None:
    """End the line; `lines` 2 leaves an empty one."""
    if not parts:
        return
    while parts and parts[-1] == " ":
        parts.pop()
    have = 0
    for part in reversed(parts):
        stripped = part.rstrip("\n")
        have += len(part) - len(stripped)
        if stripped:
            break
    parts.append("\n" * max(lines - have, 0))
