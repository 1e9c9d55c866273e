"""Where the files shipped beside the code are: in a checkout and in an installed wheel."""

from __future__ import annotations

from pathlib import Path

from portal.errors import NotFound
from portal.i18n import _

_PACKAGE = Path(__file__).resolve().parent


def folder(name: str) -> Path:
    """The shipped folder `name`, beside the package in a checkout, else inside the wheel.

    NotFound when missing.
    """
    for place in (_PACKAGE.parent / name, _PACKAGE / "_shared" / name):
        if place.is_dir():
            return place
    raise NotFound(
        _("The folder {name} is not part of this installation.").format(name=name),
        _("Install the package again."),
    )
