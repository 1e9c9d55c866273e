"""Take screenshots of the main screens, in two widths and both languages, into shots/.

A demonstration in a temporary folder is filled, served on a free port and photographed with
Chromium, so that a screenshot never shows anybody's data.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright
from waitress.server import create_server

from portal.operations import instance
from portal.settings import Settings
from portal.start import open_portal
from portal.web.app import make_app

FOLDER = Path("shots")
CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
ARGUMENTS = ("--no-sandbox", "--headless=new", "--disable-gpu", "--hide-scrollbars")
WIDTHS = {360: 760, 1440: 900}
LANGUAGES = ("fr", "en")
PERSONS = "/admin/directory.person/"
SCREENS: dict[str, tuple[str, str]] = {
    "sign-in": ("", "/sign-in"),
    "start": ("admin", "/admin/"),
    "list": ("admin", f"{PERSONS}?page_size=20"),
    "filtered": ("admin", f"{PERSONS}?f.active.equals=true&f.city.contains=cha&page_size=20"),
    "filter": ("admin", f"{PERSONS}?add=birth_date&page_size=20"),
    "sheet": ("admin", f"{PERSONS}details/?id=7"),
    "history": ("admin", f"{PERSONS}details/?id=7&tab=history"),
    "form": ("admin", f"{PERSONS}edit/?id=7"),
    "delete": ("admin", "/admin/bookings.booking/delete/?rowid=2&rowid=3&rowid=4&rowid=5&rowid=6"),
    "blocked": ("admin", f"{PERSONS}delete/?id=7"),
    "bookings": ("instructor", "/admin/bookings.booking/?page_size=20"),
    "search": ("admin", "/admin/search/?q=ma"),
    "register": ("dpo", "/admin/privacy/register/"),
    "retention": ("dpo", "/admin/privacy/retention/"),
    "treatment": ("dpo", "/admin/privacy/register/bookings/"),
    "purge": ("dpo", "/admin/privacy/retention/bookings/"),
    "requests": ("dpo", "/admin/privacy/requests/"),
    "request": ("dpo", "/admin/privacy/requests/one/?id=1"),
    "journal": ("dpo", "/admin/privacy/journal/"),
    "rules": ("dpo", "/admin/privacy/attachments/"),
    "profiles": ("admin", "/admin/accounts.profiletype/"),
    "own": ("member", "/me/"),
    "refusal": ("admin", f"{PERSONS}?sort=nothing"),
}
"""The name of each picture: who looks, and at which address."""
GUIDE = ("list", "sheet", "delete", "register", "retention", "purge", "request")
"""Those that the guide shows, smaller and in English; copied to docs/images/ by hand."""
GUIDE_SIZE = (1100, 600)


@contextmanager
def served(home: Path) -> Iterator[str]:
    """Fill a demonstration in `home` and serve it; gives its address."""
    portal = open_portal(Settings(home=home))
    instance.fill_demo(portal)
    app = make_app(replace(portal, settings=instance.as_demo(portal.settings)))
    server = create_server(app, host="127.0.0.1", port=0, threads=4)
    threading.Thread(target=server.run, daemon=True).start()
    yield f"http://127.0.0.1:{server.effective_port}"


def sign_in(page: Page, login: str) -> None:
    """Sign a demo account in, as a person does."""
    page.goto("/sign-in")
    page.locator("#login").fill(login)
    page.locator("#password").fill(instance.DEMO_PASSWORD)
    page.locator("main button").click()
    page.wait_for_load_state()


def photograph(
    browser: Browser,
    address: str,
    language: str,
    size: tuple[int, int],
    pictures: Mapping[str, Path],
) -> None:
    """Take the screens that `pictures` names, in one language and size, into their files."""
    width, height = size
    for login in sorted({SCREENS[name][0] for name in pictures}):
        context = browser.new_context(
            base_url=address, locale=language, viewport={"width": width, "height": height}
        )
        page = context.new_page()
        if login:
            sign_in(page, login)
        for name, path in pictures.items():
            who, where = SCREENS[name]
            if who == login:
                page.goto(where)
                page.screenshot(path=path)
        context.close()


def main() -> int:
    """Take all the screenshots; gives the exit code."""
    (FOLDER / "guide").mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home,
        served(Path(home)) as address,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        for language in LANGUAGES:
            for width, height in WIDTHS.items():
                files = {name: FOLDER / f"{name}-{language}-{width}.png" for name in SCREENS}
                photograph(browser, address, language, (width, height), files)
        guide = {name: FOLDER / "guide" / f"{name}.png" for name in GUIDE}
        photograph(browser, address, "en", GUIDE_SIZE, guide)
        browser.close()
    taken = len(SCREENS) * len(LANGUAGES) * len(WIDTHS) + len(GUIDE)
    sys.stdout.write(f"{taken} screenshots in {FOLDER}/\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
