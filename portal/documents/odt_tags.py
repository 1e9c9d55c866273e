"""Tags of an ODT made ready for placement.

Each in an input field, each control tag where it can be moved as a whole.

A tag may be a LibreOffice input field or plain text, even when LibreOffice has cut it over several
spans or bent its quotes. A loop that begins in one cell and ends in another repeats the row; one
that begins in one paragraph and ends in another repeats the paragraphs between; nothing that
stands beside the tag is lost.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NoReturn

from lxml import etree

from portal.documents.sandbox import refuse_tag
from portal.documents.tags import TAG, Tag, straighten
from portal.i18n import _

TEXT = "urn:oasis:names:tc:opendocument:xmlns:text:1.0"
TABLE = "urn:oasis:names:tc:opendocument:xmlns:table:1.0"
FIELD = f"{{{TEXT}}}text-input"
_PARAGRAPHS = (f"{{{TEXT}}}p", f"{{{TEXT}}}h")
_ROW, _CELL, _ITEM = f"{{{TABLE}}}table-row", f"{{{TABLE}}}table-cell", f"{{{TEXT}}}list-item"
_LIST = f"{{{TEXT}}}list"
_BLANK = (f"{{{TEXT}}}s", f"{{{TEXT}}}tab", f"{{{TEXT}}}line-break")
_OPENINGS = {"if": "endif", "for": "endfor"}
_MIDDLE = ("else", "elif")
_WORD = re.compile(r"\{%[-+]?\s*(\w+)")
_LEFT_OVER = re.compile(r"\{\{|\{%|%\}")


@dataclass
class Block:
    """An if or a for: its fields in order (opening, else, closing)."""

    word: str
    fields: list[etree._Element] = field(default_factory=list)


def gather(root: etree._Element) -> list[str]:
    """Turn each tag of the document into an input field that holds its number.

    The tags by number.
    """
    tags: list[str] = []
    for paragraph in list(root.iter(*_PARAGRAPHS)):
        _unwrap_fields(paragraph)
        _gather_paragraph(paragraph, tags)
    return tags


def arrange(root: etree._Element, tags: list[str]) -> None:
    """Put each control tag alone in its part, and in each field what secretary reads."""
    fields = [node for node in root.iter(FIELD) if node.get("number") is not None]
    for block in _blocks(fields, tags):
        _arrange_block(block, tags)
    for node in fields:
        if _word(tags[int(node.get("number", "0"))]) == "set" and _fills_its_part(node):
            node.set("control", "yes")
    for node in fields:
        number = int(node.attrib.pop("number"))
        control = node.attrib.pop("control", "") == "yes"
        node.text = f"{{% t{number} %}}" if control else f"{{{{ t{number} }}}}"


def _unwrap_fields(paragraph: etree._Element) -> None:
    """Make input fields that hold a tag plain text: all tags are found in one way."""
    for node in list(paragraph.iter(FIELD)):
        text = "".join(node.itertext())
        if "{{" in text or "{%" in text or "{#" in text:
            _replace_by_text(node, text)


def _replace_by_text(node: etree._Element, text: str) -> None:
    parent = node.getparent()
    before = node.getprevious()
    text += node.tail or ""
    parent.remove(node)
    if before is None:
        parent.text = (parent.text or "") + text
    else:
        before.tail = (before.tail or "") + text


def _segments(paragraph: etree._Element) -> Iterator[tuple[etree._Element, str, str]]:
    """The pieces of a paragraph in order: (element, "text", "tail" or "blank", piece)."""

    def walk(node: etree._Element) -> Iterator[tuple[etree._Element, str, str]]:
        if node.text:
            yield node, "text", node.text
        for child in node:
            if child.tag in _BLANK:
                yield child, "blank", " "
            elif not any(True for _found in child.iter(*_PARAGRAPHS)) and child.tag != FIELD:
                yield from walk(child)
            if child.tail:
                yield child, "tail", child.tail

    yield from walk(paragraph)


def _gather_paragraph(paragraph: etree._Element, tags: list[str]) -> None:
    pieces = list(_segments(paragraph))
    whole = "".join(text for _node, _where, text in pieces)
    matches = list(TAG.finditer(whole))
    left = TAG.sub("", whole)
    stray = _LEFT_OVER.search(left)
    if stray:
        refuse_tag(
            Tag(stray.group(), " ".join(left.split())[:80]),
            str(_("It is opened and never closed, or closed and never opened.")),
        )
    numbers = []
    for match in matches:
        numbers.append(len(tags))
        tags.append(straighten(match.group()))
    for match, number in zip(reversed(matches), reversed(numbers), strict=True):
        _cut(pieces, match.start(), match.end(), number)


def _cut(pieces: list[tuple[etree._Element, str, str]], start: int, end: int, number: int) -> None:
    """Put the numbered field in the place of the letters from `start` to `end`.

    Called from the last tag to the first, so that earlier positions stay true.
    """
    offset = 0
    placed = False
    blanks = []
    for index, (node, where, text) in enumerate(pieces):
        low, high = max(start - offset, 0), min(end - offset, len(text))
        offset += len(text)
        if low >= high:
            continue
        before, after = text[:low], text[high:]
        pieces[index] = (node, where, before)
        if where == "blank":
            blanks.append(node)
        elif not placed:
            placed = True
            _put_field(node, where, before, after, number)
        elif where == "text":
            node.text = after or None
        else:
            node.tail = after or None
    for node in blanks:
        _replace_by_text(node, "")


def _put_field(node: etree._Element, where: str, before: str, after: str, number: int) -> None:
    item = etree.Element(FIELD, nsmap={"text": TEXT})
    item.set("number", str(number))
    if where == "text":
        node.text = before
        node.insert(0, item)
    else:
        node.tail = before
        parent = node.getparent()
        parent.insert(parent.index(node) + 1, item)
    item.tail = after or None


def _blocks(fields: list[etree._Element], tags: list[str]) -> list[Block]:
    """The ifs and fors, outer ones first; Invalid when one is not closed or closes nothing."""
    found_blocks: list[Block] = []
    open_blocks: list[Block] = []
    for node in fields:
        tag = tags[int(node.get("number", "0"))]
        word = _word(tag)
        if word in _OPENINGS:
            open_blocks.append(Block(word, [node]))
            found_blocks.append(open_blocks[-1])
        elif word in _MIDDLE:
            if not open_blocks:
                _refuse(node, tags, str(_("It belongs to no if and no for.")))
            open_blocks[-1].fields.append(node)
        elif word in _OPENINGS.values():
            if not open_blocks or _OPENINGS[open_blocks[-1].word] != word:
                _refuse(node, tags, str(_("It closes nothing that is open here.")))
            open_blocks.pop().fields.append(node)
    if open_blocks:
        _refuse(open_blocks[-1].fields[0], tags, str(_("It is opened and never closed.")))
    return found_blocks


def _word(tag: str) -> str:
    found = _WORD.match(tag)
    return found.group(1) if found else ""


def _fills_its_part(node: etree._Element) -> bool:
    """True when the part that secretary would take away holds only this field."""
    part = node
    while part.getparent() is not None and all(
        other is node for other in part.getparent().iter(FIELD)
    ):
        part = part.getparent()
    return part is not node and part.getparent() is not None and _alone(node, part)


def _refuse(node: etree._Element, tags: list[str], reason: str) -> NoReturn:
    paragraph = next((up for up in node.iterancestors(*_PARAGRAPHS)), node)
    words = "".join(
        tags[int(part.get("number", "0"))] if part.tag == FIELD else part.text or ""
        for part in paragraph.iter()
    )
    refuse_tag(Tag(tags[int(node.get("number", "0"))], " ".join(words.split())[:80]), reason)


def _arrange_block(block: Block, tags: list[str]) -> None:
    first, last = block.fields[0], block.fields[-1]
    common = _common(block.fields)
    if common.tag == _ROW:
        common = common.getparent()
    paragraph = next(first.iterancestors(*_PARAGRAPHS))
    inline = paragraph is common or any(paragraph is up for up in common.iterancestors())
    children = [_child_of(node, common) for node in block.fields]
    for node, child in zip(block.fields, children, strict=True):
        if inline:
            _hoist(node, common)
        elif node not in (first, last) and child in (children[0], children[-1]):
            _refuse(node, tags, str(_("Put it in a paragraph or a row of its own.")))
        else:
            _carry(node, common, child, closing=node is last)
        node.set("control", "yes")


def _common(fields: list[etree._Element]) -> etree._Element:
    """The smallest element that holds all the fields."""
    chains = [list(reversed([*node.iterancestors()])) for node in fields]
    common = chains[0][0]
    for level in zip(*chains, strict=False):
        if any(node is not level[0] for node in level):
            break
        common = level[0]
    return common


def _child_of(node: etree._Element, ancestor: etree._Element) -> etree._Element:
    while node.getparent() is not ancestor:
        node = node.getparent()
    return node


def _alone(node: etree._Element, holder: etree._Element) -> bool:
    """True when the holder has no text, no picture and no other field than this one."""
    if any(other is not node for other in holder.iter(FIELD)):
        return False
    return not "".join(holder.itertext()).strip() and not any(
        "}frame" in str(part.tag) or "}image" in str(part.tag) for part in holder.iter()
    )


def _hoist(node: etree._Element, common: etree._Element) -> None:
    """Split the spans around the field until it stands directly in `common`."""
    while node.getparent() is not common:
        parent = node.getparent()
        right = etree.Element(parent.tag, dict(parent.attrib), parent.nsmap)
        for child in list(parent)[parent.index(node) + 1 :]:
            right.append(child)
        parent.remove(node)
        right.text, node.tail = node.tail, None
        right.tail, parent.tail = parent.tail, None
        above = parent.getparent()
        above.insert(above.index(parent) + 1, node)
        above.insert(above.index(node) + 1, right)


def _carry(
    node: etree._Element, common: etree._Element, child: etree._Element, *, closing: bool
) -> None:
    """Give the control tag a row, an item or a paragraph of its own beside its part."""
    if _alone(node, child):
        return
    if common.tag.startswith(f"{{{TABLE}}}table") and common.tag != _CELL:
        carrier = etree.Element(_ROW)
        inner = etree.SubElement(etree.SubElement(carrier, _CELL), _PARAGRAPHS[0])
    elif common.tag == _LIST:
        carrier = etree.Element(_ITEM)
        inner = etree.SubElement(carrier, _PARAGRAPHS[0])
    else:
        carrier = inner = etree.Element(_PARAGRAPHS[0])
    _replace_by_text(node, "")
    node.tail = None
    inner.append(node)
    common.insert(common.index(child) + (1 if closing else 0), carrier)
