"""Settings: what is right is taken, and what is wrong gets one sentence that says what to do."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crisis_tui.config import ConfigError, Settings, load, read
from crisis_tui.config_template import TEMPLATE
from crisis_tui.paths import resolve
from data.models.level import Level
from data.models.severity import Bands, InputRules, SeverityTable
from data.sources import drop, tail
from data.sources.files import expanded


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


def test_without_a_file_the_defaults_hold(path: Path) -> None:
    assert load(path) == Settings()


def test_an_empty_file_and_the_template_are_the_defaults(path: Path) -> None:
    path.touch()
    assert load(path) == Settings()
    path.write_text(TEMPLATE.format(organisation='"Acme"'))
    found = load(path)
    assert found.organisation == "Acme"
    assert found.model_copy(update={"organisation": "", "watch": {}}) == Settings()


def test_every_line_of_the_template_works_when_it_is_used(path: Path) -> None:
    lines = TEMPLATE.format(organisation='"Acme"').splitlines()
    prose = (
        "# Settings",
        "# Check",
        "# Who is",
        "# Try it",
        "# What we",
        "# Ways in",
        "# A secret",
        "# Keys by",
        "#",
    )
    used = [row if row.startswith(prose) and row[2:3].isupper() else row.removeprefix("# ") for row in lines]
    path.write_text("\n".join(used))
    found = load(path)
    assert [each.name for each in found.source] == ["masto", "skies", "alerts", "news.yc", "inbox", "stream"]
    assert found.brand().own_followers == 120_000
    assert found.keys == {"feed.search": "slash"} or found.keys


def test_watches_become_one_brand(path: Path) -> None:
    path.write_text(
        "[watch.a]\nown_followers = 10\ninfluencers = ['@x']\n"
        "[watch.b]\nown_followers = 500\nown_accounts = ['@b']\n"
    )
    brand = load(path).brand()
    assert (brand.own_followers, brand.influencers, brand.own_accounts) == (500, ("@x",), ("@b",))


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("organization = 'x'", ['line 1: "organization" is not a setting', 'did you mean "organisation"?']),
        ("[terminal]\ncolors = 'none'", ['line 2: [terminal]: "colors"', 'did you mean "colours"?']),
        ("[watch.brand]\ntems = []", ['line 2: watch "brand": "tems"', 'did you mean "terms"?']),
        ("[watch.brand]\nterms = 'acme'", ['"terms" must be a list', 'terms = ["acme", "#acme"]']),
        ("[watch.brand]\nterms = ['a', 3]", ['"terms", item 2, must be text in quotes']),
        ("[watch.brand]\nsources = ['x']", ['listens to "x", which is no source', "no source yet"]),
        ("[watch]\nterms = ['a']", ["write [watch.brand] instead of [watch]"]),
        (
            "[[source]]\nname = 'a'\nkind = 'tail'\npath = 'x'\nevrey = 3",
            ['line 5: source 1 "a" (tail)', '"every"'],
        ),
        ("zzz = 1", ['"zzz" is not a setting', "known here: alert, keys, organisation"]),
        ("[terminal]\ncolours = 'pink'", ["\"colours\" must be 'auto'", "(it is 'pink')"]),
        ("[terminal]\nmouse = 'sometimes'", ['"mouse" must be true or false', "mouse = false"]),
        (
            "[[source]]\nname = 'a'\nkind = 'twitter'\npath = 'x'",
            ["line 3: source 1", '"twitter"; known are'],
        ),
        (
            "[[source]]\nname = 'a'\nkind = 'mastodon'\nulr = 'https://x.example'",
            ['line 4: source 1 "a" (mastodon): "ulr" is not a setting; did you mean "url"?'],
        ),
        ("[[source]]\nname = 'a'", ['source 1 "a" lacks "kind"; known are']),
        ("[[source]]\nkind = 'tail'\npath = 'x'", ['source 1 (tail) lacks "name"; write such as name = ']),
        ("[[source]]\nname = 'a'\nkind = 'tail'", ['lacks "path"', 'path = "/var/log/mentions.ndjson"']),
        ("[[source]]\nname = 'a'\nkind = 'tail'\npath = 'x'\nevery = 0", ['"every"', "0.1", "every = 60"]),
        ("[[source]]\nname = ''\nkind = 'tail'\npath = 'x'", ['"name" must not be empty']),
        (
            "[[source]]\nname = 'r'\nkind = 'webhook'\nsecret = 'env:X'\npath = 'hook'",
            ["line 5", '"path" does not have the right form', 'path = "/mentions"'],
        ),
        ("[source]\nname = 'a'\nkind = 'tail'\npath = 'x'", ["line 1: write [[source]] with two brackets"]),
        ("[source.a]\nkind = 'tail'\npath = 'x'", ["line 1: write [[source]] with two brackets"]),
        ("[source]\nname = 'a'\n[source]\nname = 'b'", ["line 3", "is not valid TOML", "write [[source]]"]),
        ("source = 3", ["write [[source]] with two brackets"]),
        ("[watch.brand]\nown_followers = 0", ['"own_followers" must be 1 or more', "own_followers = 120000"]),
        ("watch = 3", ['"watch" must be a table', "[watch.brand]"]),
        ("terminal = 3", ['"terminal" must be a table', "[terminal]"]),
        ("keys = { 'feed.open' = 3 }", ['"keys.feed.open"']),
        ("alert = true", ['"alert" must be a table', "[alert]"]),
        (
            "[alert]\nfrom_level = 'bad'",
            ["line 2: [alert]", "must be one of emergent", 'from_level = "emergent"'],
        ),
        ("[alert]\ncommand = 'page me'", ['"command" must be a list of texts', 'command = ["notify-oncall"']),
        ("[alert]\ncommand = ['page', 3]", ['"command" must be a list of texts']),
        ("[alert]\ncommand = ['./page']", ["whole path"]),
        (
            "[alert]\nwebhook = 'http://pager.example/x'",
            ['"webhook" must begin with https://', "env:PAGER_URL"],
        ),
        ("[alert]\nwebhook_secret = 'hunter2'", ['"webhook_secret" is a secret by reference only']),
        ("[alert]\nnotice = 'osc8'", ["\"notice\" must be 'auto'", 'notice = "auto"']),
        ("[alert]\nbel = false", ['did you mean "bell"?']),
        ("[keys]\n'feed.open' = 3", ['line 2: "keys.feed.open" must be text in quotes']),
        ("a = 1\nb = ?", ["is not valid TOML", "line 2", "text stands in quotes"]),
        ("a = 1\na = 2", ["is not valid TOML", "keep one"]),
        ("a = ['x'\nb = 2", ["line 2", "is not valid TOML", "close it with a ]"]),
        (
            "[[source]]\nname='a'\nkind='tail'\npath='x'\n[[source]]\nname='a'\nkind='drop'\npath='y'",
            ["line 6: source 2", 'two sources are called "a"'],
        ),
    ],
)
def test_each_mistake_is_one_sentence(path: Path, text: str, parts: list[str]) -> None:
    path.write_text(text)
    with pytest.raises(ConfigError) as refused:
        load(path)
    said = str(refused.value)
    assert said.startswith(str(path))
    assert "\n" not in said
    assert said.endswith((".", "?"))
    for part in parts:
        assert part in said


SOUND = "[[source]]\nname = 'good'\nkind = 'tail'\npath = 'x'\n"


@pytest.mark.parametrize(
    ("wrong", "called", "kind"),
    [
        ("[[source]]\nname = 'bad'\nkind = 'tail'\n", "bad", "tail"),
        ("[[source]]\nname = 'bad'\nkind = 'twitter'\n", "bad", "twitter"),
        ("[[source]]\nname = 'good'\nkind = 'drop'\npath = 'y'\n", "source 2", "drop"),
        ("[[source]]\nkind = 'drop'\npath = 'y'\n", "source 2", "drop"),
    ],
)
def test_a_bad_source_costs_no_more_than_itself(path: Path, wrong: str, called: str, kind: str) -> None:
    path.write_text(f"{SOUND}{wrong}[watch.brand]\nterms = ['acme']\nsources = ['good', '{called}']\n")
    found = read(path)
    assert [each.name for each in found.settings.source] == ["good"]
    assert found.settings.watch["brand"].terms == ("acme",)
    assert [(each.source, each.kind) for each in found.faults] == [(called, kind)]


def test_of_each_table_what_is_right_is_used(path: Path) -> None:
    path.write_text(
        f"organisation = 'Acme'\nnonsense = 1\n{SOUND}"
        "[watch.brand]\nterms = 'acme'\nexclude = ['x', 3]\nown_followers = 'many'\nlanguages = ['en']\n"
        "[terminal]\nmouse = true\ncolours = 'pink'\n[keys]\n'feed.open' = 3\n'main.search' = 's'\n"
    )
    found = read(path)
    brand = found.settings.watch["brand"]
    assert (brand.terms, brand.exclude, brand.languages) == (("acme",), ("x",), ("en",))
    assert brand.own_followers is None
    assert (found.settings.organisation, found.settings.terminal.mouse) == ("Acme", True)
    assert found.settings.keys == {"main.search": "s"}
    assert [each.line for each in found.faults] == [2, 8, 9, 10, 14, 16]


def test_a_faulty_alert_costs_no_more_than_its_way_and_tells_no_secret(path: Path) -> None:
    path.write_text(
        "[alert]\nfrom_level = 'Crisis'\ncommand = ['page', 3]\nwebhook = 'https://pager.example/T0KEN'\n"
        "webhook_secret = 'hunter2-hunter2'\n"
    )
    found = read(path)
    assert found.settings.alert.from_level is Level.CRISIS
    assert found.settings.alert.ways == (), "half a command is another one, and nothing goes out unsigned"
    assert [each.line for each in found.faults] == [3, 5]
    path.write_text("[alert]\nwebhook = 'hooks.example/T0KEN'\n")
    (fault,) = read(path).faults
    assert "T0KEN" not in fault.sentence


@pytest.mark.parametrize(
    ("address", "good"),
    [
        ("https://pager.example/x", True),
        ("http://127.0.0.1:8080/x", True),
        ("http://[::1]/x", True),
        ("http://localhost/x", True),
        ("env:PAGER_URL", True),
        ("http://127.0.0.1.evil.example/", False),
        ("http://192.168.1.4/", False),
        ("ftp://pager.example/", False),
        ("https://", False),
        ("https://a b/", False),
        ("https://a:99999/", False),
        ("env:", False),
    ],
)
def test_an_alert_leaves_this_host_encrypted_only(path: Path, address: str, good: bool) -> None:
    path.write_text(f"[alert]\nwebhook = '{address}'\n")
    assert bool(read(path).settings.alert.webhook) is good


def test_no_line_is_better_than_a_wrong_one(path: Path) -> None:
    path.write_text(f'organisation = """\n[[source]]\n"""\n{SOUND}evrey = 1\n')
    assert read(path).faults[0].line is None


def test_what_is_no_text_and_what_can_not_be_read(path: Path) -> None:
    path.write_bytes(b"organisation = '\xff'")
    with pytest.raises(ConfigError, match="not UTF-8"):
        load(path)
    path.unlink()
    path.mkdir()
    with pytest.raises(ConfigError, match="can't be read"):
        load(path)
    (path / "file").touch()
    with pytest.raises(ConfigError, match="can't be read"):
        load(path / "file" / "config.toml")


@given(st.binary(max_size=60))
def test_any_file_gives_settings_or_a_sentence(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.toml"
    path.write_bytes(data)
    try:
        load(path)
    except ConfigError as error:
        said = str(error)
    else:
        return
    assert said.startswith(str(path))


def test_sources_with_a_tilde(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/somewhere")
    path.write_text(
        "[[source]]\nname='a'\nkind='tail'\npath='~/a'\n[[source]]\nname='b'\nkind='drop'\npath='~nobody-here/b'"
    )
    paths = [each.path for each in load(path).source if isinstance(each, tail.Settings | drop.Settings)]
    assert [str(expanded(each)) for each in paths] == ["/somewhere/a", "~nobody-here/b"]


def test_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given_home = resolve(str(tmp_path / "home"))
    assert (given_home.config, given_home.store) == (tmp_path / "home" / "config.toml", tmp_path / "home")
    assert given_home.drill("viral-review").store == tmp_path / "home" / "drills" / "viral-review"
    assert given_home.drill("viral-review").config == given_home.config
    monkeypatch.chdir(tmp_path)
    assert resolve("here").store == tmp_path / "here"
    monkeypatch.setenv("HOME", str(tmp_path))
    assert resolve("~/there").store == tmp_path / "there"
    assert resolve("~nobody-here").store == tmp_path / "~nobody-here"
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "conf"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    assert resolve(None).config == tmp_path / "conf" / "crisis-tui" / "config.toml"
    assert resolve(None).store == tmp_path / "state" / "crisis-tui"


def test_severity_is_set_in_one_table_and_each_fault_told_where_it_stands(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(
        "[severity]\nburst_z = 2\nbands = { emergent = 50, incident = 35, crisis = 60 }\n"
        "[severity.inputs]\nmedia = { weight = 0, points = [1, 2, 5, 15] }\nvelo = 3\n"
    )
    found = read(path)
    assert [(fault.line, fault.says.split(";")[0]) for fault in found.faults] == [
        (3, '[severity]: "bands" must rise: emergent, incident, crisis'),
        (6, '[severity]: "velo" is not a setting'),
    ]
    assert found.settings.severity.burst_z == 2
    assert found.settings.severity.bands == Bands()


def test_the_template_shows_the_defaults_of_severity() -> None:
    text = TEMPLATE.format(organisation='""')
    lines = text[text.index("[severity]") : text.index("# Keys by action")].splitlines()
    uncommented = [re.sub(r"^# (?=[a-z_]+ = )", "", line) for line in lines]
    given = tomllib.loads("\n".join(uncommented))["severity"]
    assert SeverityTable.model_validate(given) == SeverityTable()
    assert set(given) == set(SeverityTable.model_fields)
    assert set(given["inputs"]) == set(InputRules.model_fields)


def severity_fault(path: Path, text: str) -> str:
    """The one sentence that these lines of the settings give, without the file's name."""
    path.write_text(text)
    (fault,) = read(path).faults
    assert read(path).settings.severity == SeverityTable(), "the default holds in its place"
    return fault.says


