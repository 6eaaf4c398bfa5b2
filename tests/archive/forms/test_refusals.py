"""What is known and not read is refused in a sentence that names it; in a folder a note does."""

from __future__ import annotations

import sqlite3
import struct
import subprocess
from pathlib import Path
from shutil import which

import pytest

import corena_recon as cr
from corena_recon.errors import SourceError
from tests.making import ipn, jsonl

SIGNED = jsonl(ipn("A"), ipn("B"))
BODY = b"status=success&identifier=A&signature=" + b"0" * 64
ELEMENTS = b"<ipn><status>success</status><identifier>A</identifier><signature>F</signature></ipn>"
ESCAPED = SIGNED.replace(b'"', b"&quot;")
KINDS = {
    "XML": (
        b'<?xml version="1.0" encoding="UTF-8"?>\n<list>' + ELEMENTS + b"</list>\n",
        b'<soap:Envelope xmlns:soap="http://www.w3.org/2003/05/soap-envelope"><soap:Body>' + ELEMENTS,
        # The head is phpMyAdmin's own.
        b'<?xml version="1.0" encoding="utf-8"?>\n<!--\n- phpMyAdmin XML Dump\n-->\n\n<pma_xml_export version="1.0">\n'
        b'<table name="ipn"><column name="payload">' + ESCAPED,
    ),
    "HTML": (
        b"<!DOCTYPE html>\n<html><head><title>404 Not Found</title></head><body></body></html>\n",
        b"<html><body><table><tr><td>success</td><td>A</td></tr></table></body></html>",
        # Monolog's HtmlFormatter.
        b'<h1 style="background: #5cb85c;">INFO</h1><table cellspacing="1" width="100%" class="monolog-output">'
        b"<tr><th>post:</th><td><pre>" + ESCAPED + b"</pre></td></tr></table>",
    ),
    "PGDMP": (b"PGDMP\x01\x0e\x00" + SIGNED,),
    "pcap": (b"\xd4\xc3\xb2\xa1\x02\x00\x04\x00" + bytes(16) + BODY,),
    "journald": (
        b"LPKSHHRH" + bytes(64) + SIGNED,
        b"__CURSOR=s=1;i=2\n__REALTIME_TIMESTAMP=1772359200000000\nPRIORITY=6\nMESSAGE\n"
        + struct.pack("<Q", len(SIGNED))
        + SIGNED
        + b"\n_PID=1\n\n",
    ),
    "mitmproxy": (b"136:9:websocket;0:~8:response;0:~7:request;98:4:path;4:/ipn,7:content;54:" + BODY,),
}


@pytest.mark.parametrize("name", KINDS)
def test_what_is_not_read_is_named(name: str, tmp_path: Path) -> None:
    (tmp_path / "read.jsonl").write_bytes(SIGNED)
    for number, octets in enumerate(KINDS[name]):
        with pytest.raises(SourceError, match=f"form: .*{name}|form: it is a|form: .* keeps") as refused:
            cr.read_ipns(octets)
        assert refused.value.hint is not None
        assert "forms are" not in refused.value.hint
        (tmp_path / f"other{number}").write_bytes(octets)
    intake = cr.read_ipns(tmp_path).attrs["intake"]
    notes = [count["note"] for count in intake if count["form"] is None]
    assert notes == [f"it is of no known archive form ({name}), and nothing of it is read"] * len(KINDS[name])


@pytest.mark.parametrize("octets", [BODY, SIGNED, BODY[:40]])
@pytest.mark.parametrize(
    "command", ["xxd", "xxd -u -c 32", "xxd -p", "hexdump", "hexdump -C", "od", "od -A x -t x1z", "od -t x1"]
)
def test_what_prints_bytes_is_told_from_what_is_printed(command: str, octets: bytes) -> None:
    program, *options = command.split()
    if which(program) is None:
        pytest.skip(f"{program} is not there")
    printed = subprocess.run([program, *options], input=octets, capture_output=True, check=True).stdout
    with pytest.raises(SourceError, match="it is a hex dump"):
        cr.read_ipns(printed)


def test_a_database_is_told_from_a_dump_of_it(tmp_path: Path) -> None:
    file = tmp_path / "shop.db"
    with sqlite3.connect(file) as database:
        database.execute("create table ipn (id, payload)")
        database.execute("insert into ipn values (1, ?)", [SIGNED.decode().splitlines()[0]])
    with pytest.raises(SourceError, match="it is a database of SQLite") as refused:
        cr.read_ipns(file)
    assert "dump" in str(refused.value.hint)
    dump = tmp_path / "shop.sql"
    dump.write_text("\n".join(database.iterdump()))
    assert cr.read_ipns(dump)["identifier"].tolist() == ["A"]
    database.close()
