"""The settings that administrators made, as a file to carry to another portal, and back."""

from __future__ import annotations

from flask import Response, flash, redirect, request, url_for
from flask_admin import BaseView, expose
from werkzeug.wrappers import Response as AnyResponse

from portal.channels import Channel
from portal.configuration import applying, files
from portal.configuration.review import FATE_LABELS, Fate, Given, Review, review
from portal.errors import Conflict, Invalid, NotFound, PortalError
from portal.gate import Gate
from portal.i18n import _, gettext
from portal.privileges import SETTINGS
from portal.web.session import actor, gate

FILE_NAME = "greffe-settings.json"


def sees_settings(gate: Gate) -> bool:
    """True for who holds the privilege of the technical settings (without a query)."""
    return gate.actor.may(SETTINGS)


class SettingsFileView(BaseView):
    """`<prefix>/settings-file/`: export, review, apply."""

    def __init__(self, prefix: str) -> None:
        super().__init__(
            name=str(_("Settings file")), endpoint="settings_file", url=f"{prefix}/settings-file"
        )

    def is_accessible(self) -> bool:
        return bool(actor().staff)

    @expose("/")
    def index(self) -> str:
        """Export, or choose a file."""
        _opened(Channel.LIST)
        return self._page()

    @expose("/export/")
    def export(self) -> Response:
        """The settings of this portal as a file."""
        content = files.export(_opened(Channel.EXPORT))
        headers = {"Content-Disposition": f'attachment; filename="{FILE_NAME}"'}
        return Response(content, mimetype="application/json", headers=headers)

    @expose("/review/", methods=("POST",))
    def review(self) -> str | tuple[str, int]:
        """What applying the chosen file would do."""
        asked = _opened(Channel.IMPORT)
        sent = request.files.get("file")
        content = sent.read() if sent else b""
        try:
            if not content:
                raise Invalid(gettext("No file was chosen."), gettext("Choose one."))
            given = files.read(content)
            found = review(asked, given)
        except Invalid as refused:
            return self._page(refusal=refused), refused.status
        return self._page(found, content.decode("utf-8-sig"))

    @expose("/apply/", methods=("POST",))
    def apply(self) -> AnyResponse | tuple[str, int]:
        """Apply the file that was reviewed; it is compared again first, and shown if it differs."""
        asked = _opened(Channel.IMPORT)
        content = request.form.get("content", "")
        try:
            given = _given(content)
            done = applying.apply(asked, given, request.form.get("previewed", ""))
        except Conflict as changed:
            return self._page(review(asked, given), content, changed), changed.status
        except Invalid as refused:
            return self._page(refusal=refused), refused.status
        flash(
            gettext("The settings are those of the file. Added: {new}. Changed: {changed}.").format(
                new=len(done.of(Fate.NEW)), changed=len(done.of(Fate.CHANGED))
            )
        )
        return redirect(url_for("settings_file.index"))

    def _page(
        self, found: Review | None = None, content: str = "", refusal: PortalError | None = None
    ) -> str:
        page: str = self.render(
            "configuration/settings-file.html",
            found=found,
            content=content,
            refusal=refusal,
            fates=FATE_LABELS,
            told=(Fate.REFUSED, Fate.CHANGED, Fate.NEW),
        )
        return page


def _given(content: str) -> Given:
    return files.read(content.encode())


def _opened(channel: Channel) -> Gate:
    asked = gate(channel)
    if not sees_settings(asked):
        raise NotFound(_("There is nothing at this address."))
    return asked
