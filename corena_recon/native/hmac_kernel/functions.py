"""The two functions that Python calls, both safe to run in several threads at once.

hmac_rows(i64 count, ptr rows, ptr targets, i64 block_count, i64 part_count, ptr part_data,
          ptr part_offsets, ptr key_blocks, ptr workspace, ptr digests)
    digests[targets[i]] = the HMAC of row rows[i], its cells in all parts joined. Each of these messages fills
    ``block_count`` blocks. ``part_data`` and ``part_offsets`` hold one pointer a part, to the bytes and the
    offsets of an Arrow large_binary array; ``key_blocks`` the first block of the inner and of the outer hash.

decode_hex(i64 count, ptr rows, ptr offsets, ptr characters, ptr digests, ptr well_formed)
    digests[rows[i]] = the 32 bytes that the 64 characters from offsets[rows[i]] spell, and
    well_formed[rows[i]] whether all of them are in 0-9 and A-F; zeros where not.
"""

from __future__ import annotations

from typing import Final

from corena_recon.native.hmac_kernel.sha256 import INITIAL_STATE, LANES, Instructions, compression_text
from corena_recon.native.machine_code.code import Code, constant

MAX_BLOCKS: Final = 16
"""Longest message that ``hmac_rows`` takes, in blocks of 64 bytes, padding included."""

WORKSPACE_BYTES: Final = 64 * MAX_BLOCKS * max(LANES.values())
"""Size of the memory that one call of ``hmac_rows`` needs for itself."""

_STATE = "<8 x i32>"
_STRIDE = 64 * MAX_BLOCKS
_DECLARATIONS = """\
declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)
declare void @llvm.memset.p0.i64(ptr, i8, i64, i1)
declare i64 @llvm.bswap.i64(i64)
declare i64 @llvm.smin.i64(i64, i64)
declare <8 x i32> @llvm.bswap.v8i32(<8 x i32>)
declare i1 @llvm.vector.reduce.and.v64i1(<64 x i1>)
"""


def module_text(instructions: Instructions) -> str:
    """Everything that is to be compiled, for a processor with the given instructions."""
    return _DECLARATIONS + compression_text(instructions) + _hmac_rows_text(LANES[instructions]) + _decode_hex_text()


def _hmac_rows_text(lanes: int) -> str:
    code = Code()
    states, outer_blocks = code.reserve(32 * lanes), code.reserve(64 * lanes)
    midstates, length = code.reserve(64), code.reserve(8)
    _absorb_keys(code, lanes, states, midstates)
    with code.loop(lanes) as lane:
        block = code.item(outer_blocks, lane, 64)
        code.clear(block, 64)
        _end_message(code, block, 32, 64)
    group_count = code.op("sdiv", "i64", code.op("add", "i64", "%count", lanes - 1), lanes)
    with code.loop(group_count) as group:
        first = code.op("mul", "i64", group, lanes)
        with code.loop(lanes) as lane:
            code.copy(code.item(states, lane, 32), midstates, 32)
            row = _number_of_lane(code, "%rows", first, lane)
            _gather_message(code, row, code.item("%workspace", lane, _STRIDE), length)
        with code.loop("%block_count") as number:
            _compress(code, states, code.item("%workspace", number, 64), _STRIDE)
        with code.loop(lanes) as lane:
            state = code.item(states, lane, 32)
            code.store(_STATE, _digest(code, state), code.item(outer_blocks, lane, 64))
            code.copy(state, code.at(midstates, 32), 32)
        _compress(code, states, outer_blocks, 64)
        with code.loop(lanes) as lane:
            target = _number_of_lane(code, "%targets", first, lane)
            digest = _digest(code, code.item(states, lane, 32))
            code.store(_STATE, digest, code.item("%digests", target, 32))
    return code.function(
        "void @hmac_rows(i64 %count, ptr %rows, ptr %targets, i64 %block_count, i64 %part_count,"
        " ptr %part_data, ptr %part_offsets, ptr %key_blocks, ptr %workspace, ptr %digests)"
    )


