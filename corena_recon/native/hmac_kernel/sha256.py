"""SHA-256's compression function over several messages side by side.

Every round of SHA-256 needs the round before it, so one message cannot keep a processor busy; several can.

    compress(ptr states, ptr blocks, i64 stride)
        the state of every lane, eight words, absorbs the block at blocks + lane * stride.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from corena_recon.native.machine_code.code import Code, constant, declaration

if TYPE_CHECKING:
    from collections.abc import Sequence

Instructions = Literal["sha", "vector"]
"""``sha``: the SHA extensions of x86. ``vector``: eight 32-bit lanes, as any processor can."""

LANES: Final[dict[Instructions, int]] = {"sha": 2, "vector": 8}
"""Messages side by side: enough to hide the latency of ``sha``, and to fill the registers of ``vector``."""


def _words(digits: str) -> tuple[int, ...]:
    return tuple(int(word, 16) for word in digits.split())


INITIAL_STATE: Final = _words("6a09e667 bb67ae85 3c6ef372 a54ff53a 510e527f 9b05688c 1f83d9ab 5be0cd19")
"""FIPS 180-4, section 5.3.3."""

# FIPS 180-4, section 4.2.2
_ROUND_CONSTANTS = _words(
    """
    428a2f98 71374491 b5c0fbcf e9b5dba5 3956c25b 59f111f1 923f82a4 ab1c5ed5
    d807aa98 12835b01 243185be 550c7dc3 72be5d74 80deb1fe 9bdc06a7 c19bf174
    e49b69c1 efbe4786 0fc19dc6 240ca1cc 2de92c6f 4a7484aa 5cb0a9dc 76f988da
    983e5152 a831c66d b00327c8 bf597fc7 c6e00bf3 d5a79147 06ca6351 14292967
    27b70a85 2e1b2138 4d2c6dfc 53380d13 650a7354 766a0abb 81c2c92e 92722c85
    a2bfe8a1 a81a664b c24b8b70 c76c51a3 d192e819 d6990624 f40e3585 106aa070
    19a4c116 1e376c08 2748774c 34b0bcb5 391c0cb3 4ed8aa4a 5b9cca4f 682e6ff3
    748f82ee 78a5636f 84c87814 8cc70208 90befffa a4506ceb bef9a3f7 c67178f2
    """
)

_QUAD = "<4 x i32>"
_OCTET = "<8 x i32>"
_SIGNATURE = "internal void @compress(ptr %states, ptr %blocks, i64 %stride) noinline"


def compression_text(instructions: Instructions) -> str:
    """The compression function for a processor with the given instructions."""
    return _with_sha_extensions() if instructions == "sha" else _with_vectors()


def _with_sha_extensions() -> str:
    code = Code()
    lanes = range(LANES["sha"])
    starts = [_sha_state(code, lane) for lane in lanes]
    states = list(starts)
    words = [_sha_words(code, lane) for lane in lanes]
    for step in range(16):
        round_constants = constant(_ROUND_CONSTANTS[4 * step : 4 * step + 4])
        for lane in lanes:
            if step >= 4:
                words[lane].append(_next_sha_words(code, words[lane]))
            keyed = code.op("add", _QUAD, words[lane][step], round_constants)
            for pair in (keyed, code.shuffle(_QUAD, keyed, keyed, (2, 3, 2, 3))):
                abef, cdgh = states[lane]
                states[lane] = code.call(_QUAD, "llvm.x86.sha256rnds2", cdgh, abef, pair), abef
    for lane in lanes:
        abef, cdgh = (code.op("add", _QUAD, *pair) for pair in zip(starts[lane], states[lane], strict=True))
        for half, order in enumerate(((3, 2, 7, 6), (1, 0, 5, 4))):
            words_in_order = code.shuffle(_QUAD, abef, cdgh, order)
            code.store(_QUAD, words_in_order, code.at("%states", 32 * lane + 16 * half))
    needed = {"x86.sha256rnds2": 3, "x86.sha256msg1": 2, "x86.sha256msg2": 2, "bswap.v4i32": 1}
    declarations = (declaration(_QUAD, f"llvm.{name}", count) for name, count in needed.items())
    return "".join(declarations) + code.function(_SIGNATURE)


def _sha_state(code: Code, lane: int) -> tuple[str, str]:
    """A state in the order of the SHA extensions: words f, e, b, a and words h, g, d, c."""
    abcd, efgh = (code.load(_QUAD, code.at("%states", 32 * lane + 16 * half)) for half in range(2))
    return code.shuffle(_QUAD, abcd, efgh, (5, 4, 1, 0)), code.shuffle(_QUAD, abcd, efgh, (7, 6, 3, 2))


def _sha_words(code: Code, lane: int) -> list[str]:
    block = code.at("%blocks", code.op("mul", "i64", "%stride", lane))
    quarters = [code.load(_QUAD, code.at(block, 16 * quarter)) for quarter in range(4)]
    return [code.call(_QUAD, "llvm.bswap.v4i32", quarter) for quarter in quarters]


def _next_sha_words(code: Code, words: Sequence[str]) -> str:
    seven_back = code.shuffle(_QUAD, words[-2], words[-1], (1, 2, 3, 4))
    partial = code.op("add", _QUAD, code.call(_QUAD, "llvm.x86.sha256msg1", words[-4], words[-3]), seven_back)
    return code.call(_QUAD, "llvm.x86.sha256msg2", partial, words[-1])


def _with_vectors() -> str:
    code = Code()
    words, running = code.reserve(32 * 16), code.reserve(32 * 8)
    blocks = [code.at("%blocks", code.op("mul", "i64", "%stride", lane)) for lane in range(8)]
    for half in range(2):
        rows = [code.load(_OCTET, code.at(block, 32 * half)) for block in blocks]
        swapped = [code.call(_OCTET, "llvm.bswap.v8i32", word) for word in _transposed(code, rows)]
        _store_all(code, swapped, code.at(words, 32 * 8 * half))
    start = _transposed(code, _load_all(code, "%states"))
    _store_all(code, start, running)
    # Sixteen rounds a turn: all 64 in a row take LLVM five times as long to compile and run no faster.
    with code.loop(4) as turn:
        _sixteen_rounds(code, words, running, code.item("@round_constants", turn, 64))
    state = [code.op("add", _OCTET, *pair) for pair in zip(start, _load_all(code, running), strict=True)]
    _store_all(code, _transposed(code, state), "%states")
    numbers = ", ".join(f"i32 {number}" for number in _ROUND_CONSTANTS)
    constants = f"@round_constants = internal constant [64 x i32] [{numbers}]\n"
    return constants + declaration(_OCTET, "llvm.fshr.v8i32", 3) + code.function(_SIGNATURE)


def _sixteen_rounds(code: Code, words: str, running: str, constants: str) -> None:
    """The names are those of FIPS 180-4, section 6.2.2; ``words`` is a ring of the last sixteen."""

    def word(number: int) -> str:
        return code.load(_OCTET, code.at(words, 32 * (number % 16)))

    def add(*terms: str) -> str:
        return code.op("add", _OCTET, *terms)

    a, b, c, d, e, f, g, h = _load_all(code, running)
    for t in range(16):
        w = word(t)
        choice = code.op("xor", _OCTET, g, code.op("and", _OCTET, e, code.op("xor", _OCTET, f, g)))
        either = code.op("and", _OCTET, c, code.op("or", _OCTET, a, b))
        majority = code.op("or", _OCTET, code.op("and", _OCTET, a, b), either)
        t1 = add(h, add(w, _spread(code, code.at(constants, 4 * t))), choice, _sigma(code, e, (6, 11, 25)))
        t2 = add(_sigma(code, a, (2, 13, 22)), majority)
        a, b, c, d, e, f, g, h = add(t1, t2), a, b, c, add(d, t1), e, f, g
        # The word of sixteen rounds later takes this one's place; in the last turn nobody reads it.
        later = add(_sigma(code, word(t + 14), (17, 19), shift=10), word(t + 9))
        code.store(_OCTET, add(later, _sigma(code, word(t + 1), (7, 18), shift=3), w), code.at(words, 32 * t))
    _store_all(code, (a, b, c, d, e, f, g, h), running)


def _sigma(code: Code, word: str, rotations: Sequence[int], *, shift: int | None = None) -> str:
    terms = [code.call(_OCTET, "llvm.fshr.v8i32", word, word, constant([count] * 8)) for count in rotations]
    if shift is not None:
        terms.append(code.op("lshr", _OCTET, word, constant([shift] * 8)))
    return code.op("xor", _OCTET, *terms)


def _spread(code: Code, pointer: str) -> str:
    """One word in every lane."""
    single = code.value(f"insertelement {_OCTET} poison, i32 {code.load('i32', pointer)}, i32 0")
    return code.shuffle(_OCTET, single, single, [0] * 8)


def _transposed(code: Code, rows: Sequence[str]) -> list[str]:
    """Eight rows of eight words as eight columns: ever larger squares change places across the diagonal."""
    columns = list(rows)
    for side in (1, 2, 4):
        above = [n if not n & side else (n ^ side) + 8 for n in range(8)]
        below = [n + 8 if n & side else n | side for n in range(8)]
        for upper in (n for n in range(8) if not n & side):
            pair = columns[upper], columns[upper | side]
            columns[upper] = code.shuffle(_OCTET, *pair, above)
            columns[upper | side] = code.shuffle(_OCTET, *pair, below)
    return columns


def _load_all(code: Code, pointer: str) -> list[str]:
    return [code.load(_OCTET, code.at(pointer, 32 * number)) for number in range(8)]


def _store_all(code: Code, vectors: Sequence[str], pointer: str) -> None:
    for number, vector in enumerate(vectors):
        code.store(_OCTET, vector, code.at(pointer, 32 * number))
