"""Every refusal as a page with a sentence and what to do.

Never a traceback, an SQL statement or a path.
"""

from __future__ import annotations

import logging
import secrets
from http import HTTPStatus

from flask import Flask, Response, g, jsonify, make_response, render_template, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from portal.errors import Held, PortalError
from portal.i18n import Label, _

log = logging.getLogger("portal.web")

SENTENCES: dict[int, tuple[Label, Label]] = {
    400: (_("This request cannot be understood."), _("Go back and try again.")),
    401: (_("You are not signed in."), _("Sign in, then try again.")),
    403: (_("You may not do this."), _("Ask an administrator for the right.")),
    404: (
        _("There is nothing at this address."),
        _("It may have been removed, or be out of your reach."),
    ),
    405: (
        _("This address does not take such a request."),
        _("Go back and use the page's buttons."),
    ),
    409: (_("This has changed in the meantime."), _("Load the page again.")),
    413: (_("What you sent is too large."), _("Send it in smaller parts.")),
    414: (_("This address is too long."), _("Use fewer filters or a shorter search.")),
    429: (_("Too many attempts."), _("Wait a quarter of an hour, then try again.")),
}
FORGED: tuple[Label, Label] = (
    _("This form is too old or came from elsewhere; nothing was changed."),
    _("Go back, load the page again and repeat."),
)
UNEXPECTED = _("The portal made a mistake; nothing was changed.")


def register(app: Flask) -> None:
    """Answer every error of `app` with a page."""
    app.register_error_handler(PortalError, _of_portal)
    app.register_error_handler(CSRFError, _of_forgery)
    app.register_error_handler(HTTPException, _of_http)
    app.register_error_handler(Exception, _of_bug)


def wants_json() -> bool:
    """True when the request comes from the page's script."""
    return request.path.endswith("/lookup/") or request.accept_mimetypes.best == "application/json"


def answer(
    status: int, message: Label, remedy: Label = "", reasons: tuple[str, ...] = ()
) -> Response:
    """The page (or JSON) of a refusal."""
    if wants_json():
        response = jsonify(error=str(message), remedy=str(remedy))
    else:
        try:
            page = render_template(
                "errors/error.html", status=status, message=message, remedy=remedy, reasons=reasons
            )
        except Exception:  # the frame itself may be what fails: say it without the frame
            log.exception("The error page could not be made")
            page = render_template(
                "errors/bare.html", status=status, message=message, remedy=remedy
            )
        response = make_response(page)
    response.status_code = status
    return response


def _of_portal(error: PortalError) -> Response:
    reasons = tuple(str(reason) for reason in error.reasons) if isinstance(error, Held) else ()
    if error.status >= 500:
        log.error("%s: %s", type(error).__name__, ascii(str(error.message)))
    return answer(error.status, str(error.message), str(error.remedy), reasons)


def _of_forgery(error: CSRFError) -> Response:
    return answer(400, *FORGED)


def _of_http(error: HTTPException) -> Response:
    status = error.code or 500
    if status < 400:
        return error.get_response()  # type: ignore[return-value]  # werkzeug's own redirect
    message, remedy = SENTENCES.get(status, (HTTPStatus(status).phrase, ""))
    response = answer(status, message, remedy)
    if status == 405:
        response.headers["Allow"] = ", ".join(getattr(error, "valid_methods", None) or ())
    return response


def _of_bug(error: Exception) -> Response:
    number = secrets.token_hex(4)
    g.pop("frame", None)
    log.error("Incident %s", number, exc_info=error)
    remedy = _("Try again; if it stays, give your administrator the number {number}.")
    return answer(500, UNEXPECTED, remedy.format(number=number))
