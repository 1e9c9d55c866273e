"""Write a template as an ODT whose tags are LibreOffice input fields."""

from __future__ import annotations

import io
import re
import zipfile
from html import escape

from look import ACCENT, BAND, FONT, LINE, MUTED, PARAGRAPHS, SHADE, TEXT_WIDTH
from parts import Block, Cell, Document, Row, Table, Tag

_TAG = re.compile(r"(\{\{.*?\}\}|\{%.*?%\})")
_SPACES = (
    " ".join(
        f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for prefix, name in {
            "office": "office",
            "text": "text",
            "table": "table",
            "style": "style",
            "meta": "meta",
            "fo": "xsl-fo-compatible",
            "svg": "svg-compatible",
            "config": "config",
        }.items()
    )
    + ' xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:dc="http://purl.org/dc/elements/1.1/"'
)
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_MIMETYPE = "application/vnd.oasis.opendocument.text"
_CELLS = {
    "Head": ACCENT,
    "Head number": ACCENT,
    "Label": SHADE,
    "Group": BAND,
    "Value": "",
    "Number": "",
}


def write(document: Document) -> bytes:
    """The bytes of the ODT; the same document always gives the same bytes."""
    parts = {
        "content.xml": _content(document),
        "styles.xml": _styles(document),
        "meta.xml": _meta(document),
        "settings.xml": (
            f'{_HEAD}<office:document-settings {_SPACES} office:version="1.2">'
            "<office:settings/></office:document-settings>"
        ),
        "META-INF/manifest.xml": _manifest(),
    }
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("mimetype"), _MIMETYPE, zipfile.ZIP_STORED)
        for name, text in parts.items():
            archive.writestr(zipfile.ZipInfo(name), text, zipfile.ZIP_DEFLATED)
    return file.getvalue()


def _style_name(style: str) -> str:
    return style.replace(" ", "_20_")


def _fields(text: str) -> str:
    """The text with each tag in an input field."""
    return "".join(
        f'<text:text-input text:description="">{escape(piece, quote=False)}</text:text-input>'
        if _TAG.fullmatch(piece)
        else escape(piece, quote=False)
        for piece in _TAG.split(text)
    )


def _paragraph(text: str, style: str) -> str:
    level = style[-1] if style.startswith("Heading ") else ""
    name = f'text:style-name="{_style_name(style)}"'
    if level:
        return f'<text:h {name} text:outline-level="{level}">{_fields(text)}</text:h>'
    return f"<text:p {name}>{_fields(text)}</text:p>"


def _block(block: Block) -> str:
    if isinstance(block, Table):
        return _table(block)
    if isinstance(block, Tag):
        return _paragraph(block.text, "Body")
    if block.style == "Bullet":
        item = f"<text:list-item>{_paragraph(block.text, 'Bullet')}</text:list-item>"
        return f'<text:list text:style-name="Bullets">{item}</text:list>'
    return _paragraph(block.text, "Heading 1 on a new page" if block.new_page else block.style)


def _table(table: Table) -> str:
    name = escape(table.name)
    columns = "".join(
        f'<table:table-column table:style-name="{name}.{number}"/>'
        for number in range(len(table.widths))
    )
    first = _row(Row(table.heading, keep=True), len(table.widths))
    heading = f"<table:table-header-rows>{first}</table:table-header-rows>"
    rows = "".join(_row(row, len(table.widths)) for row in table.rows)
    return (
        f'<table:table table:name="{name}" table:style-name="{name}">{columns}{heading}{rows}'
        f"</table:table>{_paragraph('', 'After table')}"
    )


def _row(row: Row | Tag, width: int) -> str:
    cells = (Cell(row.text, "Value", width),) if isinstance(row, Tag) else row.cells
    written = "".join(
        f'<table:table-cell table:style-name="{_style_name(cell.style)}.cell" '
        f'office:value-type="string"'
        + (f' table:number-columns-spanned="{cell.columns}"' if cell.columns > 1 else "")
        + f">{_paragraph(cell.text, cell.style)}</table:table-cell>"
        + "<table:covered-table-cell/>" * (cell.columns - 1)
        for cell in cells
    )
    return f'<table:table-row table:style-name="Row">{written}</table:table-row>'


