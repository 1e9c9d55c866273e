"""Requests of the demo data: a late one, one that waits, answered ones, one from outside."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from portal.gate import Gate
from portal.operations.demo_writer import Demo
from portal.privacy import requests
from portal.privacy.requests import Received

ASKERS = (12, 15, 18, 21)
"""The places, among the persons of the demo data, of those who ask."""


def write_requests(demo: Demo) -> list[int]:
    """Write the requests; their numbers."""
    late, leaving, news, wrong = (demo.people[at].id for at in ASKERS)

    def on(days: int) -> Gate:
        return Gate(
            demo.gate.actor,
            demo.gate.channel,
            today=demo.today - timedelta(days=days),
            catalog=demo.gate.catalog,
        )

    def came(
        days: int, channel: str, right: str, person: int | None, scope: str, **more: str
    ) -> int:
        day = demo.today - timedelta(days=days)
        return requests.receive(
            on(days), Received(day, channel, (right,), person, scope=scope, **more)
        )

    made = [
        came(40, "email", "access", late, "Copie de toutes mes données, réservations comprises."),
        came(9, "letter", "erasure", leaving, "J’ai quitté le club, effacez mon dossier."),
        came(75, "email", "objection", news, "Je ne veux plus recevoir la lettre d’information."),
        came(30, "in_person", "rectification", wrong, "Ma date de naissance et une appréciation."),
        came(
            20,
            "letter",
            "access",
            None,
            "Qu’avez-vous gardé de mon vol d’initiation\u00a0?",
            name="Zoé Carpentier",
            email="zoe.carpentier@example.org",
            address="8 chemin des Vignes\n73000 Chambéry",
        ),
    ]
    steps: tuple[Callable[[], None], ...] = (
        lambda: requests.identity_checked(on(38), made[0], "contact"),
        lambda: requests.ask_identity(on(8), made[1], "L’adresse n’est pas celle du dossier."),
        lambda: requests.identity_checked(on(74), made[2], "signed_in"),
        lambda: requests.decide(on(74), made[2], "granted", "", "news"),
        lambda: requests.answer(on(74), made[2], "email"),
        lambda: requests.close(on(73), made[2]),
        lambda: requests.identity_checked(on(30), made[3], "known"),
        lambda: requests.decide(
            on(22),
            made[3],
            "partly_granted",
            "La date de naissance est corrigée. L’appréciation de l’instructeur reste\u00a0:"
            " elle était exacte le jour du vol. Votre remarque y est jointe.",
        ),
        lambda: requests.answer(on(21), made[3], "in_person"),
    )
    for step in steps:
        step()
    return made