def _absorb_keys(code: Code, lanes: int, states: str, midstates: str) -> None:
    for side in range(2):
        for lane in range(lanes):
            code.store(_STATE, constant(INITIAL_STATE), code.at(states, 32 * lane))
        # Stride 0: every lane absorbs the one block.
        _compress(code, states, code.at("%key_blocks", 64 * side), 0)
        code.copy(code.at(midstates, 32 * side), states, 32)


def _compress(code: Code, states: str, blocks: str, stride: int) -> None:
    code.do(f"call void @compress(ptr {states}, ptr {blocks}, i64 {stride})")


def _digest(code: Code, state: str) -> str:
    return code.call(_STATE, "llvm.bswap.v8i32", code.load(_STATE, state))


def _number_of_lane(code: Code, numbers: str, first: str, lane: str) -> str:
    """The lane's item of a list; lanes beyond its end work on the last item once more."""
    last = code.op("sub", "i64", "%count", 1)
    position = code.call("i64", "llvm.smin.i64", code.op("add", "i64", first, lane), last)
    return code.load("i64", code.item(numbers, position, 8))


def _gather_message(code: Code, row: str, message: str, length: str) -> None:
    with code.loop("%block_count") as number:
        code.clear(code.item(message, number, 64), 64)
    code.store("i64", 0, length)
    with code.loop("%part_count") as part:
        offset = code.item(code.load("ptr", code.item("%part_offsets", part, 8)), row, 8)
        begin, end = code.load("i64", offset), code.load("i64", code.at(offset, 8))
        byte_count = code.op("sub", "i64", end, begin)
        cell = code.at(code.load("ptr", code.item("%part_data", part, 8)), begin)
        so_far = code.load("i64", length)
        code.copy(code.at(message, so_far), cell, byte_count)
        code.store("i64", code.op("add", "i64", so_far, byte_count), length)
    _end_message(code, message, code.load("i64", length), code.op("mul", "i64", "%block_count", 64))


def _end_message(code: Code, message: str, length: str | int, padded_length: str | int) -> None:
    """Pad as FIPS 180-4, section 5.1.1, says; the key's block is part of what was hashed."""
    code.store("i8", 128, code.at(message, length))
    bit_count = code.op("mul", "i64", code.op("add", "i64", "64", length), 8)
    end = code.op("sub", "i64", str(padded_length), 8)
    code.store("i64", code.call("i64", "llvm.bswap.i64", bit_count), code.at(message, end))


def _decode_hex_text() -> str:
    code = Code()
    octets, pairs = "<64 x i8>", "<32 x i16>"

    def every_octet(number: int) -> str:
        return constant([number] * 64, "i8")

    with code.loop("%count") as position:
        row = code.load("i64", code.item("%rows", position, 8))
        begin = code.load("i64", code.item("%offsets", row, 8))
        characters = code.load(octets, code.at("%characters", begin))
        digit = code.op("sub", octets, characters, every_octet(ord("0")))
        letter = code.op("sub", octets, characters, every_octet(ord("A")))
        is_digit = code.op("icmp ult", octets, digit, every_octet(10))
        is_letter = code.op("icmp ult", octets, letter, every_octet(6))
        known = code.op("or", "<64 x i1>", is_digit, is_letter)
        all_known = code.value(f"call i1 @llvm.vector.reduce.and.v64i1(<64 x i1> {known})")
        from_letter = code.op("add", octets, letter, every_octet(10))
        nibbles = code.value(f"select <64 x i1> {is_digit}, {octets} {digit}, {octets} {from_letter}")
        both = code.value(f"bitcast {octets} {nibbles} to {pairs}")
        high = code.op("shl", pairs, both, constant([4] * 32, "i16"))
        low = code.op("lshr", pairs, both, constant([8] * 32, "i16"))
        spelt = code.value(f"trunc {pairs} {code.op('or', pairs, high, low)} to <32 x i8>")
        digest = code.value(f"select i1 {all_known}, <32 x i8> {spelt}, <32 x i8> zeroinitializer")
        code.store("<32 x i8>", digest, code.item("%digests", row, 32))
        code.store("i8", code.value(f"zext i1 {all_known} to i8"), code.at("%well_formed", row))
    return code.function(
        "void @decode_hex(i64 %count, ptr %rows, ptr %offsets, ptr %characters, ptr %digests, ptr %well_formed)"
    )
