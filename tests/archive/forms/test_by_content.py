"""Notifications that are found by what stands there, whatever its name; and documents that keep records under a key."""

from __future__ import annotations

import base64
import json
from typing import Any, Final

import pytest

from corena_recon.archive.forms.by_content import paths_to_records, read_json, read_mixed
from corena_recon.archive.records.posting import Posted
from tests.archive.differential import Archive
from tests.archive.differential import read as read_archive
from tests.every_form import notifications

ONE, OTHER = notifications(2)
BODY: Final = ONE.body()
TEXT: Final = json.dumps(ONE.nested())
AT: Final = 1_772_359_200_000_000
ISO: Final = "2026-03-01T10:00:00Z"
MILLISECONDS: Final = AT // 1000
PAIRS: Final = [[name, value] for name, value in ONE.flat().items()]
NAMED_PAIRS: Final = [{"key": name, "value": value, "type": "text"} for name, value in ONE.flat().items()]


def row_of(record: object) -> Posted | None:
    return read_json(json.dumps(record).encode())


# One line a case: the record, and when it says it came.
RECORDS: Final[list[tuple[str, Any, int | None]]] = [
    ("journald", {"__REALTIME_TIMESTAMP": str(AT), "PRIORITY": "6", "MESSAGE": f"IPN {TEXT}"}, AT),
    ("journald, a body", {"__REALTIME_TIMESTAMP": str(AT), "MESSAGE": f"IPN raw {BODY}"}, AT),
    ("journald, bytes", {"__REALTIME_TIMESTAMP": str(AT), "MESSAGE": list(f"\x1b[32mIPN\x1b[0m {BODY}".encode())}, AT),
    ("GCP, text", {"insertId": "i", "timestamp": ISO, "textPayload": f"IPN raw {BODY}"}, AT),
    ("GCP, object", {"timestamp": ISO, "jsonPayload": {"message": "IPN", "body": ONE.nested()}}, AT),
    ("Grafana", {"line": f"IPN {BODY}", "timestamp": str(AT * 1000), "fields": {"app": "shop"}}, AT),
    ("Splunk", {"preview": False, "result": {"_time": "2026-03-01 10:00:00.000 UTC", "_raw": f"IPN {TEXT}"}}, AT),
    ("Loki", [str(AT * 1000), f"IPN {BODY}"], AT),
    ("CloudWatch Insights", [{"field": "@timestamp", "value": ISO}, {"field": "@message", "value": f"IPN {TEXT}"}], AT),
    ("Elasticsearch, fields", {"_id": "1", "fields": {"@timestamp": [ISO], "message": [f"IPN {BODY}"]}}, AT),
    ("Elasticsearch", {"_index": "i", "_source": {"@timestamp": ISO, "message": f"IPN {TEXT}"}}, AT),
    ("Datadog", {"id": "A", "attributes": {"status": "info", "timestamp": ISO, "message": f"IPN {TEXT}"}}, AT),
    ("SQS", {"messageId": "m", "body": BODY, "attributes": {"SentTimestamp": str(MILLISECONDS)}}, None),
    ("SNS in SQS", {"Body": json.dumps({"Type": "Notification", "Message": TEXT, "Signature": "EXAMPLE"})}, None),
    ("SNS", {"Type": "Notification", "Message": BODY, "Timestamp": ISO, "Signature": "EXAMPLE"}, AT),
    ("EventBridge", {"detail-type": "ipn", "time": ISO, "detail": ONE.nested()}, AT),
    ("CloudEvents", {"specversion": "1.0", "time": ISO, "data": BODY}, AT),
    ("CloudEvents, base64", {"time": ISO, "data_base64": base64.b64encode(BODY.encode()).decode()}, AT),
    ("RabbitMQ", {"payload": base64.b64encode(BODY.encode()).decode(), "payload_encoding": "base64"}, None),
    ("base64 of a line", {"value": base64.b64encode(f"ipn: {BODY}".encode()).decode()}, None),
    ("modsecurity", {"transaction": {"time": ISO}, "request": {"body": [BODY]}, "response": {"status": 200}}, None),
    ("wrangler", {"outcome": "ok", "logs": [{"message": ["IPN", BODY], "timestamp": MILLISECONDS}]}, AT),
    ("Sentry", {"timestamp": ISO, "request": {"url": "https://shop.test/ipn", "data": PAIRS}}, AT),
    ("Postman", {"name": "ipn", "request": {"body": {"mode": "urlencoded", "urlencoded": NAMED_PAIRS}}}, None),
    ("Insomnia", {"_type": "request", "body": {"mimeType": "application/json", "text": BODY}}, None),
    ("another name", {"at": ISO, "raw_body": BODY}, AT),
    ("one more", {"ts": ISO, "rawBody": TEXT}, AT),
    ("written as JSON twice", {"ts": ISO, "post_data": json.dumps(TEXT)}, AT),
    ("MongoDB", ONE.nested() | {"receivedAt": {"$date": {"$numberLong": str(MILLISECONDS)}}}, AT),
    (
        "Firestore",
        {"name": "d", "fields": {"ipn": {"stringValue": TEXT}, "n": {"integerValue": "1"}}, "createTime": ISO},
        AT,
    ),
    ("DynamoDB", {"pk": {"S": "1"}, "seen": {"BOOL": True}, "ipn": {"M": {"body": {"S": BODY}}}}, None),
]


