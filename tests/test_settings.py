"""Settings: what is read from where, and what is refused with which sentence."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from portal.errors import SettingsError
from portal.settings import explain, load, weaknesses


def write(home: Path, text: str) -> Path:
    """Write `greffe.toml` and answer its folder."""
    (home / "greffe.toml").write_text(text, encoding="utf-8")
    return home


def refusal(home: Path, text: str = "", **variables: str) -> str:
    """Answer the sentence that refuses these settings."""
    with pytest.raises(SettingsError) as caught:
        load(write(home, text), environ=variables)
    return str(caught.value)


def origin(home: Path, key: str, **variables: str) -> tuple[str, str]:
    """Answer what `greffe check` says of `key`: its value and where it comes from."""
    rows = {name: (value, where) for name, value, where in explain(load(home, environ=variables))}
    return rows[key]


def test_an_empty_folder_gives_the_defaults(tmp_path: Path) -> None:
    settings = load(tmp_path, environ={})
    assert (settings.server.host, settings.server.port) == ("127.0.0.1", 8000)


def test_the_file_wins_over_the_default(tmp_path: Path) -> None:
    assert load(write(tmp_path, "[server]\nport = 8080"), environ={}).server.port == 8080


def test_a_variable_wins_over_the_file(tmp_path: Path) -> None:
    home = write(tmp_path, "[server]\nport = 8080")
    assert load(home, environ={"GREFFE_SERVER_PORT": "9090"}).server.port == 9090


def test_the_instance_folder_comes_from_the_environment(tmp_path: Path) -> None:
    assert load(environ={"GREFFE_HOME": str(tmp_path)}).home == tmp_path


def test_the_instance_folder_is_var_by_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert load(environ={}).home == tmp_path / "var"


def test_the_database_is_a_file_of_the_instance_folder_by_default(tmp_path: Path) -> None:
    assert load(tmp_path, environ={}).database_url == f"sqlite:///{tmp_path}/greffe.db"


def test_a_relative_database_file_is_taken_from_the_instance_folder(tmp_path: Path) -> None:
    settings = load(tmp_path, environ={"GREFFE_DATABASE_URL": "sqlite:///club.db"})
    assert settings.database_url == f"sqlite:///{tmp_path}/club.db"


def test_a_postgresql_address_is_kept_as_it_is(tmp_path: Path) -> None:
    url = "postgresql://greffe@db.example.org/greffe"
    assert load(tmp_path, environ={"GREFFE_DATABASE_URL": url}).database_url == url


def test_a_list_in_a_variable_is_separated_by_commas(tmp_path: Path) -> None:
    settings = load(tmp_path, environ={"GREFFE_PLUGINS_DISABLED": "bookings, accounting"})
    assert settings.plugins.disabled == ("bookings", "accounting")


def test_a_truth_value_is_read_from_a_variable(tmp_path: Path) -> None:
    assert load(tmp_path, environ={"GREFFE_DEMO_ENABLED": "true"}).demo.enabled


def test_a_table_of_directives_is_read_from_the_file(tmp_path: Path) -> None:
    home = write(tmp_path, "[security.csp]\nimg-src = \"'self' data:\"")
    assert load(home, environ={}).security.csp == {"img-src": "'self' data:"}


def test_settings_cannot_be_changed(tmp_path: Path) -> None:
    with pytest.raises(AttributeError):
        load(tmp_path, environ={}).server.port = 1  # type: ignore[misc]  # the point of the test


def test_an_unknown_section_is_refused_with_the_nearest_one(tmp_path: Path) -> None:
    assert refusal(tmp_path, "[serveur]\nport = 1") == (
        "Unknown section [serveur] in greffe.toml. The nearest known one is server."
    )


def test_an_unknown_key_is_refused_with_the_nearest_one(tmp_path: Path) -> None:
    assert refusal(tmp_path, "[server]\nprot = 1") == (
        "Unknown key prot ([server]) in greffe.toml. The nearest known one is port."
    )


def test_an_unknown_variable_is_refused_with_the_nearest_one(tmp_path: Path) -> None:
    assert refusal(tmp_path, GREFFE_SERVER_PROT="1") == (
        "Unknown variable GREFFE_SERVER_PROT in the environment. "
        "The nearest known one is GREFFE_SERVER_PORT."
    )


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("server = 1", "'server' is a section, not a value"),
        ('[server]\nport = "80"', "server.port takes a whole number"),
        ("[server]\nport = true", "server.port takes a whole number"),
        ("[server]\nport = 80.5", "server.port takes a whole number"),
        ("[server]\nhost = 1", "server.host takes a text between quotes"),
        ("[mail]\nstarttls = 1", "mail.starttls takes true or false"),
        ('[plugins]\ndisabled = "a"', "plugins.disabled takes a list of texts"),
        ("[plugins]\ndisabled = [1]", "plugins.disabled takes a list of texts"),
        ("[security]\ncsp = 1", "security.csp takes a table of texts"),
        ("[server]\nport = 0", "server.port must be between 1 and 65535"),
        ("[server]\nport = 65536", "server.port must be between 1 and 65535"),
        ("[server]\nthreads = 0", "server.threads must be between 1 and 64"),
        ('[server]\nhost = ""', "server.host must not be empty"),
        ('[server]\npublic_address = "club.org"', "server.public_address must be an address"),
        ('[server]\npublic_address = "https://a/b"', "server.public_address must be an address"),
        ('[server]\npublic_address = "http://a:x"', "server.public_address must be an address"),
        ('[server]\ntrusted_proxy = "nginx"', "server.trusted_proxy must be one IP address"),
        ('[database]\nurl = "mysql://a/b"', "database.url must be sqlite:///FILE"),
        ('[admin]\nprefix = "admin"', "admin.prefix must start with /"),
        ('[admin]\nprefix = "/admin/"', "admin.prefix must start with /"),
        ('[admin]\nprefix = "/"', "admin.prefix must start with /"),
        ('[locale]\nlanguage = "de"', "locale.language must be one of: fr, en"),
        ('[locale]\ntimezone = "Paris"', "locale.timezone must be a time zone"),
        ('[locale]\ntimezone = "../etc"', "locale.timezone must be a time zone"),
        ('[locale]\ncurrency = "euro"', "locale.currency must be three capitals"),
        ("[journal]\ndays = 0", "journal.days must be between 1 and 1095"),
        ("[journal]\ndays = 1096", "journal.days must be between 1 and 1095"),
        ("[journal]\ndays = 366", "journal.days is over 365 days, which needs a reason"),
        ('[journal]\ndays = 1095\nreason = " "', "journal.days is over 365 days"),
        ("[alerts]\nquiet_from = 24", "alerts.quiet_from must be between 0 and 23"),
        ('[mail]\nsender = "club"', "mail.sender must be an e-mail address"),
        ('[security]\nx_frame_options = "ALLOWALL"', "security.x_frame_options must be one of"),
        ('[security]\niframe_sandbox = "none"', "security.iframe_sandbox must be one of"),
        ('[security]\nreferrer_policy = "a\\nb"', "security.referrer_policy must be one line"),
        ('[security.csp]\nimage-src = "a"', "security.csp has an unknown directive: image-src"),
        ('[security.csp]\nimg-src = "a; b"', "security.csp has a value that is not one directive"),
        ('[security.headers]\n"a b" = "c"', "security.headers has a header that cannot be sent"),
        ("[limits]\npage_size = 500\nmax_page_size = 50", "limits.page_size is greater"),
        ("[server", "The file greffe.toml is not valid TOML"),
    ],
)
def test_a_value_that_cannot_be_used_is_refused_with_a_sentence(
    tmp_path: Path, text: str, sentence: str
) -> None:
    assert sentence in refusal(tmp_path, text)


def test_a_refused_value_says_where_it_was_written(tmp_path: Path) -> None:
    assert refusal(tmp_path, "[server]\nport = 0").startswith("greffe.toml: ")


def test_a_refused_variable_is_named(tmp_path: Path) -> None:
    assert refusal(tmp_path, GREFFE_SERVER_PORT="many").startswith("GREFFE_SERVER_PORT: ")


def test_a_table_cannot_stand_in_a_variable(tmp_path: Path) -> None:
    assert "security.csp is a table" in refusal(tmp_path, GREFFE_SECURITY_CSP="a")


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "greffe.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsError, match="not valid TOML"):
        load(tmp_path, environ={})


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "greffe.toml").mkdir()
    with pytest.raises(SettingsError, match="cannot be read"):
        load(tmp_path, environ={})


def test_the_secret_key_is_made_once(tmp_path: Path) -> None:
    settings = load(tmp_path / "new", environ={})
    assert settings.secret_key == load(tmp_path / "new", environ={}).secret_key


def test_only_the_owner_reads_the_secret_key(tmp_path: Path) -> None:
    assert load(tmp_path, environ={}).secret_key
    assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600


def test_making_the_secret_key_leaves_no_draft(tmp_path: Path) -> None:
    assert load(tmp_path, environ={}).secret_key
    assert [path.name for path in tmp_path.iterdir()] == ["secret_key"]


def test_a_short_secret_key_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret_key").write_text("secret", encoding="ascii")
    with pytest.raises(SettingsError, match="too short"):
        _ = load(tmp_path, environ={}).secret_key


def test_an_instance_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="ascii")
    with pytest.raises(SettingsError, match="GREFFE_HOME"):
        _ = load(tmp_path / "file" / "var", environ={}).secret_key


def test_a_default_is_called_so(tmp_path: Path) -> None:
    assert origin(tmp_path, "journal.days") == ("184", "default")


def test_a_value_of_the_file_names_the_file(tmp_path: Path) -> None:
    home = write(tmp_path, "[journal]\ndays = 365")
    assert origin(home, "journal.days") == ("365", "greffe.toml")


def test_a_value_of_the_environment_names_its_variable(tmp_path: Path) -> None:
    shown = origin(tmp_path, "journal.days", GREFFE_JOURNAL_DAYS="90")
    assert shown == ("90", "GREFFE_JOURNAL_DAYS")


def test_the_mail_password_is_never_shown(tmp_path: Path) -> None:
    settings = load(tmp_path, environ={"GREFFE_MAIL_PASSWORD": "s3cret"})
    assert "s3cret" not in f"{explain(settings)} {settings!r}"


@pytest.mark.parametrize(
    "url", ["postgresql://greffe:s3cret@db/greffe", "postgresql://greffe@db/g?password=s3cret"]
)
def test_the_database_password_is_never_shown(tmp_path: Path, url: str) -> None:
    settings = load(tmp_path, environ={"GREFFE_DATABASE_URL": url})
    assert "s3cret" not in f"{explain(settings)} {settings!r}"


@pytest.mark.parametrize("said", ["184", "365", '1095\nreason = "A dispute lasts."'])
def test_the_journal_is_kept_for_six_months_to_three_years(tmp_path: Path, said: str) -> None:
    settings = load(write(tmp_path, f"[journal]\ndays = {said}"), environ={})
    assert (settings.journal.days, weaknesses(settings)) == (int(said.split()[0]), [])


def test_the_defaults_have_no_weakness(tmp_path: Path) -> None:
    assert weaknesses(load(tmp_path, environ={})) == []


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('[security]\nx_frame_options = ""', "security.x_frame_options is empty"),
        ('[security]\niframe_sandbox = ""', "security.iframe_sandbox is empty"),
        ("[security.csp]\nscript-src = \"'unsafe-inline'\"", "security.csp allows inline"),
        ("[journal]\nenabled = false", "journal.enabled is false"),
        ("[journal]\ndays = 183", "journal.days is under 184"),
        ('[mail]\npassword = "a"', "mail.starttls is false"),
        ('[mail]\nhost = "a"', "mail.sender is empty"),
        ('[server]\nhost = "0.0.0.0"\npublic_address = "http://a"', "is not https"),
    ],
)
def test_what_is_weak_is_told(tmp_path: Path, text: str, sentence: str) -> None:
    told = [str(item) for item in weaknesses(load(write(tmp_path, text), environ={}))]
    assert [sentence in item for item in told] == [True]