def _content(document: Document) -> str:
    automatic = [
        '<style:style style:name="Row" style:family="table-row"><style:table-row-properties '
        'fo:keep-together="always"/></style:style>'
    ]
    for block in document.blocks:
        if isinstance(block, Table):
            automatic.append(
                f'<style:style style:name="{block.name}" style:family="table">'
                f'<style:table-properties style:width="{sum(block.widths):.2f}cm" '
                f'table:align="left" fo:margin-bottom="0cm" style:may-break-between-rows="true" '
                f'fo:border="none"/></style:style>'
            )
            automatic += [
                f'<style:style style:name="{block.name}.{number}" style:family="table-column">'
                f'<style:table-column-properties style:column-width="{width:.2f}cm"/></style:style>'
                for number, width in enumerate(block.widths)
            ]
    automatic += [
        f'<style:style style:name="{_style_name(style)}.cell" style:family="table-cell">'
        f'<style:table-cell-properties fo:padding="0.12cm" '
        f'fo:border-left="none" fo:border-right="none" fo:border-top="none" '
        f'fo:border-bottom="0.5pt solid #{LINE}" style:vertical-align="top"'
        + (f' fo:background-color="#{fill}"' if fill else "")
        + "/></style:style>"
        for style, fill in _CELLS.items()
    ]
    body = "".join(_block(block) for block in document.blocks)
    return (
        f'{_HEAD}<office:document-content {_SPACES} office:version="1.2">'
        f"<office:automatic-styles>{''.join(automatic)}</office:automatic-styles>"
        f"<office:body><office:text>{body}</office:text></office:body></office:document-content>"
    )


def _paragraph_style(name: str, parent: str, extra: str = "") -> str:
    points, bold, colour, before, after = PARAGRAPHS[parent]
    keep = (
        ' fo:keep-with-next="always"'
        if parent.startswith("Heading") or parent in ("Title", "Group")
        else ""
    )
    align = ' fo:text-align="end"' if parent in ("Number", "Head number") else ""
    outline = f' style:default-outline-level="{parent[-1]}"' if parent.startswith("Heading") else ""
    return (
        f'<style:style style:name="{_style_name(name)}" style:display-name="{name}" '
        f'style:family="paragraph" style:class="text"{outline}>'
        f'<style:paragraph-properties fo:margin-top="{before}cm" '
        f'fo:margin-bottom="{after}cm"{keep}{align}{extra}/>'
        f'<style:text-properties fo:font-size="{points}pt" '
        f'fo:font-weight="{"bold" if bold else "normal"}" fo:color="#{colour}"/></style:style>'
    )


