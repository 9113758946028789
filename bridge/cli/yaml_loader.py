"""A loader of the plain values of YAML 1.2, on PyYAML, which by itself reads YAML 1.1.

In YAML 1.1, `2:13:20` is the number 8000, `0123` is 83 and `no` is false. Here they stay the texts that they
are, and only what is written as numbers are printed is a number.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final

import yaml


@dataclass(frozen=True, slots=True)
class Kind:
    """How a value without quotes is recognized, and read."""

    pattern: re.Pattern[str]
    read: Callable[[str], object]


def _whole(text: str) -> int:
    return int(text, {"0o": 8, "0x": 16}.get(text[:2], 10))


def _fraction(text: str) -> float:
    return float(re.sub(r"\.(?=inf|nan)", "", text.lower()))


_TAG: Final = "tag:yaml.org,2002:"
_MERGE: Final = f"{_TAG}merge"
"""The tag of the key `<<`, by which a mapping takes the keys of another one."""
_KINDS: Final[Mapping[str, Kind]] = {
    f"{_TAG}null": Kind(re.compile("(?:~|null|Null|NULL)?"), lambda _text: None),
    f"{_TAG}bool": Kind(re.compile("true|True|TRUE|false|False|FALSE"), lambda text: text.lower() == "true"),
    f"{_TAG}int": Kind(re.compile("-?(?:0|[1-9][0-9]{0,99})|0o[0-7]{1,99}|0x[0-9a-fA-F]{1,99}"), _whole),
    f"{_TAG}float": Kind(
        re.compile(
            r"[-+]?(?:0|[1-9][0-9]{0,99})?\.[0-9]{1,99}(?:[eE][-+]?[0-9]{1,9})?"
            r"|[-+]?(?:0|[1-9][0-9]{0,99})(?:\.|[eE][-+]?[0-9]{1,9})"
            r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
        ),
        _fraction,
    ),
}
"""By tag; of a hundred digits at most, since Python refuses to print or read a number of thousands."""


class Loader(yaml.SafeLoader):
    """A loader of plain values only that refuses duplicate keys."""

    yaml_constructors: ClassVar[dict[Any, Any]] = {
        f"{_TAG}{name}": yaml.SafeLoader.yaml_constructors[f"{_TAG}{name}"] for name in ("str", "seq", "map")
    }

    def resolve(self, kind: type[yaml.Node], value: Any, implicit: Any) -> Any:
        """Return the tag of a node that has none."""
        if kind is yaml.MappingNode:
            return self.DEFAULT_MAPPING_TAG
        if kind is yaml.SequenceNode:
            return self.DEFAULT_SEQUENCE_TAG
        if not implicit[0]:
            return self.DEFAULT_SCALAR_TAG
        if value == "<<":
            return _MERGE
        found = (tag for tag, plain in _KINDS.items() if plain.pattern.fullmatch(value))
        return next(found, self.DEFAULT_SCALAR_TAG)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 - the library's shape
        """Return the mapping of a node; raises for duplicate keys."""
        seen: set[str] = set()
        for key, _ in node.value if isinstance(node, yaml.MappingNode) else ():
            if isinstance(key, yaml.ScalarNode) and key.value in seen:
                raise yaml.constructor.ConstructorError(None, None, "a key is given twice", key.start_mark)
            seen.add(str(key.value))
        return super().construct_mapping(node, deep)


def _construct(_loader: Loader, node: yaml.Node) -> object:
    """Return the value of a node; raises for a tag that was written out and does not fit, or is not known."""
    plain = _KINDS.get(node.tag)
    if plain is None or not isinstance(node, yaml.ScalarNode) or not plain.pattern.fullmatch(node.value):
        raise yaml.constructor.ConstructorError(None, None, "a tag", node.start_mark)
    return plain.read(node.value)


for _tag in (None, *_KINDS):
    Loader.add_constructor(_tag, _construct)
