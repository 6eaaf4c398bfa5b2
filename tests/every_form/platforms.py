"""What platforms, queues and databases export as JSON: records under a key, in types, in messages."""

from __future__ import annotations

import json
from typing import Any

from tests.every_form.notifications import FORM_TYPE, Notification, Notifications
from tests.every_form.plain import lines


def elasticsearch(posts: Notifications) -> bytes:
    """A search's answer; the notification is JSON in a message."""
    hits = [
        {
            "_index": "ipn-2026.01",
            "_id": f"x{one.number}",
            "_score": None,
            "_source": {"@timestamp": one.iso, "message": f"IPN {json.dumps(one.nested())}", "log": {"level": "info"}},
        }
        for one in posts
    ]
    total = {"value": len(hits), "relation": "eq"}
    answer = {"took": 3, "_shards": {"total": 1}, "hits": {"total": total, "max_score": None, "hits": hits}}
    return json.dumps(answer, indent=2).encode()


def cloudwatch(posts: Notifications) -> bytes:
    """What ``aws logs get-log-events`` prints: every notification between the platform's own lines."""
    events = []
    for one in posts:
        request = f"RequestId: 8f5a{one.number:08d}"
        body = f"INFO\tReceived raw event body: {one.body()}\n"
        for message in (f"START {request}\n", body, f"END {request}\n"):
            at = int(one.at.timestamp() * 1000)
            events.append({"timestamp": at, "message": message, "ingestionTime": at + 500})
    answer = {"events": events, "nextForwardToken": "f/1/s", "nextBackwardToken": "b/1/s"}
    return json.dumps(answer, indent=4).encode()


def phpmyadmin(posts: Notifications) -> bytes:
    """phpMyAdmin's export of a table with a cell that holds what was posted, as JSON."""
    header = {"type": "header", "version": "5.2.1", "comment": "Export to JSON plugin for phpMyAdmin"}
    rows = [
        {"id": str(one.number), "ipn_data": json.dumps(one.nested()), "created_at": one.day_and_time} for one in posts
    ]
    table = '{"type":"table","name":"ipn_log","database":"shop","data":\n[\n'
    table += ",\n".join(map(json.dumps, rows)) + "\n]\n}"
    parts = [json.dumps(header), json.dumps({"type": "database", "name": "shop"}), table]
    return ("[\n" + ",\n".join(parts) + "\n]\n").encode()


def firestore(posts: Notifications) -> bytes:
    """What Firestore's REST interface lists."""
    documents = [
        {
            "name": f"projects/p/databases/(default)/documents/payments/{one.number}",
            "fields": {"webhook": _firestore_value(one.nested()), "tries": {"integerValue": "1"}},
            "createTime": one.iso,
            "updateTime": one.iso,
        }
        for one in posts
    ]
    return json.dumps({"documents": documents}, indent=1).encode()


def _firestore_value(value: Any) -> dict[str, Any]:
    if isinstance(value, dict):
        return {"mapValue": {"fields": {name: _firestore_value(one) for name, one in value.items()}}}
    return {"stringValue": value}


def mongo(posts: Notifications) -> bytes:
    """What ``mongoexport`` writes of amounts that are Decimal128."""
    records = []
    for one in posts:
        posted = one.nested()
        posted["data"]["amount"] = {"$numberDecimal": one.amount}
        at = {"$date": {"$numberLong": str(int(one.at.timestamp() * 1000))}}
        records.append({"_id": {"$oid": f"6a9fb51d{one.number:016x}"}, **posted, "receivedAt": at})
    return lines(records)


def dynamodb(posts: Notifications) -> bytes:
    """What ``aws dynamodb scan`` prints."""
    items = []
    for one in posts:
        posted = one.nested()
        item = {name: {"S": value} for name, value in posted.items() if name != "data"}
        data = {"M": {name: {"S": value} for name, value in posted["data"].items()}}
        items.append({"pk": {"S": f"ipn#{one.number}"}, **item, "data": data})
    return json.dumps({"Items": items, "Count": len(items), "ScannedCount": len(items)}).encode()


def journald(posts: Notifications) -> bytes:
    """What ``journalctl -o json`` prints: every second message is of the service itself."""
    records = []
    for one in posts:
        at = str(int(one.at.timestamp() * 1_000_000))
        for message in (f"IPN raw {one.body()}", "pool www: worker ready"):
            record = {"__REALTIME_TIMESTAMP": at, "SYSLOG_IDENTIFIER": "php-fpm", "PRIORITY": "6", "MESSAGE": message}
            records.append({"__CURSOR": f"s=a;i={one.number:x}", **record})
    return lines(records)


def queue_events(posts: Notifications) -> bytes:
    """Events of a queue, a line each, with up to ten messages."""
    groups = [posts[begin : begin + 10] for begin in range(0, len(posts), 10)]
    return lines([{"Records": [_queued(one) for one in group]} for group in groups])


def _queued(one: Notification) -> dict[str, Any]:
    sent = {"ApproximateReceiveCount": "1", "SentTimestamp": str(int(one.at.timestamp() * 1000))}
    return {"messageId": f"m{one.number}", "receiptHandle": "r", "body": one.body(), "attributes": sent}


def loki(posts: Notifications) -> bytes:
    """What Loki's query interface gives: streams of values."""
    streams = [posts[begin : begin + 50] for begin in range(0, len(posts), 50)]
    result = [
        {
            "stream": {"app": "shop", "pod": f"shop-{number}"},
            "values": [[str(int(one.at.timestamp()) * 10**9), f"IPN {one.body()}"] for one in stream],
        }
        for number, stream in enumerate(streams)
    ]
    return json.dumps({"status": "success", "data": {"resultType": "streams", "result": result}}).encode()


def postman(posts: Notifications) -> bytes:
    """A collection of requests whose bodies are pairs."""
    items = []
    for one in posts:
        pairs = [{"key": name, "value": value, "type": "text"} for name, value in one.flat().items()]
        body = {"mode": "urlencoded", "urlencoded": pairs}
        items.append({"name": f"ipn {one.number}", "request": {"method": "POST", "header": [], "body": body}})
    return json.dumps({"info": {"name": "ipn"}, "item": items}, indent=1).encode()


def telescope(posts: Notifications) -> bytes:
    """The table of Laravel Telescope as JSON, with a query beside every request."""
    entries = []
    for one in posts:
        content = {
            "uri": "/ipn",
            "method": "POST",
            "headers": {"content-type": FORM_TYPE, "host": "shop.test"},
            "payload": one.nested(),
            "response_status": 200,
            "duration": 12,
        }
        common = {"batch_id": f"b{one.number}", "should_display_on_index": 1, "created_at": one.day_and_time}
        query = {"connection": "mysql", "sql": "select * from `orders`", "time": "0.61"}
        for kind, inner in (("query", query), ("request", content)):
            entries.append({"uuid": f"{kind}-{one.number}", "type": kind, "content": json.dumps(inner), **common})
    return json.dumps(entries, indent=1).encode()


def glued(posts: Notifications) -> bytes:
    """Objects that were appended without line ends, up to three in a line."""
    texts = [json.dumps(one.nested()) for one in posts]
    return "".join(text + ("\n" if number % 3 == 2 else "") for number, text in enumerate(texts)).encode()