def _styles(document: Document) -> str:
    country = {"fr": "FR", "en": "GB"}[document.language]
    styles = "".join(_paragraph_style(name, name) for name in PARAGRAPHS)
    styles += _paragraph_style("Heading 1 on a new page", "Heading 1", ' fo:break-before="page"')
    styles += (
        '<style:style style:name="After_20_table" style:display-name="After table" '
        'style:family="paragraph">'
        '<style:paragraph-properties fo:margin-top="0cm" fo:margin-bottom="0cm"/>'
        '<style:text-properties fo:font-size="6pt"/></style:style>'
    )
    rule = f"0.5pt solid #{LINE}"
    for name, border, padding in (
        ("Header", "bottom", "0.15cm"),
        ("Footer", "top", "0.15cm"),
        ("Footer note", "", "0cm"),
    ):
        edge = f' fo:border-{border}="{rule}" fo:padding-{border}="{padding}"' if border else ""
        styles += (
            f'<style:style style:name="{_style_name(name)}" style:display-name="{name}" '
            f'style:family="paragraph">'
            f"<style:paragraph-properties{edge}><style:tab-stops>"
            f'<style:tab-stop style:position="{TEXT_WIDTH}cm" style:type="right"/>'
            f"</style:tab-stops></style:paragraph-properties>"
            f'<style:text-properties fo:font-size="8pt" fo:color="#{MUTED}"/></style:style>'
        )
    bullets = (
        '<text:list-style style:name="Bullets"><text:list-level-style-bullet text:level="1" '
        'text:bullet-char="•">'
        '<style:list-level-properties text:list-level-position-and-space-mode="label-alignment">'
        '<style:list-level-label-alignment text:label-followed-by="listtab" '
        'text:list-tab-stop-position="0.5cm" fo:text-indent="-0.4cm" fo:margin-left="0.5cm"/>'
        "</style:list-level-properties></text:list-level-style-bullet></text:list-style>"
    )
    before_page, before_count = document.page
    left, right = document.header
    produced, note = document.footer
    page = (
        f'{escape(before_page)} <text:page-number text:select-page="current">1</text:page-number> '
        f"{escape(before_count)} <text:page-count>1</text:page-count>"
    )
    return (
        f'{_HEAD}<office:document-styles {_SPACES} office:version="1.2">'
        f'<office:font-face-decls><style:font-face style:name="{FONT}" '
        f"svg:font-family=\"'{FONT}', Arial, sans-serif\" "
        'style:font-family-generic="swiss" style:font-pitch="variable"/></office:font-face-decls>'
        '<office:styles><style:default-style style:family="paragraph">'
        '<style:paragraph-properties fo:hyphenation-ladder-count="no-limit" '
        'style:tab-stop-distance="1.25cm" fo:orphans="2" fo:widows="2"/>'
        f'<style:text-properties style:font-name="{FONT}" fo:font-size="10pt" '
        f'fo:language="{document.language}" fo:country="{country}"/>'
        f"</style:default-style>{styles}{bullets}</office:styles>"
        '<office:automatic-styles><style:page-layout style:name="A4">'
        '<style:page-layout-properties fo:page-width="21cm" fo:page-height="29.7cm" '
        'style:print-orientation="portrait" fo:margin-top="1.4cm" fo:margin-bottom="1.2cm" '
        'fo:margin-left="2cm" fo:margin-right="2cm"/>'
        '<style:header-style><style:header-footer-properties fo:min-height="0.8cm" '
        'fo:margin-bottom="0.6cm"/></style:header-style>'
        '<style:footer-style><style:header-footer-properties fo:min-height="0.8cm" '
        'fo:margin-top="0.5cm"/></style:footer-style>'
        "</style:page-layout></office:automatic-styles>"
        '<office:master-styles><style:master-page style:name="Standard" '
        'style:page-layout-name="A4">'
        f"<style:header><text:p "
        f'text:style-name="Header">{_fields(left)}<text:tab/>{_fields(right)}</text:p>'
        f"</style:header>"
        f"<style:footer><text:p "
        f'text:style-name="Footer">{_fields(produced)}<text:tab/>{page}</text:p>'
        f'<text:p text:style-name="Footer_20_note">{_fields(note)}</text:p></style:footer>'
        "</style:master-page></office:master-styles></office:document-styles>"
    )


def _meta(document: Document) -> str:
    return (
        f'{_HEAD}<office:document-meta {_SPACES} office:version="1.2"><office:meta>'
        f"<meta:generator>Greffe</meta:generator>"
        f"<dc:title>{escape(document.title)}</dc:title>"
        f"<dc:language>{document.language}</dc:language></office:meta></office:document-meta>"
    )


def _manifest() -> str:
    space = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
    entries = "".join(
        f'<manifest:file-entry manifest:full-path="{name}" manifest:media-type="{kind}"/>'
        for name, kind in (
            ("/", _MIMETYPE),
            ("content.xml", "text/xml"),
            ("styles.xml", "text/xml"),
            ("meta.xml", "text/xml"),
            ("settings.xml", "text/xml"),
        )
    )
    return (
        f'{_HEAD}<manifest:manifest xmlns:manifest="{space}" manifest:version="1.2">'
        f"{entries}</manifest:manifest>"
    )
