"""H.264 byte-stream (Annex B) to what MP4 wants: length-prefixed NAL units and an avcC record.

Sources: ITU-T H.264 (7.3.1 NAL unit, 7.3.2.1.1 SPS, annex B), ISO/IEC 14496-15 (5.3.3.1.2 avcC).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from deskreel.core.errors import BadFragmentError

_START_CODE = re.compile(b"\x00\x00\x01")
_SEI, _SPS, _PPS, _AUD, _FILLER = 6, 7, 8, 9, 12
_SLICES = (1, 2, 3, 4, 5)
_SEI_USER_DATA_UNREGISTERED = 5  # x264 writes its version and all its options here
_WITH_CHROMA_INFO = (100, 110, 122, 144)  # profiles whose avcC repeats chroma format and bit depths


def _nal_units(annexb: bytes) -> Iterator[bytes]:
    codes = list(_START_CODE.finditer(annexb))
    for index, code in enumerate(codes):
        end = codes[index + 1].start() if index + 1 < len(codes) else len(annexb)
        # the zero of a 4-byte start code, and trailing zeros, are not part of it: a unit ends in a 1 bit
        unit = annexb[code.end() : end].rstrip(b"\0")
        if unit:
            yield unit


def _belongs_in_sample(unit: bytes) -> bool:
    kind = unit[0] & 0x1F
    if kind == _SEI:
        return len(unit) > 1 and unit[1] != _SEI_USER_DATA_UNREGISTERED
    return kind not in (_SPS, _PPS, _AUD, _FILLER)


def to_length_prefixed(annexb_packet: bytes) -> bytes:
    """One encoded frame with 3- or 4-byte start codes as an MP4 sample: NAL units after 32-bit lengths.

    Parameter sets (they stand in avcC), access unit delimiters, filler and x264's user data are left out.

    Raises:
        BadFragmentError: there is no slice in it.
    """
    units = [unit for unit in _nal_units(annexb_packet) if _belongs_in_sample(unit)]
    if not any(unit[0] & 0x1F in _SLICES for unit in units):
        raise BadFragmentError("the packet holds no H.264 slice in Annex-B format")
    return b"".join(part for unit in units for part in (len(unit).to_bytes(4, "big"), unit))


def avc_config(extradata_annexb: bytes) -> bytes:
    """The avcC payload (AVCDecoderConfigurationRecord) of an encoder's Annex-B SPS and PPS.

    Raises:
        BadFragmentError: SPS or PPS is missing or too short.
    """
    units = list(_nal_units(extradata_annexb))
    sps = [unit for unit in units if unit[0] & 0x1F == _SPS]
    pps = [unit for unit in units if unit[0] & 0x1F == _PPS]
    if not sps or not pps or len(sps) > 31 or len(pps) > 255:
        raise BadFragmentError(f"extradata holds {len(sps)} SPS and {len(pps)} PPS")
    if len(sps[0]) < 5 or any(len(unit) > 0xFFFF for unit in (*sps, *pps)):
        raise BadFragmentError("a parameter set has an impossible length")
    parts = [bytes((1, *sps[0][1:4], 0xFF, 0xE0 | len(sps)))]  # 0xFF: lengths take four bytes
    parts += [len(unit).to_bytes(2, "big") + unit for unit in sps]
    parts.append(bytes((len(pps),)))
    parts += [len(unit).to_bytes(2, "big") + unit for unit in pps]
    if sps[0][1] in _WITH_CHROMA_INFO:
        chroma, luma_depth, chroma_depth = _chroma_info(sps[0])
        parts.append(bytes((0xFC | chroma & 3, 0xF8 | luma_depth & 7, 0xF8 | chroma_depth & 7, 0)))
    return b"".join(parts)


def codec_string(avcc: bytes) -> str:
    """The RFC 6381 name of an avcC payload, as in "avc1.64002a": profile, constraints, level.

    Raises:
        BadFragmentError: it is no avcC record.
    """
    if len(avcc) < 7 or avcc[0] != 1:
        raise BadFragmentError("not an avcC record")
    return f"avc1.{avcc[1:4].hex()}"


def parameter_sets(avcc: bytes) -> bytes:
    """The SPS and PPS of an avcC payload as NAL units after 32-bit lengths, to stand before a keyframe.

    Raises:
        BadFragmentError: it is no avcC record.
    """
    codec_string(avcc)
    parts: list[bytes] = []
    at = 5
    for mask in (0x1F, 0xFF):  # the count of SPS shares its byte with reserved bits, that of PPS does not
        count = int.from_bytes(avcc[at : at + 1], "big") & mask
        at += 1
        for _ in range(count):
            size = int.from_bytes(avcc[at : at + 2], "big")
            unit = avcc[at + 2 : at + 2 + size]
            if not size or len(unit) != size:
                raise BadFragmentError("the avcC record is cut short")
            parts += [size.to_bytes(4, "big"), unit]
            at += 2 + size
    return b"".join(parts)


class _Bits:
    """Exp-Golomb codes (H.264, 9.1) from the start of a parameter set."""

    def __init__(self, rbsp: bytes) -> None:
        self._value = int.from_bytes(rbsp, "big")
        self._left = len(rbsp) * 8

    def take(self, count: int) -> int:
        if count > self._left:
            raise BadFragmentError("the SPS ends too early")
        self._left -= count
        return self._value >> self._left & (1 << count) - 1

    def golomb(self) -> int:
        zeros = 0
        while self.take(1) == 0:
            zeros += 1
        return (1 << zeros) - 1 + self.take(zeros)


def _chroma_info(sps: bytes) -> tuple[int, int, int]:
    """chroma_format_idc and the two bit depths minus 8 of a high-profile SPS."""
    # 64 bytes hold these first fields with room to spare; 00 00 03 guards against false start codes
    bits = _Bits(sps[4:64].replace(b"\0\0\x03", b"\0\0"))
    bits.golomb()  # seq_parameter_set_id
    chroma = bits.golomb()
    if chroma == 3:
        bits.take(1)  # separate_colour_plane_flag
    return chroma, bits.golomb(), bits.golomb()
