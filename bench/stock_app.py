"""Stock Flask-Admin with its own peewee backend, over the same table of persons.

It has no sign-in and no rights: that is how it comes.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask
from flask_admin import Admin
from flask_admin.contrib.peewee import ModelView
from flask_admin.contrib.peewee.filters import FilterEqual
from peewee import BooleanField, CharField, DateTimeField, Model, SqliteDatabase, TextField

database = SqliteDatabase(None)


class Person(Model):
    """The portal's persons, as a model of its own."""

    last_name = CharField(verbose_name="Last name")
    last_name_key = CharField()
    first_name = CharField(verbose_name="First name")
    first_name_key = CharField()
    email = CharField()
    profession = CharField()
    address = TextField()
    postcode = CharField()
    city = CharField()
    city_key = CharField()
    landline = CharField()
    mobile = CharField()
    emergency_contact = CharField()
    active = BooleanField()
    notes = TextField()
    archived_at = DateTimeField(null=True)

    class Meta:
        database = database
        table_name = "directory_person"


class PersonView(ModelView):
    """The list of persons with the columns, search and filters that the others have."""

    page_size = 50
    column_list = ("last_name", "first_name", "email", "mobile", "city", "active")
    column_default_sort = [("last_name_key", False), ("first_name_key", False), ("id", False)]
    column_searchable_list = (
        *("last_name", "first_name", "email", "profession", "address"),
        *("postcode", "city", "landline", "mobile", "emergency_contact", "notes"),
    )
    column_filters = (FilterEqual(Person.city_key, "City"), FilterEqual(Person.active, "Active"))

    def get_query(self) -> Any:
        return Person.select().where(Person.archived_at.is_null())


class StockFlaskAdmin:
    """Flask-Admin behind Flask's test client."""

    def __init__(self, home: Path) -> None:
        database.init(
            f"file:{home / 'greffe.db'}?mode=ro", uri=True, pragmas={"cache_size": -20_000}
        )
        app = Flask("stock")
        app.secret_key = "a measurement"
        admin = Admin(app, name="Stock")
        admin.add_view(PersonView(Person, "Persons", endpoint="person", url="/admin/person"))
        self.client = app.test_client()

    def get(self, who: str, path: str) -> tuple[int, str]:
        answer = self.client.get(path)
        return answer.status_code, answer.text

    def traced(self, act: Callable[[], Any]) -> list[str]:
        found: list[str] = []
        connection = database.connection()
        connection.set_trace_callback(found.append)
        try:
            act()
        finally:
            connection.set_trace_callback(None)
        return found
