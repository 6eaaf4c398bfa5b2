"""What web servers, frameworks and container engines log."""

from __future__ import annotations

import json

from tests.every_form.notifications import Notification, Notifications

_AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
_FRAME = r"/var/www/vendor/laravel/framework/src/Illuminate/Pipeline/Pipeline.php({}): Illuminate\Pipeline->handle()"


def nginx(posts: Notifications) -> bytes:
    """Combined format with the body behind it; two lines of other traffic around each notification."""
    return "".join(
        f'192.0.2.9 - - [{one.at:%d/%b/%Y:%H:%M:%S} +0000] "GET /shop/item-{one.number % 90}?ref=a&page=2 HTTP/1.1" '
        f'200 5316 "https://shop.test/" "{_AGENT}" "-"\n'
        f'192.0.2.1 - - [{one.at:%d/%b/%Y:%H:%M:%S} +0000] "POST /ipn HTTP/1.1" 200 2 "-" "GuzzleHttp/7" '
        f'"{one.body()}"\n'
        f'192.0.2.9 - - [{one.at:%d/%b/%Y:%H:%M:%S} +0000] "POST /cart HTTP/1.1" 302 0 "https://shop.test/shop" '
        f'"{_AGENT}" "item={one.number % 90}&quantity=1"\n'
        for one in posts
    ).encode()


def nginx_json(posts: Notifications) -> bytes:
    """``escape=json``; one line of other traffic before each notification."""
    lines = []
    for one in posts:
        moment = f"{one.at:%Y-%m-%dT%H:%M:%S}+00:00"
        for request, status, body in (
            ("GET /shop HTTP/1.1", "200", ""),
            ("POST /ipn HTTP/1.1", "200", one.body()),
        ):
            entry = {"time": moment, "remote_addr": "192.0.2.1", "request": request, "status": status}
            lines.append(json.dumps(entry | {"http_user_agent": _AGENT, "request_body": body}) + "\n")
    return "".join(lines).encode()


def laravel(posts: Notifications) -> bytes:
    """A third of the lines are notifications, the others entries of other kinds and the stack traces of some."""
    return "".join(map(_laravel_entries, posts)).encode()


def others_in_laravel(count: int) -> int:
    """How many lines around so many notifications are none."""
    return 6 * ((count + 2) // 3) + count // 3


def _laravel_entries(one: Notification) -> str:
    ipn = f"[{one.day_and_time}] production.INFO: IPN {json.dumps(one.nested())}  \n"
    if one.number % 3:
        served = f'[{one.day_and_time}] production.DEBUG: Query took 3 ms {{"sql":"select * from `orders`"}} \n'
        return ipn if one.number % 3 == 1 else ipn + served
    trace = "".join(f"#{depth} {_FRAME.format(100 + depth)}\n" for depth in range(3))
    failed = (
        f"[{one.day_and_time}] production.ERROR: Undefined variable $x "
        '{"exception":"[object] (ErrorException(code: 0): Undefined variable $x at /var/www/app/A.php:12)\n'
        f'[stacktrace]\n{trace}"}} \n'
    )
    return ipn + failed


def php_error_log(posts: Notifications) -> bytes:
    return "".join(
        f"[{one.at:%d-%b-%Y %H:%M:%S} UTC] IPN received: {json.dumps(one.nested(), separators=(',', ':'))}\n"
        for one in posts
    ).encode()


def apache_error_log(posts: Notifications) -> bytes:
    """Nine notices of PHP before each notification."""
    lines = []
    for one in posts:
        before = (
            f"[{one.at:%a %b %d %H:%M:%S}.123456 {one.at.year}] [php:notice] [pid 12:tid 34] [client 192.0.2.1:50000] "
        )
        lines += [f"{before}PHP Notice:  Undefined index: x{k} in /var/www/a.php on line 12\n" for k in range(9)]
        lines.append(f"{before}IPN {json.dumps(one.nested())}\n")
    return "".join(lines).encode()


def pretty_laravel(posts: Notifications) -> bytes:
    """Every entry goes on over eleven lines."""
    return "".join(
        f"[{one.day_and_time}] production.INFO: {json.dumps(one.nested(), indent=4)}  \n" for one in posts
    ).encode()


def _printed(one: Notification) -> list[str]:
    """What ``print_r`` prints of ``$_POST``."""
    posted = one.nested()
    data = posted.pop("data")
    return [
        "Array", "(",
        *(f"    [{name}] => {value}" for name, value in posted.items()),
        "    [data] => Array", "        (",
        *(f"            [{name}] => {value}" for name, value in data.items()), "        )", "", ")", "",
    ]  # fmt: skip


def printed(posts: Notifications) -> bytes:
    """WooCommerce's log, in which ``print_r`` prints; a line of other traffic before each."""
    return "".join(
        f"{one.at:%Y-%m-%dT%H:%M:%S}+00:00 DEBUG Cron run {one.number}\n"
        f"{one.at:%Y-%m-%dT%H:%M:%S}+00:00 INFO Corena IPN received: " + "\n".join(_printed(one)) + "\n"
        for one in posts
    ).encode()


def joined(posts: Notifications) -> bytes:
    """Monolog's line formatter, which puts what ``print_r`` printed on one line."""
    return "".join(
        f"[{one.at:%Y-%m-%dT%H:%M:%S}.000000+00:00] app.INFO: IPN {' '.join(_printed(one))} [] []\n" for one in posts
    ).encode()


def unstamped(posts: Notifications) -> bytes:
    """Words, an object over ten lines, and an answer: no line states a time."""
    return "".join(
        f"IPN from 192.0.2.1\n{json.dumps(one.nested(), indent=2)}\nanswered {{200}}\n\n" for one in posts
    ).encode()


def printed_in_docker(posts: Notifications) -> bytes:
    """Every line that ``print_r`` prints is an object."""
    return "".join(
        json.dumps({"log": f"{line}\n", "stream": "stderr", "time": f"{one.at:%Y-%m-%dT%H:%M:%S}.1Z"}) + "\n"
        for one in posts
        for line in _printed(one)
    ).encode()


def three_lines(posts: Notifications) -> bytes:
    """The time, an address and the body, each on a line of its own."""
    return "".join(f"[{one.at:%d/%m/%Y %H:%M:%S}]\nIP: 192.0.2.1\nBODY: {one.body()}\n\n" for one in posts).encode()


def body_log(posts: Notifications) -> bytes:
    return "".join(f"{one.day_and_time} [info] ipn raw: {one.body()}\n" for one in posts).encode()


def docker(posts: Notifications) -> bytes:
    """The files of Docker's ``json-file`` driver."""
    return "".join(
        json.dumps(
            {
                "log": f"IPN {json.dumps(one.nested())}\n",
                "stream": "stdout",
                "time": f"{one.at:%Y-%m-%dT%H:%M:%S}.123456789Z",
            }
        )
        + "\n"
        for one in posts
    ).encode()


def monolog(posts: Notifications) -> bytes:
    """Laravel's JSON formatter."""
    return "".join(
        json.dumps(
            {
                "message": "IPN",
                "context": one.nested(),
                "level": 200,
                "level_name": "INFO",
                "channel": "production",
                "datetime": f"{one.at:%Y-%m-%dT%H:%M:%S}.000000+00:00",
                "extra": {},
            }
        )
        + "\n"
        for one in posts
    ).encode()