@pytest.mark.parametrize(("record", "received_at"), [one[1:] for one in RECORDS], ids=[one[0] for one in RECORDS])
def test_a_notification_is_found_whatever_its_name(record: object, received_at: int | None) -> None:
    row = row_of(record)
    assert row is not None
    assert (row.unreadable, row.body_ambiguous) == (None, False)
    assert (row.identifier, row.signature, row.amount_text) == (ONE.identifier, ONE.signature, ONE.amount)
    assert (row.payment_trx, row.currency, row.received_at) == (ONE.trx, ONE.currency, received_at)


@pytest.mark.parametrize(
    ("amount", "text", "fidelity"),
    [
        ({"$numberDecimal": "11.00"}, "11.00", "text"),
        ({"$numberLong": "11"}, "11", "number"),
        ({"$numberDouble": "11.5"}, "11.5", "number"),
    ],
)
def test_a_typed_amount_keeps_its_text(amount: object, text: str, fidelity: str) -> None:
    row = row_of(ONE.nested() | {"data": {"amount": amount}})
    assert row is not None
    assert (row.unreadable, row.amount_text, row.fidelity) == (None, text, fidelity)


def test_the_types_of_another_database_in_what_was_posted_are_no_types() -> None:
    row = row_of(ONE.nested() | {"data": {"amount": {"S": "1"}, "currency": "USD"}})
    assert row is not None
    assert row.unreadable == "wrong_type"


def test_what_was_posted_says_nothing_beside_itself() -> None:
    """Whoever posts chooses the names in it."""
    inner = {"status": "success", "note": TEXT, "received_at": ISO, "merchant": "m"}
    row = row_of({"ts": "2025-01-01T00:00:00Z", "raw_body": json.dumps(OTHER.nested() | inner)})
    assert row is not None
    assert (row.identifier, row.received_at, row.merchant) == (OTHER.identifier, 1_735_689_600_000_000, None)
    posted = read_json(json.dumps({"identifier": "x", "status": "success", "data": {"note": TEXT}}).encode())
    assert posted is not None
    assert (posted.unreadable, posted.identifier) == ("missing_field", "x")


def test_two_that_differ_in_one_record_are_ambiguous() -> None:
    row = row_of({"first": BODY, "second": f"IPN {json.dumps(OTHER.nested())}"})
    assert row is not None
    assert (row.identifier, row.body_ambiguous) == (ONE.identifier, True)
    again = row_of({"first": BODY, "second": f"IPN {TEXT}"})
    assert again is not None
    assert not again.body_ambiguous


# One line a case: the record, and why it is unreadable; None is other traffic.
@pytest.mark.parametrize(
    ("record", "why"),
    [
        ({"MESSAGE": "pool www: worker ready", "PRIORITY": "6"}, None),
        ({"message": "ready", "status": "info"}, None),
        ({"note": "ready"}, "no_ipn_fields"),
        ({"message": "the signature of this status is wrong", "level": "info"}, "no_ipn_fields"),
        ({"message": "ready", "identifier": "x"}, "missing_field"),
    ],
)
def test_other_traffic_of_a_log(record: object, why: str | None) -> None:
    row = row_of(record)
    assert (None if row is None else row.unreadable) == why


def test_under_a_key_there_is_other_traffic_of_any_kind() -> None:
    assert read_mixed(b'{"note": "ready"}') is None
    row = read_mixed(b'{"note": "a signature, a status"}')
    assert row is not None
    assert row.unreadable == "no_ipn_fields"


# One line a case: the document, and the ways to its records.
HIT: Final = {"_source": {"message": f"IPN {TEXT}"}}
TABLE: Final = {"type": "table", "name": "t", "data": [{"id": "1", "x": TEXT}]}
DOCUMENTS: Final[list[tuple[Any, set[tuple[str, ...]]]]] = [
    ({"hits": {"total": 1, "hits": [HIT]}}, {("hits", "hits", "*")}),
    ({"data": {"content": [{"data": ONE.nested()}]}, "status": True}, {("data", "content", "*")}),
    ([{"type": "header"}, {"type": "database"}, TABLE], {("*", "data", "*")}),
    ([{"type": "header"}, {"type": "table", "data": [{"id": "1"}]}], {("*", "data", "*")}),
    (
        {"data": {"result": [{"stream": {}, "values": [["1", BODY], ["2", BODY]]}]}},
        {("data", "result", "*", "values", "*")},
    ),
    ({"item": [{"name": "folder", "item": [{"request": {"body": {"raw": BODY}}}]}]}, {("item", "*", "item", "*")}),
    ({"a": [{"x": BODY}], "b": [{"x": TEXT}]}, {("a", "*"), ("b", "*")}),
    # a realtime database keeps each under a key of its own
    ({"payments": {"-N1": ONE.nested(), "-N2": OTHER.nested(), "-N3": {}}}, {("payments", "{}")}),
    ({"-N1": {"body": BODY, "at": ISO}, "-N2": OTHER.nested()}, {("{}",)}),
    ({"raw": BODY, "parsed": ONE.nested(), "again": ONE.flat()}, set()),
    # A record, or an array of them, is read as it is; so is an array in what was posted.
    (ONE.nested(), set()),
    ([ONE.nested()], set()),
    (ONE.nested() | {"more": [ONE.nested(), OTHER.nested()]}, set()),
    ({"body": BODY, "parsed": [ONE.nested(), OTHER.nested()]}, set()),
    ({"request": {"body": [BODY]}}, set()),
    ({"data": PAIRS}, set()),
    ({"data": NAMED_PAIRS}, set()),
    ({"note": [{"x": "y"}]}, set()),
]  # fmt: skip


