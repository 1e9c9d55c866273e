"""The ready-made profile types and what each one may do, as data.

They are written once and are the administrator's from then on: an upgrade adds what is missing and
never overwrites a decision. A wildcard never contains the journal, which a grant must name.
"""

from __future__ import annotations

from dataclasses import dataclass

from portal.declare import Reach, Verb
from portal.i18n import Text
from portal.privileges import EVERY_NAME, JOBS, PROFILE

EVERY = " ".join(Verb)
READ = "read"
LOOK = "read export"
WRITE = "read create update export"
MANAGE = "read create update erase export import execute"

IDENTITY = "civility last_name first_name email landline mobile active"
CONTACT = "email address postcode city landline mobile emergency_contact accepts_news"
POSTAL = "address postcode city"


@dataclass(frozen=True, slots=True)
class Right:
    """One grant of a ready-made profile type; names are separated by spaces, "*" is all of them."""

    table: str
    verbs: str
    reach: Reach = Reach.ALL
    readable: str = "*"
    writable: str = "*"
    masked: str = ""


@dataclass(frozen=True, slots=True)
class Profile:
    """A ready-made profile type: level 0 is the strongest, 99 the weakest."""

    slug: str
    label: Text
    level: int
    rights: tuple[Right, ...]
    manager: bool = False
    comment: str = ""
    privileges: str = PROFILE


COMMON = (
    Right("typing.choice", READ, writable=""),
    Right("directory.organisation", READ, writable=""),
    Right("directory.structure", READ, writable=""),
)
"""What everybody who signs in reads: the lists of choices, the organisation and its structures."""

OWN = (
    Right("accounts.account", "read update", Reach.OWN, writable="language"),
    Right("operations.session", READ, Reach.OWN, writable=""),
    Right("operations.job", READ, Reach.OWN, writable=""),
)
"""What everybody reads of their own account."""


def _within(reach: Reach, verbs: str, *tables: str) -> tuple[Right, ...]:
    return tuple(Right(table, verbs, reach) for table in tables)


PROFILES = (
    Profile(
        "superuser",
        Text("Super-utilisateur", "Superuser"),
        0,
        (Right("*", EVERY),),
        manager=True,
        comment="Tout, hors le journal des accès. / Everything outside the access journal.",
        privileges=EVERY_NAME,
    ),
    Profile(
        "technical",
        Text("Administrateur technique", "Technical administrator"),
        1,
        (Right("*", EVERY),),
        comment="Tout sauf le journal des accès. / Everything but the access journal.",
        privileges=EVERY_NAME,
    ),
    Profile(
        "dpo",
        Text("Délégué à la protection des données", "Privacy officer"),
        5,
        (
            Right("*", "read export disclose", writable=""),
            Right("journal.*", LOOK, writable=""),
            OWN[0],
            Right("privacy.*", EVERY),
            Right("directory.organisation", "read update"),
            *_within(Reach.ALL, "erase execute", "directory.person", "directory.attachment"),
            *_within(
                Reach.ALL,
                "erase execute",
                "members.*",
                "bookings.*",
                "activities.*",
                "accounting.*",
            ),
        ),
        manager=True,
        privileges=f"{PROFILE} {JOBS}",
    ),
    Profile(
        "structure",
        Text("Administrateur de structure", "Administrator of a structure"),
        20,
        (
            *COMMON,
            *OWN,
            Right("directory.structure", "read update", Reach.STRUCTURE),
            *_within(Reach.STRUCTURE, MANAGE, "directory.person", "directory.attachment"),
            *_within(Reach.STRUCTURE, MANAGE, "members.*", "bookings.*", "activities.*"),
        ),
        manager=True,
    ),
    Profile(
        "secretary",
        Text("Secrétaire", "Secretary"),
        40,
        (
            *COMMON,
            *OWN,
            *_within(
                Reach.STRUCTURE, f"{WRITE} import", "directory.person", "directory.attachment"
            ),
            *_within(Reach.STRUCTURE, f"{WRITE} import", "members.membership", "members.validity"),
            *_within(Reach.STRUCTURE, WRITE, "bookings.booking"),
            *_within(Reach.STRUCTURE, LOOK, "activities.training", "activities.outing"),
            Right("bookings.resource", READ, writable=""),
        ),
    ),
    Profile(
        "treasurer",
        Text("Trésorier", "Treasurer"),
        40,
        (
            *COMMON,
            *OWN,
            Right("accounting.*", MANAGE),
            Right("directory.person", LOOK, readable=f"{IDENTITY} {POSTAL}", writable=""),
            Right("directory.attachment", READ, writable=""),
            Right("members.membership", "read update export", writable="fee paid paid_on"),
            Right("bookings.booking", READ, writable=""),
            Right("bookings.resource", READ, writable=""),
            Right(
                "activities.outing",
                READ,
                readable="person resource kind label day minutes",
                writable="",
            ),
        ),
    ),
    Profile(
        "instructor",
        Text("Instructeur", "Instructor"),
        50,
        (
            *COMMON,
            *OWN,
            Right("directory.person", READ, Reach.ATTACHED, readable=IDENTITY, writable=""),
            *_within(Reach.ATTACHED, WRITE, "activities.training", "activities.outing"),
            *_within(Reach.ATTACHED, WRITE, "bookings.booking"),
            Right("bookings.resource", READ, writable=""),
            Right("members.validity", READ, Reach.ATTACHED, writable=""),
        ),
    ),
    Profile(
        "member",
        Text("Adhérent", "Member"),
        90,
        (
            *COMMON,
            *OWN,
            Right(
                "directory.person",
                "read update",
                Reach.OWN,
                readable=f"{IDENTITY} {CONTACT} birth_date profession",
                writable=CONTACT,
            ),
            *(
                Right(table, READ, Reach.OWN, writable="")
                for table in (
                    "directory.attachment",
                    "members.membership",
                    "members.validity",
                    "bookings.booking",
                    "activities.training",
                    "activities.outing",
                    "accounting.ledgeraccount",
                    "accounting.entry",
                    "accounting.balance",
                )
            ),
            Right("accounting.fiscalyear", READ, writable=""),
            Right("bookings.resource", READ, writable="", readable="name kind registration active"),
        ),
    ),
)
"""The ready-made profile types, the strongest first."""
