"""Write a template as a DOCX.

Docxtpl's own spelling says which paragraph or row a control tag replaces.
"""

from __future__ import annotations

import io
import zipfile
from datetime import datetime

from docx import Document as new_document
from docx.document import Document as Word
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_TAB_ALIGNMENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor
from docx.styles.style import ParagraphStyle
from docx.table import Table as WordTable
from docx.text.paragraph import Paragraph
from look import ACCENT, BAND, LINE, MUTED, PARAGRAPHS, SHADE, TEXT_WIDTH, WORD_FONT
from parts import Block, Cell, Document, Para, Row, Table, Tag

# Twentieths of a point inside a cell, and before the table so that its text stands on the margin.
MARGIN = "68"
_FILLS = {"Head": ACCENT, "Head number": ACCENT, "Label": SHADE, "Group": BAND}
_NAMES = {
    "Body": "Normal",
    "Bullet": "List Bullet",
    "Head": "Table Head",
    "Head number": "Table Head Number",
    "Label": "Table Label",
    "Value": "Table Value",
    "Number": "Table Number",
    "Group": "Table Group",
    "Note": "Note",
}


def write(document: Document) -> bytes:
    """The bytes of the DOCX; the same document always gives the same bytes."""
    word = new_document()
    _set_up(word, document)
    for block in document.blocks:
        _block(word, block)
    return _packed(word)


def _set_up(word: Word, document: Document) -> None:
    for name in PARAGRAPHS:
        _style(word, name, document.language)
    section = word.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2)
    section.top_margin, section.bottom_margin = Cm(2.6), Cm(2.4)
    section.header_distance, section.footer_distance = Cm(1.3), Cm(1.0)
    left, right = document.header
    produced, note = document.footer
    header = section.header.paragraphs[0]
    header.text = f"{left}\t{right}"
    _edge(header, "bottom")
    footer = section.footer.paragraphs[0]
    footer.text = f"{produced}\t{document.page[0]} "
    _edge(footer, "top")
    _field(footer, "PAGE")
    footer.add_run(f" {document.page[1]} ")
    _field(footer, "NUMPAGES")
    section.footer.add_paragraph(note, style="Footer")
    facts = word.core_properties
    facts.title, facts.author, facts.language = document.title, "Greffe", document.language
    facts.comments = facts.subject = facts.identifier = ""
    facts.created = facts.modified = datetime(2026, 1, 1)  # Word keeps it without a zone


def _style(word: Word, name: str, language: str) -> None:
    points, bold, colour, before, after = PARAGRAPHS[name]
    known = _NAMES.get(name, name)
    styles = word.styles
    style = styles[known] if known in styles else styles.add_style(known, WD_STYLE_TYPE.PARAGRAPH)
    if not isinstance(style, ParagraphStyle):
        raise TypeError(name)
    style.font.name, style.font.size, style.font.bold = WORD_FONT, Pt(points), bold
    style.font.color.rgb = RGBColor.from_string(colour)
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{theme}"), None)
    for script in ("ascii", "hAnsi", "cs", "eastAsia"):
        fonts.set(qn(f"w:{script}"), WORD_FONT)
    shape = style.paragraph_format
    shape.space_before, shape.space_after, shape.line_spacing = Cm(before), Cm(after), 1.0
    if name == "Title":
        for border in style.element.pPr.findall(qn("w:pBdr")):
            style.element.pPr.remove(border)
    for stretched in ("w:spacing", "w:kern"):
        for element in style.element.rPr.findall(qn(stretched)):
            style.element.rPr.remove(element)
    if name == "Body":
        spoken = OxmlElement("w:lang")
        spoken.set(qn("w:val"), {"fr": "fr-FR", "en": "en-GB"}[language])
        style.element.get_or_add_rPr().append(spoken)
    if name == "Subtitle":
        style.font.italic = False
    shape.keep_with_next = name.startswith("Heading") or name in ("Title", "Group")
    if name in ("Number", "Head number"):
        shape.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    for edge in ("Header", "Footer"):
        styles[edge].font.name, styles[edge].font.size = WORD_FONT, Pt(8)
        styles[edge].font.color.rgb = RGBColor.from_string(MUTED)
        for own in styles[edge].element.pPr.findall(
            qn("w:tabs")
        ):  # stops for another width of page
            styles[edge].element.pPr.remove(own)


def _edge(paragraph: Paragraph, side: str) -> None:
    """A line above or below, and one tab stop at the right margin."""
    stops = paragraph.paragraph_format.tab_stops
    stops.add_tab_stop(Cm(TEXT_WIDTH), WD_TAB_ALIGNMENT.RIGHT)
    borders = OxmlElement("w:pBdr")
    borders.append(_line(side, space="4"))
    paragraph._p.get_or_add_pPr().insert_element_before(
        borders, "w:shd", "w:tabs", "w:spacing", "w:jc"
    )