@pytest.mark.parametrize(("document", "paths"), DOCUMENTS)
def test_the_ways_to_records(document: object, paths: set[tuple[str, ...]]) -> None:
    assert paths_to_records(json.dumps(document).encode()) == paths
    assert paths_to_records(json.dumps(document, indent=1).encode()) == paths


def read(octets: bytes) -> tuple[str | None, int, int, list[str | None]]:
    """The form, other traffic, records, and the identifiers."""
    found = read_archive(Archive((octets,)))
    [intake] = found.intake
    assert intake.records == intake.notifications + intake.unreadable + intake.other
    return intake.form, intake.other, intake.records, found.table["identifier"].to_pylist()


def test_a_long_document_whose_first_records_are_others() -> None:
    events = [{"timestamp": MILLISECONDS, "message": "START " + "x" * 200} for _ in range(2_000)]
    document = {"events": [*events, {"timestamp": MILLISECONDS, "message": f"IPN {BODY}"}], "nextForwardToken": "f"}
    assert read(json.dumps(document, indent=1).encode()) == ("json", 2_000, 2_001, [ONE.identifier])


def test_a_notification_under_each_key() -> None:
    document = {
        "ipn": {"-N1": {"at": ISO, "body": BODY}, "-N2": {"note": "x"}, "-N3": OTHER.nested()},
        "users": {"a": {}},
    }
    for octets in (json.dumps(document), json.dumps(document, indent=2)):
        assert read(octets.encode()) == ("json", 1, 3, [ONE.identifier, OTHER.identifier])


def test_nothing_beside_the_way_is_lost() -> None:
    document = {"events": [{"message": BODY}], "more": {"deep": [{"line": f"IPN {json.dumps(OTHER.nested())}"}]}}
    stray = json.dumps({"raw_body": json.dumps(OTHER.nested())})
    octets = json.dumps({"took": 1, "events": [{"message": BODY}]}) + "\n" + stray + "\n" + json.dumps(document)
    form, other, records, identifiers = read(octets.encode())
    assert (form, other, records) == ("json", 0, 4)
    assert identifiers == [ONE.identifier, OTHER.identifier, ONE.identifier, OTHER.identifier]


def test_a_notification_that_has_an_array_on_the_way_is_not_lost() -> None:
    events = {"events": [{"message": OTHER.body()}]}
    before, after = ONE.nested() | events, events | ONE.nested()
    octets = "\n".join(json.dumps(one) for one in (events, before, after)).encode()
    found = read_archive(Archive((octets,)))
    assert found.table["identifier"].to_pylist()[:3] == [OTHER.identifier, ONE.identifier, OTHER.identifier]
    assert found.table["unreadable"].to_pylist()[2:] == [None, "missing_field", "missing_field"]


@pytest.mark.parametrize("cut", [8, 60])
def test_a_document_that_is_cut_off(cut: int) -> None:
    document = json.dumps({"took": 1, "events": [{"message": BODY}, {"message": OTHER.body()}], "z": 1})
    found = read_archive(Archive((document.encode()[:-cut],)))
    [intake] = found.intake
    assert intake.truncated
    assert (intake.records, found.table["unreadable"].to_pylist()) == (2, [None, "truncated" if cut > 8 else None])


def test_what_an_object_says_of_all_that_is_in_its_array_is_said_of_each() -> None:
    around = {"received_at": ISO, "merchant": "M-1", "endpoint": "live", "timestamp": "2026-05-01T00:00:00Z"}
    own = {"received_at": "2026-04-02T00:00:00Z", "body": OTHER.body()}
    page = {"items": [ONE.nested(), own]}
    later = {"items": [ONE.nested()]}
    for documents in ([around | page, later], [page | around, later]):
        read = read_archive(Archive(("\n".join(json.dumps(one, indent=1) for one in documents).encode(),)))
        columns = [read.table[name].to_pylist() for name in ("merchant", "endpoint", "received_at")]
        merchants, endpoints, moments = columns
        assert merchants == ["M-1", "M-1", None]
        assert endpoints == ["live", "live", None]
        assert [moment and moment.isoformat()[:10] for moment in moments] == ["2026-03-01", "2026-04-02", None]
