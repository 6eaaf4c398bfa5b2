"""A real JupyterLab in a real Chromium: one server and one browser a session, a notebook and a kernel a test."""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
import sys
import threading
import urllib.request
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

import pytest

from tests.conftest import required_program
from tests.notebook_support import new_notebook, saved_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Locator, Page

START_S = 120
WAIT_MS = 60_000
_CHROMIUM_OPTIONS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]
_SETTINGS = {
    "@jupyterlab/apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "@jupyter-widgets/jupyterlab-manager/plugin": {"saveState": True},
}
_OPEN = """async path => {
    const widget = await jupyterapp.commands.execute('docmanager:open', {path, factory: 'Notebook'});
    await widget.context.ready;
    await widget.sessionContext.ready;
    jupyterapp.shell.activateById(widget.id);
    await jupyterapp.commands.execute('notebook:run-all-cells');
}"""
_REOPEN = """async path => {
    const widget = await jupyterapp.commands.execute('docmanager:open', {path, factory: 'Notebook'});
    await widget.context.ready;
    jupyterapp.shell.activateById(widget.id);
}"""
_CLOSE_ALL = """async () => {
    for (const widget of [...jupyterapp.shell.widgets('main')]) {
        if (widget.sessionContext) await widget.sessionContext.shutdown();
        widget.dispose();
    }
}"""
_RUN = """async code => {
    const kernel = jupyterapp.shell.currentWidget.sessionContext.session.kernel;
    const future = kernel.requestExecute({code, store_history: false});
    let out = '';
    future.onIOPub = message => {
        if (message.header.msg_type === 'stream') out += message.content.text;
        if (message.header.msg_type === 'error') out += message.content.evalue;
    };
    await future.done;
    return out;
}"""


class Lab(NamedTuple):
    """A running JupyterLab."""

    url: str
    token: str
    root: Path


class Notebook:
    """One open notebook."""

    def __init__(self, page: Page, path: Path) -> None:
        self.page = page
        self.path = path
        self.output: Locator = page.locator(".jp-NotebookPanel .jp-CodeCell").last.locator(".jp-Cell-outputArea")

    def python(self, code: str) -> str:
        """What the code prints in the notebook's kernel."""
        return str(self.page.evaluate(_RUN, code)).strip()

    def field(self, label: str) -> Locator:
        """The control of that visible label."""
        return self.output.get_by_label(label, exact=True).filter(visible=True)

    def button(self, label: str) -> Locator:
        """The button of that label."""
        return self.output.get_by_role("button", name=label, exact=True)

    def tab(self, label: str) -> Locator:
        """The tab whose title begins so."""
        return self.output.get_by_role("tab", name=label)

    def save(self) -> str:
        """Save as Ctrl-S does; the file's text."""
        self.page.evaluate("async () => { await jupyterapp.commands.execute('docmanager:save') }")
        return self.path.read_text()

    def reopen(self) -> None:
        """Save and close it, and open it as one that has no widgets' state, without a kernel."""
        saved = json.loads(self.save())
        self.page.evaluate(_CLOSE_ALL)
        saved["metadata"].pop("widgets", None)
        self.path.write_text(json.dumps(saved), encoding="utf-8")
        self.page.evaluate(_REOPEN, self.path.name)


