"""The register on screen: its table, its sheets, and the pages where a treatment is decided."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import flash, redirect, request, url_for
from flask_admin import BaseView, expose
from werkzeug.wrappers import Response

from portal import treatment_values, treatments
from portal.channels import Channel
from portal.decision_rules import over_maximum, under_minimum
from portal.declare import Verb
from portal.documents import conversion
from portal.errors import Conflict, Forbidden, Invalid, NotFound
from portal.fieldtypes import DateTimeType, DateType, IntegerType
from portal.gate import Gate
from portal.i18n import LANGUAGES, _, current_language, gettext
from portal.obsolete import PURGES
from portal.periods import at_most, in_words, text
from portal.privacy import (
    completeness,
    durations,
    register,
    register_files,
    register_lines,
    screening,
)
from portal.privacy import treatment_editing as editing
from portal.register_catalogue import sources, vocabulary
from portal.rows import Selection
from portal.treatments import Treatment
from portal.web import parameters, treatment_forms
from portal.web.pages.documents import LANGUAGE_NAMES, download
from portal.web.session import actor, gate

Answer = Response | str | tuple[str, int]
FORMATS = tuple(register_files.MIME_TYPES)
UNITS = (("day", _("days")), ("month", _("months")), ("year", _("years")))
TITLES = {
    editing.BASIS: _("Legal bases and purposes"),
    editing.RETENTION: _("Retention"),
    editing.MANAGER: _("Appointed manager"),
    editing.TEXTS: _("Description"),
    editing.SCREENING: _("Need of an impact assessment"),
}
VOCABULARIES = (
    "legal_bases",
    "special_categories",
    "art9_conditions",
    "transfer_guarantees",
    "data_categories",
    "subject_categories",
    "collection_modes",
    "security_measures",
    "dpia_criteria",
)
_READ: Mapping[str, Callable[[Any], dict[str, Any]]] = {
    editing.BASIS: treatment_forms.basis,
    editing.RETENTION: treatment_forms.retention,
    editing.TEXTS: treatment_forms.texts,
    editing.SCREENING: treatment_forms.screening,
}


def sees_register(gate: Gate) -> bool:
    """True for who reads the register (without a query)."""
    return register.may_read(gate)


class RegisterView(BaseView):
    """`<prefix>/privacy/register/...`."""

    def __init__(self, prefix: str) -> None:
        super().__init__(
            name=str(_("Register")), endpoint="register", url=f"{prefix}/privacy/register"
        )

    def is_accessible(self) -> bool:
        return bool(actor().staff)

    # --- the table

    @expose("/")
    def index(self) -> str:
        """The register: one line for each treatment, its fifteen columns."""
        asked = _opened(Channel.LIST)
        within = _within(request.args)
        return self._table(asked, register.collect(asked, within=within), within)

    @expose("/count/", methods=("POST",))
    def count(self) -> Response:
        """Count all again, whatever it takes; the counts are then kept with their time."""
        asked = _opened(Channel.LIST)
        within = _within(request.form)
        register.collect(asked, within=within, fresh=True)
        return redirect(url_for("register.index", **_structure(within)))

    def _table(self, asked: Gate, values: dict[str, Any], within: int | None) -> str:
        page: str = self.render(
            "privacy/register.html",
            organisation=values["organisation"],
            columns=register_files.columns(),
            activities=values["activities"],
            off=register.off(),
            cells=register_files.cells,
            counted_at=values["counted_at"],
            structures=_structures(asked),
            within=within,
            formats=_formats(_structure(within)),
            deciding=editing.may_decide(asked),
            stamps={one.name: editing.stamped(one) for one in treatments.current().all.values()},
            **_words(),
        )
        return page

    @expose("/export/")
    def export(self) -> Response:
        """The register, or one sheet of it, as a file."""
        kind = request.args.get("format", FORMATS[0])
        speaking = request.args.get("lang", current_language())
        only, within = request.args.get("activity", ""), _within(request.args)
        asked = _opened(Channel.REGISTER)
        return download(*register.export(asked, kind, speaking, only=only, within=within))

    @expose("/durations/")
    def durations(self) -> str:
        """The legal retention periods of a country, for reference."""
        _opened(Channel.LIST)
        first = next(iter(durations.countries()))
        page: str = self.render(
            "privacy/durations.html",
            it=durations.country(request.args.get("country", first)),
            countries=durations.countries(),
        )
        return page

    # --- treatments of no module

    @expose("/new/", methods=("GET", "POST"))
    def new(self) -> Answer:
        """Add a treatment that no module keeps rows of."""
        asked = _deciding()
        if request.method == "GET":
            return self._new({}, {})
        typed = {
            name: request.form.get(name, "").strip() for name in ("code", "label_fr", "label_en")
        }
        try:
            name = editing.add(asked, **typed)
        except Invalid as refused:
            return self._new(typed, refused.fields, str(refused)), 400
        flash(gettext("The treatment is added. Say what it is."))
        return redirect(url_for("register.decide", activity=name, page=editing.TEXTS))

    def _new(
        self, typed: Mapping[str, str], wrong: Mapping[str, object], sentence: str = ""
    ) -> str:
        page: str = self.render(
            "privacy/treatment_new.html", typed=typed, wrong=wrong, sentence=sentence
        )
        return page

    # --- one treatment

    @expose("/<activity>/", methods=("GET", "POST"))
    def sheet(self, activity: str) -> Answer:
        """Everything about one treatment; it is put in use or out of it here."""
        if request.method == "POST":
            return self._act(activity)
        asked = _opened(Channel.LIST)
        values = register.collect(asked, only=activity)
        treatment = treatments.current().get(activity)
        page: str = self.render(
            "privacy/treatment.html",
            it=values["activities"][0],
            treatment=treatment,
            gaps=completeness.gaps(treatment, values["organisation"], asked.today),
            organisation=values["organisation"],
            formats=_formats({"activity": activity}),
            shown=editing.stamped(treatment),
            deciding=editing.may_decide(asked),
            pages=TITLES,
            **_words(),
        )
        return page

    def _act(self, activity: str) -> Answer:
        asked = _deciding()
        shown, act = request.form.get("shown", ""), request.form.get("act", "")
        if act in ("on", "off"):
            editing.use(asked, activity, shown, on=act == "on")
            on = gettext("The treatment is in use.")
            flash(on if act == "on" else gettext("The treatment is out of use."))
        elif act == "remove":
            editing.remove(asked, activity, shown)
            flash(gettext("The treatment is erased."))
        else:
            raise Invalid(_("There is no such act here."))
        return redirect(url_for("register.index"))

    @expose("/<activity>/<page>/", methods=("GET", "POST"))
    def decide(self, activity: str, page: str) -> Answer:
        """Decide one part of a treatment: shown, saved, or brought back to what was shipped."""
        if page not in TITLES:
            raise NotFound(_("There is nothing at this address."))
        asked = _deciding()
        treatment = treatments.current().get(activity)
        if request.method == "GET":
            return self._decision(asked, treatment, page)
        act, _colon, attribute = request.form.get("act", "save").partition(":")
        if act == "reset":
            editing.reset(asked, activity, attribute, request.form.get("shown", ""))
            flash(gettext("The shipped value is back."))
            return redirect(url_for("register.decide", activity=activity, page=page))
        try:
            changed = self._save(asked, activity, page)
        except (Invalid, Conflict, Forbidden) as refused:
            return self._decision(asked, treatment, page, refused), refused.status
        flash(gettext("Saved.") if changed else gettext("Nothing was changed."))
        return redirect(url_for("register.sheet", activity=activity))

    def _save(self, asked: Gate, activity: str, page: str) -> bool:
        shown = request.form.get("shown", "")
        if page == editing.MANAGER:
            account = parameters.whole(request.form, "account", 0, 0, parameters.LARGEST_ID)
            return editing.appoint(asked, activity, account, shown)
        reason = request.form.get("reason", "").strip()
        return editing.save(asked, activity, _READ[page](request.form), shown, reason=reason)

    def _decision(
        self,
        asked: Gate,
        treatment: Treatment,
        page: str,
        refused: Invalid | Conflict | Forbidden | None = None,
    ) -> str:
        typed = _READ[page](request.form) if refused and page in _READ else {}
        values = {name: _value(treatment, name) for name in editing.GROUPS[page]} | typed
        there = treatment.changes.get("retention")
        made: str = self.render(
            f"privacy/treatment_{page}.html",
            treatment=treatment,
            title=TITLES[page],
            page=page,
            values=values,
            reason=request.form.get("reason", there.reason if there else ""),
            wrong=refused.fields if isinstance(refused, Invalid) else {},
            sentence=str(refused) if refused else "",
            shown=request.form.get("shown", "") if refused else editing.stamped(treatment),
            changed=_changed(asked, treatment, page),
            candidates=editing.candidates(asked) if page == editing.MANAGER else (),
            labels=treatment_values.LABELS,
            pairs=treatment_values.PAIRS,
            codes=treatment_values.CODES,
            vocabularies={name: vocabulary(name) for name in VOCABULARIES},
            languages=LANGUAGE_NAMES,
            units=UNITS,
            bounds=_bounds(treatment),
            warnings=screening.warnings(treatment.activity),
            today=asked.today.isoformat(),
            period=in_words,
            **_words(),
        )
        return made


def _value(treatment: Treatment, attribute: str) -> Any:
    if attribute == screening.ATTRIBUTE:
        return screening.value(treatment)
    return treatment_values.current(treatment.activity, attribute)


def _changed(asked: Gate, treatment: Treatment, page: str) -> list[dict[str, Any]]:
    """What was changed of this page, by whom and when, with the shipped value."""
    changes = [treatment.changes[n] for n in editing.GROUPS[page] if n in treatment.changes]
    if page == editing.MANAGER and treatment.manager is not None:
        changes = [treatment.manager]
    known = editing.names(asked, [change.account for change in changes if change.account])
    return [
        {
            "attribute": change.attribute,
            "label": treatment_values.LABELS.get(change.attribute, TITLES[editing.MANAGER]),
            "by": known.get(change.account or 0)
            or (
                gettext("Account {id}").format(id=change.account)
                if change.account
                else gettext("The portal itself")
            ),
            "on": change.at,
            "reason": change.reason,
            "broken": change.broken,
            "shipped": ""
            if page == editing.MANAGER
            else register_lines.in_words(treatment.shipped, change.attribute),
        }
        for change in changes
    ]


def _bounds(treatment: Treatment) -> dict[str, Any]:
    """The minimum and the maximum of the term, in words, and how the present one stands."""
    kept, now = treatment.shipped.retention, treatment.activity.retention.period
    return {
        "minimum": in_words(kept.minimum),
        "source": sources(kept.minimum_source),
        "maximum": at_most(kept.maximum),
        "under": under_minimum(now, kept),
        "over": over_maximum(now, kept),
        "journal": treatment.name == treatments.JOURNAL,
    }


def _words() -> dict[str, Any]:
    return {
        "number": _number,
        "day": DateType().show,
        "moment": DateTimeType().show,
        "term": text,
    }


def _formats(asked: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The files that are offered, each with its address; PDF where LibreOffice is."""
    kinds = [kind for kind in FORMATS if kind != "pdf" or conversion.available()]
    return [
        (
            f"{kind.upper()}, {LANGUAGE_NAMES[lang]}",
            url_for("register.export", format=kind, lang=lang, **asked),
        )
        for lang in sorted(LANGUAGES, key=lambda code: code != current_language())
        for kind in kinds
    ]


def _structures(asked: Gate) -> list[tuple[int, str]]:
    """The structures that may be asked for, by their titles."""
    if not asked.can(Verb.READ, register.STRUCTURE):
        return []
    rows = asked.list(register.STRUCTURE, Selection(page_size=200), []).rows
    return [(row.id, row.title) for row in rows]


def _within(given: Any) -> int | None:
    return parameters.whole(given, "structure", 0, 0, parameters.LARGEST_ID) or None


def _structure(within: int | None) -> dict[str, Any]:
    return {"structure": within} if within else {}


def _opened(channel: Channel) -> Gate:
    """A gate for the officer's pages, which do not exist for others."""
    asked = gate(channel)
    if not asked.can(Verb.READ, PURGES):
        raise NotFound(_("There is nothing at this address."))
    return asked


def _deciding() -> Gate:
    """A gate for who writes decisions; the page does not exist for others."""
    asked = _opened(Channel.FORM)
    if not editing.may_decide(asked):
        raise NotFound(_("There is nothing at this address."))
    return asked


def _number(value: Any) -> str:
    return gettext("not counted") if value is None else IntegerType().show(value)
