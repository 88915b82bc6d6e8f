"""Turns Pulumi assets and archives into bytes."""

import io
import posixpath
import zipfile
from collections.abc import Hashable, Iterator
from pathlib import Path
from typing import Any

import pulumi

_EPOCH = (1980, 1, 1, 0, 0, 0)


def asset_bytes(asset: Any) -> bytes:
    """The content of a Pulumi file or string asset. Remote assets are refused: a laptop may be offline."""
    if isinstance(asset, pulumi.FileAsset):
        return Path(asset.path).read_bytes()
    if isinstance(asset, pulumi.StringAsset):
        return asset.text.encode()
    raise TypeError(f"cannot read a {type(asset).__name__} here; use a FileAsset or a StringAsset")


def zip_archive(archive: Any) -> bytes:
    """The zip file a Pulumi archive stands for; a FileArchive may be a folder or a zip file already."""
    if isinstance(archive, pulumi.FileArchive) and Path(archive.path).is_file():
        return Path(archive.path).read_bytes()
    buffer = io.BytesIO()
    # Fast rather than small: it never leaves the machine.
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as target:
        for name, content in _entries(archive):
            target.writestr(zipfile.ZipInfo(name, _EPOCH), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _entries(archive: Any, prefix: str = "") -> Iterator[tuple[str, bytes]]:
    if isinstance(archive, pulumi.FileArchive):
        folder = Path(archive.path)
        if not folder.is_dir():
            raise FileNotFoundError(f"{folder} does not exist")
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            yield posixpath.normpath(posixpath.join(prefix, file.relative_to(folder).as_posix())), file.read_bytes()
    elif isinstance(archive, pulumi.AssetArchive):
        for name, item in archive.assets.items():
            path = posixpath.normpath(posixpath.join(prefix, name))
            if isinstance(item, pulumi.Archive):
                yield from _entries(item, path)
            else:
                yield path, asset_bytes(item)
    else:
        raise TypeError(f"cannot read a {type(archive).__name__} here; use a FileArchive or an AssetArchive")


def identity(archive: Any) -> Hashable:
    """What two archives have in common that stand for the same files."""
    if isinstance(archive, pulumi.AssetArchive):
        return tuple(sorted((name, identity(item)) for name, item in archive.assets.items()))
    return getattr(archive, "path", None) or asset_bytes(archive)
