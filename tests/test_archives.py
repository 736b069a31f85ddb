"""ZIP files of documents: what is taken, what is left out with its reason, what is refused."""

from __future__ import annotations

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.errors import EmptyFile, EncryptedFile, UnreadableFile
from ingestion.readers import archives
from ingestion.readers.archives import Member, read_members


def pack(*members: tuple[str, bytes], packing: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", packing) as archive:
        for name, content in members:
            archive.writestr(zipfile.ZipInfo(name), content, packing)
    return buffer.getvalue()


def lock(content: bytes, name: bytes) -> bytes:
    """Set the mark of a password on the member `name`, in both of its headers."""
    changed = bytearray(content)
    for signature, flags, start in ((b"PK\x03\x04", 6, 30), (b"PK\x01\x02", 8, 46)):
        place = changed.find(signature)
        while changed[place + start : place + start + len(name)] != name:
            place = changed.find(signature, place + 1)
        changed[place + flags] |= 1
    return bytes(changed)


def test_members_come_in_their_order_with_their_paths():
    content = pack(("10-K/apple.pdf", b"%PDF-"), ("sales.csv", b"a,b"))
    assert read_members(content, "filings.zip") == (
        Member("10-K/apple.pdf", b"%PDF-"),
        Member("sales.csv", b"a,b"),
    )


def test_directories_and_files_of_operating_systems_are_not_listed():
    content = pack(
        ("folder/", b""),
        ("__MACOSX/folder/._a.csv", b"x"),
        ("folder/._b.csv", b"x"),
        ("folder/.DS_Store", b"x"),
        ("folder/a.csv", b"a,b"),
    )
    assert read_members(content, "a.zip") == (Member("folder/a.csv", b"a,b"),)


@pytest.mark.parametrize("name", ["../a.csv", "x/../../a.csv", "/etc/a.csv", "C:/a.csv"])
def test_paths_out_of_the_archive_are_left_out(name):
    (member,) = read_members(pack((name, b"a,b")), "a.zip")
    assert (member.content, member.reason) == (b"", "its path leads out of the archive")


def test_an_empty_member_is_left_out():
    (member,) = read_members(pack(("a.csv", b"")), "a.zip")
    assert member.reason == "it is empty (0 bytes)"


def test_a_member_with_a_password_is_left_out():
    content = lock(pack(("a.csv", b"a,b"), ("b.csv", b"c,d")), b"a.csv")
    first, second = read_members(content, "a.zip")
    assert first == Member("a.csv", b"", "it opens only with a password")
    assert second == Member("b.csv", b"c,d")


def test_an_archive_with_passwords_only_says_so():
    with pytest.raises(EncryptedFile, match=r"a\.zip opens only with a password"):
        read_members(lock(pack(("a.csv", b"a,b")), b"a.csv"), "a.zip")


def test_an_archive_in_an_archive_is_opened_once():
    deepest = pack(("c.csv", b"c"))
    inner = pack(("b.csv", b"b"), ("deepest.zip", deepest))
    assert read_members(pack(("inner.zip", inner)), "a.zip") == (
        Member("inner.zip/b.csv", b"b"),
        Member("inner.zip/deepest.zip", b"", "it is an archive in an archive in an archive"),
    )


def test_a_broken_archive_in_an_archive_is_left_out():
    (member,) = read_members(pack(("inner.zip", b"PK nonsense")), "a.zip")
    assert member.reason == "it is not a whole ZIP file"


def test_a_damaged_member_is_left_out():
    content = pack(("a.csv", b"some text"), ("b.csv", b"c"), packing=zipfile.ZIP_STORED)
    first, second = read_members(content.replace(b"some text", b"same text"), "a.zip")
    assert first.reason is not None
    assert first.reason.startswith("it is damaged")
    assert second == Member("b.csv", b"c")


def test_a_member_that_unpacks_beyond_measure_is_a_trap():
    content = pack(("bomb.csv", bytes(4 * 1024**2)))
    with pytest.raises(UnreadableFile, match=r"bomb\.csv unpacks to more than 200 times"):
        read_members(content, "a.zip")


def test_small_members_may_pack_well():
    (member,) = read_members(pack(("a.csv", b"0," * 100_000)), "a.zip")
    assert len(member.content) == 200_000


def test_an_archive_of_too_many_bytes_is_refused(monkeypatch):
    monkeypatch.setattr(archives, "MAX_UNPACKED_BYTES", 5)
    with pytest.raises(UnreadableFile, match="unpacks to more than"):
        read_members(pack(("a.csv", b"abc"), ("b.csv", b"def")), "a.zip")


def test_an_archive_of_too_many_members_is_refused(monkeypatch):
    """Those of an archive inside count too."""
    monkeypatch.setattr(archives, "MAX_MEMBERS", 2)
    inner = pack(("b.csv", b"b"), ("c.csv", b"c"))
    with pytest.raises(UnreadableFile, match="holds more than 2 files"):
        read_members(pack(("inner.zip", inner)), "a.zip")


def test_an_archive_cut_in_half_is_refused():
    content = pack(("a.csv", b"a,b"))
    with pytest.raises(UnreadableFile, match=r"a\.zip is not a whole ZIP file"):
        read_members(content[: len(content) // 2], "a.zip")


def test_an_archive_without_files_is_empty():
    with pytest.raises(EmptyFile, match=r"a\.zip holds no files"):
        read_members(pack(("folder/", b"")), "a.zip")


@given(st.binary(max_size=300))
def test_bytes_that_are_no_archive_are_refused(content):
    with pytest.raises(UnreadableFile, match=r"a\.zip"):
        read_members(content, "a.zip")
