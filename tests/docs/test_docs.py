"""What the documents name exists: links, paths, commands, routes, codes, settings. And generated pages are fresh."""

from __future__ import annotations

import importlib.util
import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, get_args

import pytest
import typer.main

from deskreel import cli
from deskreel.core.events import EventKind
from deskreel.core.reasons import ReasonCode
from deskreel.core.tokens import Purpose
from deskreel.gateway.app import create_app as create_gateway
from deskreel.gateway.deps import Deps
from deskreel.recorder.settings import RecorderSettings
from deskreel.server.app import api_document
from deskreel.server.recorders.routes import router as recorder_routes
from deskreel.server.settings import ServerSettings
from deskreel.storage.layout import AudioFile
from deskreel.storage.signing import SigningKey
from deskreel.telephony.signature import sign

ROOT = Path(__file__).parent.parent.parent
DOCS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
HTTP = ROOT / "docs" / "reference" / "http.md"
# where a short path may begin: as the documents write them, core/time.py is src/deskreel/core/time.py
BASES = (ROOT, ROOT / "src" / "deskreel", ROOT / "src", ROOT / "web" / "src", ROOT / "docs")
TOP = tuple(path.name for base in BASES for path in base.iterdir() if path.is_dir() and path.name[0] != ".")
MADE_LATER = ("web/dist", "demo-out", "bench-out", "deskreel-data")

pages = pytest.mark.parametrize("page", DOCS, ids=lambda path: str(path.relative_to(ROOT)))


