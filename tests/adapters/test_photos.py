"""Photos lose everything but the picture: place, time, device, comments; what is no photo is refused."""

from __future__ import annotations

import hashlib
from io import BytesIO
from pathlib import Path

import pytest
from PIL import ExifTags, Image
from PIL.PngImagePlugin import PngInfo

from stadtwerk.adapters.photos import EDGE_PX, PIXELS, Photos, cleaned
from stadtwerk.kernel.refusal import Refused


def with_position(size: tuple[int, int] = (640, 480), orientation: int = 6) -> bytes:
    """Make a photo as a phone does: upside by a flag, with position, time and maker."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    exif[ExifTags.Base.Make] = "Maker of phones"
    exif[ExifTags.Base.DateTime] = "2026:11:27 10:00:00"
    gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
    gps[ExifTags.GPS.GPSLatitudeRef], gps[ExifTags.GPS.GPSLatitude] = "N", (51.0, 25.0, 48.0)
    written = BytesIO()
    Image.new("RGB", size, (200, 120, 40)).save(written, "JPEG", exif=exif, comment=b"a comment")
    return written.getvalue()


def test_everything_but_the_picture_is_taken_out() -> None:
    told = with_position()
    assert b"Maker of phones" in told
    assert Image.open(BytesIO(told)).getexif().get_ifd(ExifTags.IFD.GPSInfo)
    kept = cleaned(told)
    picture = Image.open(BytesIO(kept))
    assert not picture.getexif()
    assert {"exif", "comment", "xmp", "icc_profile"}.isdisjoint(picture.info)
    assert b"Maker" not in kept
    assert b"Exif" not in kept
    assert picture.size == (480, 640), "the flag that turned it is gone, the picture is upright"
    red, green, blue = picture.getpixel((100, 100))
    assert abs(red - 200) + abs(green - 120) + abs(blue - 40) < 12


def test_text_in_a_png_goes_as_well() -> None:
    written, text = BytesIO(), PngInfo()
    text.add_text("Author", "Ada Lovelace")
    Image.new("RGBA", (40, 30)).save(written, "PNG", pnginfo=text)
    assert b"Ada Lovelace" not in cleaned(written.getvalue())


def test_large_pictures_become_small() -> None:
    assert max(Image.open(BytesIO(cleaned(with_position((4000, 3000), 1)))).size) == EDGE_PX


@pytest.mark.parametrize("body", [b"", b"<svg/>", b"\xff\xd8\xff\xe0 not really", b"GIF89a", with_position()[:300]])
def test_what_is_no_photo_is_refused(body: bytes) -> None:
    with pytest.raises(Refused) as no:
        cleaned(body)
    assert no.value.refusal.status == 415


def test_a_picture_that_would_fill_the_memory_is_refused() -> None:
    written = BytesIO()
    Image.new("1", (PIXELS // 5_000 + 1, 5_000)).save(written, "PNG")
    with pytest.raises(Refused) as no:
        cleaned(written.getvalue())
    assert no.value.refusal.status == 413


def test_the_same_photo_is_kept_once(tmp_path: Path) -> None:
    photos = Photos(tmp_path)
    name = photos.keep(with_position())
    assert photos.keep(with_position()) == name
    path = photos.find(name)
    assert path
    assert hashlib.sha256(path.read_bytes()).hexdigest() == name
    assert [one.name for one in tmp_path.rglob("*.*")] == [f"{name}.jpg"]
    assert photos.find("0" * 64) is None
    assert photos.find("../" + name) is None