def _line(side: str, space: str = "0") -> OxmlElement:
    line = OxmlElement(f"w:{side}")
    for key, value in (("val", "single"), ("sz", "4"), ("space", space), ("color", LINE)):
        line.set(qn(f"w:{key}"), value)
    return line


def _field(paragraph: Paragraph, instruction: str) -> None:
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), instruction)
    run = OxmlElement("w:r")
    text = OxmlElement("w:t")
    text.text = "1"
    run.append(text)
    field.append(run)
    paragraph._p.append(field)


def _block(word: Word, block: Block) -> None:
    if isinstance(block, Table):
        _table(word, block)
    elif isinstance(block, Tag):
        word.add_paragraph(block.text.replace("{%", "{%p", 1))
    else:
        _paragraph(word, block)


def _paragraph(word: Word, block: Para) -> None:
    paragraph = word.add_paragraph(block.text, style=_NAMES.get(block.style, block.style))
    if block.new_page:
        paragraph.paragraph_format.page_break_before = True


def _table(word: Word, table: Table) -> None:
    made = word.add_table(rows=0, cols=len(table.widths))
    made.alignment, made.autofit = WD_TABLE_ALIGNMENT.LEFT, False
    _borders(made)
    for column, width in zip(made.columns, table.widths, strict=True):
        column.width = Cm(width)
    for row in (Row(table.heading, keep=True), *table.rows):
        _row(made, row, table)
    heading = OxmlElement("w:tblHeader")
    made.rows[0]._tr.get_or_add_trPr().append(heading)
    after = word.add_paragraph()
    after.paragraph_format.space_after = Pt(0)
    after.paragraph_format.line_spacing = Pt(8)


def _row(made: WordTable, row: Row | Tag, table: Table) -> None:
    cells = (
        (Cell(row.text.replace("{%", "{%tr", 1), "Value", len(table.widths)),)
        if isinstance(row, Tag)
        else row.cells
    )
    line = made.add_row()
    whole = OxmlElement("w:cantSplit")
    line._tr.get_or_add_trPr().append(whole)
    start = 0
    for cell in cells:
        place = line.cells[start]
        if cell.columns > 1:
            place = place.merge(line.cells[start + cell.columns - 1])
        place.width = Cm(sum(table.widths[start : start + cell.columns]))
        place.paragraphs[0].style = made.part.document.styles[_NAMES.get(cell.style, cell.style)]
        place.paragraphs[0].text = cell.text
        if isinstance(row, Row) and row.keep:
            place.paragraphs[0].paragraph_format.keep_with_next = True
        fill = _FILLS.get(cell.style)
        if fill:
            shade = OxmlElement("w:shd")
            for key, value in (("val", "clear"), ("color", "auto"), ("fill", fill)):
                shade.set(qn(f"w:{key}"), value)
            place._tc.get_or_add_tcPr().append(shade)
        start += cell.columns


def _borders(made: WordTable) -> None:
    properties = made._tbl.tblPr
    borders = OxmlElement("w:tblBorders")
    for side in ("bottom", "insideH"):
        borders.append(_line(side))
    margins = OxmlElement("w:tblCellMar")
    for side in ("top", "left", "bottom", "right"):
        margin = OxmlElement(f"w:{side}")
        margin.set(qn("w:w"), MARGIN)
        margin.set(qn("w:type"), "dxa")
        margins.append(margin)
    indent = OxmlElement("w:tblInd")
    indent.set(qn("w:w"), MARGIN)
    indent.set(qn("w:type"), "dxa")
    look = properties.find(qn("w:tblLook"))
    for element in (indent, borders, margins):
        look.addprevious(element)
    layout = properties.find(qn("w:tblLayout"))
    if layout is not None:  # the schema wants it between the borders and the margins
        margins.addprevious(layout)


def _packed(word: Word) -> bytes:
    saved, made = io.BytesIO(), io.BytesIO()
    links = word.part.package.rels
    for key in [key for key, link in links.items() if link.reltype.endswith("/thumbnail")]:
        del links[key]  # the picture of python-docx's own empty document
    word.save(saved)
    with zipfile.ZipFile(saved) as old, zipfile.ZipFile(made, "w") as new:
        for info in old.infolist():
            new.writestr(zipfile.ZipInfo(info.filename), old.read(info), zipfile.ZIP_DEFLATED)
    return made.getvalue()
