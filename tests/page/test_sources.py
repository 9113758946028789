"""What the page is written in stays small and typed, without markup that a policy would have to allow."""

import re

from bridge.page.files import STATIC, page_files

MOST_LINES = 400
IMPORTED = r"""(?:^(?:import|export|\})[^"'\n]*\bfrom |^import |\bimport\()["']([^"'\n]+)["']"""
OWN = [file for file in sorted(STATIC.rglob("*.js")) if "vendor" not in file.parts]


def test_every_module_is_small_and_its_types_are_checked() -> None:
    texts = {file.name: file.read_text(encoding="utf-8") for file in OWN}

    assert [name for name, text in texts.items() if text.count("\n") > MOST_LINES] == []
    assert [name for name, text in texts.items() if not text.startswith("// @ts-check\n")] == []


def test_no_module_makes_html_of_text_or_imports_from_elsewhere() -> None:
    for file in OWN:
        text = file.read_text(encoding="utf-8")
        assert not re.search(r"innerHTML|outerHTML|dangerouslySetInnerHTML|insertAdjacentHTML|\beval\(", text)
        imported = re.findall(IMPORTED, text, re.MULTILINE)
        assert [name for name in imported if not name.startswith((".", "/"))] == [], file.name
        missing = [name for name in imported if not (file.parent / name).resolve().is_file()]
        assert missing == [], file.name


def test_the_index_has_no_inline_script_or_style_and_only_addresses_beside_it() -> None:
    index = (STATIC / "index.html").read_text(encoding="utf-8")
    addresses = re.findall(r'(?:src|href)="([^"]+)"', index)

    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", index)
    assert [address for address in addresses if "//" in address or address.startswith("/")] == []
    files = [address for address in addresses if address.startswith("page/")]
    assert files
    assert [name for name in files if name.removeprefix("page/") not in page_files()] == []
