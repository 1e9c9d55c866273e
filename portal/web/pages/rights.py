"""Rights on screen: those of each profile type, their summary, and why somebody sees something."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, request, url_for
from flask_admin import BaseView, expose
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from portal import catalog
from portal.accounts import right_editing, right_words
from portal.accounts import summary as summaries
from portal.accounts import why as reasons
from portal.accounts.right_editing import Asked, Draft
from portal.builtin.accounts import REACHES
from portal.channels import Channel
from portal.declare import Verb
from portal.errors import Forbidden, Invalid, NotFound
from portal.exports import inert
from portal.fields import Field
from portal.gate import Gate
from portal.i18n import _, gettext
from portal.rightwords import VERBS
from portal.rows import Row
from portal.text import fold
from portal.web import parameters
from portal.web.pages.documents import download
from portal.web.session import actor, gate

GRANT = right_editing.GRANT
PROFILE_TYPE = summaries.PROFILE_TYPE
BOM = "\ufeff"
MOST_CONDITIONS = 25


class RightsView(BaseView):
    """`<prefix>/rights/`."""

    def __init__(self, prefix: str) -> None:
        super().__init__(name=str(_("Rights")), endpoint="rights", url=f"{prefix}/rights")

    def is_accessible(self) -> bool:
        return bool(actor().staff)

    # --- the summary

    @expose("/")
    def index(self) -> Response:
        """The summary is the first of these pages."""
        return redirect(url_for("rights.summary"))

    @expose("/summary/")
    def summary(self) -> str:
        """What every profile type lets do, side by side."""
        asked, chosen = gate(Channel.LIST), _chosen(request.args)
        return self.render(
            "rights/summary.html",
            it=summaries.summary(asked, chosen),
            every=summaries.profiles(asked),
            chosen=chosen,
            only=request.args.get("only") == "differences",
        )

    @expose("/export/")
    def export(self) -> Response:
        """The same as a file."""
        found = summaries.summary(gate(Channel.EXPORT), _chosen(request.args))
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\r\n")
        for line in summaries.lines_of_file(found):
            writer.writerow([inert(cell) for cell in line])
        return download((BOM + text.getvalue()).encode(), "profile-types.csv", "text/csv")

    # --- the rights of one profile type

    @expose("/profile/")
    def profile(self) -> str:
        """The rights of a profile type in words."""
        asked = gate(Channel.LIST)
        found = _profile(asked, parameters.key(request.args))
        rows = summaries.rights(asked, found.id)
        return self.render(
            "rights/profile.html",
            profile=found,
            lines=[_line(asked, row) for row in rows],
            tables=_choosable(),
            may_add=right_editing.may_write(asked, Verb.CREATE),
            may_change=right_editing.may_write(asked, Verb.UPDATE),
            may_erase=right_editing.may_write(asked, Verb.ERASE),
        )

    @expose("/new/", methods=("GET", "POST"))
    def new(self) -> Any:
        """A new right of a profile type, on a table chosen before."""
        asked = _writing(Verb.CREATE)
        source = request.form if request.method == "POST" else request.args
        profile = _profile(asked, parameters.key(source, "profile"))
        table = source.get("table", "")
        right_editing.tables_of(table)
        if request.method == "GET":
            return self._form(asked, profile, Draft(table=table))
        made = _posted(request.form, table)
        try:
            values = right_editing.values(asked, made) | {"profile_type": profile.id}
            asked.create(GRANT, values)
        except (Invalid, Forbidden) as refused:
            return self._form(asked, profile, made, error=_said(refused)), refused.status
        flash(gettext("The right was added."))
        return redirect(url_for("rights.profile", id=profile.id))

    @expose("/edit/", methods=("GET", "POST"))
    def edit(self) -> Any:
        """Change a right."""
        asked = _writing(Verb.UPDATE)
        source = request.form if request.method == "POST" else request.args
        row = asked.one(GRANT, parameters.key(source))
        profile = _profile(asked, _owner(row))
        if request.method == "GET":
            return self._form(asked, profile, right_editing.draft(asked, row.values), row)
        made = _posted(request.form, str(row.values["table_name"]))
        version = parameters.whole(request.form, "version", -1, 0, parameters.LARGEST_ID)
        try:
            values = right_editing.values(asked, made)
            changed = {n: v for n, v in values.items() if v != row.values.get(n)}
            if changed or version != row.version:
                asked.update(GRANT, row.id, changed, version)
        except (Invalid, Forbidden) as refused:
            page = self._form(asked, profile, made, row, error=_said(refused), version=version)
            return page, refused.status
        flash(gettext("The right was changed."))
        return redirect(url_for("rights.profile", id=profile.id))

    @expose("/erase/", methods=("POST",))
    def erase(self) -> Response:
        """Take a right away."""
        asked = _writing(Verb.ERASE)
        row = asked.one(GRANT, parameters.key(request.form))
        asked.erase(asked.erasure(GRANT, [row.id]))
        flash(gettext("The right was taken away."))
        return redirect(url_for("rights.profile", id=_owner(row)))

    def _form(
        self,
        asked: Gate,
        profile: Row,
        made: Draft,
        row: Row | None = None,
        *,
        error: str = "",
        version: int | None = None,
    ) -> str:
        tables = right_editing.tables_of(made.table)
        stored = row.version if row else 0
        lines = list(made.conditions)[: MOST_CONDITIONS - right_editing.BLANK_LINES]
        lines += [Asked()] * right_editing.BLANK_LINES
        page = self.render(
            "rights/edit.html",
            profile=profile,
            table=made.table,
            table_words=right_words.table_words(asked.catalog, made.table),
            made=made,
            lines=lines,
            row=row,
            version=stored if version is None else version,
            error=error,
            verbs=[(str(verb), str(words)) for verb, words in VERBS.items()],
            reaches=[(str(reach), str(words)) for reach, words in REACHES],
            labels=right_words.labels_of(tables),
            comparable=right_editing.comparable(tables),
            operators=[(name, operator_words(name)) for name in right_words.OPERATORS],
        )
        return str(page)

    # --- why

    @expose("/why/")
    def why(self) -> Any:
        """Why an account sees a record or a field of it."""
        asked = gate(Channel.DETAIL)
        if not reasons.may_ask(asked):
            raise NotFound(_("There is nothing at this address."))
        given, error, found, status = request.args, "", None, 200
        if any(given.get(name) for name in ("account", "row")):
            try:
                found = self._answer(asked, given)
            except (Invalid, NotFound) as refused:
                error, status = str(refused), refused.status
        tables = [table for table in asked.tables() if not table.name.startswith("journal.")]
        named = given.get("table", "")
        fields = asked.fields(named) if any(t.name == named for t in tables) else ()
        page = self.render(
            "rights/why.html",
            it=found,
            error=error,
            given=given,
            tables=sorted(((t.name, str(t.label)) for t in tables), key=lambda t: fold(t[1])),
            fields=sorted(((f.name, str(f.label)) for f in fields), key=lambda f: fold(f[1])),
        )
        return page if status == 200 else (page, status)

    def _answer(self, asked: Gate, given: MultiDict[str, str]) -> reasons.Why:
        table = next((t for t in asked.tables() if t.name == given.get("table", "")), None)
        if table is None:
            raise Invalid(_("Choose a table."))
        account = _found(asked, reasons.ACCOUNT, given.get("account", ""), _("Which account?"))
        row = _found(asked, table.name, given.get("row", ""), _("Which record?"))
        name = given.get("field", "")
        field: Field | None = None
        if name:
            field = next((f for f in asked.fields(table.name) if f.name == name), None)
            if field is None:
                raise Invalid(_("Choose a field of this table."))
        return reasons.why(asked, account, table, row, field)


def sees_summary(asked: Gate) -> bool:
    """True for who is shown the summary in the menu."""
    return summaries.may_read(asked)


def asks_why(asked: Gate) -> bool:
    """True for who is shown the page “why” in the menu."""
    return reasons.may_ask(asked)


# --- parts --------------------------------------------------------------------------------------


def _chosen(values: MultiDict[str, str]) -> tuple[int, ...]:
    return tuple(parameters.key({"id": text}) for text in values.getlist("profile"))


def _profile(asked: Gate, id: int) -> Row:
    summaries.require(asked)
    return asked.one(PROFILE_TYPE, id)


def _owner(row: Row) -> int:
    return int(getattr(row.values.get("profile_type"), "id", None) or 0)


def _line(asked: Gate, row: Row) -> dict[str, Any]:
    name = str(row.values.get("table_name") or "")
    try:
        tables = right_editing.tables_of(name)
    except NotFound:
        tables = ()
    return {
        "id": row.id,
        "table": right_words.table_words(asked.catalog, name),
        "words": summaries.sentence(asked, row.values, tables),
        "known": bool(tables),
    }


def _choosable() -> list[tuple[str, list[tuple[str, str]]]]:
    """(module, its tables) to choose from for a new right; everything first."""
    known = catalog.current()
    modules: dict[str, list[tuple[str, str]]] = {}
    for table in known:
        modules.setdefault(table.plugin, []).append((table.name, str(table.label)))
    found = []
    for name, tables in sorted(modules.items(), key=lambda m: fold(str(known.label_of(m[0])))):
        whole = (f"{name}.*", right_words.table_words(known, f"{name}.*"))
        listed = sorted(tables, key=lambda table: fold(table[1]))
        found.append((str(known.label_of(name)), [whole, *listed]))
    return found


def operator_words(name: str) -> str:
    """An operator alone, between a field and a value."""
    return " ".join(str(right_words.OPERATORS[name]).format(field="", value="").split())


def _posted(form: Mapping[str, str] | MultiDict[str, str], table: str) -> Draft:
    """The right that a form says."""
    values = form if isinstance(form, MultiDict) else MultiDict(form)
    names = right_words.labels_of(right_editing.tables_of(table))
    lines = [
        Asked(
            values.get(f"condition-{number}-field", ""),
            values.get(f"condition-{number}-operator", ""),
            values.get(f"condition-{number}-value", ""),
        )
        for number in range(MOST_CONDITIONS)
    ]
    return Draft(
        table=table,
        verbs=frozenset(values.getlist("verb")),
        reach=values.get("reach", ""),
        reads_all=values.get("reads_all") == "1",
        writes_all=values.get("writes_all") == "1",
        access={name: values.get(f"field-{name}", "") for name in names},
        conditions=tuple(line for line in lines if line.field or line.value.strip()),
    )


def _writing(verb: Verb) -> Gate:
    """A gate for a form, which does not exist for who may not do this with rights."""
    asked = gate(Channel.FORM)
    summaries.require(asked)
    if not right_editing.may_write(asked, verb) or not summaries.reads_whole(asked):
        raise NotFound(_("There is nothing at this address."))
    return asked


def _said(refused: Invalid | Forbidden) -> str:
    named = refused.fields if isinstance(refused, Invalid) else {}
    return " ".join(str(sentence) for sentence in named.values()) or str(refused)


def _found(asked: Gate, table: str, text: str, nothing: object) -> int:
    """The record that a text names: by its number, or by its title. Raises Invalid."""
    words = " ".join(text.split())
    if words.removeprefix("#").isascii() and words.removeprefix("#").isdecimal():
        return parameters.key({"id": words.removeprefix("#")})
    known = asked.lookup(table, words) if words else ()
    exact = [id for id, title in known if title == words] or [id for id, _title in known]
    if len(exact) != 1:
        several = _("Several records match “{text}”: write the title in full, or the number.")
        none = _("No record matches “{text}”.")
        raise Invalid(
            str(several if exact else none).format(text=words[:60]) if words else str(nothing)
        )
    return exact[0]