def _needed_module(name: str) -> None:
    if find_spec(name) is not None:
        return
    reason = f"{name} is not installed (pip install 'corena-recon[ui]')"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, without a window."""
    _needed_module("playwright")
    _needed_module("jupyterlab")
    _needed_module("axe_playwright_python")
    program = required_program("chromium", "chromium")
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - it may be absent

    options = _CHROMIUM_OPTIONS + (["--no-sandbox"] if os.geteuid() == 0 else [])
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=options)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def lab(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A JupyterLab with directories of its own, stopped at the end."""
    home = tmp_path_factory.mktemp("lab")
    root = home / "root"
    root.mkdir()
    for name, settings in _SETTINGS.items():
        file = home / "settings" / f"{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True)
        file.write_text(json.dumps(settings))
    running = Lab(f"http://127.0.0.1:{_free_port()}", secrets.token_hex(16), root)
    with (home / "lab.log").open("wb") as log:
        process = subprocess.Popen(
            _lab_command(running), env=_lab_environment(home), cwd=root, stdout=log, stderr=subprocess.STDOUT
        )
        try:
            _wait_for_lab(running, process, home / "lab.log")
            yield running
        finally:
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@pytest.fixture(scope="session")
def lab_page(chromium: Browser, lab: Lab) -> Iterator[Page]:
    """JupyterLab in a browser tab, loaded once."""
    context = chromium.new_context(viewport={"width": 1400, "height": 1400}, locale="en-US")
    context.set_default_timeout(WAIT_MS)
    page = context.new_page()
    page.goto(f"{lab.url}/lab?token={lab.token}&reset")
    page.wait_for_function("() => window.jupyterapp")
    page.evaluate("async () => { await jupyterapp.restored }")
    yield page
    context.close()


@pytest.fixture
def requests(lab_page: Page) -> Iterator[list[str]]:
    """Every address that the browser asks for during a test; none may be elsewhere than on this machine."""
    addresses: list[str] = []

    def note(request: Any) -> None:
        addresses.append(request.url)

    lab_page.context.on("request", note)
    lab_page.on("websocket", note)
    yield addresses
    lab_page.context.remove_listener("request", note)
    lab_page.remove_listener("websocket", note)
    assert addresses
    outside = [
        url
        for url in addresses
        if urlsplit(url).scheme not in {"data", "blob"} and urlsplit(url).hostname != "127.0.0.1"
    ]
    assert outside == []


@pytest.fixture
def open_notebook(lab: Lab, lab_page: Page, requests: list[str]) -> Iterator[Any]:
    """Opens a notebook of these cells and runs them; it is closed with its kernel after the test."""

    def open_cells(*cells: str) -> Notebook:
        path = lab.root / f"{secrets.token_hex(4)}.ipynb"
        path.write_text(saved_text(new_notebook(cells)), encoding="utf-8")
        lab_page.evaluate(_OPEN, path.name)
        return Notebook(lab_page, path)

    yield open_cells
    for page in lab_page.context.pages:
        if page is not lab_page:
            page.close()
    lab_page.evaluate(_CLOSE_ALL)


def _lab_command(lab: Lab) -> list[str]:
    return [
        sys.executable,
        "-m",
        "jupyterlab",
        "--no-browser",
        *(["--allow-root"] if os.geteuid() == 0 else []),
        "--ip=127.0.0.1",
        f"--port={urlsplit(lab.url).port}",
        "--ServerApp.port_retries=0",
        f"--IdentityProvider.token={lab.token}",
        f"--ServerApp.root_dir={lab.root}",
        "--LabApp.expose_app_in_browser=True",
        "--LabApp.news_url=None",
        "--LabApp.extension_manager=readonly",
        "--ServerApp.terminals_enabled=False",
    ]


def _lab_environment(home: Path) -> dict[str, str]:
    folders = {
        "HOME": home,
        "JUPYTER_CONFIG_DIR": home / "config",
        "JUPYTER_DATA_DIR": home / "data",
        "JUPYTER_RUNTIME_DIR": home / "run",
        "IPYTHONDIR": home / "ipython",
        "JUPYTERLAB_SETTINGS_DIR": home / "settings",
        "JUPYTERLAB_WORKSPACES_DIR": home / "workspaces",
    }
    return {
        **os.environ,
        **{name: str(folder) for name, folder in folders.items()},
        "JUPYTER_PREFER_ENV_PATH": "1",
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
    }


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _wait_for_lab(lab: Lab, process: subprocess.Popen[bytes], log: Path) -> None:
    question = urllib.request.Request(f"{lab.url}/api/status", headers={"Authorization": f"token {lab.token}"})
    for _ in range(START_S * 10):
        if process.poll() is not None:
            pytest.fail(log.read_text())
        try:
            with urllib.request.urlopen(question, timeout=5):
                return
        except OSError:
            threading.Event().wait(0.1)
    pytest.fail(f"JupyterLab did not start: {log.read_text()}")
