"""Who may write which accounts, profile types and rights: levels, and nothing beyond one's own.

Refuses on every channel, inside the transaction of the write: the gate asks before rows change and
after they did. An account is changed only by a stronger one (a smaller level), and only by one
that holds all that it holds; the strongest, level 0, change one another and appoint whom they will.
The machine's owner, who speaks without an account, is held up by nothing but the last superuser.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from portal import code_rules
from portal.actor import Grant
from portal.builtin import accounts as tables
from portal.builtin.accounts import STRONGEST, superusers
from portal.builtin.operations import Link, Session
from portal.database import is_postgresql, proxy
from portal.errors import Forbidden, Invalid
from portal.granting import (
    NO_LEVEL,
    Held,
    first_beyond,
    given_by,
    grants_of,
    held_by,
    parse_grant,
    raised_by,
    raised_by_moves,
)
from portal.holds import chunks
from portal.i18n import _
from portal.models import utc_now
from portal.text import fold

if TYPE_CHECKING:
    from portal.gate import Gate

ACCOUNT = "accounts.account"
HOLDING = "accounts.holding"
PROFILE_TYPE = "accounts.profiletype"
GRANT = "accounts.grant"
CODE_HELD = "accounts.codeheld"
ATTACHMENT, STRUCTURE = "directory.attachment", "directory.structure"

OF_SUPERUSERS = frozenset({ACCOUNT, HOLDING, PROFILE_TYPE, GRANT})
"""The tables that say who is a superuser."""

RAISING = frozenset({"person", "structure", "starts_on", "ends_on"})
"""The fields of an attachment that say who reaches which structure, and when."""

ONES_OWN = frozenset({"language", "field_numbers"})
"""The fields of one's own account that a right to write them suffices for."""

LOGIN_LENGTH = 100
_LOGINS = 7_203_002  # the advisory lock of PostgreSQL under which sign-in names are compared


class AccountRules:
    """The rules of one act of writing through a gate."""

    def __init__(self, gate: Gate) -> None:
        self.gate, self.actor = gate, gate.actor
        self._had_superuser = False
        self._unraised: set[int] = set()

    @property
    def _free(self) -> bool:
        """True for the machine's owner, and for who stands above all others."""
        return self.actor.account is None or self.actor.level == STRONGEST

    def before(self, table: str, ids: Collection[int], fields: Collection[str] = ()) -> None:
        """Asked before these rows change (their `fields`) or go. Raises Forbidden."""
        self.watch([table])
        code_rules.before(self.gate, table, ids)
        asked = _BEFORE.get(table)
        if asked is not None and not self._free:
            for id in ids:
                asked(self, id, fields)

    def watch(self, names: Iterable[str]) -> None:
        """Note whether there is a superuser, before rows of these tables change or go."""
        if not self._had_superuser and OF_SUPERUSERS & set(names):
            self._had_superuser = _has_superuser()

    def after(self, table: str, ids: Sequence[int]) -> None:
        """Asked once these rows are written. Raises Forbidden, Invalid."""
        if table == ACCOUNT:
            require_free_logins(ids)
            _settle(ids)
        code_rules.after(self.gate, table, ids)
        if table == ATTACHMENT and not self._free:
            self._attached([id for id in ids if id not in self._unraised])
        if table == STRUCTURE and not self._free:
            self._hold(Held(NO_LEVEL, raised_by_moves(ids, self.gate.today)))
        asked = _AFTER.get(table)
        if asked is not None and not self._free:
            for id in ids:
                asked(self, id)
        self.a_superuser_stays()

    def a_superuser_stays(self) -> None:
        """Refuse what would leave the portal without anybody who may do everything."""
        if self._had_superuser and not _has_superuser():
            raise Forbidden(
                _("The portal would have no active superuser left."),
                _("Make another account a superuser first."),
            )

    # --- one row of a table

    def account(self, id: int, fields: Collection[str]) -> None:
        """An account may be changed so: a weaker one, or harmless fields of one's own."""
        if id == self.actor.account and fields and set(fields) <= ONES_OWN:
            return
        held = held_by(id, self.gate.today)
        self._outrank(held.level)
        self._hold(held)

    def account_now(self, id: int) -> None:
        """An account may reach what it now reaches, of the person that it now has."""
        if id != self.actor.account:  # of one's own, only what reaches nothing was changed
            self._hold(held_by(id, self.gate.today))

    def attachment(self, id: int, fields: Collection[str]) -> None:
        """An attachment may be changed; what it then gives accounts to reach is asked after."""
        if fields and not RAISING & set(fields):
            self._unraised.add(id)
        else:
            self._unraised.discard(id)

    def _attached(self, ids: Sequence[int]) -> None:
        """Who is attached may reach what their account now reaches by it."""
        for part in chunks(ids):
            self._hold(Held(NO_LEVEL, raised_by(part, self.gate.today)))

    def holder(self, id: int, _fields: Collection[str] = ()) -> None:
        """A profile type held may be changed or taken away: its account is a weaker one."""
        self._outrank(held_by(_one(tables.Holding, id, "account"), self.gate.today).level)

    def held(self, id: int) -> None:
        """An account may hold what it now holds: it stays weaker, and within one's own rights."""
        held = held_by(_one(tables.Holding, id, "account"), self.gate.today)
        self._outrank(held.level)
        self._hold(held)

    def profile_type(self, id: int, _fields: Collection[str] = ()) -> None:
        """A profile type may be changed: a weaker one."""
        self._outrank(_one(tables.ProfileType, id, "level"), of_account=False)

    def profile_type_now(self, id: int) -> None:
        """A profile type may be as it now is: weaker, with privileges that one holds oneself."""
        self.profile_type(id)
        names = frozenset(_one(tables.ProfileType, id, "privileges").split())
        self._hold(Held(NO_LEVEL, given_by(id, grants_of([id])[id], self.gate.today), names))

    def grant(self, id: int, _fields: Collection[str] = ()) -> None:
        """A right may be changed: one of a weaker profile type."""
        self.profile_type(_one(tables.Grant, id, "profile_type"))

    def granted(self, id: int) -> None:
        """A right may be given: to a weaker profile type, and held by who gives it.

        It counts at once wherever the profile type is held, so it must be held there.
        """
        self.grant(id)
        query = tables.Grant.select().where(tables.Grant.id == id).dicts()
        (row,) = query.execute(proxy.obj)
        given = given_by(row["profile_type"], (parse_grant(row),), self.gate.today)
        self._hold(Held(NO_LEVEL, given))

    def code_held(self, id: int, _fields: Collection[str] = ()) -> None:
        """An access code may be given or taken: to a weaker account, by one who holds it."""
        held = held_by(_one(tables.CodeHeld, id, "account"), self.gate.today)
        self._outrank(held.level)
        self._code(_one(tables.CodeHeld, id, "code"))

    # --- what is asked of the actor

    def _outrank(self, level: int, *, of_account: bool = True) -> None:
        if level > self.actor.level:
            return
        message = (
            _("This account is as strong as yours, or stronger.")
            if of_account
            else _("This profile type is as strong as yours, or stronger.")
        )
        raise Forbidden(message, _("Ask somebody whose profile type is stronger (a lower level)."))

    def _hold(self, held: Held) -> None:
        beyond = first_beyond(self.actor.grants, held.grants)
        if beyond is not None:
            raise Forbidden(
                _("This concerns rights that you do not hold yourself ({table}).").format(
                    table=self._named(beyond)
                ),
                _("Ask a superuser."),
            )
        if not held.privileges <= self.actor.privileges:
            raise Forbidden(
                _("This concerns privileges that you do not hold yourself."), _("Ask a superuser.")
            )
        for code in held.codes:
            self._code(code)

    def _code(self, code: int) -> None:
        if code not in self.actor.codes:
            raise Forbidden(
                _("This concerns an access code that you do not hold yourself."),
                _("Ask a superuser."),
            )

    def _named(self, grant: Grant) -> str:
        """The table of a right by its label, or its module's."""
        catalog = self.gate.catalog
        if grant.table in catalog.tables:
            return str(catalog.tables[grant.table].label)
        module = grant.table.partition(".")[0]
        known = any(table.plugin == module for table in catalog)
        return str(catalog.label_of(module)) if known else str(_("All tables"))


