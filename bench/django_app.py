"""Django's admin as it comes, over the same table of persons, read from the same file.

Its accounts and sessions stand in a database of its own. It shows the same columns in the same
order, searches the same fields, and filters on the same indexed column.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import django
from django.apps import AppConfig
from django.conf import settings
from django.contrib import admin
from django.core.management import call_command
from django.db import connections, models
from django.http import HttpRequest
from django.test import Client
from django.urls import path

SEARCHED = (
    *("last_name", "first_name", "email", "profession", "address"),
    *("postcode", "city", "landline", "mobile", "emergency_contact", "notes"),
)


class Directory(AppConfig):
    """The application that holds the one model."""

    name = "bench"
    label = "directory"


class PortalFile:
    """Persons are read from the portal's file, everything else from Django's own database."""

    def db_for_read(self, model: Any, **hints: Any) -> str:
        return "portal" if model._meta.app_label == "directory" else "default"

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        return db == "default" and app_label != "directory"


def configure(home: Path) -> None:
    """Set Django up over the portal of `home`."""
    installed = ("admin", "auth", "contenttypes", "sessions", "messages", "staticfiles")
    between = (
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
    )
    own = home / "django.db"
    settings.configure(
        SECRET_KEY="a measurement",
        ALLOWED_HOSTS=["testserver"],
        ROOT_URLCONF=__name__,
        STATIC_URL="static/",
        LANGUAGE_CODE="fr",
        USE_TZ=False,
        INSTALLED_APPS=[
            *(f"django.contrib.{name}" for name in installed),
            f"{__name__}.Directory",
        ],
        MIDDLEWARE=between,
        DATABASE_ROUTERS=[f"{__name__}.PortalFile"],
        DATABASES={
            "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(own)},
            "portal": {
                "ENGINE": "django.db.backends.sqlite3",
                "NAME": f"file:{home / 'greffe.db'}?mode=ro",
                "OPTIONS": {"uri": True, "init_command": "PRAGMA cache_size=-20000"},
            },
        },
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
                "OPTIONS": {
                    "context_processors": [
                        "django.template.context_processors.request",
                        "django.contrib.auth.context_processors.auth",
                        "django.contrib.messages.context_processors.messages",
                    ]
                },
            }
        ],
    )
    django.setup()


def _register() -> None:
    text = {"max_length": 100}

    class Person(models.Model):
        last_name = models.CharField("Last name", **text)
        last_name_key = models.CharField(**text)
        first_name = models.CharField("First name", **text)
        first_name_key = models.CharField(**text)
        email = models.CharField("E-mail", **text)
        profession = models.CharField(**text)
        address = models.TextField()
        postcode = models.CharField(**text)
        city = models.CharField("City", **text)
        city_key = models.CharField(db_index=True, **text)
        landline = models.CharField(**text)
        mobile = models.CharField("Mobile", **text)
        emergency_contact = models.CharField(**text)
        active = models.BooleanField("Active", db_index=True)
        notes = models.TextField()
        archived_at = models.DateTimeField(null=True)

        class Meta:
            app_label = "directory"
            managed = False
            db_table = "directory_person"
            ordering = ("last_name_key", "first_name_key", "id")

        def __str__(self) -> str:
            return f"{self.last_name} {self.first_name}"

    class PersonAdmin(admin.ModelAdmin):
        list_display = ("__str__", "email", "mobile", "city", "active")
        list_per_page = 50
        search_fields = SEARCHED

        def get_queryset(self, request: HttpRequest) -> Any:
            return super().get_queryset(request).filter(archived_at__isnull=True)

        def lookup_allowed(self, lookup: str, value: str, request: Any = None) -> bool:
            return True

    admin.site.register(Person, PersonAdmin)


urlpatterns: list[Any] = []


class DjangoAdmin:
    """Django's admin behind its own client, signed in as a superuser."""

    def __init__(self, home: Path) -> None:
        configure(home)
        call_command("migrate", verbosity=0)
        _register()
        urlpatterns.append(path("admin/", admin.site.urls))
        from django.contrib.auth.models import User  # noqa: PLC0415 - only after django.setup()

        user = User.objects.filter(username="admin").first() or User.objects.create_superuser(
            "admin"
        )
        self.client = Client()
        self.client.force_login(user)

    def get(self, who: str, path: str) -> tuple[int, str]:
        answer = self.client.get(path)
        return answer.status_code, answer.content.decode()

    def traced(self, act: Callable[[], Any]) -> list[str]:
        found: list[str] = []
        opened = [connections[name] for name in ("default", "portal")]
        for connection in opened:
            connection.ensure_connection()
            connection.connection.set_trace_callback(found.append)
        try:
            act()
        finally:
            for connection in opened:
                if connection.connection is not None:
                    connection.connection.set_trace_callback(None)
        return found
