"""Zips from outside: whatever can be refused is refused from the zip's directory, before a byte is
unpacked.
"""

from __future__ import annotations

import re
import stat
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from graduand.rulebook.photos.findings import PhotoCode

EOCD = b"PK\x05\x06"
EOCD_SIZE = 22
LOCAL = b"PK\x03\x04"
LOCAL_SIZE = 30
TAIL = EOCD_SIZE + 0xFFFF
UNSET = (0xFFFF, 0xFFFFFFFF)
UTF8_NAME = 0x800
ENCRYPTED = 0x1
DIRECTORY_BYTES = 64 << 20

NOT_A_ZIP = (
    "文件不是完整的 zip 压缩包（可能是 RAR/7z 改了扩展名，或上传中断）；请重新压缩成 zip 后上传"
)
ODD = "压缩包结构异常（前后夹带了别的内容，或有两份目录），已拒绝；请重新压缩后上传"
EMPTY = "压缩包是空的；请把照片直接压缩成 zip 后上传"
_DRIVE = re.compile(r"[A-Za-z]:")
_LITTER = frozenset({".ds_store", "thumbs.db", "desktop.ini"})


class ArchiveRefused(Exception):
    """The archive is refused; str() is a Chinese sentence, `code` is the reason for programs."""

    def __init__(self, sentence: str, code: PhotoCode = PhotoCode.ZIP_BROKEN) -> None:
        super().__init__(sentence)
        self.code = code


class EntryRefused(Exception):
    """One entry can't be read; str() is a Chinese sentence, `code` is the reason for programs."""

    def __init__(self, sentence: str, code: PhotoCode = PhotoCode.ENTRY_BAD_CRC) -> None:
        super().__init__(sentence)
        self.code = code


@dataclass(frozen=True, slots=True)
class ZipLimits:
    """What one zip may hold: entries, bytes of one entry and of all, and how far the whole may
    expand. Pictures hardly compress: above `free` bytes a zip is refused that expands to more than
    `expansion` times its size (Z01). More than `crowd` files of less than `crumb` bytes on average
    cannot be pictures, and are refused too.
    """

    entries: int = 20_000
    entry: int = 8 << 20
    total: int = 4 << 30
    expansion: int = 10
    free: int = 150 << 20
    crowd: int = 1_000
    crumb: int = 64


DEFAULT_LIMITS = ZipLimits()


@dataclass(slots=True)
class ZipEntry:
    """One file of the archive: `name` as a person reads it, `base` without folders, `problem` why
    it is refused. `code` is the problem for programs.
    """

    info: ZipInfo
    name: str
    base: str
    problem: str = ""
    code: PhotoCode = PhotoCode.ENTRY_UNREADABLE


@dataclass(slots=True)
class OpenZip:
    """An open zip: its entries in order, and how many files written by an operating system were
    skipped (Z10).
    """

    zip: ZipFile
    limits: ZipLimits
    entries: list[ZipEntry] = field(default_factory=list)
    skipped: int = 0

    def read(self, entry: ZipEntry) -> bytes:
        """The bytes of an entry, never more than declared or allowed. Raises EntryRefused (Z02,
        Z15).
        """
        if entry.problem:
            raise EntryRefused(entry.problem, entry.code)
        try:
            with self.zip.open(entry.info) as stream:
                data = stream.read(self.limits.entry + 1)
        except (
            BadZipFile,
            zlib.error,
            EOFError,
            OSError,
            RuntimeError,
            NotImplementedError,
        ) as error:
            raise EntryRefused("压缩包里的这个文件已损坏（校验不符）；请重新压缩后上传") from error
        if len(data) > self.limits.entry or len(data) != entry.info.file_size:
            raise EntryRefused("这个文件的大小与压缩包里写的不符；请重新压缩后上传")
        return data


@contextmanager
def open_archive(
    path: Path, *, flatten: bool = False, limits: ZipLimits = DEFAULT_LIMITS
) -> Iterator[OpenZip]:
    """Open a flat zip. Raises ArchiveRefused for the whole zip; a single bad entry is marked by its
    `problem`. Folders are refused unless `flatten` (notice annex 3, note 3); the path of an entry
    is never used.
    """
    _check_structure(path, limits)
    with _opened(path) as opened:
        infos = opened.infolist()
        _check_whole(infos, path, limits)
        archive = OpenZip(opened, limits)
        for info in infos:
            name = _readable(info)
            if _is_litter(name):
                archive.skipped += 1
            else:
                base = name.replace("\\", "/").rpartition("/")[2]
                problem, code = _entry_problem(info, name, limits, flatten=flatten)
                archive.entries.append(ZipEntry(info, name, base, problem, code))
        if not archive.entries:
            raise ArchiveRefused(EMPTY, PhotoCode.ZIP_EMPTY)
        yield archive


def _opened(path: Path) -> ZipFile:
    try:
        return ZipFile(path)
    except (
        BadZipFile,
        UnicodeDecodeError,
        ValueError,
        struct.error,
        EOFError,
        NotImplementedError,
    ) as error:
        raise ArchiveRefused(NOT_A_ZIP) from error


