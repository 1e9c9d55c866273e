"""The parts of a template, said once and written as ODT and as DOCX."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Para:
    """A paragraph in a named style: Title, Subtitle, Heading 1 to 3, Body, Note, Bullet."""

    text: str
    style: str = "Body"
    new_page: bool = False


@dataclass(frozen=True)
class Tag:
    """A control tag that stands alone in its paragraph, or in its row."""

    text: str


@dataclass(frozen=True)
class Cell:
    """A cell.

    Its text, its style (Head, Head number, Label, Value, Number, Group) and how many columns it
    takes.
    """

    text: str
    style: str = "Value"
    columns: int = 1


@dataclass(frozen=True)
class Row:
    """A row; one that introduces what follows stays with it."""

    cells: tuple[Cell, ...]
    keep: bool = False


@dataclass(frozen=True)
class Table:
    """A table of given widths in centimetres, with a heading row that is repeated on each page."""

    name: str
    widths: tuple[float, ...]
    heading: tuple[Cell, ...]
    rows: tuple[Row | Tag, ...]


Block = Para | Tag | Table


@dataclass(frozen=True)
class Document:
    """A template: its title, the right end of its header, its footer lines and its blocks."""

    title: str
    language: str
    header: tuple[str, str]
    footer: tuple[str, str]
    page: tuple[str, str]  # the words before the page number and before the number of pages
    blocks: tuple[Block, ...] = field(default=())
