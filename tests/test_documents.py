"""README and docs: every command and every snippet in them runs, and what they show is what is printed."""

from __future__ import annotations

import re
import shlex
import shutil
from typing import TYPE_CHECKING, Final

import pytest

from corena_recon.command_line.main import _parser, main
from corena_recon.command_line.options import parsed_arguments
from corena_recon.demonstration.demonstration import next_commands
from tests.places import ROOT, SAMPLE_DATA

if TYPE_CHECKING:
    from pathlib import Path

DOCS: Final = ROOT / "docs"
PAGES: Final = [
    *(ROOT / name for name in ("README.md", "README.fr.md")),
    *sorted(page for page in DOCS.rglob("*.md") if page.parent != DOCS / "decisions" and "_build" not in page.parts),
]
READMES: Final = {"README.md": "en", "README.fr.md": "fr"}
FENCED: Final = re.compile(r"^( *)```(\w+)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
NOT_RUN: Final = re.compile(r"^<!-- not run: \S.* -->\n+```.*?^```$", re.MULTILINE | re.DOTALL)
"""A block that needs what tests have not, with its reason, which the page does not show."""
PROGRAM: Final = re.compile(r"^(?:\.venv/bin/)?corena-recon\b")
OF_OTHERS: Final = re.compile(
    r"^(?:wait|python3 -m venv|\.venv/bin/(?:pip install|jupyter|python -m (?:sphinx|pytest)))\b"
)
"""What installs, opens a browser, builds these pages, runs these tests, or is the shell's own."""
SERVES: Final = ("sandbox", "listen", "probe", "initiate", "resend")
"""Commands that wait for somebody, or call: what is typed is read, and not run."""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all that pages name: the demonstration's shop, itself in a folder, and two reports."""
    folder = tmp_path_factory.mktemp("documents") / "shop"
    assert main(["demo", "--rows", "300", "--out", str(folder)]) == 0
    shutil.copytree(folder, folder / "corena-demo")
    for report in ("january", "february"):
        shutil.copytree(folder / "report", folder / report)
    shutil.copytree(SAMPLE_DATA, folder / "begin")
    return folder


@pytest.fixture
def at_the_shop(shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it as the working folder."""
    folder = tmp_path / "shop"
    shutil.copytree(shop, folder)
    monkeypatch.chdir(folder)
    return folder


def blocks_of(page: Path, *languages: str) -> list[tuple[str, str]]:
    """The fenced blocks of a page, with their languages."""
    found = FENCED.findall(NOT_RUN.sub("", page.read_text(encoding="utf-8")))
    return [
        (language, re.sub(rf"^{indent}", "", text, flags=re.MULTILINE))
        for indent, language, text in found
        if language in languages
    ]


def has_code(page: Path) -> bool:
    return bool(blocks_of(page, "python", "console"))


def run_line(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    words = shlex.split(line, comments=True)
    if words[0] == "cd":
        monkeypatch.chdir(words[1])
        return
    for command in line.removesuffix(" &").split(" && "):
        if OF_OTHERS.match(command):
            continue
        assert PROGRAM.match(command), f"nothing runs {command!r}"
        arguments = shlex.split(command, comments=True)[1:]
        if arguments[:1] and arguments[0] in SERVES:
            parsed_arguments(*_parser(), arguments)
            continue
        is_of_the_readme = arguments[:1] == ["demo"] and "--out" not in arguments
        # The shop of that size is there already.
        assert main([*arguments, *(["--rows", "300", "--out", "new-shop"] if is_of_the_readme else [])]) in {0, 1}, (
            command
        )


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(page, marks=() if page.name == "README.md" else pytest.mark.exhaustive)
        for page in PAGES
        if has_code(page)
    ],
    ids=lambda page: str(page.relative_to(ROOT)),
)
def test_what_a_page_shows_runs(page: Path, at_the_shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names: dict[str, object] = {}
    for language, text in blocks_of(page, "python", "console"):
        if language == "python":
            exec(compile(text, str(page), "exec"), names)  # the documentation's own
            continue
        for line in text.splitlines():
            run_line(line, monkeypatch)


@pytest.mark.parametrize("name", READMES)
def test_the_readme_quotes_the_three_commands(name: str) -> None:
    page = (ROOT / name).read_text(encoding="utf-8")
    assert [
        command for command in next_commands("corena-demo").values() if f".venv/bin/corena-recon {command}" not in page
    ] == []


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", READMES)
def test_the_readme_shows_what_is_printed(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    lang = ["--lang", READMES[name]]
    main(["demo", *lang])
    main([*shlex.split(next_commands("corena-demo")["explain"]), *lang])
    printed = capsys.readouterr().out
    parts = [part for _, text in blocks_of(ROOT / name, "text") for part in text.split("…\n")]
    assert len(parts) == 4
    assert [
        part
        for part in parts
        if part.replace("\u00a0", " ") not in printed.replace("\u00a0", " ").replace("\u202f", " ")
    ] == []


def test_links_between_pages_lead_somewhere() -> None:
    for page in PAGES:
        text = FENCED.sub("", page.read_text(encoding="utf-8"))
        targets = re.findall(r"\]\((?!https?:|#)([^)#]+)", text)
        assert [target for target in targets if not (page.parent / target).exists()] == [], page
