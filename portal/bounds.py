"""What a selection may ask for: pages, numbers of rows and filters within bounds."""

from __future__ import annotations

from portal.errors import Invalid
from portal.i18n import _
from portal.rows import Selection, row_id

LARGEST_PAGE = 500
MOST_IDS = 10_000
MOST_FILTERS = 30


def check(selection: Selection) -> None:
    """Refuse what is out of bounds with a sentence. Raises Invalid, or NotFound for a number."""
    if not 0 <= selection.page < 2**40:
        raise Invalid(_("There is no such page."), _("Pages are counted from 0."))
    if not 1 <= selection.page_size <= LARGEST_PAGE:
        raise Invalid(_("A page has from 1 to {most} rows.").format(most=LARGEST_PAGE))
    for beside in (selection.after, selection.before):
        if beside is not None and not 0 < beside < 2**63:
            raise Invalid(_("The row where the page begins is not there any more."))
    if len(selection.ids or ()) > MOST_IDS:
        raise Invalid(_("More than {most} rows are named.").format(most=MOST_IDS))
    for id in selection.ids or ():
        row_id(id)
    if len(selection.filters) > MOST_FILTERS:
        raise Invalid(_("There are more than 30 filters."), _("Remove some."))