def prose(page: Path) -> str:
    """The text without fenced blocks."""
    return re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def reference() -> ModuleType:
    """scripts/reference.py."""
    spec = importlib.util.spec_from_file_location("reference", ROOT / "scripts" / "reference.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# --- what is there --------------------------------------------------------------------------------------------


def test_the_issue_s_pages_are_there() -> None:
    wanted = [
        "README.md",
        "CONTRIBUTING.md",
        "CHANGELOG.md",
        "LICENSE",
        "docs/glossary.md",
        *(f"docs/design/{name}.md" for name in ("overview", "time", "chunks", "control")),
        *(f"docs/reference/{name}.md" for name in ("settings", "cli", "http", "storage-layout")),
    ]
    assert [name for name in wanted if not (ROOT / name).is_file()] == []


@pages
def test_links_lead_somewhere(page: Path) -> None:
    broken: list[str] = []
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        if not there.exists() or (anchor and anchor not in anchors(there)):
            broken.append(target)
    assert broken == []


@pages
def test_named_paths_exist(page: Path) -> None:
    named = re.findall(r"`([\w.-]+(?:/[\w.*-]+)+/?)`", prose(page))
    wrong = [
        path
        for path in named
        if path.partition("/")[0] in TOP
        and not path.startswith(MADE_LATER)
        and not any(any(base.glob(path.rstrip("/"))) for base in BASES)
    ]
    assert wrong == []


@pages
def test_pages_have_one_title_and_even_tables(page: Path) -> None:
    text = prose(page)
    assert len(re.findall(r"^# ", text, re.MULTILINE)) == 1
    for rows in re.findall(r"(?:^\|.*\|\n)+", text, re.MULTILINE):
        cells = {len(re.findall(r"(?<!\\)\|", re.sub(r"`[^`]*`", "", row))) for row in rows.splitlines()}
        assert len(cells) == 1, rows.splitlines()[0]


def test_no_page_is_alone() -> None:
    linked = {
        (page.parent / target.partition("#")[0]).resolve()
        for page in DOCS
        for target in re.findall(r"\]\(([^)\s:]+)\)", prose(page))
    }
    entrances = {"README.md", "CONTRIBUTING.md", "CHANGELOG.md"}
    assert [page.name for page in DOCS if page not in linked and page.name not in entrances] == []


# --- generated pages ------------------------------------------------------------------------------------------


def test_generated_pages_are_fresh() -> None:
    script = [sys.executable, "scripts/reference.py", "--check"]
    done = subprocess.run(script, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_stale_page_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = reference()
    monkeypatch.setattr(module, "REFERENCE", tmp_path)
    assert module.main([]) == 0
    assert module.main(["--check"]) == 0
    (tmp_path / "errors.md").write_text("old\n")
    assert module.main(["--check"]) == 1
    assert (tmp_path / "errors.md").read_text() == "old\n"


# --- commands -------------------------------------------------------------------------------------------------


def commands(page: Path, program: str) -> Iterator[list[str]]:
    """The words of each line in the page's fenced blocks that runs `program`."""
    for block in re.findall(r"^```\w*\n(.*?)^```$", page.read_text(), re.MULTILINE | re.DOTALL):
        for line in block.splitlines():
            for part in re.split(r"\s[|]\s|&&|;", re.sub(r"^(?:[$] |ExecStart=)", "", line.strip())):
                if re.match(rf"(?:[A-Z_]+=\S+ )*(?:[\w./]*/)?{program}(?:\s|$)", part):
                    words = shlex.split(part, comments=True)
                    while re.match(r"[A-Z_]+=", words[0]):
                        del words[0]
                    yield words


@pages
def test_commands_exist(page: Path) -> None:
    for words in commands(page, "deskreel"):
        command: Any = typer.main.get_command(cli.app)
        options = {"--help", *(name for p in command.params for name in p.opts)}
        for word in words[1:]:
            name = word.partition("=")[0]
            if hasattr(command, "commands") and not word.startswith("-"):
                if words[words.index(word) - 1] in options:  # the value of an option
                    continue
                assert word in command.commands, " ".join(words)
                command = command.commands[word]
                options |= {n for p in command.params for n in (*p.opts, *getattr(p, "secondary_opts", ()))}
            elif name.startswith("-") and name != "-":
                assert name in options, " ".join(words)
        assert not hasattr(command, "commands") or len(words) == 1 or "--help" in words, " ".join(words)


@pages
def test_verbs_exist(page: Path) -> None:
    verbs = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    variables = set(re.findall(r"\$\(([A-Z]+)\)", (ROOT / "Makefile").read_text()))
    spoken = [shlex.split(text) for text in re.findall(r"`(make [^`]+)`", prose(page))]
    for words in [*commands(page, "make"), *spoken]:
        for word in words[1:]:
            name, is_variable, _ = word.partition("=")
            assert name in (variables | {"ONCE", "YES"} if is_variable else verbs), " ".join(words)


def test_every_verb_of_help_is_in_contributing() -> None:
    verbs = re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE)
    text = (ROOT / "CONTRIBUTING.md").read_text()
    assert [verb for verb in verbs if f"`make {verb}`" not in text and verb not in ("help", "web")] == []


@pages
def test_settings_exist(page: Path) -> None:
    known = {
        *(f"DESKREEL_{name.upper()}" for name in ServerSettings.model_fields),
        *(f"DESKREEL_RECORDER_{name.upper()}" for name in RecorderSettings.model_fields),
        "DESKREEL_TEST_DATABASE_URL",
        "DESKREEL_TEST_S3_URL",
        "DESKREEL_API",  # web/vite.config.ts
    }
    assert set(re.findall(r"DESKREEL_[A-Z][A-Z0-9_]*[A-Z0-9]", page.read_text())) - known == set()


# --- http.md --------------------------------------------------------------------------------------------------


def gateway_routes() -> set[tuple[str, str]]:
    """Method and path of everything that the gateway answers."""
    deps = Deps(store=None, public_keys=SigningKey.generate().public, region_keys=None, now=lambda: 0)  # type: ignore[arg-type]
    routes: Any = create_gateway(deps).routes
    return {(method, route.path) for route in routes for method in route.methods - {"HEAD"}}


def server_routes() -> set[tuple[str, str]]:
    """Method and path of everything in the API."""
    document = api_document()
    http = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    sockets = {
        ("GET", f"/api/v1{route.path}")  # type: ignore[attr-defined]
        for route in recorder_routes.routes
        if not hasattr(route, "methods")
    }
    return http | sockets


def test_http_names_every_route_and_no_other() -> None:
    named = set(re.findall(r"`(GET|PUT|POST|PATCH|DELETE) (/[^`]*)`", prose(HTTP)))
    assert named == server_routes() | gateway_routes()


def test_http_codes_are_those_of_errors() -> None:
    known = {kind.code: kind.status for kind in reference().all_errors()}
    named = re.findall(r"\b([45]\d\d)[ \n]`([a-z_]+)`", prose(HTTP))
    assert named
    assert [(status, code) for status, code in named if known.get(code) != int(status)] == []


def test_http_names_every_kind_purpose_and_file() -> None:
    text = prose(HTTP)
    kinds = {kind.value for kind in EventKind}
    rows = re.search(r"\| kind \|.*?\n\n", text, re.DOTALL)
    assert rows is not None
    assert set(re.findall(r"`((?:call|recording|acw|agent)\.[a-z]+|snapshot|heartbeat)`", rows[0])) == kinds
    assert [purpose for purpose in get_args(Purpose) if purpose.replace("_", " ") not in text] == []
    layout = (ROOT / "docs" / "reference" / "storage-layout.md").read_text()
    assert [name for name in get_args(AudioFile) if f"{{aud}}/{name}`" not in layout] == []


def test_the_worked_signature_holds() -> None:
    block = re.search(r"^```\n(secret .*?)^```$", HTTP.read_text(), re.MULTILINE | re.DOTALL)
    assert block is not None
    given = dict(line.split(maxsplit=1) for line in block[1].splitlines())
    json.loads(given["body"])
    made = sign(given["secret"], given["webhook-id"], int(given["webhook-timestamp"]), given["body"].encode())
    assert made == given["webhook-signature"]


def test_codes_named_anywhere_exist() -> None:
    """In the operator's guide every code in the first column of the last table is one."""
    codes = {kind.code for kind in reference().all_errors()} | {reason.value for reason in ReasonCode}
    guide = (ROOT / "docs" / "guide" / "operate.md").read_text()
    rows = guide.partition("## When something is wrong")[2]
    named = re.findall(r"^\| `([a-z_]+)`", rows, re.MULTILINE)
    assert named
    assert set(named) <= codes


def test_tables_are_those_of_the_database() -> None:
    from deskreel.server.db.tables import metadata

    text = (ROOT / "docs" / "reference" / "storage-layout.md").read_text().partition("## Tables")[2]
    named = {name for name in re.findall(r"`([a-z_]+)`", text) if "_" in name or name in metadata.tables}
    assert named == set(metadata.tables)
