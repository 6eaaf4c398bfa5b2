"""The benchmark as a folder of archives with a label for every record, and the comparison with what was found."""

from __future__ import annotations

import gzip
import io
import random
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

import pandas as pd

from tests.adversary import (
    accident_classes,
    amount_classes,
    body_classes,
    boundary_classes,
    identifier_classes,
    key_classes,
    replay_classes,
    signature_classes,
    text_classes,
)
from tests.adversary.forms import SUFFIXES, file_of, record_of
from tests.adversary.honest import honest_scenes
from tests.adversary.keyring import PUBLIC_KEY
from tests.adversary.posts import ARRAY, BODIES, NUMBERS, TEXT, Maker, OwnFile, Post, Scene

VARIANTS: Final = 10
SEED: Final = "the adversary's archive"
OPTIONS: Final[dict[str, Any]] = {"currencies": {"USD", "EUR"}, "public_keys": [PUBLIC_KEY]}
THEMES: Final[dict[str, dict[str, Maker]]] = {
    "signatures and recipes": signature_classes.CLASSES,
    "keys, modes and merchants": key_classes.CLASSES,
    "amounts": amount_classes.CLASSES,
    "identifiers": identifier_classes.CLASSES,
    "boundary moves": boundary_classes.CLASSES,
    "replays and conflicts": replay_classes.CLASSES,
    "bodies": body_classes.CLASSES,
    "hostile text and encodings": text_classes.CLASSES,
    "accidents": accident_classes.CLASSES,
}
CLASSES: Final[dict[str, Maker]] = {name: maker for theme in THEMES.values() for name, maker in theme.items()}

_FILES_A_FORM: Final = 3
_ZIP: Final = "members.zip"


class Label(NamedTuple):
    """What one record is."""

    name: str
    is_planted: bool
    form: str
    post: Post


class Archive(NamedTuple):
    """The files by name, and the label of every record by source and number, sources as a reader of a folder names
    them after the folder's own name."""

    files: dict[str, bytes]
    labels: dict[tuple[str, int], Label]

    def write(self, folder: Path) -> None:
        for name, content in self.files.items():
            (folder / name).write_bytes(content)


class Line(NamedTuple):
    """One class of the table."""

    name: str
    variants: int
    records: int
    misses: int
    false_alarms: int
    examples: tuple[str, ...]


def built(seed: str = SEED) -> Archive:
    """The whole benchmark: the same bytes every time; the seed says which record stands in which file."""
    chance = random.Random(seed)
    blocks: dict[tuple[str, int], list[list[Label]]] = defaultdict(list)
    files: dict[str, bytes] = {}
    labels: dict[tuple[str, int], Label] = {}
    for name, is_planted, planted in _scenes():
        if isinstance(planted, OwnFile):
            source = f"own-{len(files):04d}-{name}.{planted.suffix}"
            files[source] = planted.content
            labels.update(
                ((source, number), Label(name, is_planted, "own", post)) for number, post in enumerate(planted.posts, 1)
            )
            continue
        part = chance.randrange(_FILES_A_FORM)
        together: dict[str, list[Label]] = defaultdict(list)
        for post in planted:
            form = chance.choice(post.forms)
            together[form].append(Label(name, is_planted, form, post))
        for form, block in together.items():
            blocks[form, part].append(block)
    for (form, part), form_blocks in sorted(blocks.items()):
        chance.shuffle(form_blocks)
        records = [label for block in form_blocks for label in block]
        source = f"{form}-{part}.{SUFFIXES[form]}"
        files[source] = file_of(form, [record_of(form, label.post) for label in records])
        labels.update(((source, number), label) for number, label in enumerate(records, 1))
    return _packed(files, labels)


def compared(labels: dict[tuple[str, int], Label], verified: pd.DataFrame, folder: Path) -> list[Line]:
    """The table: misses and false alarms by class; a record without a row, or a row without a record, is a miss."""
    errors: dict[str, Counter[str]] = defaultdict(Counter)
    examples: dict[str, list[str]] = defaultdict(list)
    prefix = f"{folder}/"
    found = {(row["source"].removeprefix(prefix), row["record"]): row for row in verified.to_dict("records")}
    for place in sorted(labels.keys() | found.keys()):
        label, row = labels.get(place), found.get(place)
        problem = "a row without a record" if label is None else problem_of(label, row)
        if problem is not None:
            name = label.name if label else "lost"
            kind = "false alarm" if label and label.post.is_honest else "miss"
            errors[name][kind] += 1
            examples[name].append(f"{place[0]}:{place[1]}: {problem}")
    counts = Counter(label.name for label in labels.values())
    return [
        Line(
            name,
            VARIANTS if name in CLASSES else counts[name],
            counts[name],
            errors[name]["miss"],
            errors[name]["false alarm"],
            tuple(examples[name][:3]),
        )
        for name in [*dict.fromkeys(label.name for label in labels.values()), *(["lost"] if "lost" in errors else [])]
    ]


