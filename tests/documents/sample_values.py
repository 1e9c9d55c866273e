"""Values as the register and the access document receive them: a believable club."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from portal.privacy import access_parts

ORGANISATION: dict[str, Any] = {
    "name": "Aéro-club des Trois Vallées",
    "address": "Aérodrome de Lans\n38250 Lans-en-Vercors",
    "email": "contact@club.example",
    "phone": "04 76 00 00 00",
    "representative": "Mme Élise Dupont & Fils",
    "dpo_name": "M. Karim Benali",
    "dpo_email": "dpo@club.example",
}
_LABELS = (
    "Gestion des adhésions et des cotisations",
    "Réservation des aéronefs",
    "Suivi des formations de pilote",
    "Comptabilité des membres",
)


def activity(number: int, label: str) -> dict[str, Any]:
    """One register row; every second one is sensitive, the third has not been counted."""
    counted = None if number == 3 else 1000 + number * 37
    return {
        "number": number,
        "label": label,
        "processing": f"{label}, de l’inscription à la sortie du club",
        "purposes": [
            {
                "text": "Tenir la liste des membres",
                "legal_basis": "Contrat",
                "legal_reference": "RGPD, article 6(1)(b)",
                "interest": "",
                "balancing": "",
            },
            {
                "text": "Justifier les écritures",
                "legal_basis": "Intérêt légitime",
                "legal_reference": "",
                "interest": "Relancer les anciens membres",
                "balancing": "Un seul message par an",
            },
        ],
        "special_condition": "",
        "missing": [],
        "created_on": date(2026, 1, 5),
        "updated_on": None,
        "updated_by": "",
        "blocked_by": [{"label": "Conservée pour un litige", "number": 2}],
        "data_types": "Identité, coordonnées, dates d’adhésion, montants",
        "data_categories": ["Identité", "Vie personnelle", "Informations économiques"],
        "sensitive": ["Santé (certificat médical)"] if number % 2 else [],
        "subjects": ["Membres", "Anciens membres", "Représentants légaux"],
        "collection": ["Formulaire d’adhésion", "Saisie par le secrétariat"],
        "collection_mode": "Manuelle",
        "source": "La personne elle-même",
        "storage": "Serveur du club, en France",
        "controller": ORGANISATION["name"],
        "manager": "Secrétariat",
        "readers": [{"profile": "Secrétaire", "people": 3}, {"profile": "Trésorier", "people": 1}],
        "editors": [{"profile": "Secrétaire", "people": 3}],
        "people_read": 4,
        "people_modify": 3,
        "subjects_count": counted,
        "recipients": ["Fédération", "Assureur"],
        "transfers": "",
        "security": ["Accès par profil", "Journal des accès", "Sauvegardes chiffrées"],
        "retention": {
            "text": "1 an",
            "days": 365,
            "starts": "la fin de l’adhésion",
            "minimum": "10 ans pour les pièces comptables",
            "minimum_source": "Code de commerce L123-22",
            "maximum": "",
        },
        "oldest": date(2019, 3, 14) if number != 3 else None,
        "obsolete_deletable": None if counted is None else 10,
        "obsolete_blocked": None if counted is None else 2,
        "obsolete": None if counted is None else 12,
        "not_obsolete": counted,
        "fields": [
            {
                "table": "Membres",
                "field": f"Champ {n}",
                "data_type": "Identité",
                "sensitive": n == 2,
            }
            for n in range(1, 7)
        ],
    }


def register() -> dict[str, Any]:
    """The register of a club with four activities."""
    return {
        "organisation": ORGANISATION,
        "produced_on": date(2026, 11, 22),
        "software": "Greffe 0.1.0",
        "structure": "",
        "counted_at": None,
        "activities": [activity(n, label) for n, label in enumerate(_LABELS, 1)],
    }


def access() -> dict[str, Any]:
    """The access document of one member with bookings and entries."""
    flights = [
        [
            f"{day:02d}/06/2026",
            "F-GKQA",
            "Vol local",
            "1 h 05",
            "118,50 €",
            "",
            "Confirmée",
            "Jean Martin",
        ]
        for day in range(1, 13)
    ]
    columns = [
        "Date",
        "Appareil",
        "Nature",
        "Durée",
        "Montant",
        "Commentaire",
        "État",
        "Instructeur",
    ]
    account = ["Date", "Libellé", "Montant"]
    entries = [
        ["02/01/2026", "Cotisation annuelle", "185,00 €"],
        ["05/06/2026", "Vol F-GKQA", "118,50 €"],
    ]
    values = {
        "organisation": ORGANISATION,
        "person": {"title": "Mme Zoé Lefèvre-Nguyên", "number": 1042},
        "produced_on": date(2026, 11, 22),
        "software": "Greffe 0.1.0",
        "notice": {
            "rights": [
                "Faire rectifier des données inexactes.",
                "Demander l’effacement de vos données, dans les limites de la loi.",
                "Demander la limitation du traitement.",
                "Vous opposer à un traitement.",
            ],
            "complaint": "Vous pouvez saisir la CNIL, 3 place de Fontenoy, 75007 Paris.",
            "contact": "dpo@club.example",
        },
        "identity": [
            {"label": "Nom", "value": "Lefèvre-Nguyên"},
            {"label": "Prénom", "value": "Zoé"},
            {"label": "Adresse", "value": "12 rue des Écoles\n38000 Grenoble"},
            {"label": "Remarque", "value": 'Dit <bonjour> & "merci" 😀 مرحبا'},
        ],
        "sections": [
            {
                "activity": "Réservation des aéronefs",
                "purposes": [
                    {"text": "Organiser les vols", "legal_basis": "Contrat"},
                    {"text": "Partager les moyens", "legal_basis": "Intérêt légitime"},
                ],
                "recipients": ["Secrétariat", "Instructeurs"],
                "retention": "3 ans après le vol",
                "source": "Vous-même",
                "tables": [table("Réservations", columns, flights)],
            },
            {
                "activity": "Comptabilité des membres",
                "purposes": [{"text": "Tenir les comptes", "legal_basis": "Obligation légale"}],
                "recipients": [],
                "retention": "10 ans",
                "source": "",
                "tables": [table("Écritures", account, entries)],
            },
        ],
        "accesses": [
            {
                "on": datetime(2026, 11, day, 9, 30),
                "operation": "Consultation de la fiche",
                "role": "Secrétaire",
            }
            for day in range(1, 6)
        ],
        "withheld": [{"what": "Nom d’un autre membre", "why": "Droits d’une autre personne"}],
        "glossary": [{"term": "Fiche", "meaning": "Ce que le club enregistre sur une personne"}],
    }
    return access_parts.made(values)


def table(label: str, columns: list[str], rows: list[list[str]]) -> dict[str, Any]:
    """A table of the access document, with its records as label and value."""
    return {
        "label": label,
        "columns": columns,
        "rows": rows,
        "records": [
            [{"label": column, "value": value} for column, value in zip(columns, row, strict=True)]
            for row in rows
        ],
    }