@dataclass(frozen=True, slots=True)
class EndRecord:
    """The record at the end of a zip: its disk and the directory's disk, the number of entries on
    this disk and on all, the directory's size in bytes and its offset, the comment's size in bytes.
    """

    disk: int
    start_disk: int
    here: int
    count: int
    length: int
    offset: int
    comment: int

    @classmethod
    def read(cls, tail: bytes, place: int, limits: ZipLimits) -> EndRecord:
        """Read the record at `place`. Raises ArchiveRefused where it declares more than a zip may
        hold.
        """
        record = cls(*struct.unpack("<4xHHHHIIH", tail[place : place + EOCD_SIZE]))
        if record.count in UNSET or record.length in UNSET or record.offset in UNSET:
            sentence = "压缩包使用了超大格式（ZIP64），已拒绝；请分成几个较小的压缩包上传"
            raise ArchiveRefused(sentence, PhotoCode.ZIP_TOO_LARGE)
        if record.count > limits.entries:
            sentence = (
                f"压缩包里有 {record.count} 个文件，超过上限 {limits.entries} 个；"
                "请分成几个压缩包上传"
            )
            raise ArchiveRefused(sentence, PhotoCode.ZIP_TOO_MANY_ENTRIES)
        return record


def _check_structure(path: Path, limits: ZipLimits) -> None:
    """Check that there is one directory, at the very end and right after the entries, which begin
    with the first byte (Z04, Z13, Z14).
    """
    size = path.stat().st_size
    with path.open("rb") as stream:
        magic = stream.read(4)
        stream.seek(max(0, size - TAIL))
        tail = stream.read()
    place = tail.rfind(EOCD)
    if place < 0 or magic not in (LOCAL, EOCD):
        raise ArchiveRefused(NOT_A_ZIP)
    if len(tail) - place < EOCD_SIZE:
        raise ArchiveRefused(NOT_A_ZIP)
    record = EndRecord.read(tail, place, limits)
    end = max(0, size - TAIL) + place
    if (
        record.disk
        or record.start_disk
        or record.here != record.count
        or record.offset + record.length != end
        or len(tail) - place - EOCD_SIZE != record.comment
    ):
        raise ArchiveRefused(ODD)
    if record.length > DIRECTORY_BYTES:
        raise ArchiveRefused(ODD)
    if magic == EOCD:
        raise ArchiveRefused(EMPTY, PhotoCode.ZIP_EMPTY)
    if tail.count(EOCD, max(0, record.offset - (size - len(tail)))) != 1:
        raise ArchiveRefused(ODD)


def _check_whole(infos: list[ZipInfo], path: Path, limits: ZipLimits) -> None:
    if any(info.flag_bits & ENCRYPTED for info in infos):
        raise ArchiveRefused("压缩包有密码；请去掉密码重新压缩后上传", PhotoCode.ZIP_ENCRYPTED)
    total = sum(info.file_size for info in infos)
    size = path.stat().st_size
    if total > limits.total or (total > limits.free and total > size * limits.expansion):
        sentence = f"解压后超过上限（{total >> 20} MB），不像是照片压缩包；请核对后重新压缩"
        raise ArchiveRefused(sentence, PhotoCode.ZIP_TOO_LARGE)
    if len(infos) > limits.crowd and total < len(infos) * limits.crumb:
        sentence = f"压缩包里有 {len(infos)} 个文件，平均不到 {limits.crumb} 字节，不是照片压缩包；请核对后重新压缩"
        raise ArchiveRefused(sentence, PhotoCode.ZIP_TOO_MANY_ENTRIES)
    ends = 0
    for info in sorted(infos, key=lambda info: info.header_offset):
        if info.header_offset < ends or (ends == 0 and info.header_offset):
            raise ArchiveRefused(ODD)
        ends = info.header_offset + LOCAL_SIZE + info.compress_size


def _readable(info: ZipInfo) -> str:
    """The name as text: UTF-8 where flagged, else UTF-8 or GB18030 by trial; a name that fits
    neither stays as it is (Z07).
    """
    if info.flag_bits & UTF8_NAME:
        return info.orig_filename
    try:
        raw = info.orig_filename.encode("cp437")
    except UnicodeEncodeError:
        return info.orig_filename
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return info.orig_filename


def _is_litter(name: str) -> bool:
    parts = name.replace("\\", "/").split("/")
    return (
        parts[0] == "__MACOSX"
        or not parts[-1]
        or parts[-1].startswith("._")
        or parts[-1].lower() in _LITTER
    )


def _entry_problem(
    info: ZipInfo, name: str, limits: ZipLimits, *, flatten: bool
) -> tuple[str, PhotoCode]:
    """Why the directory says that an entry is to be refused; "" when the entry may be read (Z05,
    Z06, Z11).
    """
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        return "是链接或特殊文件，不是照片；请直接压缩照片文件", PhotoCode.ENTRY_NOT_JPEG
    if (
        "\0" in name
        or "\\" in name
        or name.startswith("/")
        or _DRIVE.match(name)
        or ".." in name.split("/")
    ):
        return "文件名带有不安全的路径；请直接压缩照片，不要带路径", PhotoCode.ENTRY_UNSAFE_NAME
    if "/" in name and not flatten:
        sentence = (
            "照片放在文件夹里；请直接压缩照片，不要放在文件夹中（或上传时选择「忽略文件夹」）"
        )
        return sentence, PhotoCode.ZIP_HAS_FOLDER
    if info.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        return "压缩方式不支持；请用普通 zip 方式重新压缩", PhotoCode.ENTRY_UNREADABLE
    if info.file_size == 0:
        return "文件是空的（0 字节）；请换成真正的照片", PhotoCode.FILE_EMPTY
    if info.file_size > limits.entry:
        return f"文件解压后超过 {limits.entry >> 20} MB，不是合格的照片", PhotoCode.ENTRY_TOO_LARGE
    return "", PhotoCode.ENTRY_UNREADABLE
