"""The steps of a new account as their page shows them: fields, what was typed, what is wrong."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms.form import BaseForm

from portal import catalog
from portal.account_rules import require_login
from portal.accounts import passwords, profiles
from portal.accounts.opening import ATTACHMENT, NewAccount
from portal.accounts.profiles import ACCOUNT
from portal.catalog import PERSON
from portal.declare import Verb
from portal.errors import Forbidden, Invalid, PortalError
from portal.fields import Field
from portal.gate import Gate
from portal.i18n import Label, _, current_language
from portal.rows import Selection
from portal.web import forms, prefill
from portal.web.widgets import form_of, values_of

LAST = 4
PROFILE_TYPE, HOLDING = "accounts.profiletype", "accounts.holding"
NEW = "new-"
OF_PERSON = ("civility", "last_name", "first_name", "birth_date")
OF_SIGN_IN = ("login", "email", "staff", "language")
MOST_PROFILES = 200
TITLES: tuple[Label, ...] = (
    _("Person"),
    _("Sign-in name"),
    _("Password"),
    _("Profile types"),
)


@dataclass(slots=True)
class ProfileLine:
    """A profile type that may be ticked, with its zone."""

    id: int
    label: str
    comment: str
    ticked: bool
    zone: Any


class Steps:
    """What was typed of a new account so far, and the forms that show it.

    `kept` holds, by step, the pairs that were typed, and the hash of the password.
    """

    titles = TITLES

    def __init__(self, gate: Gate, kept: Mapping[str, Any]) -> None:
        self.gate, self.kept = gate, dict(kept)
        self._forms: dict[str, BaseForm] = {}
        self._lines: list[ProfileLine] | None = None

    def values(self, number: int) -> MultiDict[str, str]:
        """The pairs that were typed in a step."""
        pairs = self.kept.get(f"step{number}", ())
        return MultiDict([(str(name), str(value)) for name, value in pairs])

    # --- forms

    @property
    def person(self) -> BaseForm:
        """The person who is in the directory."""
        return self._form("person", 1, self._specs(ACCOUNT, ("person",)))

    @property
    def new_person(self) -> BaseForm:
        """The person who is not there yet, and the structure that they enter."""
        specs = self._specs(PERSON, OF_PERSON)
        if specs:
            specs += self._specs(ATTACHMENT, ("structure",))
        return self._form("new_person", 1, specs, NEW)

    @property
    def sign_in(self) -> BaseForm:
        """The sign-in name, the e-mail address and so on."""
        return self._form("sign_in", 2, self._specs(ACCOUNT, OF_SIGN_IN))

    @property
    def profiles(self) -> list[ProfileLine]:
        """The profile types that the actor reads, each with its zone."""
        if self._lines is None:
            self._lines = [self._line(row) for row in self._profile_rows()]
        return self._lines

    def _profile_rows(self) -> tuple[Any, ...]:
        if not self.gate.can(Verb.READ, PROFILE_TYPE) or not self.gate.can(Verb.CREATE, HOLDING):
            return ()
        rows = self.gate.list(PROFILE_TYPE, Selection(page_size=MOST_PROFILES)).rows
        level = self.gate.actor.level
        weaker = [row for row in rows if not level or (row.values.get("level") or 0) > level]
        return tuple(sorted(weaker, key=lambda row: (row.values.get("level") or 0, row.title)))

    def _line(self, row: Any) -> ProfileLine:
        typed = self.values(4)
        english = current_language() == "en" and row.values.get("label_en")
        specs = self._specs(HOLDING, ("zone",))
        form = self._form(f"zone{row.id}", 4, specs, f"p{row.id}-")
        return ProfileLine(
            row.id,
            str(english or row.title),
            str(row.values.get("comment") or ""),
            f"p{row.id}" in typed,
            next(iter(form), None),
        )

    def _specs(self, table: str, names: tuple[str, ...]) -> tuple[Field, ...]:
        """The fields of these names that a form of this actor offers, in this order."""
        if not self.gate.can(Verb.CREATE, table):
            return ()
        offered = forms.offered(self.gate, catalog.current().table(table), Verb.CREATE)
        known = {spec.name: spec for spec in offered}
        return tuple(known[name] for name in names if name in known)

    def _form(self, name: str, number: int, specs: tuple[Field, ...], prefix: str = "") -> BaseForm:
        if name not in self._forms:
            form = form_of(specs, self.gate, prefix)
            typed = self.values(number)
            form.process(typed if typed else None, data=prefill.values(specs))
            self._forms[name] = form
        return self._forms[name]

    # --- what is wrong

    def check(self, number: int) -> None:
        """Raise Invalid for the first thing that is wrong with a step."""
        if number == 1:
            self._check_person()
        elif number == 2:
            self._validate(self.sign_in)
            require_login(str(values_of(self.sign_in).get("login") or "").strip())
        elif number == 3 and self.values(3).get("how") not in ("password", "link"):
            raise Invalid(_("Choose how the person gets a password."))
        elif number == 4:
            self._check_profiles()

    def _check_person(self) -> None:
        if self._names_somebody():
            self._validate(self.new_person)
            if self._chosen_person() is not None:
                raise Invalid(_("Choose a person, or give the names of a new one: not both."))
            return
        self._validate(self.person)
        if self._chosen_person() is None:
            sentence = _("An account belongs to a person.")
            raise Invalid(
                sentence, _("Choose one, or give the names of a new one."), {"person": sentence}
            )

    def _check_profiles(self) -> None:
        ticked = [line for line in self.profiles if line.ticked]
        for line in ticked:
            self._validate(self._forms[f"zone{line.id}"])
        if self.profiles and not ticked:
            raise Invalid(_("Tick at least one profile type: it gives the account its rights."))

    def _validate(self, form: BaseForm) -> None:
        if not form.validate():
            wrong = {bound.name: bound.errors[0] for bound in form if bound.errors}
            raise Invalid(_("Some values cannot be kept."), fields=wrong)

    def _names_somebody(self) -> bool:
        names = ("last_name", "first_name")
        typed = self.values(1)
        return any(typed.get(f"{NEW}{name}", "").strip() for name in names)

    def _chosen_person(self) -> int | None:
        found = values_of(self.person).get("person")
        return found if isinstance(found, int) else None

    def show(self, refused: PortalError) -> str:
        """Put a refusal beside the fields that it names; the sentence for the top of the page."""
        named = refused.fields if isinstance(refused, Invalid) else {}
        for name, sentence in named.items():
            for form in self._forms.values():
                bound = next((b for b in form if name in (b.name, b.short_name)), None)
                if bound is not None and str(sentence) not in map(str, bound.errors):
                    bound.errors = [*bound.errors, str(sentence)]
        return str(refused)

    def step_of(self, refused: Invalid | Forbidden) -> int:
        """The step that a refusal of the whole is about."""
        named = set(refused.fields) if isinstance(refused, Invalid) else set()
        if named & set(OF_SIGN_IN):
            return 2
        return 1 if named & {"person", *OF_PERSON, "structure"} else LAST

    # --- the password

    def owner(self) -> passwords.Owner:
        """Whose password it is, and what it must not contain."""
        login = self.values(2).get("login", "").strip()
        if not self._names_somebody():
            self._validate(self.person)
            return profiles.owner(self.gate, login, self._chosen_person())
        typed = self.values(1)
        names = tuple(typed.get(f"{NEW}{name}", "") for name in ("last_name", "first_name"))
        self._validate(self.new_person)
        return passwords.Owner(login, names, values_of(self.new_person).get("birth_date"))

    def keep_password(self, hashed: str) -> None:
        """Keep the hash of a password that was checked against this person and name."""
        self.kept["hash"], self.kept["hash_of"] = hashed, self._fingerprint()

    def has_password(self) -> bool:
        """True when a password is kept, and the person and the name are still the same."""
        return bool(self.kept.get("hash")) and self.kept.get("hash_of") == self._fingerprint()

    def password_missing(self) -> Invalid | None:
        """What is wrong with the kept password, if anything is."""
        how = self.values(3).get("how")
        if how == "link" or (how == "password" and self.has_password()):
            return None
        return Invalid(_("Type the password again: the person or the sign-in name has changed."))

    def _fingerprint(self) -> str:
        text = repr([sorted(self.values(n).items(multi=True)) for n in (1, 2)])
        return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()

    # --- the whole

    def new_account(self) -> NewAccount:
        """What the steps say together; they were checked."""
        values = values_of(self.sign_in)
        values["login"] = str(values.get("login") or "").strip()
        new = values_of(self.new_person) if self._names_somebody() else {}
        structure = new.pop("structure", None)
        return NewAccount(
            values=values,
            person=None if new else self._chosen_person(),
            new_person=new,
            structure=structure,
            hashed=self.kept.get("hash", "") if self.values(3).get("how") == "password" else "",
            profiles=[
                (line.id, values_of(self._forms[f"zone{line.id}"]).get("zone"))
                for line in self.profiles
                if line.ticked
            ],
        )
