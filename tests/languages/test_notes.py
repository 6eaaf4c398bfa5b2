"""Notes that are kept in English are told in any language; whatever is none of them stays as it is."""

from __future__ import annotations

from pathlib import Path

import corena_recon as cr
from corena_recon.languages import ENGLISH, note, noted
from corena_recon.languages.notes import NOTES
from tests.languages.test_french import facts_of
from tests.making import ipn, jsonl, ring


def test_every_note_is_found_again_by_its_words() -> None:
    for key, template in NOTES.english.items():
        facts = dict.fromkeys(facts_of(template), "1,234" if key != "decimals" else "'live'")
        kept = note(key, **facts)
        assert noted(kept, ENGLISH) == kept
        assert noted(kept, "fr") == NOTES.say(key, "fr", **facts)
    both = noted(f"{note('hidden')}; {note('no_checksum')}", "fr")
    assert both == " ; ".join(NOTES.say(key, "fr") for key in ("hidden", "no_checksum"))
    for other in ("", "it is empty, they say", "so many in few of them"):
        assert noted(other, "fr") == other
    shares = ", ".join(note("decimals_share", number=each, count=1, total=2) for each in (2, 8))
    assert "2 dans 1 sur 2, 8 dans 1 sur 2 ; deux tiers" in noted(note("decimals", key="'live'", shares=shares), "fr")


def test_a_report_in_french_has_no_note_in_english(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("# read me")
    (tmp_path / "picture.bin").write_bytes(b"\x89PNG")
    (tmp_path / "a.jsonl").write_bytes(jsonl(ipn("A")))
    found = cr.audit(tmp_path, keys=ring(), lang="fr").masked(b"k" * 16)
    notes = found.summary["notes"]
    assert any("d'après son nom" in one for one in notes)
    assert any("d'aucune forme d'archive connue" in one for one in notes)
    assert not any("nothing of it is read" in one or "masked by" in one for one in notes)
    page = found.to_html(tmp_path / "page.html").read_text("utf-8")
    assert "nothing of it is read" not in page