_BEFORE: Mapping[str, Callable[[AccountRules, int, Collection[str]], None]] = {
    ACCOUNT: AccountRules.account,
    HOLDING: AccountRules.holder,
    PROFILE_TYPE: AccountRules.profile_type,
    GRANT: AccountRules.grant,
    CODE_HELD: AccountRules.code_held,
    ATTACHMENT: AccountRules.attachment,
}
_AFTER: Mapping[str, Callable[[AccountRules, int], None]] = {
    ACCOUNT: AccountRules.account_now,
    HOLDING: AccountRules.held,
    PROFILE_TYPE: AccountRules.profile_type_now,
    GRANT: AccountRules.granted,
    CODE_HELD: AccountRules.code_held,
}


def require_free_logins(ids: Sequence[int]) -> None:
    """Each of these accounts has a sign-in name that can be typed, and no other has it."""
    if is_postgresql():  # SQLite has one writer; here two would not see each other's
        proxy.execute_sql("SELECT pg_advisory_xact_lock(%s)", (_LOGINS,))
    for part in chunks(ids):
        query = tables.Account.select(tables.Account.id, tables.Account.login)
        written = list(query.where(tables.Account.id.in_(list(part))).tuples().execute(proxy.obj))
        for id, login in written:
            require_login(login, id)


def require_login(login: str, account: int = 0) -> None:
    """A sign-in name that can be typed, and that no other account has. Raises Invalid."""
    problem = None
    if not login.strip() or len(login) > LOGIN_LENGTH or not login.isprintable():
        problem = _("Choose a sign-in name of 1 to 100 characters.")
    elif login != login.strip():
        problem = _("A sign-in name begins and ends with no space.")
    else:
        same = tables.Account.select(tables.Account.id)
        same = same.where(tables.Account.login_key == fold(login), tables.Account.id != account)
        if same.limit(1).tuples().execute(proxy.obj):
            problem = _("This sign-in name is taken.")
    if problem is not None:
        raise Invalid(problem, fields={"login": problem})


def _settle(ids: Sequence[int]) -> None:
    """A disabled account is dated, and has neither sessions nor links; an active one no date."""
    account = tables.Account
    for part in chunks(ids):
        mine = account.id.in_(list(part))
        off = account.select(account.id).where(mine, account.active == False)  # noqa: E712 - SQL
        Session.delete().where(Session.account.in_(off)).execute(proxy.obj)
        Link.delete().where(Link.account.in_(off)).execute(proxy.obj)
        undated = account.update(disabled_at=utc_now()).where(account.disabled_at.is_null())
        undated.where(mine, account.active == False).execute(proxy.obj)  # noqa: E712 - SQL
        dated = account.update(disabled_at=None).where(account.disabled_at.is_null(is_null=False))
        dated.where(mine, account.active).execute(proxy.obj)


def _has_superuser() -> bool:
    return bool(superusers().limit(1).tuples().execute(proxy.obj))


def _one(model: Any, id: int, field: str) -> Any:
    """A field of a row that is known to be there."""
    rows: Iterable[Any] = (
        model.select(getattr(model, field)).where(model.id == id).tuples().execute(proxy.obj)
    )
    return next(iter(rows))[0]