@pytest.mark.parametrize("name", list(InputRules.model_fields))
@pytest.mark.parametrize("part", ["weight", "points"])
def test_the_half_of_an_input_that_is_left_out_is_the_default(path: Path, name: str, part: str) -> None:
    usual = getattr(InputRules(), name)
    points = [each * 2 for each in usual.points]
    path.write_text(f"[severity.inputs.{name}]\n{part} = {7 if part == 'weight' else points}\n")
    rule = getattr(load(path).severity.inputs, name)
    assert rule.weight == (7 if part == "weight" else usual.weight)
    assert rule.points == (tuple(points) if part == "points" else usual.points)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[severity.inputs.velocity]\npoints = [3, 2, 1]", '"inputs.velocity.points" needs four numbers'),
        ("[severity.inputs.volume]\npoints = [1, 2, 3, 4, 5]", '"inputs.volume.points" needs four numbers'),
        ("[severity.inputs.volume]\npoints = 3", '"inputs.volume.points" needs four numbers'),
        ("[severity.inputs.velocity]\npoints = [1, 2, 3, 4]", '"inputs.velocity" must have points that fall'),
        ("[severity.inputs.reach]\npoints = [4, 3, 2, 1]", '"inputs.reach" must have points that rise'),
        ("[severity.inputs.reach]\nweight = -1", '"inputs.reach.weight" must be 0 or more'),
        ("[severity.inputs.reach]\nwheight = 1", '"wheight" is not a setting'),
        ("[severity]\nbands = { emergent = 50 }", '"bands" must rise: emergent, incident, crisis'),
        ("[severity]\nburst_z = 20.5", '"burst_z" must be 20.0 or less'),
        ("[severity]\nburst_z = inf", '"burst_z" must be a finite number'),
        (
            "[severity]\nburst_level = true",
            '"burst_level" must be one of routine, emergent, incident, crisis',
        ),
        ("[severity]\nburst_level = 'Emergency'", "Emergency is reached by a floor only"),
        ("[severity]\nhold_minutes = 1441", '"hold_minutes" must be 1440 or less'),
        ("[severity]\nleast_volume = 1000001", '"least_volume" must be 1000000 or less'),
        ("[severity]\nleast_volume_young = 1000001", '"least_volume_young" must be 1000000 or less'),
        ("[severity]\nleast_scored = 1000001", '"least_scored" must be 1000000 or less'),
        ("[severity]\nleast_ratio = inf", '"least_ratio" must be a finite number'),
        (
            "[alert]\nfrom_level = 'routine'",
            '"from_level" must be one of emergent, incident, crisis, emergency',
        ),
        ("[alert]\nfrom_level = true", '"from_level" must be one of emergent'),
    ],
)
def test_what_severity_and_alert_refuse_is_one_sentence(path: Path, text: str, sentence: str) -> None:
    said = severity_fault(path, text)
    assert sentence in said
    assert said.count('"bands"') < 2


def test_a_wrong_input_costs_no_other(path: Path) -> None:
    path.write_text(
        "[severity.inputs]\nvelocity = { points = [1, 2, 3, 4] }\nmedia = { weight = 0 }\n"
        "reach = { points = [1, 2, 3] }\n"
    )
    found = read(path)
    assert [fault.line for fault in found.faults] == [2, 4]
    assert found.settings.severity.inputs.media.weight == 0
    assert found.settings.severity.inputs.velocity == InputRules().velocity
