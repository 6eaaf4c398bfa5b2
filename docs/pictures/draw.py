"""Draws the pictures of the README in Chromium, from the invented shop.

python docs/pictures/draw.py
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Final

from playwright.sync_api import sync_playwright

import corena_recon as cr

PICTURES: Final = {"en": ("card.png", "page.png"), "fr": ("carte.png", "page-fr.png")}
WIDTH: Final = 980
HEIGHT: Final = 640


def main() -> None:
    """Writes every picture beside this file."""
    here = Path(__file__).parent.resolve()
    os.chdir(tempfile.mkdtemp())
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"))
        for lang, (card, report) in PICTURES.items():
            page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
            shutil.rmtree("corena-demo", ignore_errors=True)
            page.set_content(
                f'<body style="font:14px sans-serif;margin:16px">{cr.demo(lang=lang)._repr_html_()}</body>'
            )
            page.screenshot(path=here / card)
            page.goto(Path("corena-demo/report.html").resolve().as_uri())
            page.screenshot(path=here / report)
        browser.close()


if __name__ == "__main__":
    main()
