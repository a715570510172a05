"""A ZIP archive in which few members change: the others keep their compressed bytes and their place.

The standard library can only compress anew, and would lose the members' dates and flags with it; the layout of the
records written here is that of the ZIP application note (APPNOTE 4.3.7, 4.3.12, 4.3.16).
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from dataclasses import dataclass, field

from forewarn.decision_tables.reading.limits import STANDARD, Limits
from forewarn.decision_tables.reading.package import Refusal, check_archive
from forewarn.errors import UnreadableWorkbook

_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_END = struct.Struct("<4s4H2LH")

_DATA_DESCRIPTOR, _UTF8, _ENCRYPTED = 0x08, 0x800, 0x01
_ZIP64_EXTRA = 1
_EARLIEST = (1980, 1, 1, 0, 0, 0)
_LONGEST = 0xFFFF_FFFF


@dataclass(slots=True)
class Archive:
    """The members of a workbook's file by name; ``changed`` and ``added`` are written in place of, or behind, them."""

    content: bytes
    members: list[zipfile.ZipInfo]
    comment: bytes
    changed: dict[str, bytes] = field(default_factory=dict)
    added: dict[str, bytes] = field(default_factory=dict)

    @classmethod
    def open(cls, content: bytes, limits: Limits = STANDARD) -> Archive:
        """The archive in ``content``. Raises `UnreadableWorkbook` for anything but a plain ZIP file within limits."""
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                check_archive(archive, len(content), limits)
                members, comment = archive.infolist(), archive.comment
        except Refusal as refusal:
            raise UnreadableWorkbook(refusal.reason, hint=refusal.hint) from refusal
        except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as error:
            raise UnreadableWorkbook(
                "only .xlsx and .xlsm files can be written into", hint="save it as .xlsx and try again"
            ) from error
        if any(member.flag_bits & _ENCRYPTED for member in members):
            raise UnreadableWorkbook("the file is encrypted", hint="take the password off and try again")
        return cls(content, members, comment)

    @property
    def names(self) -> set[str]:
        """The names of all members, added ones included."""
        return {member.filename for member in self.members} | self.added.keys()

    def spelt(self, name: str) -> str:
        """A member's name as the archive spells it: names of parts are told apart without case."""
        if name in self.names:
            return name
        return next((known for known in self.names if known.casefold() == name.casefold()), name)

    def read(self, name: str) -> bytes:
        """The content of a member as it stands now. Raises `KeyError` for none, `UnreadableWorkbook` for a bad one."""
        if name in self.added:
            return self.added[name]
        if name in self.changed:
            return self.changed[name]
        with zipfile.ZipFile(io.BytesIO(self.content)) as archive:
            try:
                return archive.read(name)
            except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, RuntimeError) as error:
                raise UnreadableWorkbook(f"{name} in the file is damaged", hint="save the workbook again") from error

    def put(self, name: str, content: bytes) -> None:
        """Replace a member's content, or add a member."""
        if name in self.added or all(member.filename != name for member in self.members):
            self.added[name] = content
        else:
            self.changed[name] = content

    def to_bytes(self) -> bytes:
        """The file anew: unchanged members byte for byte, changed ones in their places, added ones behind."""
        out = io.BytesIO()
        records: list[bytes] = []
        last = {member.filename: position for position, member in enumerate(self.members)}
        for position, member in enumerate(self.members):
            changed = self.changed.get(member.filename) if last[member.filename] == position else None
            records.append(self._copied(out, member) if changed is None else _written(out, member, changed))
        for name, content in self.added.items():
            member = zipfile.ZipInfo(name, _EARLIEST)
            member.external_attr = 0o600 << 16
            records.append(_written(out, member, content))
        start = out.tell()
        for record in records:
            out.write(record)
        size = out.tell() - start
        count = len(records)
        if out.tell() > _LONGEST or count > 0xFFFF:
            raise UnreadableWorkbook("the workbook is too large to be written into")
        out.write(_END.pack(b"PK\x05\x06", 0, 0, count, count, size, start, len(self.comment)))
        out.write(self.comment)
        return out.getvalue()

    def _copied(self, out: io.BytesIO, member: zipfile.ZipInfo) -> bytes:
        """Copy a member's compressed bytes; its record for the directory."""
        header = self.content[member.header_offset : member.header_offset + _LOCAL.size]
        try:
            fields = _LOCAL.unpack(header)
        except struct.error as error:
            raise UnreadableWorkbook(f"{member.filename} in the file is damaged") from error
        start = member.header_offset + _LOCAL.size + fields[9] + fields[10]
        extra = self.content[start - fields[10] : start]
        data = self.content[start : start + member.compress_size]
        if fields[0] != b"PK\x03\x04" or len(data) != member.compress_size:
            raise UnreadableWorkbook(f"{member.filename} in the file is damaged", hint="save the workbook again")
        return _record(out, member, data, extra)


