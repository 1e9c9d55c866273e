"""The look that both formats share."""

from __future__ import annotations

INK = "1F2933"
ACCENT = "1F3A5F"
MUTED = "5B6773"
LINE = "C9D1DA"
SHADE = "F1F4F8"
BAND = "DFE6EE"

TEXT_WIDTH = 17.0  # centimetres between the margins of an A4 page
FONT = "Liberation Sans"
WORD_FONT = "Arial"  # same widths as Liberation Sans, present on every computer with Word

# style: (points, bold, colour, centimetres before, centimetres after)
PARAGRAPHS: dict[str, tuple[float, bool, str, float, float]] = {
    "Title": (24, True, ACCENT, 0.6, 0.1),
    "Subtitle": (14, False, MUTED, 0, 0.5),
    "Heading 1": (15, True, ACCENT, 0.7, 0.25),
    "Heading 2": (12, True, ACCENT, 0.5, 0.2),
    "Heading 3": (10.5, True, INK, 0.4, 0.15),
    "Body": (10, False, INK, 0.1, 0.2),
    "Note": (9, False, MUTED, 0, 0.2),
    "Bullet": (10, False, INK, 0, 0.08),
    "Head": (9, True, "FFFFFF", 0, 0),
    "Head number": (9, True, "FFFFFF", 0, 0),
    "Label": (9, True, INK, 0, 0),
    "Value": (9.5, False, INK, 0, 0),
    "Number": (9.5, False, INK, 0, 0),
    "Group": (9.5, True, ACCENT, 0, 0),
}
