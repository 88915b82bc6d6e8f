"""RS256, the signature by which a service account of Google's proves itself (RFC 7518, section 3.3).

Google's client libraries bring `cryptography` along, which is as large as the rest of the bundle together. A signature
a day needs no more than this: RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017, section 8.2.1), which is deterministic. Tests
hold it against that library.
"""

import base64
import hashlib
import re

_PREFIX = bytes.fromhex("3031300d060960864801650304020105000420")
"""What stands before a SHA-256 digest (RFC 8017, section 9.2, note 1)."""

_INTEGER, _OCTETS, _SEQUENCE = 0x02, 0x04, 0x30


def rs256(message: bytes, pem: str) -> bytes:
    """The signature of a message with a private key (PKCS #8, in PEM). ValueError if that is no such key."""
    modulus, exponent = _private_key(pem)
    length = (modulus.bit_length() + 7) // 8
    digest = _PREFIX + hashlib.sha256(message).digest()
    padded = b"\x00\x01" + b"\xff" * (length - len(digest) - 3) + b"\x00" + digest
    if len(padded) != length:
        raise ValueError("the private key is too short")
    return pow(int.from_bytes(padded), exponent, modulus).to_bytes(length)


def _private_key(pem: str) -> tuple[int, int]:
    """The modulus and the private exponent of a key (RFC 5958 around RFC 8017, appendix A.1.2)."""
    found = re.search(r"-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\s]+)-----END PRIVATE KEY-----", pem)
    if not found:
        raise ValueError("this is no private key in PEM")
    info, _ = _read(base64.b64decode(found[1]), _SEQUENCE)
    _, rest = _read(info, _INTEGER)
    _, rest = _read(rest, _SEQUENCE)
    wrapped, _ = _read(rest, _OCTETS)
    numbers, _ = _read(wrapped, _SEQUENCE)
    found_numbers = []
    for _ in range(4):
        number, numbers = _read(numbers, _INTEGER)
        found_numbers.append(int.from_bytes(number))
    _, modulus, _, exponent = found_numbers
    return modulus, exponent


def _read(der: bytes, tag: int) -> tuple[bytes, bytes]:
    """The content of the first element, which has this tag, and what follows it (X.690, section 8.1)."""
    if len(der) < 2 or der[0] != tag:
        raise ValueError("this is no private key of RSA")
    length, start = der[1], 2
    if length & 0x80:
        start += length & 0x7F
        length = int.from_bytes(der[2:start])
    if start + length > len(der):
        raise ValueError("the private key is cut off")
    return der[start : start + length], der[start + length :]