def by_theme(lines: Iterable[Line]) -> list[Line]:
    """The table with one line a theme."""
    theme_of = {name: theme for theme, classes in THEMES.items() for name in classes}
    sums: dict[str, Line] = {}
    for line in lines:
        theme = theme_of.get(line.name, "honest")
        before = sums.get(theme, Line(theme, 0, 0, 0, 0, ()))
        sums[theme] = Line(
            theme,
            before.variants + line.variants,
            before.records + line.records,
            before.misses + line.misses,
            before.false_alarms + line.false_alarms,
            before.examples + line.examples,
        )
    return list(sums.values())


def table_text(lines: Iterable[Line]) -> str:
    """The table as printed."""
    rows = [f"{'class':58}{'variants':>9}{'records':>9}{'misses':>8}{'false alarms':>14}"]
    rows += [
        f"{line.name:58}{line.variants:9d}{line.records:9d}{line.misses:8d}{line.false_alarms:14d}" for line in lines
    ]
    return "\n".join(rows)


def _scenes() -> Iterator[tuple[str, bool, Any]]:
    for name, posts in honest_scenes():
        yield f"honest: {name}", False, posts
    for number, (name, maker) in enumerate(CLASSES.items()):
        for variant in range(VARIANTS):
            yield name, True, maker(Scene(name, variant, number * 100 + variant))


def _packed(files: dict[str, bytes], labels: dict[tuple[str, int], Label]) -> Archive:
    """Some files compressed, some as members of one zip; their labels move with them."""
    renamed: dict[str, str] = {}
    packed: dict[str, bytes] = {}
    members = io.BytesIO()
    with zipfile.ZipFile(members, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            if name.startswith(("own-", BODIES)) or ("-1." not in name and "-2." not in name):
                packed[name] = content
            elif "-1." in name:
                renamed[name] = f"{name}.gz"
                packed[f"{name}.gz"] = gzip.compress(content, mtime=0)
            else:
                renamed[name] = f"{_ZIP}!/{name}"
                archive.writestr(zipfile.ZipInfo(name), content)
    packed[_ZIP] = members.getvalue()
    return Archive(packed, {(renamed.get(source, source), number): label for (source, number), label in labels.items()})


def problem_of(label: Label, row: dict[Any, Any] | None) -> str | None:
    if row is None:
        return "no row"
    post = label.post
    if row["verdict"] != post.verdict:
        return f"verdict {row['verdict']}, not {post.verdict} ({_listed(row['findings'])}, {row['unreadable']})"
    if post.verdict == "unreadable":
        return None if row["unreadable"] == post.unreadable else f"{row['unreadable']}, not {post.unreadable}"
    findings = frozenset(row["findings"])
    if not post.findings <= findings <= post.findings | post.may:
        return f"findings {_listed(findings)}, not {_listed(post.findings)}"
    if row["signature_status"] not in _statuses(label):
        return f"signature_status {row['signature_status']}, not {post.signature_status}"
    if row["identifier"] != _as_read(post.identifier) or row["amount_text"] != _as_read(post.amount):
        return "identifier or amount_text is not as posted"
    return None


def _listed(codes: Any) -> str:
    return "+".join(sorted(codes)) if isinstance(codes, Iterable) else "none"


def _statuses(label: Label) -> set[str | None]:
    """A store that keeps values alone may have rewritten the amount's text, or by chance not."""
    status = label.post.signature_status
    is_store = label.form in (*TEXT, ARRAY, NUMBERS)
    return {status, "valid_rendered"} if is_store and status == "valid" else {status}


def _as_read(text: str) -> str:
    """Octet characters stand for bytes that are not UTF-8, and for the octets of such characters as posted."""
    return "".join(
        chr(0xEF00 + ord(character) - 0xDC00)
        if "\udc80" <= character <= "\udcff"
        else "".join(chr(0xEF00 + octet) for octet in character.encode())
        if "\uef80" <= character <= "\uefff"
        else character
        for character in text
    )
