"""From bytes to text: byte order marks, UTF-8, and the old encodings that are announced."""

from __future__ import annotations

import codecs

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Tried in this order on bytes that are not UTF-8; the first refuses five bytes, which Japanese
# text is full of.
_OLD = (
    ("cp1252", "read as Western European (cp1252), check names with accents"),
    ("cp932", "read as Japanese (Shift-JIS), check the names"),
)


def has_text_mark(content: bytes) -> bool:
    """Whether the bytes begin with a mark that says they are text, zero bytes or not."""
    return content.startswith(tuple(mark for mark, _ in _MARKS))


def decode_text(content: bytes) -> tuple[str, tuple[str, ...]]:
    """Return the text of `content` and warnings where its encoding had to be guessed."""
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return content.decode(encoding, errors="replace"), ()
    try:
        return content.decode("utf-8"), ()
    except UnicodeDecodeError:
        pass
    for encoding, advice in _OLD:
        try:
            return content.decode(encoding), (f"not UTF-8: {advice}",)
        except UnicodeDecodeError:
            continue
    text = content.decode("cp1252", errors="replace")
    return text, ("not UTF-8, and some characters could not be read: save it as UTF-8",)