def _written(out: io.BytesIO, member: zipfile.ZipInfo, content: bytes) -> bytes:
    """Write a member with new content, compressed; its record for the directory."""
    packer = zlib.compressobj(6, zlib.DEFLATED, -15)
    data = packer.compress(content) + packer.flush()
    new = zipfile.ZipInfo(member.filename, member.date_time)
    new.orig_filename = member.orig_filename
    new.create_system, new.create_version = member.create_system, member.create_version
    new.extract_version = max(member.extract_version, 20)
    new.external_attr, new.internal_attr = member.external_attr, member.internal_attr
    new.flag_bits = member.flag_bits & _UTF8
    new.compress_type = zipfile.ZIP_DEFLATED
    new.CRC, new.file_size, new.compress_size = zlib.crc32(content), len(content), len(data)
    return _record(out, new, data, b"")


def _record(out: io.BytesIO, member: zipfile.ZipInfo, data: bytes, local_extra: bytes) -> bytes:
    # The sizes stand in the header itself: no data descriptor follows, and no 64-bit field is needed.
    flags = member.flag_bits & ~_DATA_DESCRIPTOR
    name = _encoded(member)
    if name.isascii() is False and not flags & _UTF8 and not _is_cp437(member.orig_filename):
        flags |= _UTF8
    year, month, day, hour, minute, second = member.date_time
    date = (max(year, 1980) - 1980) << 9 | month << 5 | day
    time = hour << 11 | minute << 5 | second // 2
    offset = out.tell()
    local_extra = _without_zip64(local_extra)
    if max(offset, len(data), member.file_size) > _LONGEST:
        raise UnreadableWorkbook("the workbook is too large to be written into")
    common = (flags, member.compress_type, time, date, member.CRC, len(data), member.file_size, len(name))
    out.write(_LOCAL.pack(b"PK\x03\x04", member.extract_version, *common, len(local_extra)))
    out.write(name + local_extra + data)
    extra = _without_zip64(member.extra)
    version = member.create_version | member.create_system << 8
    head = _CENTRAL.pack(
        b"PK\x01\x02", version, member.extract_version, *common, len(extra), len(member.comment),
        0, member.internal_attr, member.external_attr, offset,
    )  # fmt: skip
    return head + name + extra + member.comment


def _encoded(member: zipfile.ZipInfo) -> bytes:
    if member.flag_bits & _UTF8 or not _is_cp437(member.orig_filename):
        return member.orig_filename.encode()
    return member.orig_filename.encode("cp437")


def _is_cp437(name: str) -> bool:
    try:
        name.encode("cp437")
    except UnicodeEncodeError:
        return False
    return True


def _without_zip64(extra: bytes) -> bytes:
    kept, position = b"", 0
    while position + 4 <= len(extra):
        kind, size = struct.unpack_from("<HH", extra, position)
        if kind != _ZIP64_EXTRA:
            kept += extra[position : position + 4 + size]
        position += 4 + size
    return kept
