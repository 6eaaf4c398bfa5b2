"""Work shared between threads, in bounded memory."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

_In = TypeVar("_In")
_Out = TypeVar("_Out")


def ordered_map(
    pool: Executor, function: Callable[[_In], _Out], items: Iterable[_In], *, ahead: int = 4
) -> Iterator[_Out]:
    """The function's results in the order of the items, a few computed ahead, never all of them."""
    waiting: deque[Future[_Out]] = deque()
    for item in items:
        waiting.append(pool.submit(function, item))
        if len(waiting) > ahead:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


def ahead(items: Iterable[_In]) -> Iterator[_In]:
    """The items, the next one made in another thread while one is worked with."""
    iterator = iter(items)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(list, islice(iterator, 1))
        while taken := waiting.result():
            waiting = pool.submit(list, islice(iterator, 1))
            yield from taken
